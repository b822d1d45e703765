package authtest

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

var errElsewhere = errors.New("dial tcp: the directory is away")

// outage is a policy that cannot tell.
func outage(context.Context, *core.Identity) error { return errElsewhere }

// rights: what each check grants and denies by the token alone.
func (s *suite) rights() {
	editor := devissuer.Claims{
		"sub": "editor", "roles": []string{"role-editor", "role-reader"}, "permissions": []string{"orders:delete", "orders:cancel"},
		"scope": "orders:read", "org_id": "org-one",
	}
	nobody := devissuer.Claims{"sub": "nobody", "roles": "role-guest", "scope": "profile-scope"}
	auth := requireAuth(s.auth)
	yes, no := core.Role("role-editor"), core.Role("role-admin")
	for _, check := range []struct {
		name   string
		guard  Guard
		grants bool // to the editor; never to nobody, unless both
		both   bool
		scopes string // in the challenge
	}{
		{name: "RequireRole", guard: requireRole("role-editor"), grants: true},
		{name: "RequireRole of another", guard: requireRole("role-admin")},
		{name: "RequireRole of a part of the name", guard: requireRole("role")},
		{name: "RequireRole in another case", guard: requireRole("Role-Editor")},
		{name: "RequireAnyRole", guard: requireAnyRole("role-admin", "role-editor"), grants: true},
		{name: "RequireAnyRole of one", guard: requireAnyRole("role-editor"), grants: true},
		{name: "RequireAnyRole of others", guard: requireAnyRole("role-admin", "role-owner")},
		{name: "RequirePermission", guard: requirePermission("orders:delete"), grants: true},
		{name: "RequirePermission of another", guard: requirePermission("orders:refund")},
		{name: "RequireScope", guard: requireScope("orders:read"), grants: true, scopes: "orders:read"},
		{name: "RequireScope of another", guard: requireScope("orders:write"), scopes: "orders:write"},
		{name: "RequireOrganization", guard: requireOrganization("org-one"), grants: true},
		{name: "RequireOrganization of another", guard: requireOrganization("org-two")},
		{name: "Require", guard: require(yes), grants: true},
		{name: "Require AllOf", guard: require(core.AllOf(yes, core.Permission("orders:cancel"))), grants: true},
		{name: "Require AllOf with a denial", guard: require(core.AllOf(yes, no))},
		{name: "Require AnyOf", guard: require(core.AnyOf(no, yes)), grants: true},
		{name: "Require AnyOf of denials", guard: require(core.AnyOf(no, core.Permission("orders:refund")))},
		{name: "Require Not", guard: require(core.AllOf(yes, core.Not(no))), grants: true},
		{name: "Require Not of a grant", guard: require(core.AllOf(yes, core.Not(yes)))},
		{name: "Require AllRoles", guard: require(core.AllRoles("role-editor", "role-reader")), grants: true},
		{name: "Require AllRoles without one", guard: require(core.AllRoles("role-editor", "role-owner"))},
		{name: "Require a policy that grants all", guard: require(func(context.Context, *core.Identity) error { return nil }), grants: true, both: true},
	} {
		r := s.get(auth, check.guard)
		denied := denied
		if check.scopes != "" {
			denied.challenge += `, scope="` + check.scopes + `"`
		}
		verb := " denies"
		if check.grants {
			verb = " grants and denies"
		}
		s.add(check.name+verb, func(c *client) {
			a := c.send(r, bearer(s.issuer.Token(editor))...)
			if check.grants {
				c.accepted(a, "editor")
			} else {
				c.refused(a, denied)
			}
			a = c.send(r, bearer(s.issuer.Token(nobody))...)
			if check.both {
				c.accepted(a, "nobody")
			} else {
				c.refused(a, denied)
			}
			c.refused(c.send(r), unauthorized)
			c.refused(c.send(r, bearer("not-a-token")...), invalidToken)
		})
	}

	several := s.get(auth, requireRole("role-editor"), requireScope("orders:read"), requireOrganization("org-one"))
	s.add("several checks must all grant", func(c *client) {
		for claim, want := range map[string]refusal{
			"":       {},
			"roles":  denied,
			"scope":  denied.challenged(denied.challenge + `, scope="orders:read"`),
			"org_id": denied,
		} {
			a := c.send(several, bearer(s.issuer.Token(devissuer.With(editor, devissuer.Claims{claim: nil})))...)
			if claim == "" {
				c.accepted(a, "editor")
			} else {
				c.refused(a, want)
			}
		}
	})

	either := s.get(auth, require(core.AnyOf(outage, yes)))
	s.add("AnyOf grants in spite of an outage and never denies in one", func(c *client) {
		c.accepted(c.send(either, bearer(s.issuer.Token(editor))...), "editor")
		c.refused(c.send(either, bearer(s.issuer.Token(nobody))...), unavailable)
	})
	hint := map[string]any{"step_up": map[string]any{"factor": "second"}}
	hinting := s.get(auth, require(core.AllOf(yes, func(context.Context, *core.Identity) error {
		return &core.DeniedError{Requirement: "second factor", Hint: hint}
	})))
	s.add("a denial's hint is in the body, beside what every denial says", func(c *client) {
		withHint := denied
		withHint.hint = hint
		for range 2 {
			c.refused(c.send(hinting, bearer(s.issuer.Token(editor))...), withHint)
			c.refused(c.send(hinting, bearer(s.issuer.Token(nobody))...), denied)
		}
	})

	for name, p := range map[string]core.Policy{
		"a policy":         outage,
		"Not":              core.Not(outage),
		"AllOf":            core.AllOf(yes, outage),
		"AnyOf of denials": core.AnyOf(no, outage),
	} {
		r := s.get(auth, require(p))
		s.add("an outage in "+name+" is neither a grant nor a denial", func(c *client) {
			c.refused(c.send(r, bearer(s.issuer.Token(editor))...), unavailable)
		})
	}
	s.notMounted()
}

