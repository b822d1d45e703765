package main

import (
	"github.com/gofiber/fiber/v2"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/fiberauth"
)

// fiberAPI is the API in Fiber.
func fiberAPI(auth *core.Authenticator) *fiber.App {
	app := fiber.New(fiber.Config{
		DisableStartupMessage: true,
		ReadBufferSize:        16 << 10, // Fiber's 4 KiB for all headers are too few for long tokens
	})

	app.Get("/public", func(c *fiber.Ctx) error {
		return c.JSON(fiber.Map{"message": "anyone may read this"})
	})
	app.Get("/hello", fiberauth.OptionalAuth(auth), func(c *fiber.Ctx) error {
		name := "stranger"
		if id, ok := fiberauth.Identity(c); ok {
			name = id.Subject()
		}
		return c.JSON(fiber.Map{"message": "hello, " + name})
	})

	// Named per route: a Fiber group without a prefix of its own would guard
	// every route that is registered after it, also outside the group.
	requireAuth := fiberauth.RequireAuth(auth)
	app.Get("/me", requireAuth, func(c *fiber.Ctx) error {
		id, _ := fiberauth.Identity(c)
		return c.JSON(fiber.Map{"userId": id.Subject(), "roles": id.Roles()})
	})
	app.Delete("/users/:id", requireAuth, fiberauth.RequireRole("admin"), func(c *fiber.Ctx) error {
		return c.JSON(fiber.Map{"deleted": c.Params("id")})
	})
	app.Get("/reports", requireAuth, fiberauth.RequirePermission("reports:read"), func(c *fiber.Ctx) error {
		return c.JSON(fiber.Map{"reports": []string{"first quarter", "second quarter"}})
	})
	return app
}
