package adaptertest

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

// outage is a policy that cannot decide.
func outage(context.Context, *core.Identity) error {
	return errors.New("dial tcp: the directory is not reachable")
}

// grantAll is a policy that grants everybody.
func grantAll(context.Context, *core.Identity) error { return nil }

// editor are the claims of a user with rights, and guest those of one without.
var (
	editor = devissuer.Claims{
		"sub": "editor", "roles": []string{"role-editor", "role-reader"}, "permissions": []string{"orders:delete", "orders:cancel"},
		"scope": "orders:read", "org_id": "org-one",
	}
	guest = devissuer.Claims{"sub": "guest", "roles": "role-guest", "scope": "profile-scope"}

	isEditor, isAdmin = core.Role("role-editor"), core.Role("role-admin")
)

// rightsTable lists checks. The guest passes none but the one that grants all.
var rightsTable = []struct {
	name        string
	check       Middleware
	editor      bool // the editor passes
	guest       bool // the guest passes
	wantsScopes string
}{
	{name: "RequireRole", check: requireRole("role-editor"), editor: true},
	{name: "RequireRole of another", check: requireRole("role-admin")},
	{name: "RequireRole of a part of the name", check: requireRole("role")},
	{name: "RequireRole in another case", check: requireRole("Role-Editor")},
	{name: "RequireAnyRole", check: requireAnyRole("role-admin", "role-editor"), editor: true},
	{name: "RequireAnyRole of one", check: requireAnyRole("role-editor"), editor: true},
	{name: "RequireAnyRole of others", check: requireAnyRole("role-admin", "role-owner")},
	{name: "RequirePermission", check: requirePermission("orders:delete"), editor: true},
	{name: "RequirePermission of another", check: requirePermission("orders:refund")},
	{name: "RequireScope", check: requireScope("orders:read"), editor: true, wantsScopes: "orders:read"},
	{name: "RequireScope of another", check: requireScope("orders:write"), wantsScopes: "orders:write"},
	{name: "RequireOrganization", check: requireOrganization("org-one"), editor: true},
	{name: "RequireOrganization of another", check: requireOrganization("org-two")},
	{name: "Require", check: require(isEditor), editor: true},
	{name: "Require AllOf", check: require(core.AllOf(isEditor, core.Permission("orders:cancel"))), editor: true},
	{name: "Require AllOf with a denial", check: require(core.AllOf(isEditor, isAdmin))},
	{name: "Require AnyOf", check: require(core.AnyOf(isAdmin, isEditor)), editor: true},
	{name: "Require AnyOf of denials", check: require(core.AnyOf(isAdmin, core.Permission("orders:refund")))},
	{name: "Require Not", check: require(core.AllOf(isEditor, core.Not(isAdmin))), editor: true},
	{name: "Require Not of a grant", check: require(core.AllOf(isEditor, core.Not(isEditor)))},
	{name: "Require AllRoles", check: require(core.AllRoles("role-editor", "role-reader")), editor: true},
	{name: "Require AllRoles without one", check: require(core.AllRoles("role-editor", "role-owner"))},
	{name: "Require a policy that grants all", check: require(grantAll), editor: true, guest: true},
}

func (s *suite) rights() {
	for _, row := range rightsTable {
		r := s.get(requireAuth(s.auth), row.check)
		denied := denied
		if row.wantsScopes != "" {
			denied.challenge += `, scope="` + row.wantsScopes + `"`
		}
		verb := " denies"
		if row.editor {
			verb = " grants and denies"
		}
		s.add(row.name+verb, func(c *client) {
			for _, caller := range []struct {
				claims devissuer.Claims
				passes bool
			}{{editor, row.editor}, {guest, row.guest}} {
				a := c.send(r, bearer(s.issuer.Token(caller.claims))...)
				if caller.passes {
					c.accepted(a, caller.claims["sub"].(string))
				} else {
					c.refused(a, denied)
				}
			}
			c.refused(c.send(r), unauthorized)
			c.refused(c.send(r, bearer("not-a-token")...), invalidToken)
		})
	}
}

func (s *suite) combinedRights() {
	several := s.get(requireAuth(s.auth), requireRole("role-editor"), requireScope("orders:read"), requireOrganization("org-one"))
	s.add("several checks must all grant", func(c *client) {
		c.accepted(c.send(several, bearer(s.issuer.Token(editor))...), "editor")
		for _, row := range []struct {
			without string // this claim
			want    refusal
		}{
			{"roles", denied},
			{"scope", denied.challenged(denied.challenge + `, scope="orders:read"`)},
			{"org_id", denied},
		} {
			claims := devissuer.With(editor, devissuer.Claims{row.without: nil})
			c.refused(c.send(several, bearer(s.issuer.Token(claims))...), row.want)
		}
	})

	hint := map[string]any{"step_up": map[string]any{"factor": "second"}}
	hinting := s.get(requireAuth(s.auth), require(core.AllOf(isEditor, func(context.Context, *core.Identity) error {
		return &core.DeniedError{Requirement: "second factor", Hint: hint}
	})))
	s.add("the hint of a denial is in the body, beside the code", func(c *client) {
		withHint := denied
		withHint.hint = hint
		for range 2 {
			c.refused(c.send(hinting, bearer(s.issuer.Token(editor))...), withHint)
			c.refused(c.send(hinting, bearer(s.issuer.Token(guest))...), denied)
		}
	})
}

