package authtest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer"
)

// suite is the app and the cases that are tried on it.
type suite struct {
	t      testing.TB
	issuer *devissuer.Issuer   // trusted
	other  *devissuer.Issuer   // trusted by nobody
	auth   *core.Authenticator // trusts issuer; everything else by default
	plain  *route              // GET behind RequireAuth(auth)

	routes []*route
	cases  []testCase

	patience time.Duration
}

// testCase is one behaviour. It tells the client what is wrong, so that the
// suite can itself be tested.
type testCase struct {
	name string
	try  func(*client)
}

func newSuite(t testing.TB) *suite {
	s := &suite{
		t:      t,
		issuer: NewIssuer(t, "ES256", "RS256", "EdDSA"),
		other:  NewIssuer(t, "ES256"),

		patience: defaultPatience,
	}
	s.auth = s.authenticator()
	s.plain = s.get(requireAuth(s.auth))
	s.acceptance()
	s.tokens()
	s.transport()
	s.methods()
	s.rights()
	s.outsideRights()
	s.flow()
	s.connections()
	s.cookies()
	s.crossSite()
	s.places()
	s.configuration()
	s.outages()
	s.counts()
	return s
}

// counts is the last case: it looks at what all the others left.
func (s *suite) counts() {
	s.add("a handler runs once for each accepted request and never for another", func(c *client) {
		for _, r := range s.routes {
			if ran, due := r.ran.Load(), r.due.Load(); ran != due && !r.uncounted {
				c.errorf("%s behind %v: the handler ran %d times for %d accepted requests", r.method, r.guards, ran, due)
			}
		}
	})
}

func (s *suite) add(name string, try func(*client)) {
	s.cases = append(s.cases, testCase{name, try})
}

// run tries one case and returns what is wrong.
func (s *suite) run(t testing.TB, c testCase, base string) []string {
	client := newClient(t, base, s.patience)
	defer client.close()
	c.try(client)
	return client.problems()
}

// runAll serves the app and tries every case as a subtest.
func (s *suite) runAll(t *testing.T, start Start) {
	base := start(t, s.app())
	for _, c := range s.cases {
		t.Run(c.name, func(t *testing.T) {
			for _, problem := range s.run(t, c, base) {
				t.Error(problem)
			}
		})
	}
}

func (s *suite) app() App {
	var app App
	for _, r := range s.routes {
		app.Routes = append(app.Routes, Route{
			Method: r.method, Path: r.path, Guards: r.guards, Header: r.header, Handle: r.handle,
		})
	}
	return app
}

// authenticator trusts the suite's issuer, with changes.
func (s *suite) authenticator(change ...func(*core.Config)) *core.Authenticator {
	return NewAuthenticator(s.t, s.issuer, change...)
}

// route is a Route that knows how often its handler ran.
type route struct {
	method, path string
	guards       []Guard
	header       [][2]string
	inHandler    func(*core.Identity)      // nil: nothing
	inContext    func(context.Context) any // what it returns is in the answer; nil: nothing

	ran       atomic.Int64
	due       atomic.Int64 // accepted requests
	uncounted bool         // a client went away, nobody knows whether in time
}

func (s *suite) route(method string, guards ...Guard) *route {
	r := &route{method: method, guards: guards, path: fmt.Sprintf("/t%03d/api/me", len(s.routes))}
	s.routes = append(s.routes, r)
	return r
}

func (s *suite) get(guards ...Guard) *route { return s.route("GET", guards...) }

// seen is what a handler knew about its caller.
type seen struct {
	OK            bool
	Same          bool // core.IdentityFrom(ctx) says the same as the adapter's Identity
	Issuer        string
	Subject       string
	TokenID       string
	Roles, Scopes []string

	SessionID, AuthorizedParty string
	Permissions                []string
	Organization               core.Organization
	Actor                      core.Actor
	Clerk                      *clerk.Session // nil: not of Clerk
	Machine                    *clerk.Machine // nil: not of Clerk
	Extra                      any            // of route.inContext
}

func (r *route) handle(ctx context.Context, id *core.Identity, ok bool) []byte {
	r.ran.Add(1)
	carried, inContext := core.IdentityFrom(ctx)
	v := seen{
		OK: ok, Same: ok == inContext && id == carried,
		Issuer: id.Issuer(), Subject: id.Subject(), TokenID: id.TokenID(),
		Roles: id.Roles(), Scopes: id.Scopes(),
		SessionID: id.SessionID(), AuthorizedParty: id.AuthorizedParty(), Permissions: id.Permissions(),
		Organization: id.Organization(), Actor: id.Actor(),
	}
	if session, ok := clerk.SessionFrom(id); ok {
		v.Clerk = &session
	}
	if machine, ok := clerk.MachineFrom(id); ok {
		v.Machine = &machine
	}
	if r.inContext != nil {
		v.Extra = r.inContext(ctx)
	}
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and booleans always marshal
	}
	if r.inHandler != nil {
		r.inHandler(id)
	}
	return body
}

// token is a good token for the subject.
func (s *suite) token(subject string) string {
	return s.issuer.Token(devissuer.Claims{"sub": subject})
}

// bearer is the header line of a token, for send.
func bearer(token string) []string { return []string{"Authorization", "Bearer " + token} }

// mountsThatMustPanic tries guards that would decide nothing and returns those
// that were mounted all the same.
func mountsThatMustPanic(t testing.TB, start Start) []string {
	var problems []string
	for _, g := range []Guard{
		requireAuth(nil), optionalAuth(nil), require(nil), requireRole(""), requireAnyRole(""),
		requireAnyRole("reader", ""), requirePermission(""), requireScope(""), requireScope("two scopes"),
		requireOrganization(""),
	} {
		if !panics(func() {
			start(t, App{Routes: []Route{{
				Method: "GET", Path: "/t000/api/me", Guards: []Guard{g},
				Handle: func(context.Context, *core.Identity, bool) []byte { return nil },
			}}})
		}) {
			arguments := strings.Join(append([]string{g.name}, g.more...), `", "`)
			problems = append(problems, fmt.Sprintf(`%s("%s") or (nil) does not panic`, g, arguments))
		}
	}
	return problems
}

func panics(f func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	f()
	return false
}
