package fiberauth_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/requestid"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/fiberauth/v3"
)

// refusals is an observer that hands on the refusals.
type refusals chan core.Event

func (r refusals) Observe(_ context.Context, e core.Event) {
	if e.Kind == core.EventRefused {
		r <- e
	}
}

// Fiber's own middleware writes the ID of a request into the response.
func TestEventsHaveTheIDOfFibersMiddleware(t *testing.T) {
	log := make(refusals, 1)
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t), func(cfg *core.Config) { cfg.Observer = log })
	app := fiber.New()
	app.Use(requestid.New(requestid.Config{Generator: func() string { return "made-here" }}), fiberauth.RequireAuth(auth))
	app.Get("/me", func(c fiber.Ctx) error { return c.SendStatus(204) })
	answer, err := app.Test(httptest.NewRequest("GET", "/me?x", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if e := <-log; e.RequestID != "made-here" || e.Method != "GET" || e.Path != "/me" {
		t.Errorf("got %q %q %q, want GET /me made-here", e.Method, e.Path, e.RequestID)
	}
}
