package adaptertest

import (
	"cmp"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/ratelimit"
)

type middleware = func(http.Handler) http.Handler

// adapt returns an adapter for net/http around run.
func adapt(run func(adapter.Step) middleware) Adapter[middleware] {
	check := func(p core.Policy) middleware { return run(core.Require(p)) }
	return Adapter[middleware]{
		RequireAuth:       func(a *core.Authenticator) middleware { return run(a.RequireAuth()) },
		OptionalAuth:      func(a *core.Authenticator) middleware { return run(a.OptionalAuth()) },
		Require:           check,
		RequireRole:       func(role string) middleware { return check(core.Role(role)) },
		RequireAnyRole:    func(role string, more ...string) middleware { return check(core.AnyRole(role, more...)) },
		RequirePermission: func(p string) middleware { return check(core.Permission(p)) },
		RequireScope:      func(scope string) middleware { return check(core.Scope(scope)) },
		RequireOrganization: func(id string) middleware {
			return check(core.InOrganization(id))
		},
		RequireParam: func(p core.ParamPolicy) middleware { return run(core.RequireParam(p)) },
		RateLimit:    func(l *ratelimit.Limiter) middleware { return run(l.Step()) },
	}
}

// reference is a correct adapter, as chiauth is.
func reference(step adapter.Step) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r, ok := adapter.Serve(step, w, r); ok {
				next.ServeHTTP(w, r)
			}
		})
	}
}

func identity(r *http.Request) (*core.Identity, bool) { return core.IdentityFrom(r.Context()) }

// serve returns a Serve for an adapter to net/http.
func serve(a Adapter[middleware], identity func(*http.Request) (*core.Identity, bool)) Serve {
	return serveOn(func(l net.Listener) net.Listener { return l }, a, identity)
}

func serveOn(wrap func(net.Listener) net.Listener, a Adapter[middleware], identity func(*http.Request) (*core.Identity, bool)) Serve {
	return func(t testing.TB, app App) string {
		mux := http.NewServeMux()
		for _, route := range app.Routes {
			var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				id, ok := identity(r)
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write(route.Handle(r.Context(), id, ok, r.PathValue)) // the suite reports what it misses
			})
			built := a.Build(route.Middleware)
			for i := len(built) - 1; i >= 0; i-- {
				h = built[i](h)
			}
			mux.HandleFunc(strings.TrimSpace(route.Method+" "+route.Path), func(w http.ResponseWriter, r *http.Request) {
				for _, field := range route.Header {
					w.Header().Add(field[0], field[1])
				}
				h.ServeHTTP(w, r)
			})
		}
		server := httptest.NewUnstartedServer(mux)
		server.Listener = wrap(server.Listener)
		server.Config.ErrorLog = log.New(io.Discard, "", 0) // net/http reports what mutants do
		server.Start()
		t.Cleanup(server.Close)
		return server.URL
	}
}

// mutantVariable is the name of a mutant that TestRun is to run, for
// TestOutputOfAMutant, which reads what it prints.
const mutantVariable = "ADAPTERTEST_MUTANT"

// TestRun runs the suite on a correct adapter.
func TestRun(t *testing.T) {
	Run(t, mutantNamed(t, cmp.Or(os.Getenv(mutantVariable), correct)).serve())
}
