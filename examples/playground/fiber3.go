package main

import (
	"net/http"

	"github.com/gofiber/fiber/v3"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/fiberauth/v3"
)

// fiber3API is the API in Fiber v3.
func fiber3API(auth *core.Authenticator, hooks http.Handler) *fiber.App {
	app := fiber.New(fiber.Config{
		ReadBufferSize: 16 << 10, // Fiber's 4 KiB for all headers are too few for long tokens
	})

	app.Get("/public", func(c fiber.Ctx) error {
		return c.JSON(fiber.Map{"message": "anyone may read this"})
	})
	app.Get("/hello", fiberauth.OptionalAuth(auth), func(c fiber.Ctx) error {
		name := "stranger"
		if id, ok := fiberauth.Identity(c); ok {
			name = id.Subject()
		}
		return c.JSON(fiber.Map{"message": "hello, " + name})
	})

	// Named per route: a Fiber group without a prefix of its own would guard
	// every route that is registered after it, also outside the group.
	requireAuth := fiberauth.RequireAuth(auth)
	app.Get("/me", requireAuth, func(c fiber.Ctx) error {
		id, _ := fiberauth.Identity(c)
		return c.JSON(fiber.Map{"userId": id.Subject(), "roles": id.Roles()})
	})
	app.Delete("/users/:id", requireAuth, fiberauth.RequireRole("admin"), func(c fiber.Ctx) error {
		return c.JSON(fiber.Map{"deleted": c.Params("id")})
	})
	app.Get("/reports", requireAuth, fiberauth.RequirePermission("reports:read"), func(c fiber.Ctx) error {
		return c.JSON(fiber.Map{"reports": []string{"first quarter", "second quarter"}})
	})

	// Clerk's users act in an organization, and somebody may act for them.
	app.Get("/organization", requireAuth, func(c fiber.Ctx) error {
		id, _ := fiberauth.Identity(c)
		org := id.Organization()
		return c.JSON(fiber.Map{"id": org.ID, "role": org.Role, "impersonatedBy": id.Actor().Subject})
	})
	app.Post("/invoices", requireAuth, fiberauth.RequirePermission("org:invoices:create"), func(c fiber.Ctx) error {
		return c.JSON(fiber.Map{"created": "invoice"})
	})
	app.Post("/payouts", requireAuth, fiberauth.Require(clerk.Has(clerk.HasParams{Reverification: clerk.Strict})), func(c fiber.Ctx) error {
		return c.JSON(fiber.Map{"created": "payout"})
	})
	app.Post("/password", requireAuth, fiberauth.Require(clerk.NotImpersonated()), func(c fiber.Ctx) error {
		return c.JSON(fiber.Map{"changed": "password"})
	})
	// Not behind RequireAuth: the signature is the authentication.
	app.Post("/webhooks", fiberauth.HTTPHandler(hooks))
	return app
}
