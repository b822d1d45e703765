package devclerk

import (
	"net/http"

	"slices"
	"strings"
)

// User is a user of the Backend API.
type User struct {
	ID                  string // user_…
	FirstName, LastName string
	Email               string // the primary address, verified; "" for none

	Public, Private, Unsafe Claims // metadata; users write the last one themselves
	Banned                  bool
}

type user struct {
	id, firstName, lastName, username, externalID string
	emails                                        []string // the first is the primary one
	password                                      bool
	metadata                                      metadata
	banned, locked                                bool
	created, updated                              int64
}

// PutUser adds the user, or replaces the one with its ID.
func (c *Instance) PutUser(u User) {
	c.api.mu.Lock()
	defer c.api.mu.Unlock()
	c.api.putUser(u)
}

func (a *api) putUser(u User) {
	added := &user{id: u.ID, firstName: u.FirstName, lastName: u.LastName, banned: u.Banned,
		metadata: newMetadata(u.Public, u.Private, u.Unsafe), created: a.now(), updated: a.now()}
	if u.Email != "" {
		added.emails = []string{u.Email}
	}
	if i := slices.IndexFunc(a.users, func(old *user) bool { return old.id == u.ID }); i >= 0 {
		a.users[i] = added
		return
	}
	a.users = append(a.users, added)
}

// DeleteUser deletes the user with all memberships and sessions.
func (c *Instance) DeleteUser(id string) {
	c.api.mu.Lock()
	defer c.api.mu.Unlock()
	c.api.deleteUser(id)
}

func (a *api) deleteUser(id string) {
	a.users = slices.DeleteFunc(a.users, func(u *user) bool { return u.id == id })
	a.memberships = slices.DeleteFunc(a.memberships, func(m *membership) bool { return m.user == id })
	a.sessions = slices.DeleteFunc(a.sessions, func(s *session) bool { return s.user == id })
}

func (a *api) user(id string) *user {
	for _, u := range a.users {
		if u.id == id {
			return u
		}
	}
	return nil
}

func (u *user) json() Claims {
	addresses := []Claims{}
	for _, email := range u.emails {
		addresses = append(addresses, Claims{"id": addressID(email), "object": "email_address", "email_address": email, "reserved": false,
			"verification": Claims{"object": "verification_email_code", "status": "verified", "strategy": "email_code", "attempts": 1, "expire_at": u.created},
			"linked_to":    []any{}, "matches_sso_connection": false, "created_at": u.created, "updated_at": u.updated})
	}
	var primary any
	if len(u.emails) > 0 {
		primary = addressID(u.emails[0])
	}
	return Claims{
		"id": u.id, "object": "user", "username": orNull(u.username), "external_id": orNull(u.externalID),
		"first_name": orNull(u.firstName), "last_name": orNull(u.lastName), "image_url": "https://img.example.test/" + u.id, "has_image": false,
		"primary_email_address_id": primary, "email_addresses": addresses, "primary_phone_number_id": nil, "phone_numbers": []any{},
		"primary_web3_wallet_id": nil, "web3_wallets": []any{}, "passkeys": []any{}, "external_accounts": []any{}, "saml_accounts": []any{}, "enterprise_accounts": []any{},
		"public_metadata": u.metadata.public, "private_metadata": u.metadata.private, "unsafe_metadata": u.metadata.unsafe,
		"password_enabled": u.password, "totp_enabled": false, "backup_code_enabled": false, "two_factor_enabled": false,
		"mfa_enabled_at": nil, "mfa_disabled_at": nil, "password_last_updated_at": nil,
		"banned": u.banned, "locked": u.locked, "lockout_expires_in_seconds": nil, "verification_attempts_remaining": 100,
		"create_organization_enabled": true, "create_organizations_limit": nil, "delete_self_enabled": true, "legal_accepted_at": nil, "locale": nil,
		"last_sign_in_at": u.created, "last_active_at": u.created, "created_at": u.created, "updated_at": u.updated,
	}
}

// addressID is the ID of an email address: letters, digits and underscores, as
// Clerk's are.
func addressID(email string) string {
	return "idn_" + strings.Map(func(r rune) rune {
		if r < 'a' && (r < '0' || r > '9') || r > 'z' {
			return '_'
		}
		return r
	}, strings.ToLower(email))
}

func (a *api) routeUsers() {
	a.handle("GET /v1/users", func(r *http.Request, _ Claims) answer {
		p, bad := query(r, userFilters...)
		if bad != nil {
			return *bad
		}
		users, bad := a.filteredUsers(r)
		if bad != nil {
			return *bad
		}
		list := []Claims{} // without a total, unlike other lists of Clerk's
		for _, u := range of(p, users) {
			list = append(list, u.json())
		}
		return found(list)
	})
	a.handle("GET /v1/users/count", func(r *http.Request, _ Claims) answer {
		if _, bad := query(r, userFilters...); bad != nil {
			return *bad
		}
		users, bad := a.filteredUsers(r)
		if bad != nil {
			return *bad
		}
		return found(Claims{"object": "total_count", "total_count": len(users)})
	})
	a.handle("POST /v1/users", func(_ *http.Request, body Claims) answer {
		u := &user{id: newID("user"), metadata: newMetadata(nil, nil, nil), created: a.now()}
		if bad := a.change(u, body, "email_address", "public_metadata", "private_metadata", "unsafe_metadata"); bad != nil {
			return *bad
		}
		if bad := u.metadata.write(body, replace); bad != nil {
			return *bad
		}
		a.users = append(a.users, u)
		return found(u.json())
	})
	a.onUser("GET /v1/users/{id}", func(u *user, _ Claims) answer { return found(u.json()) })
	a.onUser("PATCH /v1/users/{id}", func(u *user, body Claims) answer {
		changed := *u
		if bad := a.change(&changed, body, "public_metadata", "private_metadata", "unsafe_metadata"); bad != nil {
			return *bad
		}
		if bad := changed.metadata.write(body, replace); bad != nil {
			return *bad
		}
		*u = changed
		return found(u.json())
	})
	a.onUser("PATCH /v1/users/{id}/metadata", func(u *user, body Claims) answer { return a.writeUser(u, body, merge) })
	a.onUser("PUT /v1/users/{id}/metadata", func(u *user, body Claims) answer { return a.writeUser(u, body, replace) })
	a.onUser("DELETE /v1/users/{id}", func(u *user, _ Claims) answer {
		a.deleteUser(u.id)
		return found(Claims{"id": u.id, "object": "user", "slug": nil, "deleted": true})
	})
	for action, set := range map[string]func(*user){
		"ban": func(u *user) { u.banned = true }, "unban": func(u *user) { u.banned = false },
		"lock": func(u *user) { u.locked = true }, "unlock": func(u *user) { u.locked = false },
	} {
		a.onUser("POST /v1/users/{id}/"+action, func(u *user, _ Claims) answer {
			set(u)
			u.updated = a.now()
			if u.banned { // Clerk ends the sessions of a banned user
				a.endSessions(u.id)
			}
			return found(u.json())
		})
	}
}

