package adaptertest

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/ratelimit"
)

// Router makes a router of the framework with the routes of an app, for
// [authtest.Audit]. It mounts them as a [Serve] function does, and serves nothing.
type Router func(t testing.TB, app App) any

// RunAudit checks that authtest.Audit sees the middleware of an adapter on its
// framework: what each route asks for, that no handler runs, and that a route whose
// middleware is removed fails the audit.
func RunAudit(t *testing.T, router Router) {
	silenceLog(t)
	t.Run("each route says what it asks for", func(t *testing.T) {
		cases := auditCases(t)
		got := authtest.Routes(t, router(t, auditApp(t, cases)))
		if len(got) != len(cases) {
			t.Errorf("got %d routes, want %d: %v", len(got), len(cases), got)
		}
		for _, c := range cases {
			i := slices.IndexFunc(got, func(r authtest.Route) bool {
				return r.Method == c.method && (r.Path == c.path || r.Path == Colons(c.path))
			})
			switch {
			case i < 0:
				t.Errorf("%s %s: it is not in %v", c.method, c.path, got)
			case got[i].Access != c.access || !strings.Contains(got[i].Problem, c.problem) || c.problem == "" && got[i].Problem != "":
				t.Errorf("%s %s: got %q and the problem %q, want %q and %q", c.method, c.path, got[i].Access, got[i].Problem, c.access, c.problem)
			}
		}
	})
	t.Run("a file that was written is accepted", func(t *testing.T) {
		file := writeAudit(t, router)
		if got := auditErrors(t, router, soundCases(t), file); len(got) > 0 {
			t.Errorf("got %q, want no difference", got)
		}
	})
	t.Run("middleware that is removed fails the audit", func(t *testing.T) {
		file := writeAudit(t, router)
		cases := soundCases(t)
		for i := range cases {
			for j := range cases[i].middleware {
				changed := soundCases(t)
				removed := changed[i].middleware[j]
				changed[i].middleware = slices.Delete(changed[i].middleware, j, j+1)
				name := changed[i].method + " " + changed[i].path
				if got := auditErrors(t, router, changed, file); len(got) == 0 || !strings.Contains(got[0], name) && !strings.Contains(got[0], Colons(name)) {
					t.Errorf("without %s on %s: got %q, want a difference that names the route", removed, name, got)
				}
			}
		}
	})
	t.Run("limits do not count the audit", func(t *testing.T) {
		for _, r := range authtest.Routes(t, router(t, auditApp(t, limitedCases(t)))) {
			want := "token"
			if strings.HasSuffix(r.Path, "/open") {
				want = "public"
			}
			if r.Access != want || r.Problem != "" {
				t.Errorf("%s: got %q and the problem %q, want %s", r.Name(), r.Access, r.Problem, want)
			}
		}
	})
	t.Run("an audit of many routes makes three requests for each", func(t *testing.T) {
		var refusals counter
		a := authtest.NewAuthenticator(t, authtest.NewIssuer(t), func(c *core.Config) { c.Observer = &refusals })
		cases := make([]auditCase, 500)
		for i := range cases {
			cases[i] = auditCase{"GET", fmt.Sprintf("/b%d/api/me", i), []Middleware{requireAuth(a)}, "token", ""}
		}
		if got := len(authtest.Routes(t, router(t, auditApp(t, cases)))); got != len(cases) {
			t.Errorf("got %d routes, want %d", got, len(cases))
		}
		// The third goes on, and is no event. Frameworks may add a HEAD to each GET.
		if got, want := int(refusals.n.Load()), 2*len(cases); got != want && got != 2*want {
			t.Errorf("got %d refusals, want %d, or %d with HEAD", got, want, 2*want)
		}
	})
}

// counter is an Observer that counts events.
type counter struct{ n atomic.Int64 }

func (c *counter) Observe(context.Context, core.Event) { c.n.Add(1) }

// limitedCases are routes behind limits that admit one request.
func limitedCases(t testing.TB) []auditCase {
	failures, err := ratelimit.NewFailureLimit(ratelimit.FailureConfig{Failures: 1, Per: time.Hour, Checks: -1})
	if err != nil {
		t.Fatal(err)
	}
	a := authtest.NewAuthenticator(t, authtest.NewIssuer(t), func(c *core.Config) { c.FailureLimit = failures })
	limit := func(key ratelimit.Key) Middleware {
		l, err := ratelimit.New(ratelimit.Config{Authenticator: a, Key: key, Limits: []ratelimit.Limit{{Requests: 1, Per: time.Hour}}})
		if err != nil {
			t.Fatal(err)
		}
		return rateLimit(l)
	}
	everybody := limit(ratelimit.KeyFunc(func(context.Context, adapter.Request) string { return "everybody" }))
	address, user := limit(ratelimit.ByAddress()), limit(ratelimit.ByUser())
	var cases []auditCase
	for i := range 3 {
		cases = append(cases,
			auditCase{"GET", fmt.Sprintf("/c%d/api/me", i), []Middleware{everybody, address, requireAuth(a), user}, "token", ""},
			auditCase{"GET", fmt.Sprintf("/d%d/api/open", i), []Middleware{everybody, address}, "public", ""})
	}
	return cases
}

