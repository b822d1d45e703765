package devissuer

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// ClerkUser is a user of the Backend API.
type ClerkUser struct {
	ID                  string // user_…
	FirstName, LastName string
	Email               string // the primary address, verified; "" for none

	Public, Private, Unsafe Claims // metadata; the last is what users write themselves
	Banned                  bool
}

// addPeople adds those of clerkpeople.go.
func (b *clerkBackend) addPeople() {
	for _, u := range []ClerkUser{
		{ID: "user_ada", FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.test", Public: Claims{"role": "admin"}},
		{ID: "user_mo", FirstName: "Mo", LastName: "Salah", Email: "mo@example.test", Public: Claims{"role": "member"}},
		{ID: "user_penny", FirstName: "Penny", Email: "penny@example.test"},
	} {
		b.users[u.ID] = b.user(u)
	}
	b.organizations["org_acme"] = b.organization("org_acme", "acme", "Acme")
	b.memberships = []Claims{
		b.membership("user_ada", "org_acme", "org:admin", []string{"org:sys_memberships:manage", "org:invoices:read", "org:invoices:create"}),
		b.membership("user_mo", "org_acme", "org:member", []string{"org:invoices:read"}),
	}
}

// PutUser adds the user, or puts it in the place of one with its id.
func (c *Clerk) PutUser(u ClerkUser) {
	c.backend.mu.Lock()
	defer c.backend.mu.Unlock()
	c.backend.users[u.ID] = c.backend.user(u)
}

// DeleteUser deletes the user with all memberships and sessions.
func (c *Clerk) DeleteUser(id string) {
	b := c.backend
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.users, id)
	b.memberships = slices.DeleteFunc(b.memberships, func(m Claims) bool { return userOf(m) == id })
	maps.DeleteFunc(b.sessions, func(_ string, s Claims) bool { return s["user_id"] == id })
}

// PutOrganization adds the organization, or puts it in the place of one with its id.
func (c *Clerk) PutOrganization(id, slug, name string) {
	c.backend.mu.Lock()
	defer c.backend.mu.Unlock()
	c.backend.organizations[id] = c.backend.organization(id, slug, name)
}

// PutMembership makes the user a member of the organization, or changes the
// membership. Both must be there.
func (c *Clerk) PutMembership(user, organization, role string, permissions ...string) {
	c.DeleteMembership(user, organization)
	c.backend.mu.Lock()
	defer c.backend.mu.Unlock()
	c.backend.memberships = append(c.backend.memberships, c.backend.membership(user, organization, role, permissions))
}

// DeleteMembership ends a membership.
func (c *Clerk) DeleteMembership(user, organization string) {
	b := c.backend
	b.mu.Lock()
	defer b.mu.Unlock()
	b.memberships = slices.DeleteFunc(b.memberships, func(m Claims) bool {
		return userOf(m) == user && organizationOf(m) == organization
	})
}

func userOf(membership Claims) string         { return memberOf(membership, "public_user_data", "user_id") }
func organizationOf(membership Claims) string { return memberOf(membership, "organization", "id") }

func memberOf(membership Claims, object, name string) string {
	o, _ := membership[object].(Claims)
	text, _ := o[name].(string)
	return text
}

func (b *clerkBackend) user(u ClerkUser) Claims {
	now := b.now().UnixMilli()
	object := func(m Claims) Claims { return With(Claims{}, m) } // never null
	user := Claims{
		"id": u.ID, "object": "user", "username": nil, "external_id": nil, "first_name": u.FirstName, "last_name": u.LastName,
		"image_url": "", "primary_email_address_id": nil, "email_addresses": []any{}, "primary_phone_number_id": nil, "phone_numbers": []any{},
		"public_metadata": object(u.Public), "private_metadata": object(u.Private), "unsafe_metadata": object(u.Unsafe),
		"banned": u.Banned, "locked": false, "two_factor_enabled": false, "last_sign_in_at": now, "created_at": now, "updated_at": now,
	}
	if u.Email != "" {
		user["primary_email_address_id"] = "idn_" + u.ID
		user["email_addresses"] = []any{Claims{"id": "idn_" + u.ID, "object": "email_address", "email_address": u.Email,
			"verification": Claims{"status": "verified", "strategy": "email_code"}}}
	}
	return user
}

func (b *clerkBackend) organization(id, slug, name string) Claims {
	now := b.now().UnixMilli()
	return Claims{"id": id, "object": "organization", "slug": slug, "name": name, "image_url": "", "created_by": nil,
		"members_count": 0, "max_allowed_memberships": 5, "public_metadata": Claims{}, "private_metadata": Claims{}, "created_at": now, "updated_at": now}
}

func (b *clerkBackend) membership(user, organization, role string, permissions []string) Claims {
	now := b.now().UnixMilli()
	return Claims{"id": clerkID("orgmem"), "object": "organization_membership", "role": role, "role_name": strings.TrimPrefix(role, "org:"),
		"permissions": append([]string{}, permissions...), "public_metadata": Claims{}, "private_metadata": Claims{},
		"organization": b.organizations[organization], "public_user_data": Claims{"user_id": user}, "created_at": now, "updated_at": now}
}

