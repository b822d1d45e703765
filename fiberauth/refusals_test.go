package fiberauth_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/authtest/adaptertest"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/fiberauth"
)

// writeRefusal is an ErrorHandler that writes refusals as core made them.
func writeRefusal(c *fiber.Ctx, err error) error {
	var refusal *core.Refusal
	if !errors.As(err, &refusal) {
		return fiber.DefaultErrorHandler(c, err)
	}
	contentType, body := refusal.Payload()
	c.Set(fiber.HeaderContentType, contentType)
	return c.Send(body)
}

// Nothing of a refusal is lost on its way to the ErrorHandler.
func TestConformanceWithReturnRefusals(t *testing.T) {
	adaptertest.Run(t, serve(fiber.Config{ErrorHandler: writeRefusal}, fiberauth.ReturnRefusals))
}

func TestReturnRefusals(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	var seen error
	config := fiber.Config{ErrorHandler: func(c *fiber.Ctx, err error) error {
		seen = err
		var e *fiber.Error
		if !errors.As(err, &e) {
			return fiber.DefaultErrorHandler(c, err)
		}
		return c.Status(e.Code).JSON(fiber.Map{"message": e.Message})
	}}
	policy := func(context.Context, *core.Identity) error { return fiber.NewError(http.StatusOK, "granted?") }
	url := listen(t, config, func(app *fiber.App) {
		ok := func(c *fiber.Ctx) error { return c.SendString("ok") }
		app.Get("/written", fiberauth.RequireAuth(auth), ok)
		returned := app.Group("/returned", fiberauth.ReturnRefusals, fiberauth.RequireAuth(auth))
		returned.Get("/me", ok)
		returned.Get("/admin", fiberauth.RequireRole("admin"), ok)
		returned.Get("/outage", fiberauth.Require(policy), ok)
	})
	user := "Bearer " + issuer.Token(nil)
	root := "Bearer " + issuer.Token(devissuer.Claims{"roles": "admin"})
	for _, row := range []struct {
		path, authorization string
		status              int
		body                string
		class               error // nil: the ErrorHandler is not called
	}{
		{"/returned/me", user, 200, "ok", nil},
		{"/returned/admin", root, 200, "ok", nil},
		{"/written", "", 401, `{"error":"unauthorized","error_description":"authentication is required"}`, nil},
		{"/returned/me", "", 401, `{"message":"unauthorized"}`, core.ErrNoToken},
		{"/returned/me", "Bearer not-a-token", 401, `{"message":"invalid_token"}`, core.ErrMalformed},
		{"/returned/admin", user, 403, `{"message":"insufficient_scope"}`, core.ErrDenied},
		{"/returned/outage", user, 503, `{"message":"temporarily_unavailable"}`, core.ErrUnavailable},
	} {
		seen = nil
		status, body := get(t, keepAlive(t), url+row.path, "Authorization", row.authorization)
		if status != row.status || body != row.body {
			t.Errorf("%s with %.20q: got %d %s, want %d %s", row.path, row.authorization, status, body, row.status, row.body)
		}
		if (seen == nil) != (row.class == nil) || !errors.Is(seen, row.class) {
			t.Errorf("%s with %.20q: the ErrorHandler got %v, want %v", row.path, row.authorization, seen, row.class)
		}
	}
}

// Fiber's own ErrorHandler sends status and code as text.
func TestReturnRefusalsWithTheDefaultErrorHandler(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	url := listen(t, fiber.Config{}, func(app *fiber.App) {
		app.Get("/me", fiberauth.ReturnRefusals, fiberauth.RequireAuth(auth), func(*fiber.Ctx) error { return nil })
	})
	if status, body := get(t, keepAlive(t), url+"/me"); status != 401 || body != "unauthorized" {
		t.Errorf("got %d %s, want 401 unauthorized", status, body)
	}
}

// A header that other middleware sets counts, such as a token from a place that
// core does not read.
func TestHeaderSetByMiddleware(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	url := listen(t, fiber.Config{}, func(app *fiber.App) {
		app.Use(func(c *fiber.Ctx) error {
			c.Request().Header.Set("Authorization", "Bearer "+c.Get("X-Legacy-Token"))
			return c.Next()
		})
		app.Get("/me", fiberauth.RequireAuth(auth), func(c *fiber.Ctx) error {
			id, _ := fiberauth.Identity(c)
			return c.SendString(id.Subject())
		})
	})
	token := issuer.Token(devissuer.Claims{"sub": "legacy"})
	if status, body := get(t, keepAlive(t), url+"/me", "X-Legacy-Token", token); status != 200 || body != "legacy" {
		t.Errorf("got %d %s, want 200 legacy", status, body)
	}
}
