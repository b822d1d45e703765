package echoauth_test

import (
	"bytes"
	"io"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/authkeel/authkeel/core/authtest/adaptertest"
)

func serveWebhook(t testing.TB, e *echo.Echo, app adaptertest.WebhookApp) string {
	e.POST("/webhooks", echo.WrapHandler(app.Hooks))
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return server.URL
}

func TestWebhook(t *testing.T) {
	adaptertest.RunWebhook(t, func(t testing.TB, app adaptertest.WebhookApp) string {
		e := echo.New()
		if app.Keep {
			e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c echo.Context) error {
					c.SetRequest(app.Hooks.BufferBody(c.Request()))
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

// TestWebhookBehindBodyDump has middleware that reads the body and puts it back,
// as Echo's BodyDump does, which would bring a requirement of its own.
func TestWebhookBehindBodyDump(t *testing.T) {
	adaptertest.RunWebhook(t, func(t testing.TB, app adaptertest.WebhookApp) string {
		e := echo.New()
		if app.Parse {
			e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c echo.Context) error {
					body, err := io.ReadAll(c.Request().Body)
					if err != nil {
						return err
					}
					c.Request().Body = io.NopCloser(bytes.NewReader(body))
					return next(c)
				}
			})
		}
		return serveWebhook(t, e, app)
	}, true)
}