// sawSession keeps the session of a token that is being made.
func (b *clerkBackend) sawSession(claims Claims) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id, _ := claims["sid"].(string)
	if b.sessions[id] != nil {
		return
	}
	now := b.now().UnixMilli()
	b.sessions[id] = Claims{"id": id, "object": "session", "user_id": claims["sub"], "client_id": clerkID("client"), "status": claims["sts"],
		"actor": claims["act"], "last_active_organization_id": nil, "last_active_at": now, "expire_at": now + 7*86400_000,
		"abandon_at": now + 30*86400_000, "created_at": now, "updated_at": now}
}

func (b *clerkBackend) routePeople() {
	b.handle("GET /v1/users/{id}", func(r *http.Request, _ Claims) answer { return of(b.users, r.PathValue("id")) })
	b.handle("PATCH /v1/users/{id}/metadata", func(r *http.Request, body Claims) answer {
		return b.writeMetadata(b.users[r.PathValue("id")], body, merged)
	})
	b.handle("PUT /v1/users/{id}/metadata", func(r *http.Request, body Claims) answer {
		return b.writeMetadata(b.users[r.PathValue("id")], body, func(_, value Claims) Claims { return value })
	})
	b.handle("GET /v1/users/{id}/organization_memberships", func(r *http.Request, _ Claims) answer {
		if b.users[r.PathValue("id")] == nil {
			return notFound()
		}
		return b.page(r, func(m Claims) bool { return userOf(m) == r.PathValue("id") })
	})
	b.handle("GET /v1/organizations/{id}", func(r *http.Request, _ Claims) answer {
		for _, o := range b.organizations {
			if o["slug"] == r.PathValue("id") {
				return found(o)
			}
		}
		return of(b.organizations, r.PathValue("id"))
	})
	b.handle("GET /v1/organizations/{id}/memberships", func(r *http.Request, _ Claims) answer {
		return b.page(r, func(m Claims) bool { return organizationOf(m) == r.PathValue("id") })
	})
	b.handle("PATCH /v1/organizations/{id}/memberships/{user}/metadata", func(r *http.Request, body Claims) answer {
		for _, m := range b.memberships {
			if organizationOf(m) == r.PathValue("id") && userOf(m) == r.PathValue("user") {
				return b.writeMetadata(m, body, merged)
			}
		}
		return notFound()
	})
	b.handle("GET /v1/sessions/{id}", func(r *http.Request, _ Claims) answer { return of(b.sessions, r.PathValue("id")) })
	b.handle("POST /v1/sessions/{id}/revoke", func(r *http.Request, _ Claims) answer {
		if s := b.sessions[r.PathValue("id")]; s != nil {
			s["status"] = "revoked"
		}
		return of(b.sessions, r.PathValue("id"))
	})
}

func of(objects map[string]Claims, id string) answer {
	if o := objects[id]; o != nil {
		return found(o)
	}
	return notFound()
}

// page answers with the memberships that fit, by limit and offset.
func (b *clerkBackend) page(r *http.Request, fits func(Claims) bool) answer {
	limit, offset := 10, 0
	for name, n := range map[string]*int{"limit": &limit, "offset": &offset} {
		if text := r.URL.Query().Get(name); text != "" {
			var err error
			if *n, err = strconv.Atoi(text); err != nil {
				return failed(http.StatusUnprocessableEntity, "form_param_format_invalid", name+" must be a number.")
			}
		}
	}
	if limit < 1 || limit > 500 || offset < 0 {
		return failed(http.StatusUnprocessableEntity, "form_param_value_invalid", "limit must be 1 to 500, offset not negative.")
	}
	list := slices.DeleteFunc(slices.Clone(b.memberships), func(m Claims) bool { return !fits(m) })
	total := len(list)
	list = list[min(offset, total):]
	return found(Claims{"data": append([]Claims{}, list[:min(limit, len(list))]...), "total_count": total})
}

// writeMetadata changes the members that the body has.
func (b *clerkBackend) writeMetadata(object, body Claims, write func(old, value Claims) Claims) answer {
	if object == nil {
		return notFound()
	}
	for _, name := range []string{"public_metadata", "private_metadata", "unsafe_metadata"} {
		value, given := body[name]
		if !given {
			continue
		}
		fields, ok := value.(Claims)
		if !ok {
			return failed(http.StatusUnprocessableEntity, "form_param_format_invalid", name+" must be an object.")
		}
		old, _ := object[name].(Claims)
		object[name] = write(old, fields)
	}
	object["updated_at"] = b.now().UnixMilli()
	return found(json.RawMessage(mustMarshal(object)))
}

// merged lays value over old at every depth; null deletes.
func merged(old, value Claims) Claims {
	result := With(Claims{}, old)
	for name, v := range value {
		switch v := v.(type) {
		case nil:
			delete(result, name)
		case Claims:
			below, _ := result[name].(Claims)
			result[name] = merged(below, v)
		default:
			result[name] = v
		}
	}
	return result
}
