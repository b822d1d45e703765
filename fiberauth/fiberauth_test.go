package fiberauth_test

import (
	"net"
	"path"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/fiberauth"
)

var adapter = authtest.Adapter[fiber.Handler]{
	RequireAuth:         fiberauth.RequireAuth,
	OptionalAuth:        fiberauth.OptionalAuth,
	Require:             fiberauth.Require,
	RequireRole:         fiberauth.RequireRole,
	RequireAnyRole:      fiberauth.RequireAnyRole,
	RequirePermission:   fiberauth.RequirePermission,
	RequireScope:        fiberauth.RequireScope,
	RequireOrganization: fiberauth.RequireOrganization,
}

// listen serves what mount mounts, on loopback.
func listen(t testing.TB, config fiber.Config, mount func(*fiber.App)) string {
	config.DisableStartupMessage = true
	config.ReadBufferSize = 36 << 10 // request line and 32 KiB of headers
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

// start makes a Start that mounts the first guard on a group.
func start(config fiber.Config) authtest.Start {
	return func(t testing.TB, app authtest.App) string {
		return listen(t, config, func(f *fiber.App) {
			for _, r := range app.Routes {
				group := f.Group(path.Dir(r.Path), func(c *fiber.Ctx) error {
					for _, field := range r.Header {
						c.Set(field[0], field[1])
					}
					return c.Next()
				})
				guards := adapter.Build(r.Guards)
				if len(guards) > 0 {
					group.Use(guards[0])
					guards = guards[1:]
				}
				group.Add(r.Method, "/"+path.Base(r.Path), append(guards, func(c *fiber.Ctx) error {
					id, ok := fiberauth.Identity(c)
					c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
					return c.Send(r.Handle(c.UserContext(), id, ok))
				})...)
			}
		})
	}
}

func TestConformance(t *testing.T) {
	authtest.Run(t, start(fiber.Config{}))
}

func TestConformanceImmutable(t *testing.T) {
	authtest.Run(t, start(fiber.Config{Immutable: true}))
}
