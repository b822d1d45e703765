package authtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/authtest/authroutes"
	"github.com/authkeel/authkeel/core/authtest/internal/routetable"
	"github.com/authkeel/authkeel/core/internal/audit"
)

// Route is a route of a program and what it asks of a caller.
type Route = authroutes.Route

// AuditOption changes what [Audit] and [Routes] do.
type AuditOption func(*auditOptions)

type auditOptions struct {
	file  string
	paths map[string]string
	table routetable.Options
}

// AuditFile names the file that [Audit] compares with, instead of auth.routes in
// the folder of the test.
func AuditFile(name string) AuditOption { return func(o *auditOptions) { o.file = name } }

// AuditPath gives the path of a request for a route whose parameters the audit
// cannot fill in itself: AuditPath("GET /files/{name:[^a-z]+}", "/files/99").
func AuditPath(route, path string) AuditOption {
	return func(o *auditOptions) { o.paths[strings.Join(strings.Fields(route), " ")] = path }
}

// AuditPatterns lists the patterns of a net/http ServeMux, which does not tell
// them: AuditPatterns("GET /users/{id}", "/metrics"). It needs [AllowHandlers].
func AuditPatterns(patterns ...string) AuditOption {
	return func(o *auditOptions) { o.table.Patterns = append(o.table.Patterns, patterns...) }
}

// AllowHandlers lets handlers run where they cannot be replaced: behind the
// patterns of net/http, and in an Echo that [RecordRoutes] does not know. They get
// requests without a body and with parameters such as "1", of every method. Use it
// only where that changes nothing.
func AllowHandlers() AuditOption { return func(o *auditOptions) { o.table.AllowHandlers = true } }

// RecordRoutes has an *echo.Echo tell of the routes that are added to it from now
// on, which [Audit] needs. Other routers do not need it. Echo makes one function
// of the middleware and the handler of a route, which cannot be taken apart later.
func RecordRoutes(t testing.TB, e any) {
	t.Helper()
	forget, err := routetable.Record(e)
	if err != nil {
		t.Fatalf("authtest.RecordRoutes: %v", err)
	}
	t.Cleanup(forget)
}

// Routes returns what each route of the router asks for, sorted by path and method.
// [Audit] says how. It fails the test when the router cannot be read, and leaves
// problems of single routes to the caller.
func Routes(t testing.TB, router any, opts ...AuditOption) []Route {
	t.Helper()
	return authroutes.Fold(findRoutes(t, router, newAuditOptions(opts)))
}

