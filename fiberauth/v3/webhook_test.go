package fiberauth_test

import (
	"testing"

	"github.com/gofiber/fiber/v3"

	"github.com/authkeel/authkeel/core/authtest/adaptertest"
	"github.com/authkeel/authkeel/fiberauth/v3"
)

// TestWebhook parses the body before the webhook: Fiber has it whole, and keeps
// it for everybody.
func TestWebhook(t *testing.T) {
	adaptertest.RunWebhook(t, func(t testing.TB, app adaptertest.WebhookApp) string {
		return listen(t, fiber.Config{}, func(f *fiber.App) {
			if app.Parse {
				f.Use(func(c fiber.Ctx) error {
					_ = c.Bind().Body(new(any))
					return c.Next()
				})
			}
			f.Post("/webhooks", fiberauth.HTTPHandler(app.Hooks))
		})
	}, true)
}
