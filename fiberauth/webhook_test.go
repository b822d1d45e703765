package fiberauth_test

import (
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/fiberauth"
)

// TestWebhook parses the body before the webhook: Fiber has it whole, and keeps
// it for everybody.
func TestWebhook(t *testing.T) {
	authtest.RunWebhook(t, func(t testing.TB, app authtest.WebhookApp) string {
		return listen(t, fiber.Config{}, func(f *fiber.App) {
			if app.Parse {
				f.Use(func(c *fiber.Ctx) error {
					_ = c.BodyParser(new(any))
					return c.Next()
				})
			}
			f.Post("/webhooks", fiberauth.HTTPHandler(app.Hooks))
		})
	}, true)
}
