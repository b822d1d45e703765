package chiauth_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core/authtest/adaptertest"
)

var adapter = adaptertest.Adapter[func(http.Handler) http.Handler]{
	RequireAuth:         chiauth.RequireAuth,
	OptionalAuth:        chiauth.OptionalAuth,
	Require:             chiauth.Require,
	RequireRole:         chiauth.RequireRole,
	RequireAnyRole:      chiauth.RequireAnyRole,
	RequirePermission:   chiauth.RequirePermission,
	RequireScope:        chiauth.RequireScope,
	RequireOrganization: chiauth.RequireOrganization,
	RequireParam:        chiauth.RequireParam,
	RateLimit:           chiauth.RateLimit,
}

func handler(r adaptertest.Route, param func(*http.Request, string) string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		id, ok := chiauth.Identity(req)
		w.Header().Set("Content-Type", "application/json")
		get := func(name string) string { return param(req, name) }
		_, _ = w.Write(r.Handle(req.Context(), id, ok, get)) // the client reports what it misses
	}
}

func setHeader(r adaptertest.Route) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			for _, field := range r.Header {
				w.Header().Set(field[0], field[1])
			}
			next.ServeHTTP(w, req)
		})
	}
}

// mount mounts the app with its groups.
func mount(router chi.Router, app adaptertest.App) {
	for _, r := range app.Routes {
		middleware := adapter.Build(r.Middleware)
		var group func(groups []string) func(chi.Router)
		group = func(groups []string) func(chi.Router) {
			return func(sub chi.Router) {
				if len(groups) == len(r.Groups)-1 {
					sub.Use(setHeader(r))
				}
				if len(middleware) > 0 {
					sub.Use(middleware[0])
					middleware = middleware[1:]
				}
				if len(groups) > 0 {
					sub.Route(groups[0], group(groups[1:]))
					return
				}
				sub.With(middleware...).Method(r.Method, r.Last, handler(r, chi.URLParam))
			}
		}
		router.Route(r.Groups[0], group(r.Groups[1:]))
	}
}

func serve(t testing.TB, app adaptertest.App) string {
	router := chi.NewRouter()
	mount(router, app)
	return listen(t, router)
}

func listen(t testing.TB, h http.Handler) string {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func TestConformance(t *testing.T) { adaptertest.Run(t, serve) }

func TestClerk(t *testing.T) { adaptertest.RunClerk(t, serve) }

func inProcess(path string, middleware []adaptertest.Middleware, authorization string) func() int {
	router := chi.NewRouter()
	router.With(adapter.Build(middleware)...).Get(path, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	return adaptertest.InProcessHTTP(router, path, authorization)
}

func TestAllocations(t *testing.T) { adaptertest.Allocations(t, inProcess, 2, 0) }

func BenchmarkMiddleware(b *testing.B) { adaptertest.Benchmark(b, inProcess) }