func newAuditOptions(opts []AuditOption) auditOptions {
	o := auditOptions{file: authroutes.FileName, paths: make(map[string]string)}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

func findRoutes(t testing.TB, router any, o auditOptions) []Route {
	t.Helper()
	table, err := routetable.Open(router, o.table)
	if err != nil {
		t.Fatalf("authtest: %v", err)
	}
	if !testing.Testing() { // while an audit runs, its requests pass checks without a token
		t.Fatal("authtest: routes are audited in tests alone, not in a program that serves requests")
		return nil
	}
	session := audit.Start()
	defer session.End()
	a := &auditor{t: t, table: table, session: session, paths: o.paths}
	var routes []Route
	seen := make(map[string]bool)
	for _, r := range table.Routes {
		if seen[r.String()] { // registered again, where the first one answers
			continue
		}
		seen[r.String()] = true
		access, problem := a.judge(r)
		routes = append(routes, Route{Method: r.Method, Path: r.Host + r.Path, Access: access, Problem: problem})
	}
	for route := range o.paths {
		if !slices.ContainsFunc(table.Routes, func(r *routetable.Route) bool { return r.String() == route }) {
			t.Errorf("authtest.AuditPath names the route %q, which the router does not have", route)
		}
	}
	return routes
}

// auditor asks the routes of one table.
type auditor struct {
	t       testing.TB
	table   *routetable.Table
	session *audit.Session
	paths   map[string]string
	count   int
}

// answer is what came of a request.
type answer struct {
	route  *routetable.Route // whose handler it came to
	status int
	err    error
	checks []audit.Check
}

// A token that is malformed for certain: no issuer, cache or verifier is asked
// about it.
const badToken = "e30.e30.e30"

// ask makes one request. token is a bearer token, or "" for none.
func (a *auditor) ask(r *routetable.Route, path, secret, token string) answer {
	a.count++
	request := httptest.NewRequestWithContext(a.t.Context(), http.MethodGet, "/", http.NoBody)
	request.Method = r.RequestMethod()
	request.URL.Path, request.RequestURI = path, path
	// Addresses differ, so that limits of other makers do not stop the audit.
	request.RemoteAddr = fmt.Sprintf("[2001:db8:%x:%x::1]:4711", a.count>>16&0xffff, a.count&0xffff)
	request.Header.Set(audit.Header, secret)
	if r.Host != "" {
		request.Host = r.Host
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	var got answer
	got.route, got.status, got.err = a.table.Serve(r, request)
	got.checks = a.session.Take()
	return got
}

// arrived reports whether a request came to the handler of its route.
func (a *auditor) arrived(r *routetable.Route, got answer) bool {
	if a.table.HandlersRun { // nobody knows, so the status decides
		return got.status != http.StatusUnauthorized && got.status != http.StatusForbidden && got.status != http.StatusTooManyRequests
	}
	return got.route == r
}

// judge returns what a route asks for, and what is wrong with it.
func (a *auditor) judge(r *routetable.Route) (access, problem string) {
	if r.Problem != "" {
		return authroutes.Public, r.Problem
	}
	path, got := a.find(r)
	access = accessOf(got.checks)
	switch {
	case got.err != nil:
		return access, got.err.Error()
	case got.status == http.StatusTooManyRequests:
		return access, "a rate limit answered the audit: leave it out of the router that is audited, or raise it"
	case !a.arrived(r, got):
		return a.notArrived(r, got, path)
	}
	anonymous, bad := a.ask(r, path, a.session.ExemptSecret(), ""), answer{}
	if access != authroutes.Public || !a.table.HandlersRun { // no more handlers run than must
		bad = a.ask(r, path, a.session.ExemptSecret(), badToken)
	}
	switch without := a.arrived(r, anonymous); {
	case access == authroutes.Public && !without:
		access = refusedAs(anonymous)
	case access == authroutes.Public:
	case access != authroutes.Optional && without:
		return authroutes.Public, "a request without a token comes to the handler, although the route has middleware that asks for one (" + access + ")"
	case a.arrived(r, bad):
		return authroutes.Public, "a request with a malformed token comes to the handler, although the route has middleware that checks it (" + access + ")"
	}
	return access, ""
}

// find asks the route with the secret of the audit, at paths that may be its own,
// until one is.
func (a *auditor) find(r *routetable.Route) (path string, got answer) {
	paths := a.table.Paths(r)
	if path, given := a.paths[r.String()]; given {
		paths = []string{path}
	}
	var first answer
	for i, path := range paths {
		got = a.ask(r, path, a.session.Secret(), "")
		if a.table.HandlersRun || a.arrived(r, got) {
			return path, got
		}
		if i == 0 {
			first = got
		}
		if got.route == nil && got.status != http.StatusNotFound && got.status != http.StatusMethodNotAllowed &&
			got.status != http.StatusBadRequest {
			return path, got // middleware answered, and would at another path
		}
	}
	return paths[0], first
}

// notArrived judges a route whose handler does not see the requests of the audit.
func (a *auditor) notArrived(r *routetable.Route, got answer, path string) (access, problem string) {
	access = accessOf(got.checks)
	switch {
	case got.route != nil:
		return "shadowed by " + got.route.Host + got.route.Path, ""
	case got.status >= http.StatusInternalServerError:
		return refusedAs(got), fmt.Sprintf("it answers %d: a check runs without authentication before it, or other middleware failed; the log may say which", got.status)
	case access == authroutes.Public && (got.status == http.StatusNotFound || got.status == http.StatusMethodNotAllowed || got.status == http.StatusBadRequest):
		return refusedAs(got), fmt.Sprintf("%s %s does not come to it (status %d): name a path that does, with authtest.AuditPath(%q, …)",
			r.RequestMethod(), path, got.status, r.String())
	case access == authroutes.Public:
		return refusedAs(got), ""
	}
	return access + ", " + refusedAs(got), ""
}

func refusedAs(got answer) string {
	verb := "refused"
	if got.status < http.StatusBadRequest {
		verb = "answered"
	}
	return fmt.Sprintf("%s %d before the handler", verb, got.status)
}

// accessOf says what the checks of a route ask for together.
func accessOf(checks []audit.Check) string {
	base, policies := authroutes.Public, []string(nil)
	for _, c := range checks {
		switch c.Kind {
		case audit.Authentication:
			base = authroutes.Token
		case audit.OptionalAuthentication:
			if base == authroutes.Public {
				base = authroutes.Optional
			}
		case audit.Policy:
			if !slices.Contains(policies, c.Text) {
				policies = append(policies, c.Text)
			}
		}
	}
	if len(policies) > 0 { // which refuse everybody without a token
		base = authroutes.Token
	}
	return strings.Join(append([]string{base}, policies...), ", ")
}
