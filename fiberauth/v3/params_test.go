package fiberauth_test

import (
	"log/slog"
	"testing"

	"github.com/gofiber/fiber/v3"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/fiberauth/v3"
)

// TestRequireParamInsideApps: a check knows the parameters of the path it is
// mounted on, and answers 500 where that has none.
func TestRequireParamInsideApps(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the 500s are logged
	t.Cleanup(func() { slog.SetDefault(before) })

	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	own := fiberauth.RequireParam(core.Owner("id").Or(core.Role("admin")))
	show := func(c fiber.Ctx) error { return c.SendString(c.Params("id")) }
	base := listen(t, fiber.Config{}, func(app *fiber.App) {
		app.Use(fiberauth.RequireAuth(auth))
		app.Get("/route/:id", own, show)
		app.Get("/optional/:id?", own, show)
		app.Get("/rest/*", fiberauth.RequireParam(core.Owner("*1")), show)
		app.Group("/group/:id", own).Get("/notes", show)
		app.Use("/use/:id", own)
		app.Get("/use/:id/notes", show)
		inner := fiber.New() // Fiber finds no route of an app that is mounted on a path with parameters
		inner.Get("/:id/notes", own, show)
		app.Use("/inner", inner)
		app.Group("/above", own).Get("/:id", show)
		app.Get("/other/:user", own, show)
	})
	client := keepAlive(t)
	call := func(path, token string) (int, string) {
		if token == "" {
			return get(t, client, base+path)
		}
		return get(t, client, base+path, "Authorization", "Bearer "+token)
	}
	alice, admin := issuer.Token(devissuer.Claims{"sub": "alice"}), issuer.Token(devissuer.Claims{"sub": "root", "roles": "admin"})
	for _, row := range []struct{ before, after string }{
		{"/route/", ""}, {"/optional/", ""}, {"/group/", "/notes"}, {"/use/", "/notes"}, {"/inner/", "/notes"},
	} {
		for _, caller := range []struct {
			token, id string
			want      int
		}{{alice, "alice", 200}, {alice, "bob", 403}, {admin, "bob", 200}, {"", "alice", 401}} {
			path := row.before + caller.id + row.after
			if status, body := call(path, caller.token); status != caller.want || status == 200 && body != caller.id {
				t.Errorf("%s: got %d %q, want %d", path, status, body, caller.want)
			}
		}
	}
	for _, row := range []struct {
		path, token string
		want        int
	}{
		{"/above/alice", alice, 500}, {"/above/alice", admin, 500}, {"/other/alice", alice, 500}, {"/other/alice", admin, 500},
		{"/optional/", alice, 500}, {"/optional", admin, 500}, {"/rest/alice", alice, 200}, {"/rest/alice/bob", alice, 403}, {"/rest/", alice, 500},
	} {
		if status, body := call(row.path, row.token); status != row.want {
			t.Errorf("%s: got %d %q, want %d", row.path, status, body, row.want)
		}
	}
}
