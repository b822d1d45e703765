package authtest

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer"
)

// RunClerk tries what an adapter does with the sessions of Clerk, over real
// connections to one server: which tokens and cookies it accepts, what the
// handler knows of the session, and what the checks grant. It reports what is
// wrong as failed subtests that are named after the behaviour. It stands beside
// [Run], which tries what does not depend on the issuer.
func RunClerk(t *testing.T, start Start) {
	newClerkSuite(t, NewClerk(t), NewClerk(t), clerk.New).runAll(t, start)
}

// clerkSuite is a suite for the sessions of an instance.
type clerkSuite struct {
	*suite
	instance *devissuer.Clerk // trusted
	other    *devissuer.Clerk // trusted by nobody
	make     func(clerk.Config) (*core.Authenticator, error)
}

// newClerkSuite takes the function that makes Authenticators, so that the suite
// can be tried on some that lack a rule.
func newClerkSuite(t testing.TB, instance, other *devissuer.Clerk, makeAuth func(clerk.Config) (*core.Authenticator, error)) *clerkSuite {
	s := &clerkSuite{suite: &suite{t: t, patience: defaultPatience}, instance: instance, other: other, make: makeAuth}
	s.auth = s.clerk(func(*clerk.Config) {})
	s.plain = s.get(requireAuth(s.auth))
	s.sessions()
	s.lookAlikes()
	s.loosened()
	s.has()
	s.sessionCookies()
	s.crossSiteSessions()
	s.metadata()
	s.changes()
	s.backendTrouble()
	s.machines()
	s.counts()
	return s
}

