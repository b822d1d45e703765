package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"time"

	fiber2 "github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v3"

	fiberauth2 "github.com/authkeel/authkeel/fiberauth"
	"github.com/authkeel/authkeel/fiberauth/v3"
)

// Room for tokens of 16 KiB and other headers.
const readBuffer = 20 << 10

func newFiber2(b *backend, graphql http.Handler) api {
	app := fiber2.New(fiber2.Config{
		ReadBufferSize: readBuffer, BodyLimit: maxBody, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second, DisableStartupMessage: true,
	})
	app.Get("/health", fiberauth2.HTTPHandler(http.HandlerFunc(health)))
	app.Get("/ready", fiberauth2.HTTPHandler(http.HandlerFunc(b.readiness)))
	// HTTPHandler carries the identity over, which Fiber's own adaptor does not.
	g := app.Group("/graphql", fiberauth2.OptionalAuth(b.auth))
	g.Post("", fiberauth2.HTTPHandler(graphql))
	g.Get("", fiberauth2.HTTPHandler(upgrading(graphql)))
	return api{app, app.Listener, app.ShutdownWithContext}
}

func newFiber3(b *backend, graphql http.Handler) api {
	app := fiber.New(fiber.Config{
		ReadBufferSize: readBuffer, BodyLimit: maxBody, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
	})
	app.Get("/health", fiberauth.HTTPHandler(http.HandlerFunc(health)))
	app.Get("/ready", fiberauth.HTTPHandler(http.HandlerFunc(b.readiness)))
	g := app.Group("/graphql", fiberauth.OptionalAuth(b.auth))
	g.Post("", fiberauth.HTTPHandler(graphql))
	g.Get("", fiberauth.HTTPHandler(upgrading(graphql)))
	serve := func(l net.Listener) error {
		return app.Listener(l, fiber.ListenConfig{DisableStartupMessage: true})
	}
	return api{app, serve, app.ShutdownWithContext}
}

// upgrading has a handler answer the handshake of a WebSocket on the connection that
// it takes over: the adaptor of fasthttp, which Fiber uses, sends no answer then.
func upgrading(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(&upgrade{ResponseWriter: w}, r) })
}

type upgrade struct {
	http.ResponseWriter
	switching bool
}

func (u *upgrade) WriteHeader(status int) {
	if status == http.StatusSwitchingProtocols {
		u.switching = true
		return
	}
	u.ResponseWriter.WriteHeader(status)
}

func (u *upgrade) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffer, err := http.NewResponseController(u.ResponseWriter).Hijack()
	if err != nil || !u.switching {
		return conn, buffer, err
	}
	err = u.answer(conn, buffer)
	if err != nil {
		_ = conn.Close() // the error of the answer is the one to tell
	}
	return conn, buffer, err
}

// answer writes the handshake, and removes the deadlines that the server has for
// requests.
func (u *upgrade) answer(conn net.Conn, buffer *bufio.ReadWriter) error {
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	fmt.Fprintf(buffer, "HTTP/1.1 101 Switching Protocols\r\n")
	if err := u.Header().Write(buffer); err != nil {
		return err
	}
	fmt.Fprintf(buffer, "\r\n")
	return buffer.Flush()
}
