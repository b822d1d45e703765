package chiauth_test

import (
	"net/http"
	"net/http/httptest"
	"path"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core/authtest"
)

var adapter = authtest.Adapter[func(http.Handler) http.Handler]{
	RequireAuth:         chiauth.RequireAuth,
	OptionalAuth:        chiauth.OptionalAuth,
	Require:             chiauth.Require,
	RequireRole:         chiauth.RequireRole,
	RequireAnyRole:      chiauth.RequireAnyRole,
	RequirePermission:   chiauth.RequirePermission,
	RequireScope:        chiauth.RequireScope,
	RequireOrganization: chiauth.RequireOrganization,
}

func handler(r authtest.Route) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		id, ok := chiauth.Identity(req)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(r.Handle(req.Context(), id, ok)) // the client reports what it misses
	}
}

func setHeader(r authtest.Route) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			for _, field := range r.Header {
				w.Header().Set(field[0], field[1])
			}
			next.ServeHTTP(w, req)
		})
	}
}

// start serves the app with the first guard on a sub-router.
func start(t testing.TB, app authtest.App) string {
	router := chi.NewRouter()
	for _, r := range app.Routes {
		guards := adapter.Build(r.Guards)
		router.Route(path.Dir(r.Path), func(sub chi.Router) {
			sub.Use(setHeader(r))
			if len(guards) > 0 {
				sub.Use(guards[0])
				guards = guards[1:]
			}
			sub.With(guards...).Method(r.Method, "/"+path.Base(r.Path), handler(r))
		})
	}
	return listen(t, router)
}

func listen(t testing.TB, h http.Handler) string {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func TestConformance(t *testing.T) { authtest.Run(t, start) }

func TestClerk(t *testing.T) { authtest.RunClerk(t, start) }

func inProcess(path string, guards []authtest.Guard, authorization string) func() int {
	router := chi.NewRouter()
	router.With(adapter.Build(guards)...).Get(path, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	return authtest.InProcessHTTP(router, path, authorization)
}

func TestAllocations(t *testing.T) { authtest.Allocations(t, inProcess, 2, 0) }

func BenchmarkMiddleware(b *testing.B) { authtest.Benchmark(b, inProcess) }
