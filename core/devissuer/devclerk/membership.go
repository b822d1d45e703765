package devclerk

import (
	"net/http"
	"slices"
	"strings"
)

type membership struct {
	api                *api // for the user and the organization
	id                 string
	user, organization string
	role               string
	permissions        []string
	metadata           metadata
	created, updated   int64
}

// PutMembership makes the user a member of the organization, or changes the
// membership. Both must exist.
func (c *Instance) PutMembership(user, organization, role string, permissions ...string) {
	c.api.mu.Lock()
	defer c.api.mu.Unlock()
	c.api.deleteMembership(user, organization)
	c.api.putMembership(user, organization, role, permissions)
}

func (a *api) putMembership(user, organization, role string, permissions []string) *membership {
	m := &membership{api: a, id: newID("orgmem"), user: user, organization: organization, role: role, permissions: permissions,
		metadata: newMetadata(nil, nil, nil), created: a.now(), updated: a.now()}
	a.memberships = append(a.memberships, m)
	return m
}

// DeleteMembership ends a membership.
func (c *Instance) DeleteMembership(user, organization string) {
	c.api.mu.Lock()
	defer c.api.mu.Unlock()
	c.api.deleteMembership(user, organization)
}

func (a *api) deleteMembership(user, organization string) {
	a.memberships = slices.DeleteFunc(a.memberships, func(m *membership) bool { return m.user == user && m.organization == organization })
}

func (a *api) membership(user, organization string) *membership {
	for _, m := range a.memberships {
		if m.user == user && m.organization == organization {
			return m
		}
	}
	return nil
}

func (m *membership) json() Claims {
	public := Claims{"user_id": m.user, "first_name": nil, "last_name": nil, "image_url": "", "has_image": false, "identifier": m.user, "username": nil}
	if u := m.api.user(m.user); u != nil {
		full := u.json()
		for _, name := range []string{"first_name", "last_name", "image_url", "has_image", "username"} {
			public[name] = full[name]
		}
		if len(u.emails) > 0 {
			public["identifier"] = u.emails[0]
		}
	}
	var of any
	if o := m.api.organization(m.organization); o != nil {
		of = o.json()
	}
	return Claims{"id": m.id, "object": "organization_membership", "role": m.role, "role_name": roleName(m.role),
		"permissions": append([]string{}, m.permissions...), "public_metadata": m.metadata.public, "private_metadata": m.metadata.private,
		"organization": of, "public_user_data": public, "created_at": m.created, "updated_at": m.updated}
}

// roleName is the name of a role beside its key: Admin for org:admin.
func roleName(role string) string {
	name := strings.TrimPrefix(role, "org:")
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

func (a *api) routeMemberships() {
	list := func(r *http.Request, fits func(*membership) bool) answer {
		p, bad := query(r, "role", "user_id", "order_by")
		if bad != nil {
			return *bad
		}
		var list []*membership
		for _, m := range a.memberships {
			if fits(m) && matches(r, "role", m.role) && matches(r, "user_id", m.user) {
				list = append(list, m)
			}
		}
		switch order := r.URL.Query().Get("order_by"); order {
		case "", "created_at", "+created_at":
		case "-created_at":
			slices.Reverse(list)
		default:
			return notBuilt("order_by " + order)
		}
		return paginated(p, list)
	}
	a.handle("GET /v1/users/{id}/organization_memberships", func(r *http.Request, _ Claims) answer {
		if a.user(r.PathValue("id")) == nil {
			return notFound()
		}
		return list(r, func(m *membership) bool { return m.user == r.PathValue("id") })
	})
	a.handle("GET /v1/organizations/{id}/memberships", func(r *http.Request, _ Claims) answer {
		o := a.organization(r.PathValue("id"))
		if o == nil {
			return notFound()
		}
		return list(r, func(m *membership) bool { return m.organization == o.id })
	})
	a.onOrganization("POST /v1/organizations/{id}/memberships", func(o *organization, body Claims) answer {
		if bad := unknownMember(body, "user_id", "role"); bad != nil {
			return *bad
		}
		var user, role string
		if !text(body, "user_id", &user) || a.user(user) == nil {
			return notFound()
		}
		if !text(body, "role", &role) || !strings.HasPrefix(role, "org:") {
			return invalidValue("role", "must be a role such as org:member.")
		}
		if a.membership(user, o.id) != nil {
			return failed(http.StatusBadRequest, "already_a_member_in_organization", "The user is already a member of this organization.")
		}
		return found(a.putMembership(user, o.id, role, nil).json())
	})
	a.onMembership("PATCH /v1/organizations/{id}/memberships/{user}", func(m *membership, body Claims) answer {
		if bad := unknownMember(body, "role"); bad != nil {
			return *bad
		}
		if role, ok := body["role"].(string); !ok || !strings.HasPrefix(role, "org:") {
			return invalidValue("role", "must be a role such as org:member.")
		}
		m.role, m.updated = body["role"].(string), a.now()
		return found(m.json())
	})
	for method, change := range map[string]func(old, value Claims) Claims{"PATCH": merge, "PUT": replace} {
		a.onMembership(method+" /v1/organizations/{id}/memberships/{user}/metadata", func(m *membership, body Claims) answer {
			if bad := unknownMember(body, "public_metadata", "private_metadata"); bad != nil {
				return *bad
			}
			if bad := m.metadata.write(body, change); bad != nil {
				return *bad
			}
			m.updated = a.now()
			return found(m.json())
		})
	}
	a.onMembership("DELETE /v1/organizations/{id}/memberships/{user}", func(m *membership, _ Claims) answer {
		ended := m.json() // Clerk answers with the whole membership
		a.deleteMembership(m.user, m.organization)
		return found(ended)
	})
}

// onMembership registers a route about one membership.
func (a *api) onMembership(pattern string, f func(m *membership, body Claims) answer) {
	a.handle(pattern, func(r *http.Request, body Claims) answer {
		var m *membership
		if o := a.organization(r.PathValue("id")); o != nil {
			m = a.membership(r.PathValue("user"), o.id)
		}
		if m == nil {
			return notFound()
		}
		return f(m, body)
	})
}
