package authtest

import (
	"context"
	"fmt"
	"testing"

	"github.com/authkeel/authkeel/core"
)

// App is what an adapter has to serve: a set of routes. No two have the same
// path, and no path is the beginning of another.
type App struct{ Routes []Route }

// Route is one method and path behind guards. A [Start] mounts the first guard
// on a group or sub-router and the rest on the route where its framework knows
// the difference.
type Route struct {
	Method string
	Path   string // like "/t012/api/me": the group may be all before the last slash
	Guards []Guard

	// Header is set on the response before the first guard runs, as middleware
	// for CORS or compression does.
	Header [][2]string

	// Handle returns the body of a 200, which is JSON. id and ok are what the
	// adapter's Identity returns, ctx is the context of the request.
	Handle func(ctx context.Context, id *core.Identity, ok bool) []byte
}

// Start serves the app on a real listener on loopback and returns its base URL,
// "http://127.0.0.1:" and the port. The server ends with t and accepts 32 KiB of
// request headers. It lets the panics of mounting through, before it listens.
type Start func(t testing.TB, app App) string

// Guard is one function of an adapter together with its argument.
// [Adapter.Build] makes middleware of it.
type Guard struct {
	function string
	auth     *core.Authenticator
	policy   core.Policy
	name     string
	more     []string
}

// String returns the name of the function.
func (g Guard) String() string { return g.function }

func requireAuth(a *core.Authenticator) Guard  { return Guard{function: "RequireAuth", auth: a} }
func optionalAuth(a *core.Authenticator) Guard { return Guard{function: "OptionalAuth", auth: a} }
func require(p core.Policy) Guard              { return Guard{function: "Require", policy: p} }
func requireRole(role string) Guard            { return Guard{function: "RequireRole", name: role} }
func requireAnyRole(role string, more ...string) Guard {
	return Guard{function: "RequireAnyRole", name: role, more: more}
}
func requirePermission(p string) Guard { return Guard{function: "RequirePermission", name: p} }
func requireScope(scope string) Guard  { return Guard{function: "RequireScope", name: scope} }
func requireOrganization(id string) Guard {
	return Guard{function: "RequireOrganization", name: id}
}

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
}

// Build returns the middleware for the guards, in their order. It panics where
// the adapter's function panics.
func (a Adapter[M]) Build(guards []Guard) []M {
	built := make([]M, len(guards))
	for i, g := range guards {
		built[i] = a.build(g)
	}
	return built
}

func (a Adapter[M]) build(g Guard) M {
	switch g.function {
	case "RequireAuth":
		return a.RequireAuth(g.auth)
	case "OptionalAuth":
		return a.OptionalAuth(g.auth)
	case "Require":
		return a.Require(g.policy)
	case "RequireRole":
		return a.RequireRole(g.name)
	case "RequireAnyRole":
		return a.RequireAnyRole(g.name, g.more...)
	case "RequirePermission":
		return a.RequirePermission(g.name)
	case "RequireScope":
		return a.RequireScope(g.name)
	case "RequireOrganization":
		return a.RequireOrganization(g.name)
	}
	panic(fmt.Sprintf("authtest: there is no guard %q", g.function))
}

// Run tries everything that an adapter has to do, over real connections to one
// server, and reports what is wrong as failed subtests that are named after the
// behaviour. It takes a few seconds.
func Run(t *testing.T, start Start) {
	newSuite(t).runAll(t, start)
	t.Run("a guard that can never decide panics when it is mounted", func(t *testing.T) {
		for _, problem := range mountsThatMustPanic(t, start) {
			t.Error(problem)
		}
	})
}
