package fiberauth_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v3"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/authtest/adaptertest"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/fiberauth/v3"
)

// Fiber v3 takes net/http handlers without HTTPHandler. The middleware before one
// counts, but its request has no identity: a check in it then answers 500, and
// grants nothing.
func TestNetHTTPHandlersThatFiberMounts(t *testing.T) {
	old := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // core logs that the check has no authentication
	t.Cleanup(func() { slog.SetDefault(old) })
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	h := func(w http.ResponseWriter, r *http.Request) {
		id, ok := core.IdentityFrom(r.Context())
		fmt.Fprintf(w, "%q %v %v", id.Subject(), ok, core.Authorize(r.Context(), core.Role("admin")))
	}
	url := listen(t, fiber.Config{}, func(app *fiber.App) {
		app.Get("/function", fiberauth.RequireAuth(auth), h)
		app.Get("/handler", fiberauth.RequireAuth(auth), http.HandlerFunc(h))
		app.Get("/with-identity", fiberauth.RequireAuth(auth), fiberauth.HTTPHandler(http.HandlerFunc(h)))
	})
	admin := "Bearer " + issuer.Token(devissuer.Claims{"sub": "alice", "roles": "admin"})
	for _, row := range []struct{ path, body string }{
		{"/function", `"" false no_authentication_mounted`},
		{"/handler", `"" false no_authentication_mounted`},
		{"/with-identity", `"alice" true <nil>`},
	} {
		if status, body := get(t, keepAlive(t), url+row.path, "Authorization", admin); status != 200 || body != row.body {
			t.Errorf("%s: got %d %s, want 200 %s", row.path, status, body, row.body)
		}
		if status, body := get(t, keepAlive(t), url+row.path); status != 401 {
			t.Errorf("%s without a token: got %d %s, want 401", row.path, status, body)
		}
	}
}

// customCtx is a context type of the application.
type customCtx struct{ fiber.DefaultCtx }

func newCustomApp(config fiber.Config) *fiber.App {
	return fiber.NewWithCustomCtx(func(app *fiber.App) fiber.CustomCtx {
		return &customCtx{DefaultCtx: *fiber.NewDefaultCtx(app)}
	}, config)
}

func TestConformanceWithACustomContext(t *testing.T) {
	adaptertest.Run(t, serveOn(newCustomApp, fiber.Config{}))
}
