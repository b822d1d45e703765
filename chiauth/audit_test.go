package chiauth_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/authtest/adaptertest"
)

func TestAudit(t *testing.T) {
	adaptertest.RunAudit(t, func(_ testing.TB, app adaptertest.App) any {
		router := chi.NewRouter()
		mount(router, app)
		return router
	})
}

// TestAuditOfChi has what only chi's table has.
func TestAuditOfChi(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	login, admin := chiauth.RequireAuth(auth), chiauth.RequireRole("admin")
	handler := func(_ http.ResponseWriter, r *http.Request) { t.Errorf("the handler of %s %s ran", r.Method, r.URL) }
	r := chi.NewRouter()
	r.Get("/", handler)
	r.With(login).Get("/users/{id}", handler)
	r.With(login, admin).Get("/years/{year:[0-9]{4}}/{slug:[a-z-]+}", handler)
	r.With(login).Handle("/any", http.HandlerFunc(handler))
	r.With(login).Get("/slash/", handler)
	r.Get("/files/*", handler)
	r.Mount("/plain", http.HandlerFunc(handler))
	r.With(login).Mount("/guarded", http.HandlerFunc(handler))
	r.Group(func(r chi.Router) {
		r.Use(login)
		r.Post("/group", handler)
		r.Route("/admin", func(r chi.Router) {
			r.Use(admin)
			r.Delete("/{id}", handler)
			r.Mount("/deep", func() http.Handler {
				deep := chi.NewRouter()
				deep.Get("/", handler)
				deep.Get("/x", handler)
				return deep
			}())
		})
	})
	r.Method(http.MethodGet, "/wrapped", login(http.HandlerFunc(handler)))
	r.NotFound(handler)
	want := []string{
		"GET     /  public",
		"GET     /users/{id}  token",
		"GET     /years/{year:[0-9]{4}}/{slug:[a-z-]+}  token, role \"admin\"",
		"GET     /slash/  token",
		"POST    /group  token",
		"DELETE  /admin/{id}  token, role \"admin\"",
		"GET     /admin/deep/  token, role \"admin\"",
		"GET     /admin/deep/x  token, role \"admin\"",
		"GET     /files/*  public",
		"ANY     /any  token",
		"ANY     /plain/*  public",
		"ANY     /guarded/*  token",
		"GET     /wrapped  public",
	}
	wantLines(t, authtest.Routes(t, r), want, "/wrapped")
}

// TestAuditOfPatterns has net/http, whose handlers run.
func TestAuditOfPatterns(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	login, admin := chiauth.RequireAuth(auth), chiauth.RequireRole("admin")
	mux := http.NewServeMux()
	mux.Handle("GET /open", ok)
	mux.Handle("/all/{id}", login(ok))
	mux.Handle("DELETE api.example.com/users/{id}", login(admin(ok)))
	mux.Handle("GET /files/{path...}", chiauth.OptionalAuth(auth)(ok))
	routes := authtest.Routes(t, mux, authtest.AllowHandlers(),
		authtest.AuditPatterns("GET /open", "/all/{id}", "DELETE api.example.com/users/{id}", "GET /files/{path...}"))
	wantLines(t, routes, []string{
		"GET     /open  public",
		"ANY     /all/{id}  token",
		"DELETE  api.example.com/users/{id}  token, role \"admin\"",
		"GET     /files/{path...}  optional",
	})
}

func BenchmarkAuditOf500Routes(b *testing.B) {
	auth := authtest.NewAuthenticator(b, authtest.NewIssuer(b))
	for b.Loop() {
		r := chi.NewRouter()
		r.Use(chiauth.RequireAuth(auth))
		for i := range 500 {
			r.Get(fmt.Sprintf("/r%d/{id}", i), func(http.ResponseWriter, *http.Request) {})
		}
		if got := len(authtest.Routes(b, r)); got != 500 {
			b.Fatalf("got %d routes, want 500", got)
		}
	}
}

// wantLines compares routes with lines, and the paths of those that have problems.
func wantLines(t *testing.T, routes []authtest.Route, want []string, problems ...string) {
	t.Helper()
	var got, wrong []string
	for _, r := range routes {
		got = append(got, r.String())
		if r.Problem != "" {
			wrong = append(wrong, r.Path)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("got the line %q, which is not wanted", line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("got no line %q", line)
		}
	}
	if !slices.Equal(wrong, problems) {
		t.Errorf("got problems of %q, want %q", wrong, problems)
	}
}
