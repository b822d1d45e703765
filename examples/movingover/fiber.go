package movingover

import (
	jwtware "github.com/gofiber/contrib/jwt"
	"github.com/gofiber/fiber/v2"
	"github.com/golang-jwt/jwt/v5"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/fiberauth"
)

func fiberBefore(jwksURL string) *fiber.App {
	app := fiber.New()
	api := app.Group("/api", jwtware.New(jwtware.Config{JWKSetURLs: []string{jwksURL}}))
	api.Get("/me", func(c *fiber.Ctx) error {
		subject, err := c.Locals("user").(*jwt.Token).Claims.GetSubject()
		if err != nil {
			return err
		}
		return c.SendString(subject)
	})
	return app
}

func fiberAfter(auth *core.Authenticator) *fiber.App {
	app := fiber.New(fiber.Config{ReadBufferSize: 20 << 10}) // room for tokens of 16 KiB
	api := app.Group("/api", fiberauth.RequireAuth(auth))
	api.Get("/me", func(c *fiber.Ctx) error {
		id, _ := fiberauth.Identity(c)
		return c.SendString(id.Subject())
	})
	return app
}
