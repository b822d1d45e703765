package echoauth_test

import (
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/authkeel/authkeel/core/authtest"
)

func serveWebhook(t testing.TB, e *echo.Echo, app authtest.WebhookApp) string {
	e.POST("/webhooks", echo.WrapHandler(app.Hooks))
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return server.URL
}

func TestWebhook(t *testing.T) {
	authtest.RunWebhook(t, func(t testing.TB, app authtest.WebhookApp) string {
		e := echo.New()
		if app.Keep {
			e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c echo.Context) error {
					c.SetRequest(app.Hooks.KeepBody(c.Request()))
					return next(c)
				}
			})
		}
		if app.Parse {
			e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c echo.Context) error {
					_ = c.Bind(new(any))
					return next(c)
				}
			})
		}
		return serveWebhook(t, e, app)
	}, false)
}

// TestWebhookBehindBodyDump has Echo's middleware that reads the body and puts
// it back.
func TestWebhookBehindBodyDump(t *testing.T) {
	authtest.RunWebhook(t, func(t testing.TB, app authtest.WebhookApp) string {
		e := echo.New()
		if app.Parse {
			e.Use(middleware.BodyDump(func(echo.Context, []byte, []byte) {}), middleware.BodyLimit("2M"))
		}
		return serveWebhook(t, e, app)
	}, true)
}