func (s *suite) outagesInPolicies() {
	either := s.get(requireAuth(s.auth), require(core.AnyOf(outage, isEditor)))
	s.add("AnyOf grants despite an outage and never denies during one", func(c *client) {
		c.accepted(c.send(either, bearer(s.issuer.Token(editor))...), "editor")
		c.refused(c.send(either, bearer(s.issuer.Token(guest))...), unavailable)
	})
	for _, row := range []struct {
		name   string
		policy core.Policy
	}{
		{"a policy", outage},
		{"Not", core.Not(outage)},
		{"AllOf", core.AllOf(isEditor, outage)},
		{"AnyOf of denials", core.AnyOf(isAdmin, outage)},
	} {
		r := s.get(requireAuth(s.auth), require(row.policy))
		s.add("an outage in "+row.name+" is neither a grant nor a denial", func(c *client) {
			c.refused(c.send(r, bearer(s.issuer.Token(editor))...), unavailable)
		})
	}
}

// lookedUpRights checks rights that Issuer.LookupRights returns.
func (s *suite) lookedUpRights() {
	var calls atomic.Int64
	auth := s.authenticator(func(cfg *core.Config) {
		cfg.Issuers[0].LookupRights = func(_ context.Context, id *core.Identity) (core.Rights, error) {
			calls.Add(1)
			switch id.Subject() {
			case "member":
				return core.Rights{Roles: []string{"role-a", "role-b"}, Permissions: []string{"orders:delete"}, Memberships: []core.Membership{
					{Organization: "org-one", Roles: []string{"role-one"}, Permissions: []string{"orders:refund"}},
					{Organization: "org-two"},
				}}, nil
			case "outage":
				return core.Rights{}, errors.New("dial tcp: the directory is not reachable")
			}
			return core.Rights{}, nil
		}
	})
	many := s.get(requireAuth(auth), requireRole("role-a"), requireAnyRole("role-x", "role-b"), requirePermission("orders:delete"),
		require(core.MemberOf("org-one")), require(core.RoleIn("org-one", "role-one")), require(core.PermissionIn("org-one", "orders:refund")), require(core.Not(core.Role("role-x"))))
	optional := s.get(optionalAuth(auth), requireRole("role-a"))
	notThere := []*route{
		s.get(requireAuth(auth), requireOrganization("org-one")), // a member who is not acting in it
		s.get(requireAuth(auth), require(core.RoleIn("org-two", "role-one"))),
		s.get(requireAuth(auth), require(core.PermissionIn("org-two", "orders:refund"))),
		s.get(requireAuth(auth), requireRole("role-one")),
		s.get(requireAuth(auth), requirePermission("orders:refund")),
	}

	s.add("looked-up rights grant roles, permissions and organizations", func(c *client) {
		c.accepted(c.send(many, bearer(s.token("member"))...), "member")
		c.accepted(c.send(optional, bearer(s.token("member"))...), "member")
		c.refused(c.send(many, bearer(s.token("stranger"))...), denied)
	})
	s.add("a role in one organization is none in another, nor everywhere", func(c *client) {
		for _, r := range notThere {
			c.refused(c.send(r, bearer(s.token("member"))...), denied)
		}
	})
	s.add("rights are looked up once a request", func(c *client) {
		token := s.token("member")
		for i := range 3 {
			calls.Store(0)
			c.accepted(c.send(many, bearer(token)...), "member")
			if n := calls.Load(); n != 1 {
				c.errorf("request %d: they were looked up %d times, want once", i, n)
			}
		}
	})
	s.add("rights are not looked up when the token decides", func(c *client) {
		calls.Store(0)
		c.accepted(c.send(optional, bearer(s.issuer.Token(devissuer.Claims{"sub": "member", "roles": "role-a"}))...), "member")
		c.refused(c.send(many), unauthorized)
		c.refused(c.send(many, bearer("not-a-token")...), invalidToken)
		if n := calls.Load(); n != 0 {
			c.errorf("they were looked up %d times, want never", n)
		}
	})
	s.add("a failed lookup of rights is an outage", func(c *client) {
		c.refused(c.send(many, bearer(s.token("outage"))...), unavailable)
	})
}
