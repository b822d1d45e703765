package ginauth_test

import (
	"bytes"
	"io"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/binding"

	"github.com/authkeel/authkeel/core/authtest/adaptertest"
)

func serveWebhook(t testing.TB, engine *gin.Engine) string {
	server := httptest.NewServer(engine)
	t.Cleanup(server.Close)
	return server.URL
}

func TestWebhook(t *testing.T) {
	adaptertest.RunWebhook(t, func(t testing.TB, app adaptertest.WebhookApp) string {
		r := gin.New()
		if app.Keep {
			r.Use(func(c *gin.Context) { c.Request = app.Hooks.BufferBody(c.Request) })
		}
		if app.Parse {
			r.Use(func(c *gin.Context) { _ = c.ShouldBindJSON(new(any)) })
		}
		r.POST("/webhooks", gin.WrapH(app.Hooks))
		return serveWebhook(t, r)
	}, false)
}

// TestWebhookBehindShouldBindBodyWith takes the body from where Gin left it, for
// those who cannot mount anything before.
func TestWebhookBehindShouldBindBodyWith(t *testing.T) {
	adaptertest.RunWebhook(t, func(t testing.TB, app adaptertest.WebhookApp) string {
		r := gin.New()
		if app.Parse {
			r.Use(func(c *gin.Context) { _ = c.ShouldBindBodyWith(new(any), binding.JSON) })
		}
		r.POST("/webhooks", func(c *gin.Context) {
			if body, ok := c.Get(gin.BodyBytesKey); ok {
				c.Request.Body = io.NopCloser(bytes.NewReader(body.([]byte)))
			}
		}, gin.WrapH(app.Hooks))
		return serveWebhook(t, r)
	}, true)
}
