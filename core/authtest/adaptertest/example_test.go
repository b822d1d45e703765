package adaptertest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/authtest/adaptertest"
)

type middleware = func(http.Handler) http.Handler

// run makes net/http middleware of a step.
func run(step adapter.Step) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r, ok := adapter.Serve(step, w, r); ok {
				next.ServeHTTP(w, r)
			}
		})
	}
}

var functions = adaptertest.Adapter[middleware]{
	RequireAuth: func(a *core.Authenticator) middleware { return run(a.RequireAuth()) },
	Require:     func(p core.Policy) middleware { return run(core.Require(p)) },
	// and so on
}

// serve serves a set of routes with net/http.
func serve(t testing.TB, app adaptertest.App) string {
	mux := http.NewServeMux()
	for _, route := range app.Routes {
		var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, ok := core.IdentityFrom(r.Context())
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(route.Handle(r.Context(), id, ok, r.PathValue))
		})
		list := functions.Build(route.Middleware)
		for i := len(list) - 1; i >= 0; i-- {
			handler = list[i](handler)
		}
		mux.HandleFunc(route.Method+" "+route.Path, func(w http.ResponseWriter, r *http.Request) {
			for _, field := range route.Header {
				w.Header().Set(field[0], field[1])
			}
			handler.ServeHTTP(w, r)
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// An adapter lists its functions, says how its framework serves a set of routes,
// and runs the suite. This one is for net/http.
func ExampleRun() {
	t := new(testing.T) // the one of your test

	adaptertest.Run(t, serve)
	adaptertest.RunClerk(t, serve)
}
