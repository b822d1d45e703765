// Command fiber serves the blog of the examples as a REST API on Fiber v3.
package main

import (
	"bytes"
	"errors"
	"net"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/cors"
	"github.com/gofiber/fiber/v3/middleware/recover"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/examples/blog/rest"
	"github.com/authkeel/authkeel/fiberauth/v3"
)

func main() { rest.Main("Fiber v3", "fiber", newServer) }

func newServer(a *rest.API) rest.Server {
	app := newApp(a)
	serve := func(l net.Listener) error {
		return app.Listener(l, fiber.ListenConfig{DisableStartupMessage: true})
	}
	return rest.Server{Serve: serve, Shutdown: app.ShutdownWithContext}
}

func newApp(a *rest.API) *fiber.App {
	app := fiber.New(fiber.Config{
		// Immutable, because posts outlive the request that brought them.
		Immutable: true, BodyLimit: 2 * rest.MaxBody, ReadBufferSize: 20 << 10, // room for tokens of 16 KiB
		ErrorHandler: func(c fiber.Ctx, err error) error {
			status := fiber.StatusInternalServerError
			var coded *fiber.Error
			if errors.As(err, &coded) {
				status = coded.Code
			}
			return send(func(fiber.Ctx) rest.Response { return rest.FrameworkError(c.Context(), status, err) })(c)
		},
		ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
	})
	app.Use(recover.New())
	if len(a.Origins) > 0 { // before authentication, which would refuse preflights
		app.Use(cors.New(cors.Config{
			AllowOrigins: a.Origins, AllowMethods: []string{"GET", "POST", "PUT", "DELETE"},
			AllowHeaders: []string{"Authorization", "Content-Type"}, ExposeHeaders: []string{"WWW-Authenticate", "Retry-After", "Location"},
		}))
	}
	app.Get("/health", send(func(fiber.Ctx) rest.Response { return a.Health() }))
	app.Get("/ready", send(func(c fiber.Ctx) rest.Response { return a.Ready(c.Context()) }))
	app.Get("/openapi.json", send(func(fiber.Ctx) rest.Response { return a.OpenAPI() }))

	// A group's middleware in Fiber runs for every path below its own, so these lists
	// go with each route.
	everybody := with(fiberauth.RateLimit(a.ByAddress), fiberauth.OptionalAuth(a.Auth))
	users := with(fiberauth.RateLimit(a.ByAddress), fiberauth.RequireAuth(a.Auth), fiberauth.RateLimit(a.ByUser))
	admins := with(append(users(), fiberauth.RequireRole("admin"))...)

	add(app.Get, "/posts", everybody(send(func(c fiber.Ctx) rest.Response { return a.Posts(c.Context(), c.Query("first"), c.Query("after")) })))
	add(app.Get, "/posts/:id", everybody(send(func(c fiber.Ctx) rest.Response { return a.Post(c.Context(), param(c, "id")) })))

	add(app.Get, "/me", users(send(func(c fiber.Ctx) rest.Response { return a.Profile(c.Context()) })))
	add(app.Get, "/me/posts", users(send(func(c fiber.Ctx) rest.Response { return a.OwnPosts(c.Context(), c.Query("first"), c.Query("after")) })))
	add(app.Post, "/posts", users(fiberauth.RequirePermission("content:write"), send(func(c fiber.Ctx) rest.Response { return a.CreatePost(c.Context(), bodyOf(c)) })))
	add(app.Put, "/posts/:id", users(send(func(c fiber.Ctx) rest.Response {
		return a.ChangePost(c.Context(), param(c, "id"), bodyOf(c))
	})))
	add(app.Delete, "/posts/:id", users(send(func(c fiber.Ctx) rest.Response { return a.DeletePost(c.Context(), param(c, "id")) })))
	add(app.Get, "/orgs/:org", users(fiberauth.RequireParam(core.OrganizationParam("org")), send(func(c fiber.Ctx) rest.Response { return a.Organization(c.Context()) })))
	add(app.Get, "/reports", users(fiberauth.RequireAnyRole("admin", "manager"), send(func(c fiber.Ctx) rest.Response { return a.Report(c.Context()) })))

	add(app.Get, "/users", admins(send(func(c fiber.Ctx) rest.Response { return a.Users(c.Context(), c.Query("first"), c.Query("after")) })))
	add(app.Put, "/users/:id/role", admins(send(func(c fiber.Ctx) rest.Response {
		return a.SetRole(c.Context(), param(c, "id"), bodyOf(c))
	})))
	return app
}

// with returns a function that puts the middleware before the handlers of a route.
func with(before ...fiber.Handler) func(...fiber.Handler) []fiber.Handler {
	return func(handlers ...fiber.Handler) []fiber.Handler {
		return append(before[:len(before):len(before)], handlers...)
	}
}

// add adds a route with a list of handlers, of which Fiber takes the first by itself.
func add(method func(string, any, ...any) fiber.Router, path string, handlers []fiber.Handler) {
	rest := make([]any, 0, len(handlers)-1)
	for _, h := range handlers[1:] {
		rest = append(rest, h)
	}
	method(path, handlers[0], rest...)
}

// send makes a handler of what answers.
func send(answer func(fiber.Ctx) rest.Response) fiber.Handler {
	return func(c fiber.Ctx) error {
		r := answer(c)
		for _, h := range r.Header {
			c.Set(h[0], h[1])
		}
		c.Status(r.Status)
		if r.ContentType != "" {
			c.Set(fiber.HeaderContentType, r.ContentType)
		}
		return c.Send(r.Body)
	}
}

// param is a parameter of the path, which Fiber leaves escaped.
func param(c fiber.Ctx, name string) string {
	if value, err := url.PathUnescape(c.Params(name)); err == nil {
		return value
	}
	return c.Params(name)
}

func bodyOf(c fiber.Ctx) rest.Body {
	body := c.Body()
	return rest.Body{Type: c.Get(fiber.HeaderContentType), Length: int64(len(body)), Reader: bytes.NewReader(body)}
}