// auditCase is a route and what the audit has to say of it.
type auditCase struct {
	method, path string
	middleware   []Middleware
	access       string
	problem      string // contains
}

func auditCases(t testing.TB) []auditCase {
	a := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	login, maybe := requireAuth(a), optionalAuth(a)
	grants := func(context.Context, *core.Identity) error { return nil }
	return []auditCase{
		{"GET", "/a01/api/open", nil, "public", ""},
		{"GET", "/a02/api/me", []Middleware{login}, "token", ""},
		{"POST", "/a03/api/me", []Middleware{login}, "token", ""},
		{"GET", "/a04/api/feed", []Middleware{maybe}, "optional", ""},
		{"DELETE", "/a05/api/users", []Middleware{login, requireRole("admin")}, `token, role "admin"`, ""},
		{"PUT", "/a06/api/users", []Middleware{login, requireAnyRole("admin", "owner")}, `token, role "admin" or role "owner"`, ""},
		{"PATCH", "/a07/api/users", []Middleware{login, requirePermission("users:write")}, `token, permission "users:write"`, ""},
		{"GET", "/a08/api/orders", []Middleware{login, requireScope("orders:read")}, `token, scope "orders:read"`, ""},
		{"GET", "/a09/api/acme", []Middleware{login, requireOrganization("org_1")}, `token, organization "org_1"`, ""},
		{
			"GET", "/a10/api/both",
			[]Middleware{login, requireRole("admin"), require(core.AnyOf(core.Scope("x"), core.AllOf(core.Role("b"), core.Not(core.Role("c")))))},
			`token, role "admin", scope "x" or (role "b" and not (role "c"))`, "",
		},
		{"GET", "/a11/api/custom", []Middleware{login, require(grants)}, "token, policy", ""},
		{"GET", "/a12/api/rights", []Middleware{maybe, requireRole("admin")}, `token, role "admin"`, ""},
		{"GET", "/a16/{user}/posts", []Middleware{login, requireParam(core.Owner("user").Or(core.Role("admin")))}, `token, subject in route parameter "user" or role "admin"`, ""},
		{"GET", "/a17/{org}/bills", []Middleware{login, requireParam(core.RoleInParam("org", "admin"))}, `token, role "admin" in the organization in route parameter "org"`, ""},
		{"GET", "/a13/api/early", []Middleware{requireRole("admin"), login}, "refused 500 before the handler", "a check runs without authentication"},
		{"OPTIONS", "/a14/api/me", []Middleware{login}, "token", ""},
		{"HEAD", "/a15/api/me", []Middleware{login}, "token", ""},
	}
}

// soundCases are the routes that have no problem.
func soundCases(t testing.TB) []auditCase {
	return slices.DeleteFunc(auditCases(t), func(c auditCase) bool { return c.problem != "" })
}

// auditApp makes an app whose handlers must not run.
func auditApp(t testing.TB, cases []auditCase) App {
	var app App
	for _, c := range cases {
		app.Routes = append(app.Routes, Route{
			Method: c.method, Path: c.path, Groups: []string{path.Dir(c.path)}, Last: "/" + path.Base(c.path), Middleware: c.middleware,
			Handle: func(context.Context, *core.Identity, bool, func(string) string) []byte {
				t.Errorf("the handler of %s %s ran", c.method, c.path)
				return []byte("{}")
			},
		})
	}
	return app
}

// writeAudit writes the file for the sound routes and returns its name.
func writeAudit(t *testing.T, router Router) string {
	file := filepath.Join(t.TempDir(), "auth.routes")
	t.Setenv("AUTHKEEL_UPDATE", "1")
	authtest.Audit(t, router(t, auditApp(t, soundCases(t))), authtest.AuditFile(file))
	t.Setenv("AUTHKEEL_UPDATE", "")
	return file
}

// auditErrors returns what Audit reports.
func auditErrors(t *testing.T, router Router, cases []auditCase, file string) []string {
	r := &reports{TB: t}
	done := make(chan struct{})
	go func() { // which Fatal ends
		defer close(done)
		authtest.Audit(r, router(t, auditApp(t, cases)), authtest.AuditFile(file))
	}()
	<-done
	return r.errors
}

// reports is a test that takes down what is reported and does not fail.
type reports struct {
	testing.TB
	errors []string
}

func (r *reports) Helper()                      {}
func (r *reports) Failed() bool                 { return len(r.errors) > 0 }
func (r *reports) Error(args ...any)            { r.errors = append(r.errors, fmt.Sprint(args...)) }
func (r *reports) Errorf(f string, args ...any) { r.errors = append(r.errors, fmt.Sprintf(f, args...)) }
func (r *reports) Fatal(args ...any)            { r.Error(args...); runtime.Goexit() }
func (r *reports) Fatalf(f string, args ...any) { r.Errorf(f, args...); runtime.Goexit() }
