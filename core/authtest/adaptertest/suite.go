package adaptertest

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"log/slog"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer"
)

// suite has the routes of one app and the cases that make requests to them.
// Frameworks take no routes once they serve, so a case registers its routes with
// get or route first, and its requests with add.
type suite struct {
	t      testing.TB
	issuer *devissuer.Issuer   // auth trusts it
	other  *devissuer.Issuer   // no Authenticator trusts it
	auth   *core.Authenticator // trusts issuer and has the default configuration
	plain  *route              // GET behind RequireAuth(auth)

	routes []*route
	cases  []testCase

	patience time.Duration
}

// testCase is one behaviour.
type testCase struct {
	name string
	at   string // file and line where it was added
	run  func(*client)
}

func newSuite(t testing.TB) *suite {
	s := &suite{
		t:      t,
		issuer: authtest.NewIssuer(t, "ES256", "RS256", "EdDSA"),
		other:  authtest.NewIssuer(t, "ES256"),

		patience: defaultPatience,
	}
	s.auth = s.authenticator()
	s.plain = s.get(requireAuth(s.auth))
	for _, add := range []func(){
		s.acceptedTokens, s.acceptedHeaders, s.rejectedTokens, s.expiredTokens,
		s.requestsWithoutToken, s.malformedHeaders, s.repeatedHeaders, s.hostHeaders, s.longTokens, s.trailers,
		s.methods, s.headRequests,
		s.rights, s.combinedRights, s.params, s.paramsInGroups, s.absentParams, s.spelledParams, s.outagesInPolicies, s.checksWithoutAuthentication, s.lookedUpRights,
		s.optionalAuthentication, s.stoppedByRefusal, s.twoAuthentications,
		s.connections, s.sharedLists, s.cachedTokens, s.canceledRequests,
		s.cookies, s.chosenCookies, s.varyHeader, s.crossSiteRequests,
		s.headerTokens, s.webSockets, s.challenges, s.rewrittenRefusals, s.earlierHeaders,
		s.mixedLoad, s.unavailableKeys, s.rotatedKeys, s.revokedTokens, s.endedSessions, s.limitedFailures, s.agingTokens,
		s.requestLimits, s.limitsByAddress, s.severalLimits, s.limitedAnswers, s.failureLimits,
		s.requestsInEvents,
	} {
		add()
	}
	return s
}

// add registers a case. Its name is that of the subtest.
func (s *suite) add(name string, run func(*client)) {
	_, file, line, _ := runtime.Caller(1)
	s.cases = append(s.cases, testCase{name, fmt.Sprintf("%s:%d", filepath.Base(file), line), run})
}

// runAll serves the app and runs every case as a subtest.
func (s *suite) runAll(t *testing.T, serve Serve) {
	base := serve(t, s.app())
	for _, c := range s.cases {
		t.Run(c.name, func(t *testing.T) { s.run(t, c, base) })
	}
}

// run runs one case and reports what is wrong to t.
func (s *suite) run(t testing.TB, c testCase, base string) {
	for _, r := range s.routes {
		r.wantCalls.Store(0)
		r.gotCalls.Store(0)
	}
	client := newClient(t, base, s.patience)
	defer client.close()
	c.run(client)
	for _, r := range s.routes {
		want, got := r.wantCalls.Load(), r.gotCalls.Load()
		if got != want && !r.uncounted && client.problems.count() == 0 {
			client.errorf("%s: %s behind %v: the handler ran %d times for %d accepted requests", c.at, r.method, r.middleware, got, want)
		}
	}
	client.problems.end(t)
}

func (s *suite) app() App {
	var app App
	for _, r := range s.routes {
		app.Routes = append(app.Routes, Route{
			Method: r.method, Path: r.path, Groups: r.groups, Last: r.last,
			Middleware: r.middleware, Header: r.header, Handle: r.handle,
		})
	}
	return app
}

// authenticator makes one that trusts the suite's issuer, with changes.
func (s *suite) authenticator(change ...func(*core.Config)) *core.Authenticator {
	return authtest.NewAuthenticator(s.t, s.issuer, change...)
}

// token returns a valid token for the subject.
func (s *suite) token(subject string) string {
	return s.issuer.Token(devissuer.Claims{"sub": subject})
}

// bearer returns name and value of the Authorization header, for send.
func bearer(token string) []string { return []string{"Authorization", "Bearer " + token} }

// route is a Route that counts the calls of its handler.
type route struct {
	method, path string
	groups       []string // of the path, with last
	last         string
	middleware   []Middleware
	header       [][2]string
	inHandler    func(*core.Identity)      // runs in the handler; nil: nothing
	inContext    func(context.Context) any // its result is part of the answer; nil: nothing

	gotCalls  atomic.Int64
	wantCalls atomic.Int64 // accepted requests
	uncounted bool         // a client leaves early, and the handler may run or not
}

func (s *suite) route(method string, middleware ...Middleware) *route {
	return s.routeIn([]string{"/api"}, "/me", method, middleware...)
}

// routeIn is route in groups with these paths, which may have parameters.
func (s *suite) routeIn(groups []string, last, method string, middleware ...Middleware) *route {
	groups = slices.Clone(groups)
	groups[0] = fmt.Sprintf("/t%03d", len(s.routes)) + groups[0]
	r := &route{method: method, middleware: middleware, groups: groups, last: last, path: strings.Join(groups, "") + last}
	s.routes = append(s.routes, r)
	return r
}

func (s *suite) get(middleware ...Middleware) *route { return s.route("GET", middleware...) }

// view is what a handler knows about the caller. It is the body of its answer.
type view struct {
	OK            bool
	Same          bool // core.IdentityFrom(ctx) and the adapter's Identity agree
	Issuer        string
	Subject       string
	TokenID       string
	Roles, Scopes []string

	SessionID, AuthorizedParty string
	Permissions                []string
	Organization               core.Organization
	Actor                      core.Actor
	Clerk                      *clerk.Session // nil: the token is not one of Clerk's session tokens
	Machine                    *clerk.Machine // nil: the token is not one of Clerk's machine tokens
	Params                     [][]byte       // the values of the route's parameters, which may be no UTF-8
	Extra                      any            // the result of route.inContext
}

func (r *route) handle(ctx context.Context, id *core.Identity, ok bool, param func(string) string) []byte {
	r.gotCalls.Add(1)
	carried, inContext := core.IdentityFrom(ctx)
	v := view{
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
	for _, name := range r.params() {
		v.Params = append(v.Params, []byte(param(name)))
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

// silenceLog discards what is logged until t ends, and then restores the default
// loggers of log/slog and log: the first sets the second.
func silenceLog(t testing.TB) {
	logger, out, flags := slog.Default(), log.Writer(), log.Flags()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() {
		slog.SetDefault(logger)
		log.SetOutput(out)
		log.SetFlags(flags)
	})
}
