package adaptertest

import (
	"slices"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

type machine = devclerk.Machine

// accepting makes an Authenticator that accepts these types of tokens.
func (s *clerkSuite) accepting(types ...clerk.TokenType) *core.Authenticator {
	return s.clerk(func(cfg *clerk.Config) {
		cfg.Accept, cfg.MachineID, cfg.OAuthAudiences = types, "mch_api", []string{oauthAudience}
	})
}

// oauthAudience is the audience of OAuth tokens for the API under test.
const oauthAudience = "https://api.example.test"

// machineCase is a token, and what it is for an Authenticator that accepts all
// machine tokens.
type machineCase struct {
	name    string
	token   func() string
	subject string // "": refused
	kind    clerk.TokenType
}

func (s *clerkSuite) acceptedMachines() []machineCase {
	c := s.instance
	forUs := devissuer.Claims{"sub": "mch_job", "scopes": "mch_api"}
	return []machineCase{
		{"an API key", func() string { return c.NewAPIKey(machine{Subject: "user_ada"}) }, "user_ada", clerk.APIKey},
		{"an M2M token", func() string {
			return c.NewM2MToken(machine{Subject: "mch_job", Scopes: []string{"mch_api"}})
		}, "mch_job", clerk.M2MToken},
		{"an M2M JWT", func() string { return c.MachineToken(forUs) }, "mch_job", clerk.M2MToken},
		{"an OAuth token", func() string { return c.NewOAuthToken(machine{Subject: "user_ada", Audience: []string{oauthAudience}}) }, "user_ada", clerk.OAuthToken},
		{"an OAuth JWT", func() string { return c.OAuthToken("user_ada", devissuer.Claims{"aud": oauthAudience}) }, "user_ada", clerk.OAuthToken},
	}
}

func (s *clerkSuite) refusedMachines() []machineCase {
	c := s.instance
	return []machineCase{
		{name: "a template token", token: func() string { return c.TemplateToken("user_ada", nil) }},
		{name: "an M2M token for another machine", token: func() string { return c.NewM2MToken(machine{Scopes: []string{"mch_other"}}) }},
		{name: "an API key that does not exist", token: func() string { return "ak_" + strings.Repeat("x", 40) }},
		{name: "a revoked API key", token: func() string {
			key := c.NewAPIKey(machine{Subject: "user_ada"})
			c.SetMachineToken(key, devissuer.Claims{"revoked": true})
			return key
		}},
		{name: "an expired API key", token: func() string { return c.NewAPIKey(machine{Expires: time.Now().Add(-time.Minute)}) }},
		{name: "an OAuth token for another service", token: func() string {
			return c.NewOAuthToken(machine{Subject: "user_ada", Audience: []string{"https://other.example.test"}})
		}},
		{name: "an OAuth token without an audience", token: func() string { return c.NewOAuthToken(machine{Subject: "user_ada"}) }},
		{name: "an OAuth JWT for another service", token: func() string {
			return c.OAuthToken("user_ada", devissuer.Claims{"aud": "https://other.example.test"})
		}},
		{name: "an OAuth JWT without an audience", token: func() string { return c.OAuthToken("user_ada", nil) }},
		{name: "an inactive OAuth token", token: func() string {
			token := c.NewOAuthToken(machine{Audience: []string{oauthAudience}})
			c.SetMachineToken(token, devissuer.Claims{"active": false})
			return token
		}},
	}
}

func (s *clerkSuite) machines() {
	all := s.get(requireAuth(s.accepting(clerk.APIKey, clerk.M2MToken, clerk.OAuthToken)))
	keys := s.get(requireAuth(s.accepting(clerk.APIKey)))
	for _, row := range slices.Concat(s.acceptedMachines(), s.refusedMachines()) {
		verb := " is accepted where its type is, and nowhere else"
		if row.subject == "" {
			verb = " is refused where machine tokens are accepted"
		}
		s.add(row.name+verb, func(c *client) {
			token := row.token()
			for range 2 { // the second time the token is cached
				if row.subject == "" {
					c.refused(c.send(all, bearer(token)...), invalidToken)
					continue
				}
				v := c.handled(c.send(all, bearer(token)...))
				if v != nil && (v.Subject != row.subject || v.Clerk != nil || v.Machine == nil || v.Machine.Type != row.kind) {
					c.errorf("got %+v, want a %s of %s", v, row.kind, row.subject)
				}
			}
			if row.kind != clerk.APIKey {
				c.refused(c.send(keys, bearer(token)...), invalidToken)
			}
			c.refused(c.send(s.plain, bearer(token)...), invalidToken)
		})
	}
	s.add("a session is refused where machine tokens are accepted", func(c *client) {
		for range 2 {
			c.refused(c.send(all, s.bearer(ada)...), invalidToken)
			c.refused(c.send(keys, s.bearer(ada)...), invalidToken)
		}
	})
}

func (s *clerkSuite) machineRights() {
	reads := s.get(requireAuth(s.accepting(clerk.APIKey, clerk.OAuthToken)), requireScope("read"))
	admins := s.get(requireAuth(s.accepting(clerk.APIKey)), requireRole("admin"))
	s.add("a machine has scopes, and not the roles of its user", func(c *client) {
		roles := devissuer.Claims{"roles": []string{"admin"}}
		key := bearer(s.instance.NewAPIKey(machine{Subject: "user_ada", Scopes: []string{"read"}, Claims: roles}))
		without := bearer(s.instance.NewAPIKey(machine{Subject: "user_ada"}))
		c.accepted(c.send(reads, key...), "user_ada")
		c.refused(c.send(admins, key...), denied)
		c.refused(c.send(reads, without...), denied.challenged(`Bearer error="insufficient_scope", scope="read"`))
	})
}

func (s *clerkSuite) machineCalls() {
	keys := s.get(requireAuth(s.accepting(clerk.APIKey)))
	s.add("a machine token is verified with one call, and malformed ones with none", func(c *client) {
		key := bearer(s.instance.NewAPIKey(machine{Subject: "user_ada"}))
		before := len(s.instance.APIRequests())
		for range 3 {
			c.accepted(c.send(keys, key...), "user_ada")
			for _, token := range []string{"ak_short", "ak_" + strings.Repeat("x", 300), "ak_" + strings.Repeat("%2f", 20), strings.Repeat("x", 40)} {
				c.refused(c.send(keys, bearer(token)...), invalidToken)
			}
		}
		if requests := s.instance.APIRequests()[before:]; !slices.Equal(requests, []string{"POST /v1/api_keys/verify"}) {
			c.errorf("got the calls %q, want one", requests)
		}
	})
	all := s.get(requireAuth(s.accepting(clerk.APIKey, clerk.OAuthToken)))
	s.add("while the Backend API is broken, a machine token that is not cached is 503", func(c *client) {
		key := bearer(s.instance.NewAPIKey(machine{Subject: "user_ada"}))
		s.instance.SetAPIFault(devissuer.Fail(502))
		defer s.instance.SetAPIFault(nil)
		c.refused(c.send(all, key...), unavailable)
		c.accepted(c.send(all, bearer(s.instance.OAuthToken("user_ada", devissuer.Claims{"aud": oauthAudience}))...), "user_ada") // a JWT needs no call
	})
}
