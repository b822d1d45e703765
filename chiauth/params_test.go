package chiauth_test

import (
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
)

// TestRequireParamInsideRouters: a check knows the parameters that chi has matched
// by then, and answers 500 where there is none yet.
func TestRequireParamInsideRouters(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the 500s are logged
	t.Cleanup(func() { slog.SetDefault(before) })

	issuer := authtest.NewIssuer(t)
	authentication := chiauth.RequireAuth(authtest.NewAuthenticator(t, issuer))
	own := chiauth.RequireParam(core.Owner("id").Or(core.Role("admin")))
	show := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, chi.URLParam(r, "id")) // a recorder takes everything
	}
	mounted := func() chi.Router {
		sub := chi.NewRouter()
		sub.Use(own)
		sub.Get("/notes", show)
		return sub
	}
	router := chi.NewRouter()
	router.Use(authentication)
	router.With(own).Get("/with/{id}", show)
	router.With(own).Get("/regexp/{id:[a-z]+}", show)
	router.With(chiauth.RequireParam(core.Owner("*"))).Get("/rest/*", show)
	router.Route("/route/{id}", func(sub chi.Router) { sub.Use(own); sub.Get("/notes", show) })
	router.Mount("/mount/{id}", mounted())
	router.Mount("/deep", func() chi.Router {
		sub := chi.NewRouter()
		sub.Mount("/{id}", mounted())
		return sub
	}())
	router.Group(func(group chi.Router) { group.Use(own); group.Get("/group/{id}", show) })
	router.Route("/above", func(sub chi.Router) { sub.Use(own); sub.Get("/{id}", show) })
	router.With(own).Get("/other/{user}", show)
	router.With(own).Route("/before/{id}", func(sub chi.Router) { sub.Get("/notes", show) })

	alice, admin := issuer.Token(devissuer.Claims{"sub": "alice"}), issuer.Token(devissuer.Claims{"sub": "root", "roles": "admin"})
	for _, row := range []struct{ before, after string }{
		{"/with/", ""}, {"/regexp/", ""}, {"/route/", "/notes"}, {"/mount/", "/notes"}, {"/deep/", "/notes"}, {"/group/", ""}, {"/before/", "/notes"},
	} {
		for _, caller := range []struct {
			token, id string
			want      int
		}{{alice, "alice", 200}, {alice, "bob", 403}, {admin, "bob", 200}, {"", "alice", 401}} {
			path := row.before + caller.id + row.after
			w := request(router, "GET", path, caller.token)
			if w.Code != caller.want || w.Code == 200 && w.Body.String() != caller.id {
				t.Errorf("%s: got %d %q, want %d", path, w.Code, w.Body, caller.want)
			}
		}
	}
	for path, want := range map[string]int{"/above/alice": 500, "/other/alice": 500, "/rest/alice": 200, "/rest/alice/bob": 403, "/rest/": 500} {
		for _, token := range []string{alice, admin} {
			if token == admin && want < 500 {
				continue
			}
			if w := request(router, "GET", path, token); w.Code != want {
				t.Errorf("%s: got %d %q, want %d", path, w.Code, w.Body, want)
			}
		}
	}
}
