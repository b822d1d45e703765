package websocket

import (
	"context"
	"time"

	"github.com/fasthttp/websocket"
	contrib "github.com/gofiber/contrib/websocket"
	fiber2 "github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v3"

	"github.com/authkeel/authkeel/core"
	fiberauth2 "github.com/authkeel/authkeel/fiberauth"
	"github.com/authkeel/authkeel/fiberauth/v3"
)

// Fiber2 returns the API on Fiber v2 with gofiber/contrib/websocket.
func Fiber2(auth *core.Authenticator) *fiber2.App {
	app := fiber2.New(fiber2.Config{ReadBufferSize: 20 << 10, DisableStartupMessage: true}) // room for tokens of 16 KiB
	keep := func(c *fiber2.Ctx) error {
		// The connection outlives c, so it gets the context and not c.
		c.Locals("context", c.UserContext())
		return c.Next()
	}
	app.Get("/echo", fiberauth2.RequireAuth(auth), keep, contrib.New(func(conn *contrib.Conn) {
		ctx, _ := conn.Locals("context").(context.Context)
		serveFast(ctx, conn.Conn)
	}, contrib.Config{Subprotocols: []string{Protocol}}))
	return app
}

// Fiber3 returns the API on Fiber v3 with fasthttp/websocket, which
// gofiber/contrib/websocket is made of too.
func Fiber3(auth *core.Authenticator) *fiber.App {
	app := fiber.New(fiber.Config{ReadBufferSize: 20 << 10})
	upgrader := websocket.FastHTTPUpgrader{Subprotocols: []string{Protocol}}
	app.Get("/echo", fiberauth.RequireAuth(auth), func(c fiber.Ctx) error {
		ctx := c.Context() // the connection outlives c, so it gets the context and not c
		return upgrader.Upgrade(c.RequestCtx(), func(conn *websocket.Conn) { serveFast(ctx, conn) })
	})
	return app
}

// serveFast is serve for a connection of fasthttp.
func serveFast(ctx context.Context, conn *websocket.Conn) {
	defer conn.Close() //nolint:errcheck // closed already, or nobody is there to tell

	ctx, stop := core.Watch(context.WithoutCancel(ctx)) // fasthttp may end ctx with the handshake
	defer stop()
	defer context.AfterFunc(ctx, func() {
		message := websocket.FormatCloseMessage(whyClosed(context.Cause(ctx)))
		_ = conn.WriteControl(websocket.CloseMessage, message, time.Now().Add(time.Second)) // a client that is gone needs no reason
		_ = conn.Close()
	})()
	for {
		kind, message, err := conn.ReadMessage()
		if err != nil || conn.WriteMessage(kind, message) != nil {
			return
		}
	}
}
