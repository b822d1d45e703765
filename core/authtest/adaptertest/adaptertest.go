// Package adaptertest is the conformance suite for adapters: authkeel's own and
// those that others write for more frameworks.
//
// An adapter lists its functions as an [Adapter] and says in a [Serve] function
// how its framework serves a set of routes. Then [Run] checks all behaviour that
// clients and handlers rely on, [RunClerk] checks the same for Clerk's tokens and
// cookies, [RunWebhook] checks that a webhook receives what was sent, [RunAudit]
// that the audit of an application sees its middleware, and [Allocations] checks
// the cost per request. All requests go through real
// connections on loopback.
//
// Use it in tests only: it imports testing. Tests of an application use package
// authtest instead.
package adaptertest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/ratelimit"
)

// Adapter lists the functions that every adapter has. M is the framework's type
// of middleware.
type Adapter[M any] struct {
	RequireAuth         func(*core.Authenticator) M
	OptionalAuth        func(*core.Authenticator) M
	Require             func(core.Policy) M
	RequireRole         func(role string) M
	RequireAnyRole      func(role string, more ...string) M
	RequirePermission   func(permission string) M
	RequireScope        func(scope string) M
	RequireOrganization func(id string) M
	RequireParam        func(core.ParamPolicy) M
	RateLimit           func(*ratelimit.Limiter) M
}

// Middleware is one of the adapter's functions with its argument. The suite
// decides which ones a route has, and [Adapter.Build] makes the framework's
// middleware of them.
type Middleware struct {
	function string
	auth     *core.Authenticator
	limiter  *ratelimit.Limiter
	policy   core.Policy
	param    core.ParamPolicy
	name     string
	more     []string
}

// String returns the name of the adapter's function.
func (m Middleware) String() string { return m.function }

func requireAuth(a *core.Authenticator) Middleware {
	return Middleware{function: "RequireAuth", auth: a}
}
func optionalAuth(a *core.Authenticator) Middleware {
	return Middleware{function: "OptionalAuth", auth: a}
}
func require(p core.Policy) Middleware { return Middleware{function: "Require", policy: p} }
func requireRole(role string) Middleware {
	return Middleware{function: "RequireRole", name: role}
}
func requireAnyRole(role string, more ...string) Middleware {
	return Middleware{function: "RequireAnyRole", name: role, more: more}
}
func requirePermission(p string) Middleware {
	return Middleware{function: "RequirePermission", name: p}
}
func requireScope(scope string) Middleware {
	return Middleware{function: "RequireScope", name: scope}
}
func requireOrganization(id string) Middleware {
	return Middleware{function: "RequireOrganization", name: id}
}
func requireParam(p core.ParamPolicy) Middleware {
	return Middleware{function: "RequireParam", param: p}
}

func rateLimit(l *ratelimit.Limiter) Middleware {
	return Middleware{function: "RateLimit", limiter: l}
}

// Build calls the adapter's functions and returns their middleware in the order
// of list. It panics when a function panics.
func (a Adapter[M]) Build(list []Middleware) []M {
	built := make([]M, len(list))
	for i, m := range list {
		built[i] = a.build(m)
	}
	return built
}

func (a Adapter[M]) build(m Middleware) M {
	switch m.function {
	case "RequireAuth":
		return a.RequireAuth(m.auth)
	case "OptionalAuth":
		return a.OptionalAuth(m.auth)
	case "Require":
		return a.Require(m.policy)
	case "RequireRole":
		return a.RequireRole(m.name)
	case "RequireAnyRole":
		return a.RequireAnyRole(m.name, m.more...)
	case "RequirePermission":
		return a.RequirePermission(m.name)
	case "RequireScope":
		return a.RequireScope(m.name)
	case "RequireOrganization":
		return a.RequireOrganization(m.name)
	case "RequireParam":
		return a.RequireParam(m.param)
	case "RateLimit":
		return a.RateLimit(m.limiter)
	}
	panic(fmt.Sprintf("adaptertest: an adapter has no function %q", m.function))
}

// App is what a [Serve] function has to serve. All paths differ, and no path is
// the beginning of another.
type App struct{ Routes []Route }

// Route is one method and path with middleware in front of a handler. Where the
// framework has groups or sub-routers, a [Serve] function mounts the route within
// them, and on each one of the middleware, in their order; those that are left are
// mounted on the route.
type Route struct {
	Method     string
	Path       string // such as "/t012/{org}/me"; [Colons] is for routers that write ":org"
	Middleware []Middleware

	// Groups are the paths of the groups, each within the one before, and Last is
	// the path of the route within the last group: ["/t012", "/{org}"] and "/me".
	// There is at least one group. Together they are Path.
	Groups []string
	Last   string

	// Header is to be set on the response before the first middleware runs, as
	// middleware for CORS or compression does. It has names and values.
	Header [][2]string

	// Handle returns the body of the answer 200, which is JSON. ctx is the
	// context of the request, id and ok are what the adapter's Identity returns, and
	// param is the framework's function for a parameter of the route.
	Handle func(ctx context.Context, id *core.Identity, ok bool, param func(name string) string) []byte
}

// Colons returns the path with its parameters as most frameworks write them:
// "/orgs/:org" for "/orgs/{org}".
func Colons(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// Serve serves the app on a listener on loopback until t ends, accepts at least
// 32 KiB of request headers and returns the base URL, such as
// "http://127.0.0.1:4711". When mounting the middleware panics, it panics too,
// before it listens.
type Serve func(t testing.TB, app App) string

// Run checks an adapter: which tokens it accepts, what the handler then knows,
// what a client sees of each refusal, and that requests do not affect each
// other. It starts one server, makes a subtest for each behaviour and takes a
// few seconds. A failure names the line of its case, and a case reports at most
// two failures.
//
// While it runs, the default logger of log/slog discards everything, because the
// suite makes mistakes that core logs. Do not run it in parallel with tests that
// read the log.
func Run(t *testing.T, serve Serve) {
	silenceLog(t)
	newSuite(t).runAll(t, serve)
	t.Run("middleware that could never decide panics when it is mounted", func(t *testing.T) {
		checkMounting(t, serve)
	})
}
