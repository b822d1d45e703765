package adaptertest

import (
	"context"
	"regexp"
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

var paramPattern = regexp.MustCompile(`\{(\w+)\}`)

// params are the names of the route's parameters.
func (r *route) params() (names []string) {
	for _, match := range paramPattern.FindAllStringSubmatch(r.path, -1) {
		names = append(names, match[1])
	}
	return names
}

// get makes a request to the route with these values of its parameters, as they
// are written in the request target.
func (c *client) get(r *route, token string, values ...string) *answer {
	c.t.Helper()
	target := r.path
	for i, name := range r.params() {
		target = strings.Replace(target, "{"+name+"}", values[i], 1)
	}
	q := rawRequest{target: target}
	if token != "" {
		q.lines = []string{"Authorization: Bearer " + token}
	}
	return c.sendRaw(r, q)
}

// acting returns a token of a user who acts in the organization.
func (s *suite) acting(organization string) string {
	return s.issuer.Token(devissuer.Claims{"sub": "acting", "org_id": organization})
}

func (s *suite) params() {
	organization := s.routeIn([]string{"/orgs"}, "/{org}", "GET", requireAuth(s.auth), requireParam(core.OrganizationParam("org")))
	s.add("RequireParam grants for the organization that the caller acts in, and for no other", func(c *client) {
		c.accepted(c.get(organization, s.acting("org-one"), "org-one"), "acting")
		c.refused(c.get(organization, s.acting("org-one"), "org-two"), denied)
		c.refused(c.get(organization, s.token("nowhere"), "org-one"), denied)
		c.refused(c.get(organization, "", "org-one"), unauthorized)
		c.refused(c.get(organization, "not-a-token", "org-one"), invalidToken)
	})
	s.add("RequireParam decides by the value of each request", func(c *client) {
		one, two := s.acting("org-one"), s.acting("org-two")
		for range 3 { // on one connection, whose memory a framework uses again
			c.accepted(c.get(organization, one, "org-one"), "acting")
			c.refused(c.get(organization, one, "org-two"), denied)
			c.accepted(c.get(organization, two, "org-two"), "acting")
			c.refused(c.get(organization, two, "org-one"), denied)
		}
	})

	owner := s.routeIn([]string{"/users"}, "/{user}", "GET", requireAuth(s.auth), requireParam(core.Owner("user").Or(core.Role("role-admin"))))
	s.add("RequireParam grants what is the caller's own, or everything to an admin", func(c *client) {
		admin := s.issuer.Token(devissuer.Claims{"sub": "admin", "roles": "role-admin"})
		c.accepted(c.get(owner, s.token("alice"), "alice"), "alice")
		c.accepted(c.get(owner, admin, "alice"), "admin")
		for _, other := range []string{"bob", "Alice", "alic", "alicee"} {
			c.refused(c.get(owner, s.token("alice"), other), denied)
		}
		c.refused(c.get(owner, "", "alice"), unauthorized)
	})

	auth := s.authenticator(func(cfg *core.Config) {
		cfg.Issuers[0].LookupRights = func(context.Context, *core.Identity) (core.Rights, error) {
			return core.Rights{Memberships: []core.Membership{
				{Organization: "org-one", Roles: []string{"role-one"}, Permissions: []string{"orders:refund"}},
				{Organization: "org-two"},
			}}, nil
		}
	})
	for _, row := range []struct {
		name   string
		policy core.ParamPolicy
		inTwo  bool
	}{
		{"membership", core.MemberOfParam("org"), true},
		{"role", core.RoleInParam("org", "role-one"), false},
		{"permission", core.PermissionInParam("org", "orders:refund"), false},
	} {
		r := s.routeIn([]string{"/orgs"}, "/{org}", "GET", requireAuth(auth), requireParam(row.policy))
		s.add("RequireParam asks for a "+row.name+" in the organization of the route", func(c *client) {
			token := s.token("member")
			c.accepted(c.get(r, token, "org-one"), "member")
			if row.inTwo {
				c.accepted(c.get(r, token, "org-two"), "member")
			} else {
				c.refused(c.get(r, token, "org-two"), denied)
			}
			c.refused(c.get(r, token, "org-three"), denied)
		})
	}
}

func (s *suite) paramsInGroups() {
	each := s.routeIn([]string{"", "/{org}", "/users/{user}"}, "/teams/{team}", "GET",
		requireAuth(s.auth), requireParam(core.OrganizationParam("org")), requireParam(core.Owner("user")), requireParam(core.Owner("team")))
	below := s.routeIn([]string{"/{org}/{user}", "/notes"}, "/{note}", "GET",
		requireAuth(s.auth), requireParam(core.Owner("user")), requireParam(core.OrganizationParam("org")), requireParam(core.Owner("note")))
	token := s.acting("org-one")
	s.add("RequireParam on nested groups knows the parameter of each", func(c *client) {
		c.accepted(c.get(each, token, "org-one", "acting", "acting"), "acting")
		for _, values := range [][]string{
			{"org-two", "acting", "acting"}, {"org-one", "other", "acting"}, {"org-one", "acting", "other"}, {"acting", "org-one", "acting"},
		} {
			c.refused(c.get(each, token, values...), denied)
		}
		c.refused(c.get(each, "", "org-one", "acting", "acting"), unauthorized)
	})
	s.add("RequireParam knows the parameters of the groups around it", func(c *client) {
		c.accepted(c.get(below, token, "org-one", "acting", "acting"), "acting")
		for _, values := range [][]string{
			{"org-two", "acting", "acting"}, {"org-one", "other", "acting"}, {"org-one", "acting", "other"}, {"acting", "org-one", "acting"},
		} {
			c.refused(c.get(below, token, values...), denied)
		}
	})
}

func (s *suite) absentParams() {
	admin := s.issuer.Token(devissuer.Claims{"sub": "admin", "roles": "role-admin", "org_id": "admin"})
	for _, row := range []struct {
		name   string
		policy core.ParamPolicy
	}{
		{"the organization", core.OrganizationParam("org")},
		{"the owner", core.Owner("org")},
		{"the owner, or an admin", core.Owner("org").Or(core.Role("role-admin"))},
		{"the owner, or everybody", core.Owner("org").Or(grantAll)},
	} {
		other := s.routeIn([]string{"/users"}, "/{user}", "GET", requireAuth(s.auth), requireParam(row.policy))
		none := s.get(requireAuth(s.auth), requireParam(row.policy))
		s.add("a route without the parameter answers 500 where "+row.name+" is asked for", func(c *client) {
			c.refused(c.get(other, admin, "admin"), noAuthentication)
			c.refused(c.send(none, bearer(admin)...), noAuthentication)
			c.refused(c.send(none), unauthorized)
		})
	}
	optional := s.routeIn([]string{"/users"}, "/{user}", "GET", optionalAuth(s.auth), requireParam(core.Owner("user").Or(grantAll)))
	without := s.routeIn([]string{"/users"}, "/{user}", "GET", requireParam(core.Owner("user").Or(grantAll)))
	s.add("RequireParam needs an identity", func(c *client) {
		c.refused(c.get(optional, "", "alice"), unauthorized)
		c.refused(c.get(without, s.token("alice"), "alice"), noAuthentication)
		c.accepted(c.get(optional, s.token("alice"), "alice"), "alice")
	})
}

// spellings are what a client writes for a parameter. What a handler gets of each,
// and whether any, is the framework's business.
var spellings = []string{
	"org-one", "ORG-ONE", "Org-One", "org%2Done", "org%2done", "org-on%65", "org%252Done", "org-one%20", "%20org-one", "org-one+",
	"org%20one", "org+one", "org%2Fone", "org%2fone", "org%252Fone", "org%5Cone", "org-one%00", "org-one%0A", "org-one%0D%0A", "org-one;x", "org-one%3Fx", "org-one%23",
	"%C3%B6rg", "%c3%b6rg", "%FF", "..", "%2e%2e", ".", "%2E", "", "%", "%2", "%zz", "org-one%", "*", "{org}", ":org",
}

// spelledParams compares a route that has a check with one that has none: the check
// has to decide by what the handler would get.
func (s *suite) spelledParams() {
	open := s.routeIn([]string{"/orgs"}, "/{org}/docs", "GET", requireAuth(s.auth))
	organization := s.routeIn([]string{"/orgs"}, "/{org}/docs", "GET", requireAuth(s.auth), requireParam(core.OrganizationParam("org")))
	group := s.routeIn([]string{"/orgs", "/{org}"}, "/docs", "GET", requireAuth(s.auth), requireParam(core.OrganizationParam("org")))
	s.add("RequireParam decides by the value as handlers get it", func(c *client) {
		token := s.acting("org-one")
		for _, spelling := range spellings {
			unchecked := c.get(open, token, spelling)
			if unchecked == nil {
				continue
			}
			var gets string
			if unchecked.calls > 0 {
				if v := c.handled(unchecked); v == nil || len(v.Params) != 1 {
					continue
				} else {
					gets = string(v.Params[0])
				}
			}
			for _, id := range []string{"org-one", "ORG-ONE", "org/one", "org%2Fone", "org one", "org+one", `org\one`, "örg", "..", ".", "org", strings.ToValidUTF8(gets, "\ufffd")} {
				for _, r := range []*route{organization, group} {
					a := c.get(r, s.acting(id), spelling)
					switch {
					case a == nil:
					case unchecked.calls == 0: // the router has no such route, but it may have the group
						if a.calls != 0 || a.StatusCode != unchecked.StatusCode && (r != group || a.StatusCode < 400) {
							c.errorf("%q for %q: got %s, want %s as without a check", spelling, id, a.Status, unchecked.Status)
						}
					case gets == "":
						c.refused(a, noAuthentication)
					case gets != id:
						c.refused(a, denied)
					default:
						if v := c.handled(a); v != nil && (len(v.Params) != 1 || string(v.Params[0]) != id) {
							c.errorf("%q for %q: the handler got %q", spelling, id, v.Params)
						}
					}
				}
			}
		}
	})
}
