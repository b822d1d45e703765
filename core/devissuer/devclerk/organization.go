package devclerk

import (
	"net/http"
	"slices"
	"strings"
)

type organization struct {
	api              *api // for the number of members
	id, name, slug   string
	createdBy        string
	maxMemberships   int
	metadata         metadata
	created, updated int64
}

// PutOrganization adds the organization, or replaces the one with its ID.
func (c *Instance) PutOrganization(id, slug, name string) {
	c.api.mu.Lock()
	defer c.api.mu.Unlock()
	c.api.putOrganization(id, slug, name)
}

func (a *api) putOrganization(id, slug, name string) {
	added := a.newOrganization()
	added.id, added.slug, added.name = id, slug, name
	if i := slices.IndexFunc(a.organizations, func(o *organization) bool { return o.id == id }); i >= 0 {
		a.organizations[i] = added
		return
	}
	a.organizations = append(a.organizations, added)
}

func (a *api) newOrganization() *organization {
	return &organization{api: a, id: newID("org"), maxMemberships: 5, metadata: newMetadata(nil, nil, nil), created: a.now(), updated: a.now()}
}

// organization finds an organization by its ID or slug.
func (a *api) organization(idOrSlug string) *organization {
	for _, o := range a.organizations {
		if o.id == idOrSlug || o.slug == idOrSlug && o.slug != "" {
			return o
		}
	}
	return nil
}

func (o *organization) json() Claims {
	members := 0
	for _, m := range o.api.memberships {
		if m.organization == o.id {
			members++
		}
	}
	return Claims{"id": o.id, "object": "organization", "slug": orNull(o.slug), "name": o.name, "image_url": "https://img.example.test/" + o.id, "has_image": false,
		"created_by": orNull(o.createdBy), "members_count": members, "pending_invitations_count": 0, "max_allowed_memberships": o.maxMemberships,
		"admin_delete_enabled": true, "public_metadata": o.metadata.public, "private_metadata": o.metadata.private,
		"created_at": o.created, "updated_at": o.updated}
}

func (a *api) routeOrganizations() {
	a.handle("GET /v1/organizations", func(r *http.Request, _ Claims) answer {
		p, bad := query(r, "user_id", "query", "include_members_count", "order_by")
		if bad != nil {
			return *bad
		}
		values := r.URL.Query()
		var list []*organization
		for _, o := range a.organizations {
			text := strings.ToLower(values.Get("query"))
			hasUser := len(values["user_id"]) == 0 || slices.ContainsFunc(values["user_id"], func(id string) bool {
				return a.membership(strings.TrimPrefix(id, "+"), o.id) != nil
			})
			if hasUser && strings.Contains(strings.ToLower(o.id+"\n"+o.slug+"\n"+o.name), text) {
				list = append(list, o)
			}
		}
		switch values.Get("order_by") {
		case "", "created_at", "+created_at":
		case "-created_at":
			slices.Reverse(list)
		default:
			return notBuilt("order_by " + values.Get("order_by"))
		}
		return paginated(p, list)
	})
	a.handle("POST /v1/organizations", func(_ *http.Request, body Claims) answer {
		o := a.newOrganization()
		if bad := a.changeOrganization(o, body, "created_by"); bad != nil {
			return *bad
		}
		if !text(body, "created_by", &o.createdBy) || o.createdBy != "" && a.user(o.createdBy) == nil {
			return invalidValue("created_by", "must be the ID of a user.")
		}
		if o.name == "" {
			return invalidValue("name", "must be set.")
		}
		a.organizations = append(a.organizations, o)
		if o.createdBy != "" { // Clerk makes the creator an admin
			a.putMembership(o.createdBy, o.id, "org:admin", nil)
		}
		return found(o.json())
	})
	a.onOrganization("GET /v1/organizations/{id}", func(o *organization, _ Claims) answer { return found(o.json()) })
	a.onOrganization("PATCH /v1/organizations/{id}", func(o *organization, body Claims) answer {
		changed := *o
		if bad := a.changeOrganization(&changed, body); bad != nil {
			return *bad
		}
		*o = changed
		return found(o.json())
	})
	for method, change := range map[string]func(old, value Claims) Claims{"PATCH": merge, "PUT": replace} {
		a.onOrganization(method+" /v1/organizations/{id}/metadata", func(o *organization, body Claims) answer {
			if bad := unknownMember(body, "public_metadata", "private_metadata"); bad != nil {
				return *bad
			}
			if bad := o.metadata.write(body, change); bad != nil {
				return *bad
			}
			o.updated = a.now()
			return found(o.json())
		})
	}
	a.onOrganization("DELETE /v1/organizations/{id}", func(o *organization, _ Claims) answer {
		a.organizations = slices.DeleteFunc(a.organizations, func(other *organization) bool { return other == o })
		a.memberships = slices.DeleteFunc(a.memberships, func(m *membership) bool { return m.organization == o.id })
		return found(Claims{"id": o.id, "object": "organization", "slug": orNull(o.slug), "deleted": true})
	})
}

// onOrganization registers a route about one organization.
func (a *api) onOrganization(pattern string, f func(o *organization, body Claims) answer) {
	a.handle(pattern, func(r *http.Request, body Claims) answer {
		o := a.organization(r.PathValue("id"))
		if o == nil {
			return notFound()
		}
		if _, bad := query(r, "include_members_count"); bad != nil {
			return *bad
		}
		return f(o, body)
	})
}

// changeOrganization sets the fields that the body has. more names members that
// the caller handles. A nil answer is success.
func (a *api) changeOrganization(o *organization, body Claims, more ...string) *answer {
	known := append([]string{"name", "slug", "max_allowed_memberships", "public_metadata", "private_metadata"}, more...)
	if bad := unknownMember(body, known...); bad != nil {
		return bad
	}
	if !text(body, "name", &o.name) || !text(body, "slug", &o.slug) {
		bad := invalidValue("name and slug", "must be text.")
		return &bad
	}
	if n, given := body["max_allowed_memberships"]; given {
		number, ok := n.(float64)
		if !ok || number < 0 {
			bad := invalidValue("max_allowed_memberships", "must be a number.")
			return &bad
		}
		o.maxMemberships = int(number)
	}
	if other := a.organization(o.slug); o.slug != "" && other != nil && other.id != o.id {
		bad := failed(http.StatusUnprocessableEntity, "form_identifier_exists", "That slug is taken. Please try another.")
		return &bad
	}
	o.updated = a.now()
	return o.metadata.write(body, replace)
}
