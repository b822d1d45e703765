package chiauth_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/authtest/adaptertest"
	"github.com/authkeel/authkeel/core/devissuer"
)

// serveMux serves the app without chi.
func serveMux(t testing.TB, app adaptertest.App) string {
	mux := http.NewServeMux()
	for _, r := range app.Routes {
		var h http.Handler = handler(r, (*http.Request).PathValue)
		middleware := adapter.Build(r.Middleware)
		for i := range middleware {
			h = middleware[len(middleware)-1-i](h)
		}
		mux.Handle(r.Method+" "+r.Path, setHeader(r)(h))
	}
	return listen(t, mux)
}

func TestConformanceOfServeMux(t *testing.T) { adaptertest.Run(t, serveMux) }

// request has the handler serve one request.
func request(h http.Handler, method, path, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestRoutersInsideRouters(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	user := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, chi.URLParam(r, "id")) // a recorder takes everything
	}
	router := chi.NewRouter()
	router.Get("/open/{id}", user)
	router.Route("/api", func(api chi.Router) {
		api.Use(chiauth.RequireAuth(auth))
		api.Get("/users/{id}", user)
		api.With(chiauth.RequireRole("admin")).Delete("/users/{id}", user)
		api.Route("/deep", func(deep chi.Router) {
			deep.Use(chiauth.RequireRole("admin"))
			deep.Get("/{id}", user)
		})
	})
	router.Group(func(group chi.Router) {
		group.Use(chiauth.RequireAuth(auth))
		group.Get("/grouped/{id}", user)
	})
	mounted := chi.NewRouter()
	mounted.Use(chiauth.RequireRole("admin"))
	mounted.Get("/{id}", user)
	router.With(chiauth.RequireAuth(auth)).Mount("/mounted", mounted)
	alone := chi.NewRouter()
	alone.Use(chiauth.RequireAuth(auth), chiauth.RequireRole("admin"))
	alone.Get("/{id}", user)
	router.Mount("/alone", alone)

	someone, root := issuer.Token(nil), issuer.Token(devissuer.Claims{"roles": "admin"})
	for _, row := range []struct {
		method, path, token string
		want                int
	}{
		{"GET", "/open/42", "", 200},
		{"GET", "/api/users/42", "", 401}, {"GET", "/api/users/42", someone, 200},
		{"DELETE", "/api/users/42", "", 401}, {"DELETE", "/api/users/42", someone, 403}, {"DELETE", "/api/users/42", root, 200},
		{"GET", "/api/deep/42", "", 401}, {"GET", "/api/deep/42", someone, 403}, {"GET", "/api/deep/42", root, 200},
		{"GET", "/api/nothing", "", 401}, {"GET", "/api/nothing", someone, 404},
		{"GET", "/grouped/42", "", 401}, {"GET", "/grouped/42", someone, 200},
		{"GET", "/mounted/42", "", 401}, {"GET", "/mounted/42", someone, 403}, {"GET", "/mounted/42", root, 200},
		{"GET", "/alone/42", "", 401}, {"GET", "/alone/42", someone, 403}, {"GET", "/alone/42", root, 200},
	} {
		w := request(router, row.method, row.path, row.token)
		if w.Code != row.want {
			t.Errorf("%s %s with %.10q: got %d, want %d", row.method, row.path, row.token, w.Code, row.want)
		}
		if w.Code == 200 && w.Body.String() != "42" {
			t.Errorf("%s %s: got parameter %q, want 42", row.method, row.path, w.Body)
		}
	}
}

func TestServeMuxKeepsItsPathValues(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	mux := http.NewServeMux()
	mux.Handle("GET /users/{id}", chiauth.RequireAuth(auth)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := chiauth.Identity(r)
		_, _ = io.WriteString(w, id.Subject()+" "+r.PathValue("id")+" "+r.Pattern) // a recorder takes everything
	})))
	w := request(mux, "GET", "/users/42", issuer.Token(devissuer.Claims{"sub": "alice"}))
	if got, want := w.Body.String(), "alice 42 GET /users/{id}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What the writer can do beside writing must stay reachable: for streams and
// WebSockets.
func TestTheResponseWriterIsHandedOn(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	flushed := false
	h := chiauth.RequireAuth(auth)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, flushed = w.(http.Flusher)
	}))
	request(h, "GET", "/", issuer.Token(nil))
	if !flushed {
		t.Error("the handler's writer is no http.Flusher any more")
	}
}
