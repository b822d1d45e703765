package fiberauth_test

import (
	"slices"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/static"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/authtest/adaptertest"
	"github.com/authkeel/authkeel/fiberauth/v3"
)

func TestAudit(t *testing.T) {
	for name, config := range map[string]fiber.Config{
		"plain": {}, "strict": {StrictRouting: true, CaseSensitive: true}, "names as sent": {DisableHeaderNormalizing: true}, "immutable": {Immutable: true},
	} {
		t.Run(name, func(t *testing.T) {
			adaptertest.RunAudit(t, func(_ testing.TB, app adaptertest.App) any {
				f := fiber.New(config)
				mount(f, app)
				return f
			})
		})
	}
}

// TestAuditOfFiber has what only Fiber's table has.
func TestAuditOfFiber(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	login, admin := fiberauth.RequireAuth(auth), fiberauth.RequireRole("admin")
	handler := func(c fiber.Ctx) error { t.Errorf("the handler of %s %s ran", c.Method(), c.Path()); return nil }
	app := fiber.New()
	app.Use(func(c fiber.Ctx) error { return c.Next() })
	app.Get("/", handler)
	app.Get("/users/me", login, admin, handler)
	app.Get("/users/:id<int>", login, handler)
	app.Get("/early/:id", login, handler)
	app.Get("/early/me", login, admin, handler)
	app.Get("/from-:a.:b?", handler)
	app.Get("/rest/*", login, handler)
	app.All("/any", login, handler)
	app.Head("/head", login, handler)
	app.Use("/metrics", handler)
	app.Use("/guarded", login)
	app.Get("/guarded/x", handler)
	app.Use("/alone", login)
	group := app.Group("/admin", login, admin)
	group.Delete("/:id", handler)
	group.Get("/", handler)
	sub := fiber.New()
	sub.Get("/x", handler)
	sub.Use("/y", login)
	sub.Get("/y", handler)
	sub.Post("/", login, handler)
	app.Use("/sub", sub)
	app.Use("/files", static.New(t.TempDir()))
	app.Get("/after", login, handler)
	app.Get("/late", handler, login)
	want := []string{
		"GET     /  public",
		"GET     /users/me  token, role \"admin\"",
		"GET     /users/:id<int>  token",
		"GET     /early/:id  token",
		"GET     /early/me  shadowed by /early/:id",
		"GET     /from-:a.:b?  public",
		"GET     /rest/*  token",
		"ANY     /any  token",
		"HEAD    /head  token",
		"USE     /metrics  public",
		"GET     /guarded/x  token",
		"DELETE  /admin/:id  token, role \"admin\"",
		"GET     /admin/  token, role \"admin\"",
		"GET     /sub/x  public",
		"GET     /sub/y  token",
		"POST    /sub/  token",
		"GET     /files/*  public",
		"GET     /after  token",
		"GET     /late  public",
	}
	wantLines(t, authtest.Routes(t, app), want, "/late")
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