func (s *clerkSuite) clerk(change func(*clerk.Config)) *core.Authenticator {
	s.t.Helper()
	cfg := ClerkConfig(s.instance)
	change(&cfg)
	a, err := s.make(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func version1(s devissuer.ClerkSession) devissuer.ClerkSession { s.Version = 1; return s }

// nora is signed in and in no organization.
func nora() devissuer.ClerkSession {
	return devissuer.ClerkSession{ID: "sess_nora", User: "user_nora", FactorAge: &[2]int{1, 1}}
}

// bearer is the header of a session.
func (s *clerkSuite) bearer(session devissuer.ClerkSession) []string {
	return bearer(s.instance.Token(session, nil))
}

// sessions: what the handler knows of a session.
func (s *clerkSuite) sessions() {
	acme := core.Organization{ID: "org_acme", Slug: "acme", Role: "org:admin"}
	both := []string{"org:invoices:read", "org:invoices:create"}
	ada := clerk.Session{
		ID: "sess_ada", UserID: "user_ada", Version: 2,
		Organization: clerk.Organization{ID: "org_acme", Slug: "acme", Role: "org:admin", Permissions: both},
		Features:     clerk.Grants{Organization: []string{"invoices"}},
		Plans:        clerk.Grants{Organization: []string{"pro"}},
		FactorAge:    &clerk.FactorAge{First: 1, Second: 1},
	}
	adaV1 := ada
	adaV1.Version, adaV1.Features, adaV1.Plans = 1, clerk.Grants{}, clerk.Grants{}
	helped := ada
	helped.ID = "sess_ada_support"
	helpedV1 := adaV1
	helpedV1.ID = "sess_ada_support"
	alone := clerk.Session{ID: "sess_nora", UserID: "user_nora", Version: 2, FactorAge: &clerk.FactorAge{First: 1, Second: 1}}
	support := core.Actor{Subject: "user_support", Issuer: "https://dashboard.clerk.com", SessionID: "sess_support"}
	for _, row := range []struct {
		name    string
		session devissuer.ClerkSession
		want    clerk.Session
		org     core.Organization
		actor   core.Actor
	}{
		{"of version 2", devissuer.ClerkAdmin(), ada, acme, core.Actor{}},
		{"of version 1", version1(devissuer.ClerkAdmin()), adaV1, acme, core.Actor{}},
		{"without an organization", nora(), alone, core.Organization{}, core.Actor{}},
		{"of an impersonated user", devissuer.ClerkImpersonated(), helped, acme, support},
		{"of an impersonated user, of version 1", version1(devissuer.ClerkImpersonated()), helpedV1, acme, support},
	} {
		s.add("a session "+row.name+" reaches the handler", func(c *client) {
			token := s.instance.Token(row.session, nil)
			for range 2 { // verified, then remembered
				v := c.reached(c.send(s.plain, bearer(token)...))
				if v == nil {
					return
				}
				var roles []string
				if row.org.Role != "" {
					roles = []string{row.org.Role}
				}
				if !v.OK || v.Issuer != s.instance.ProxyURL() || v.Subject != row.want.UserID || v.SessionID != row.want.ID || v.AuthorizedParty != s.instance.Party() {
					c.errorf("got %+v, want user %s and session %s of %s for %s", v, row.want.UserID, row.want.ID, s.instance.ProxyURL(), s.instance.Party())
				}
				if v.Organization != row.org || v.Actor != row.actor {
					c.errorf("got organization %+v and actor %+v, want %+v and %+v", v.Organization, v.Actor, row.org, row.actor)
				}
				if !slices.Equal(v.Roles, roles) || !slices.Equal(v.Permissions, row.want.Organization.Permissions) {
					c.errorf("got roles %q and permissions %q, want %q and %q", v.Roles, v.Permissions, roles, row.want.Organization.Permissions)
				}
				if !reflect.DeepEqual(v.Clerk, &row.want) {
					c.errorf("got session %+v, want %+v", v.Clerk, row.want)
				}
			}
		})
	}
	optional := s.get(optionalAuth(s.auth))
	s.add("optional authentication knows sessions, and refuses what is none", func(c *client) {
		c.anonymous(c.send(optional))
		c.accepted(c.send(optional, s.bearer(devissuer.ClerkAdmin())...), "user_ada")
		c.refused(c.send(optional, bearer(s.instance.TemplateToken("user_ada", nil))...), invalidToken)
	})
}

// segment decodes a part of a token of the stand-in's.
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

// lookAlikes: what is refused although the instance signed it, or seems to have.
func (s *clerkSuite) lookAlikes() {
	ada := devissuer.ClerkAdmin()
	type claims = devissuer.Claims
	with := func(over claims) string { return s.instance.Token(ada, over) }
	headed := func(header claims) string { return s.instance.Sign(header, segment(with(nil), 1)) }
	key, foreign := s.instance.Issuer().Key("RS256"), s.other.Issuer().Key("RS256")
	signed := func(k *devissuer.Key, alg string) string {
		good := with(nil)
		header, err := json.Marshal(devissuer.With(segment(good, 0), claims{"alg": alg}))
		if err != nil {
			panic(err) // strings always marshal
		}
		return devissuer.SignSegments(k, alg, base64.RawURLEncoding.EncodeToString(header), strings.Split(good, ".")[1])
	}
	party := s.instance.Party()
	for _, row := range []struct {
		name string
		make func() string // when it is tried: sessions are good for a minute
	}{
		{"a token of a JWT template", func() string { return s.instance.TemplateToken("user_ada", nil) }},
		{"a token of a JWT template that says sid", func() string {
			return s.instance.TemplateToken("user_ada", claims{"sid": "sess_ada", "v": 2})
		}},
		{"a machine's token", func() string { return s.instance.MachineToken(claims{"azp": party}) }},
		{"an OAuth client's token", func() string { return s.instance.OAuthToken("user_ada", claims{"azp": party}) }},
		{"an unknown cat", func() string { return headed(claims{"cat": "cl_B7d4PD999AAA"}) }},
		{"a machine's cat", func() string { return headed(claims{"cat": "cl_B7d4PD333AAA"}) }},
		{"an empty cat", func() string { return headed(claims{"cat": ""}) }},
		{"a cat that is no string", func() string { return headed(claims{"cat": 7}) }},
		{"the typ at+jwt", func() string { return headed(claims{"typ": "at+jwt"}) }},
		{"the typ jwt", func() string { return headed(claims{"typ": "jwt"}) }},
		{"no sid", func() string { return with(claims{"sid": nil}) }},
		{"a sid of something else", func() string { return with(claims{"sid": "client_ada"}) }},
		{"a sid that is a prefix alone", func() string { return with(claims{"sid": "sess_"}) }},
		{"the sub of a machine", func() string { return with(claims{"sub": "mch_ada"}) }},
		{"an empty sub", func() string { return with(claims{"sub": ""}) }},
		{"an act that names nobody", func() string { return with(claims{"act": claims{}}) }},
		{"a pending session", func() string { return s.instance.Token(devissuer.ClerkPending(), nil) }},
		{"a sts that is no string", func() string { return with(claims{"sts": 1}) }},
		{"another azp", func() string { return with(claims{"azp": "https://evil.example"}) }},
		{"an azp with a slash at its end", func() string { return with(claims{"azp": party + "/"}) }},
		{"no azp", func() string { return with(claims{"azp": nil}) }},
		{"a client_id in place of azp", func() string { return with(claims{"azp": nil, "client_id": party}) }},
		{"a signature with RS512", func() string { return signed(key, "RS512") }},
		{"another instance's session", func() string { return s.other.Token(ada, nil) }},
		{"another instance's session with our iss", func() string {
			return s.other.Token(ada, claims{"iss": s.instance.ProxyURL()})
		}},
		{"another instance's signature with our key id", func() string { return signed(foreign, "RS256") }},
	} {
		s.add(row.name+" is refused", func(c *client) {
			c.refused(c.send(s.plain, bearer(row.make())...), invalidToken)
		})
	}
	s.add("an expired session is refused with a hint", func(c *client) {
		token := with(claims{"exp": time.Now().Add(-time.Minute).Unix()})
		c.refused(c.send(s.plain, bearer(token)...), expiredToken)
	})
	s.add("a session without cat is accepted", func(c *client) {
		c.accepted(c.send(s.plain, bearer(headed(claims{"cat": nil}))...), "user_ada")
	})
}

// loosened: what Allow allows, and nothing more.
func (s *clerkSuite) loosened() {
	ada := devissuer.ClerkAdmin()
	pending := s.get(requireAuth(s.clerk(func(cfg *clerk.Config) { cfg.AllowPending = true })))
	s.add("AllowPending accepts pending sessions, which can be told apart", func(c *client) {
		for _, row := range []struct {
			session devissuer.ClerkSession
			want    bool
		}{{devissuer.ClerkPending(), true}, {version1(devissuer.ClerkPending()), true}, {ada, false}} {
			v := c.reached(c.send(pending, s.bearer(row.session)...))
			if v != nil && (v.Subject != row.session.User || v.Clerk == nil || v.Clerk.Pending != row.want) {
				c.errorf("got subject %q and session %+v, want %s and pending %v", v.Subject, v.Clerk, row.session.User, row.want)
			}
		}
		c.refused(c.send(pending, bearer(s.instance.TemplateToken("user_penny", nil))...), invalidToken)
	})
	missing := s.get(requireAuth(s.clerk(func(cfg *clerk.Config) { cfg.AllowMissingAuthorizedParty = true })))
	s.add("AllowMissingAuthorizedParty accepts sessions without azp", func(c *client) {
		c.accepted(c.send(missing, bearer(s.instance.Token(ada, devissuer.Claims{"azp": nil}))...), "user_ada")
		c.accepted(c.send(missing, s.bearer(ada)...), "user_ada")
		c.refused(c.send(missing, bearer(s.instance.Token(ada, devissuer.Claims{"azp": "https://evil.example"}))...), invalidToken)
	})
}
