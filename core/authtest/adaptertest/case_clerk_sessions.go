package adaptertest

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// wantSession is what a handler must know about a session.
type wantSession struct {
	name         string
	session      devclerk.Session
	clerk        clerk.Session
	organization core.Organization
	actor        core.Actor
}

func wantSessions() []wantSession {
	acme := core.Organization{ID: "org_acme", Slug: "acme", Role: "org:admin"}
	support := core.Actor{Subject: "user_support", Issuer: "https://dashboard.clerk.com", SessionID: "sess_support"}
	permissions := []string{"org:invoices:read", "org:invoices:create"}
	admin := clerk.Session{
		ID: "sess_ada", UserID: "user_ada", Version: 2,
		Organization: clerk.ActiveOrganization{ID: "org_acme", Slug: "acme", Role: "org:admin", Permissions: permissions},
		Features:     clerk.Grants{Organization: []string{"invoices"}},
		Plans:        clerk.Grants{Organization: []string{"pro"}},
		FactorAge:    &clerk.FactorAge{First: 1, Second: 1},
	}
	adminV1 := admin // version 1 has neither features nor plans
	adminV1.Version, adminV1.Features, adminV1.Plans = 1, clerk.Grants{}, clerk.Grants{}
	impersonated, impersonatedV1 := admin, adminV1
	impersonated.ID, impersonatedV1.ID = "sess_ada_support", "sess_ada_support"
	alone := clerk.Session{ID: "sess_nora", UserID: "user_nora", Version: 2, FactorAge: &clerk.FactorAge{First: 1, Second: 1}}
	return []wantSession{
		{"of version 2", devclerk.Admin(), admin, acme, core.Actor{}},
		{"of version 1", version1(devclerk.Admin()), adminV1, acme, core.Actor{}},
		{"without an organization", userWithoutOrg(), alone, core.Organization{}, core.Actor{}},
		{"of an impersonated user", devclerk.Impersonated(), impersonated, acme, support},
		{"of an impersonated user, of version 1", version1(devclerk.Impersonated()), impersonatedV1, acme, support},
	}
}

func (s *clerkSuite) sessions() {
	for _, want := range wantSessions() {
		s.add("a session "+want.name+" reaches the handler", func(c *client) {
			token := s.instance.Token(want.session, nil)
			for range 2 { // the second time the token is cached
				if v := c.handled(c.send(s.plain, bearer(token)...)); v != nil {
					s.compareSession(c, v, want)
				}
			}
		})
	}
}

func (s *clerkSuite) compareSession(c *client, got *view, want wantSession) {
	c.t.Helper()
	if !got.OK || got.Issuer != s.instance.ProxyURL() || got.AuthorizedParty != s.instance.AuthorizedParty() {
		c.errorf("got issuer %q and party %q, want %q and %q", got.Issuer, got.AuthorizedParty, s.instance.ProxyURL(), s.instance.AuthorizedParty())
	}
	if got.Subject != want.clerk.UserID || got.SessionID != want.clerk.ID {
		c.errorf("got user %q and session %q, want %q and %q", got.Subject, got.SessionID, want.clerk.UserID, want.clerk.ID)
	}
	if got.Organization != want.organization || got.Actor != want.actor {
		c.errorf("got organization %+v and actor %+v, want %+v and %+v", got.Organization, got.Actor, want.organization, want.actor)
	}
	var roles []string
	if want.organization.Role != "" {
		roles = []string{want.organization.Role}
	}
	if permissions := want.clerk.Organization.Permissions; !slices.Equal(got.Roles, roles) || !slices.Equal(got.Permissions, permissions) {
		c.errorf("got roles %q and permissions %q, want %q and %q", got.Roles, got.Permissions, roles, permissions)
	}
	if !reflect.DeepEqual(got.Clerk, &want.clerk) {
		c.errorf("got session %+v, want %+v", got.Clerk, want.clerk)
	}
}

func (s *clerkSuite) optionalSessions() {
	r := s.get(optionalAuth(s.auth))
	s.add("optional authentication accepts sessions and refuses tokens of other types", func(c *client) {
		c.anonymous(c.send(r))
		c.accepted(c.send(r, s.bearer(devclerk.Admin())...), "user_ada")
		c.refused(c.send(r, bearer(s.instance.TemplateToken("user_ada", nil))...), invalidToken)
	})
}

// segment decodes a segment of a token that the instance made.
func segment(token string, i int) devissuer.Claims {
	var claims devissuer.Claims
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
	if err == nil {
		err = json.Unmarshal(text, &claims)
	}
	if err != nil {
		panic(err) // the instance made it
	}
	return claims
}

// tokenCase is a token with the name of what is wrong with it. It is made when it
// is sent, because a session token is valid for a minute.
type tokenCase struct {
	name  string
	token func() string
}

// claimsCase returns a tokenCase for a session token with other claims.
func (s *clerkSuite) claimsCase(name string, claims devissuer.Claims) tokenCase {
	return tokenCase{name, func() string { return s.instance.Token(devclerk.Admin(), claims) }}
}

// headerCase returns a tokenCase for a session token with another JOSE header.
func (s *clerkSuite) headerCase(name string, header devissuer.Claims) tokenCase {
	return tokenCase{name, func() string {
		return s.instance.Sign(header, segment(s.instance.Token(devclerk.Admin(), nil), 1))
	}}
}

