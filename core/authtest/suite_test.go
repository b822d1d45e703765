package authtest

import (
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // checks without authentication are logged
	os.Exit(m.Run())
}

type middleware = func(http.Handler) http.Handler

// adapt is a correct adapter for net/http around run.
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
	}
}

// correct is what chiauth does.
func correct(step adapter.Step) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			out := step(r.Context(), adapter.FromHTTP(r))
			adapter.SetHeader(out.Header, w.Header().Set, w.Header().Add)
			if out.Refusal != nil {
				out.Refusal.Write(w)
				return
			}
			if out.Context != nil {
				r = r.WithContext(out.Context)
			}
			next.ServeHTTP(w, r)
		})
	}
}

func identity(r *http.Request) (*core.Identity, bool) { return core.IdentityFrom(r.Context()) }

// serve is a Start for an adapter to net/http.
func serve(a Adapter[middleware], identity func(*http.Request) (*core.Identity, bool)) Start {
	return func(t testing.TB, app App) string {
		mux := http.NewServeMux()
		for _, route := range app.Routes {
			var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				id, ok := identity(r)
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write(route.Handle(r.Context(), id, ok))
			})
			guards := a.Build(route.Guards)
			for i := len(guards) - 1; i >= 0; i-- {
				h = guards[i](h)
			}
			mux.HandleFunc(strings.TrimSpace(route.Method+" "+route.Path), func(w http.ResponseWriter, r *http.Request) {
				for _, field := range route.Header {
					w.Header().Add(field[0], field[1])
				}
				h.ServeHTTP(w, r)
			})
		}
		server := httptest.NewUnstartedServer(mux)
		server.Config.ErrorLog = log.New(io.Discard, "", 0) // broken adapters make it talk
		server.Start()
		t.Cleanup(server.Close)
		return server.URL
	}
}

func TestCorrectAdapter(t *testing.T) {
	Run(t, serve(adapt(correct), identity))
}
