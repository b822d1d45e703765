// Command fiber is an API that moves from Fiber v2 to Fiber v3 route by route.
// Both run in one process, behind one listener, with one Authenticator.
package main

import (
	"log"
	"os"

	fiber2 "github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v3"

	"github.com/authkeel/authkeel/core"
	fiberauth2 "github.com/authkeel/authkeel/fiberauth"
	"github.com/authkeel/authkeel/fiberauth/v3"
)

func main() {
	auth, err := core.ForIssuer(os.Getenv("AUTH_ISSUER"), os.Getenv("AUTH_AUDIENCE"))
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(newAPI(auth).Listen("127.0.0.1:8080"))
}

// newAPI has the routes that have moved, and sends everything else to oldAPI.
func newAPI(auth *core.Authenticator) *fiber.App {
	app := fiber.New(fiber.Config{ReadBufferSize: 20 << 10}) // room for tokens of 16 KiB
	app.Get("/me", fiberauth.RequireAuth(auth), func(c fiber.Ctx) error {
		id, _ := fiberauth.Identity(c)
		return c.JSON(fiber.Map{"userId": id.Subject(), "fiber": 3})
	})
	old := oldAPI(auth).Handler()
	app.All("/*", func(c fiber.Ctx) error {
		old(c.RequestCtx())
		return nil
	})
	return app
}

// oldAPI has the routes that have not moved yet, with the authentication that
// they always had: a request that newAPI passes on is not authenticated there.
func oldAPI(auth *core.Authenticator) *fiber2.App {
	app := fiber2.New()
	api := app.Group("/orders", fiberauth2.RequireAuth(auth))
	api.Get("/", func(c *fiber2.Ctx) error {
		id, _ := fiberauth2.Identity(c)
		return c.JSON(fiber2.Map{"userId": id.Subject(), "fiber": 2})
	})
	api.Delete("/:id", fiberauth2.RequireRole("admin"), func(c *fiber2.Ctx) error {
		return c.JSON(fiber2.Map{"deleted": c.Params("id")})
	})
	return app
}