// signatureCase returns a tokenCase for a session token with another signature.
func (s *clerkSuite) signatureCase(name, alg string, key *devissuer.Key) tokenCase {
	return tokenCase{name, func() string {
		good := s.instance.Token(devclerk.Admin(), nil)
		header, err := json.Marshal(devissuer.With(segment(good, 0), devissuer.Claims{"alg": alg}))
		if err != nil {
			panic(err) // strings always marshal
		}
		return devissuer.SignSegments(key, alg, base64.RawURLEncoding.EncodeToString(header), strings.Split(good, ".")[1])
	}}
}

// rejectedSessions checks tokens that look like sessions.
func (s *clerkSuite) rejectedSessions() {
	type claims = devissuer.Claims
	party := s.instance.AuthorizedParty()
	for _, row := range []tokenCase{
		{"a token of a JWT template", func() string { return s.instance.TemplateToken("user_ada", nil) }},
		{"a token of a JWT template with sid", func() string {
			return s.instance.TemplateToken("user_ada", claims{"sid": "sess_ada", "v": 2})
		}},
		{"a machine's token", func() string { return s.instance.MachineToken(claims{"azp": party}) }},
		{"an OAuth client's token", func() string { return s.instance.OAuthToken("user_ada", claims{"azp": party}) }},
		s.headerCase("an unknown cat", claims{"cat": "cl_B7d4PD999AAA"}),
		s.headerCase("a machine's cat", claims{"cat": "cl_B7d4PD333AAA"}),
		s.headerCase("an empty cat", claims{"cat": ""}),
		s.headerCase("a cat that is no string", claims{"cat": 7}),
		s.headerCase("the typ at+jwt", claims{"typ": "at+jwt"}),
		s.headerCase("the typ jwt", claims{"typ": "jwt"}),
		s.claimsCase("no sid", claims{"sid": nil}),
		s.claimsCase("a sid with another prefix", claims{"sid": "client_ada"}),
		s.claimsCase("a sid that is only a prefix", claims{"sid": "sess_"}),
		s.claimsCase("the sub of a machine", claims{"sub": "mch_ada"}),
		s.claimsCase("an empty sub", claims{"sub": ""}),
		s.claimsCase("an act without sub", claims{"act": claims{}}),
		{"a pending session", func() string { return s.instance.Token(devclerk.Pending(), nil) }},
		s.claimsCase("a sts that is no string", claims{"sts": 1}),
		s.claimsCase("another azp", claims{"azp": "https://evil.example"}),
		s.claimsCase("an azp with a slash at its end", claims{"azp": party + "/"}),
		s.claimsCase("no azp", claims{"azp": nil}),
		s.claimsCase("a client_id in place of azp", claims{"azp": nil, "client_id": party}),
		s.signatureCase("a signature with RS512", "RS512", s.instance.Issuer().Key("RS256")),
		s.signatureCase("another instance's signature with our key ID", "RS256", s.other.Issuer().Key("RS256")),
		{"another instance's session", func() string { return s.other.Token(devclerk.Admin(), nil) }},
		{"another instance's session with our iss", func() string {
			return s.other.Token(devclerk.Admin(), claims{"iss": s.instance.ProxyURL()})
		}},
	} {
		s.add(row.name+" is refused", func(c *client) {
			c.refused(c.send(s.plain, bearer(row.token())...), invalidToken)
		})
	}
	s.add("the challenge says that a session has expired", func(c *client) {
		expired := s.claimsCase("", claims{"exp": time.Now().Add(-time.Minute).Unix()})
		c.refused(c.send(s.plain, bearer(expired.token())...), expiredToken)
	})
	s.add("a session without cat is accepted", func(c *client) {
		c.accepted(c.send(s.plain, bearer(s.headerCase("", claims{"cat": nil}).token())...), "user_ada")
	})
}

func (s *clerkSuite) pendingSessions() {
	r := s.get(requireAuth(s.clerk(func(cfg *clerk.Config) { cfg.AllowPending = true })))
	s.add("AllowPending accepts pending sessions, and the handler sees which they are", func(c *client) {
		for _, row := range []struct {
			session devclerk.Session
			pending bool
		}{
			{devclerk.Pending(), true},
			{version1(devclerk.Pending()), true},
			{devclerk.Admin(), false},
		} {
			v := c.handled(c.send(r, s.bearer(row.session)...))
			if v != nil && (v.Subject != row.session.User || v.Clerk == nil || v.Clerk.Pending != row.pending) {
				c.errorf("got subject %q and session %+v, want %s and pending %v", v.Subject, v.Clerk, row.session.User, row.pending)
			}
		}
		c.refused(c.send(r, bearer(s.instance.TemplateToken("user_penny", nil))...), invalidToken)
	})
}

func (s *clerkSuite) missingParties() {
	r := s.get(requireAuth(s.clerk(func(cfg *clerk.Config) { cfg.AllowMissingAuthorizedParty = true })))
	s.add("AllowMissingAuthorizedParty accepts sessions without azp", func(c *client) {
		without := s.claimsCase("", devissuer.Claims{"azp": nil})
		another := s.claimsCase("", devissuer.Claims{"azp": "https://evil.example"})
		c.accepted(c.send(r, bearer(without.token())...), "user_ada")
		c.accepted(c.send(r, s.bearer(devclerk.Admin())...), "user_ada")
		c.refused(c.send(r, bearer(another.token())...), invalidToken)
	})
}