// onUser registers a route about one user.
func (a *api) onUser(pattern string, f func(u *user, body Claims) answer) {
	a.handle(pattern, func(r *http.Request, body Claims) answer {
		u := a.user(r.PathValue("id"))
		if u == nil {
			return notFound()
		}
		return f(u, body)
	})
}

func (a *api) writeUser(u *user, body Claims, change func(old, value Claims) Claims) answer {
	if bad := unknownMember(body, "public_metadata", "private_metadata", "unsafe_metadata"); bad != nil {
		return *bad
	}
	if bad := u.metadata.write(body, change); bad != nil {
		return *bad
	}
	u.updated = a.now()
	return found(u.json())
}

var userFilters = []string{"user_id", "email_address", "external_id", "username", "organization_id", "query", "banned", "order_by"}

func (a *api) filteredUsers(r *http.Request) ([]*user, *answer) {
	values := r.URL.Query()
	var list []*user
	for _, u := range a.users {
		if matches(r, "user_id", u.id) && matches(r, "email_address", u.emails...) && matches(r, "external_id", u.externalID) &&
			matches(r, "username", u.username) && a.inOrganizations(u, values["organization_id"]) && u.contains(values.Get("query")) &&
			(values.Get("banned") == "" || (values.Get("banned") == "true") == u.banned) {
			list = append(list, u)
		}
	}
	switch values.Get("order_by") {
	case "", "created_at", "+created_at":
	case "-created_at":
		slices.Reverse(list)
	default:
		a := notBuilt("order_by " + values.Get("order_by"))
		return nil, &a
	}
	return list, nil
}

func (a *api) inOrganizations(u *user, ids []string) bool {
	return len(ids) == 0 || slices.ContainsFunc(ids, func(id string) bool { return a.membership(u.id, strings.TrimPrefix(id, "+")) != nil })
}

// contains reports whether the text is a part of the user's ID, name or address.
func (u *user) contains(text string) bool {
	fields := strings.Join(append([]string{u.id, u.firstName, u.lastName, u.username}, u.emails...), "\n")
	return strings.Contains(strings.ToLower(fields), strings.ToLower(text))
}

// change sets the fields that the body has. more names members that the caller
// handles. A nil answer is success.
func (a *api) change(u *user, body Claims, more ...string) *answer {
	known := append([]string{"first_name", "last_name", "username", "external_id", "password", "skip_password_checks", "skip_password_requirement",
		"primary_email_address_id", "skip_legal_checks"}, more...)
	if bad := unknownMember(body, known...); bad != nil {
		return bad
	}
	var password string
	for name, target := range map[string]*string{"first_name": &u.firstName, "last_name": &u.lastName, "username": &u.username,
		"external_id": &u.externalID, "password": &password} {
		if !text(body, name, target) {
			bad := invalidValue(name, "must be text.")
			return &bad
		}
	}
	u.password = u.password || password != ""
	u.updated = a.now()
	if body["email_address"] != nil {
		list, ok := body["email_address"].([]any)
		for _, e := range list {
			email, isText := e.(string)
			if ok = ok && isText && strings.Contains(email, "@"); !ok {
				break
			}
			u.emails = append(u.emails, email)
		}
		if !ok {
			bad := invalidValue("email_address", "must be a list of addresses.")
			return &bad
		}
	}
	if id := body["primary_email_address_id"]; id != nil {
		i := slices.IndexFunc(u.emails, func(email string) bool { return addressID(email) == id })
		if i < 0 {
			bad := invalidValue("primary_email_address_id", "must be the ID of an address of the user.")
			return &bad
		}
		u.emails = append([]string{u.emails[i]}, slices.Delete(slices.Clone(u.emails), i, i+1)...)
	}
	return a.uniqueUser(u)
}

// uniqueUser checks that no other user has the ID, name or address.
func (a *api) uniqueUser(u *user) *answer {
	for _, other := range a.users {
		switch {
		case other.id == u.id:
		case u.username != "" && other.username == u.username, u.externalID != "" && other.externalID == u.externalID,
			slices.ContainsFunc(u.emails, func(email string) bool { return slices.Contains(other.emails, email) }):
			bad := failed(http.StatusUnprocessableEntity, "form_identifier_exists", "That identifier is taken. Please try another.")
			return &bad
		}
	}
	return nil
}
