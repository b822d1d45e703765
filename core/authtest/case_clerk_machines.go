package authtest

import (
	"slices"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer"
)

// machines: the tokens of machines, where they are asked for.
func (s *clerkSuite) machines() {
	type machine = devissuer.ClerkMachine
	accept := func(types ...clerk.TokenType) *core.Authenticator {
		return s.clerk(func(cfg *clerk.Config) { cfg.Accept, cfg.MachineID = types, "mch_api" })
	}
	all := s.get(requireAuth(accept(clerk.APIKey, clerk.M2MToken, clerk.OAuthToken)))
	keys := s.get(requireAuth(accept(clerk.APIKey)))
	reads := s.get(requireAuth(accept(clerk.APIKey, clerk.OAuthToken)), requireScope("read"))
	admins := s.get(requireAuth(accept(clerk.APIKey)), requireRole("admin"))
	c1 := s.instance
	for _, row := range []struct {
		name string
		make func() string
		who  string // "": refused
		kind clerk.TokenType
	}{
		{"an API key", func() string { return c1.NewAPIKey(machine{Subject: "user_ada"}) }, "user_ada", clerk.APIKey},
		{"an M2M token", func() string { return c1.NewM2MToken(machine{Subject: "mch_job", Scopes: []string{"mch_api"}}) }, "mch_job", clerk.M2MToken},
		{"an M2M JWT", func() string { return c1.MachineToken(devissuer.Claims{"sub": "mch_job", "scopes": "mch_api"}) }, "mch_job", clerk.M2MToken},
		{"an OAuth token", func() string { return c1.NewOAuthToken(machine{Subject: "user_ada"}) }, "user_ada", clerk.OAuthToken},
		{"an OAuth JWT", func() string { return c1.OAuthToken("user_ada", nil) }, "user_ada", clerk.OAuthToken},
		{"a session", func() string { return c1.Token(devissuer.ClerkAdmin(), nil) }, "", ""},
		{"a template token", func() string { return c1.TemplateToken("user_ada", nil) }, "", ""},
		{"an M2M token for another machine", func() string { return c1.NewM2MToken(machine{Scopes: []string{"mch_other"}}) }, "", ""},
		{"an API key that nobody made", func() string { return "ak_" + strings.Repeat("x", 40) }, "", ""},
		{"a revoked API key", func() string {
			key := c1.NewAPIKey(machine{Subject: "user_ada"})
			c1.SetMachineToken(key, devissuer.Claims{"revoked": true})
			return key
		}, "", ""},
		{"an expired API key", func() string { return c1.NewAPIKey(machine{Expires: time.Now().Add(-time.Minute)}) }, "", ""},
		{"an inactive OAuth token", func() string {
			token := c1.NewOAuthToken(machine{})
			c1.SetMachineToken(token, devissuer.Claims{"active": false})
			return token
		}, "", ""},
	} {
		s.add(row.name+" goes where it is asked for, and nowhere else", func(c *client) {
			token := row.make()
			for range 2 {
				if row.who == "" {
					c.refused(c.send(all, bearer(token)...), invalidToken)
				} else if v := c.reached(c.send(all, bearer(token)...)); v != nil && (v.Subject != row.who || v.Clerk != nil || v.Machine == nil || v.Machine.Type != row.kind) {
					c.errorf("got %+v, want a %s of %s", v, row.kind, row.who)
				}
			}
			if row.kind != clerk.APIKey {
				c.refused(c.send(keys, bearer(token)...), invalidToken)
			}
			if row.name != "a session" {
				c.refused(c.send(s.plain, bearer(token)...), invalidToken)
			}
		})
	}
	s.add("a machine has scopes, and not the roles of its user", func(c *client) {
		key := bearer(c1.NewAPIKey(machine{Subject: "user_ada", Scopes: []string{"read"}, Claims: devissuer.Claims{"roles": []string{"admin"}}}))
		c.accepted(c.send(reads, key...), "user_ada")
		c.refused(c.send(admins, key...), denied)
		c.refused(c.send(reads, bearer(c1.NewAPIKey(machine{Subject: "user_ada"}))...), denied.challenged(`Bearer error="insufficient_scope", scope="read"`))
	})
	s.add("machine tokens are verified once, and what cannot be one not at all", func(c *client) {
		key := bearer(c1.NewAPIKey(machine{Subject: "user_ada"}))
		before := len(c1.APIRequests())
		for range 3 {
			c.accepted(c.send(keys, key...), "user_ada")
			for _, token := range []string{"ak_short", "ak_" + strings.Repeat("x", 300), "ak_" + strings.Repeat("%2f", 20), strings.Repeat("x", 40)} {
				c.refused(c.send(keys, bearer(token)...), invalidToken)
			}
		}
		if requests := c1.APIRequests()[before:]; !slices.Equal(requests, []string{"POST /v1/api_keys/verify"}) {
			c.errorf("got the calls %q, want one", requests)
		}
	})
	s.add("with a Backend API that is down, an unknown machine token is 503", func(c *client) {
		key := bearer(c1.NewAPIKey(machine{Subject: "user_ada"}))
		s.instance.SetAPIFault(devissuer.Fail(502))
		defer s.instance.SetAPIFault(nil)
		c.refused(c.send(all, key...), unavailable)
		c.accepted(c.send(all, bearer(c1.OAuthToken("user_ada", nil))...), "user_ada") // a JWT needs no call
	})
}