// notMounted: checks that have no authentication before them.
func (s *suite) notMounted() {
	alone := []*route{s.get(requireRole("role-editor")), s.get(require(outage)), s.get(requireScope("orders:read"))}
	early := s.get(requireRole("role-editor"), requireAuth(s.auth))
	s.add("a check without authentication before it is the server's mistake", func(c *client) {
		good := bearer(s.issuer.Token(devissuer.Claims{"roles": "role-editor", "scope": "orders:read"}))
		for _, r := range append(alone, early) {
			c.refused(c.send(r), notMounted)
			c.refused(c.send(r, good...), notMounted)
		}
	})
	open := s.get()
	s.add("without any guard there is no identity", func(c *client) {
		c.anonymous(c.send(open))
		c.anonymous(c.send(open, bearer(s.token("open"))...))
	})
}

// outsideRights: rights that are held outside the token.
func (s *suite) outsideRights() {
	var asked atomic.Int64
	auth := s.authenticator(func(cfg *core.Config) {
		cfg.Issuers[0].LookupRights = func(_ context.Context, id *core.Identity) (core.Rights, error) {
			asked.Add(1)
			switch id.Subject() {
			case "member":
				return core.Rights{Roles: []string{"role-a", "role-b"}, Permissions: []string{"orders:delete"}, Organizations: []string{"org-one"}}, nil
			case "outage":
				return core.Rights{}, errElsewhere
			}
			return core.Rights{}, nil
		}
	})
	many := s.get(requireAuth(auth), requireRole("role-a"), requireAnyRole("role-x", "role-b"), requirePermission("orders:delete"),
		requireOrganization("org-one"), require(core.Not(core.Role("role-x"))))
	optional := s.get(optionalAuth(auth), requireRole("role-a"))

	s.add("rights held elsewhere grant roles, permissions and organizations", func(c *client) {
		c.accepted(c.send(many, bearer(s.token("member"))...), "member")
		c.accepted(c.send(optional, bearer(s.token("member"))...), "member")
		c.refused(c.send(many, bearer(s.token("stranger"))...), denied)
	})
	s.add("rights held elsewhere are asked for once a request", func(c *client) {
		token := s.token("member")
		for i := range 3 {
			before := asked.Load()
			c.accepted(c.send(many, bearer(token)...), "member")
			if n := asked.Load() - before; n != 1 {
				c.errorf("request %d: they were asked for %d times, want once", i, n)
			}
		}
	})
	s.add("rights held elsewhere are not asked for when the token answers", func(c *client) {
		before := asked.Load()
		c.accepted(c.send(optional, bearer(s.issuer.Token(devissuer.Claims{"sub": "member", "roles": "role-a"}))...), "member")
		c.refused(c.send(many), unauthorized)
		c.refused(c.send(many, bearer("not-a-token")...), invalidToken)
		if n := asked.Load() - before; n != 0 {
			c.errorf("they were asked for %d times, want never", n)
		}
	})
	s.add("rights that cannot be had are an outage", func(c *client) {
		c.refused(c.send(many, bearer(s.token("outage"))...), unavailable)
	})
}
