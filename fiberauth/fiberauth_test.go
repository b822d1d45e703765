package fiberauth_test

import (
	"net"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/authkeel/authkeel/core/authtest/adaptertest"
	"github.com/authkeel/authkeel/fiberauth"
)

var functions = adaptertest.Adapter[fiber.Handler]{
	RequireAuth:         fiberauth.RequireAuth,
	OptionalAuth:        fiberauth.OptionalAuth,
	Require:             fiberauth.Require,
	RequireRole:         fiberauth.RequireRole,
	RequireAnyRole:      fiberauth.RequireAnyRole,
	RequirePermission:   fiberauth.RequirePermission,
	RequireScope:        fiberauth.RequireScope,
	RequireOrganization: fiberauth.RequireOrganization,
	RequireParam:        fiberauth.RequireParam,
	RateLimit:           fiberauth.RateLimit,
}

// listen serves what mount mounts, on loopback.
func listen(t testing.TB, config fiber.Config, mount func(*fiber.App)) string {
	config.DisableStartupMessage = true
	if config.ReadBufferSize == 0 {
		config.ReadBufferSize = 36 << 10 // request line and 32 KiB of headers
	}
	app := fiber.New(config)
	mount(app)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- app.Listener(listener) }()
	t.Cleanup(func() {
		if err := app.ShutdownWithTimeout(10 * time.Second); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return "http://" + listener.Addr().String()
}

// setHeader is middleware that sets the header of a route.
func setHeader(r adaptertest.Route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		for _, field := range r.Header {
			c.Set(field[0], field[1])
		}
		return c.Next()
	}
}

// mount mounts the app with its groups.
func mount(f *fiber.App, app adaptertest.App) {
	for _, r := range app.Routes {
		middleware := functions.Build(r.Middleware)
		group := f.Group(adaptertest.Colons(r.Groups[0]), setHeader(r))
		for i, prefix := range r.Groups {
			if i > 0 {
				group = group.Group(adaptertest.Colons(prefix))
			}
			if len(middleware) > 0 {
				group.Use(middleware[0])
				middleware = middleware[1:]
			}
		}
		group.Add(r.Method, adaptertest.Colons(r.Last), append(middleware, func(c *fiber.Ctx) error {
			id, ok := fiberauth.Identity(c)
			c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
			return c.Send(r.Handle(c.UserContext(), id, ok, func(name string) string { return c.Params(name) }))
		})...)
	}
}

// serve returns a Serve function that mounts the groups of the app.
// Those in before are mounted on the app.
func serve(config fiber.Config, before ...fiber.Handler) adaptertest.Serve {
	return func(t testing.TB, app adaptertest.App) string {
		return listen(t, config, func(f *fiber.App) {
			for _, h := range before {
				f.Use(h)
			}
			mount(f, app)
		})
	}
}

func TestConformance(t *testing.T) {
	adaptertest.Run(t, serve(fiber.Config{}))
}

func TestClerk(t *testing.T) { adaptertest.RunClerk(t, serve(fiber.Config{})) }

func TestConformanceImmutable(t *testing.T) {
	adaptertest.Run(t, serve(fiber.Config{Immutable: true, UnescapePath: true}))
}

func TestConformanceWithHeaderNamesAsSent(t *testing.T) {
	adaptertest.Run(t, serve(fiber.Config{DisableHeaderNormalizing: true, CaseSensitive: true}))
}

// zero makes what f takes: the type that Fiber's handler takes is not Fiber's.
func zero[T any](func(*T)) *T { return new(T) }

func inProcess(path string, middleware []adaptertest.Middleware, authorization string) func() int {
	app := fiber.New()
	app.Get(adaptertest.Colons(path), append(functions.Build(middleware), func(c *fiber.Ctx) error {
		c.Status(fiber.StatusNoContent)
		return nil
	})...)
	serve := app.Handler()
	ctx := zero(serve)
	ctx.Request.SetRequestURI(path)
	ctx.Request.Header.SetHost("api.example.test")
	ctx.Request.Header.Set(fiber.HeaderAuthorization, authorization)
	return func() int {
		ctx.Response.Reset()
		ctx.ResetUserValues() // as Fiber's server does between requests
		serve(ctx)
		return ctx.Response.StatusCode()
	}
}

func TestAllocations(t *testing.T) { adaptertest.Allocations(t, inProcess, 2, 0) }

func BenchmarkMiddleware(b *testing.B) { adaptertest.Benchmark(b, inProcess) }
