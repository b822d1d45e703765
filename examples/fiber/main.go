// Command fiber is a small API on Fiber that accepts tokens of one issuer.
package main

import (
	"log"
	"os"

	"github.com/gofiber/fiber/v2"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/fiberauth"
)

func main() {
	auth, err := core.ForIssuer(os.Getenv("OIDC_ISSUER"), os.Getenv("OIDC_AUDIENCE"))
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(newAPI(auth).Listen("127.0.0.1:8080"))
}

func newAPI(auth *core.Authenticator) *fiber.App {
	app := fiber.New(fiber.Config{ReadBufferSize: 20 << 10}) // room for tokens of 16 KiB
	app.Get("/health", func(c *fiber.Ctx) error { return c.SendStatus(fiber.StatusNoContent) })

	api := app.Group("/api", fiberauth.RequireAuth(auth))
	api.Get("/me", func(c *fiber.Ctx) error {
		id, _ := fiberauth.Identity(c)
		return c.JSON(fiber.Map{"userId": id.Subject()})
	})
	api.Delete("/users/:id", fiberauth.RequireRole("admin"), func(c *fiber.Ctx) error {
		return c.JSON(fiber.Map{"deleted": c.Params("id")})
	})
	return app
}
