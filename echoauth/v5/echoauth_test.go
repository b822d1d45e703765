package echoauth_test

import (
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/core/authtest/adaptertest"
	"github.com/authkeel/authkeel/echoauth/v5"
)

var adapter = adaptertest.Adapter[echo.MiddlewareFunc]{
	RequireAuth:         echoauth.RequireAuth,
	OptionalAuth:        echoauth.OptionalAuth,
	Require:             echoauth.Require,
	RequireRole:         echoauth.RequireRole,
	RequireAnyRole:      echoauth.RequireAnyRole,
	RequirePermission:   echoauth.RequirePermission,
	RequireScope:        echoauth.RequireScope,
	RequireOrganization: echoauth.RequireOrganization,
	RequireParam:        echoauth.RequireParam,
	RateLimit:           echoauth.RateLimit,
}

// mount mounts the app with its groups.
func mount(e *echo.Echo, app adaptertest.App) {
	for _, r := range app.Routes {
		group := e.Group(adaptertest.Colons(r.Groups[0]), func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				for _, field := range r.Header {
					c.Response().Header().Set(field[0], field[1])
				}
				return next(c)
			}
		})
		middleware := adapter.Build(r.Middleware)
		for i, prefix := range r.Groups {
			if i > 0 {
				group = group.Group(adaptertest.Colons(prefix))
			}
			if len(middleware) > 0 {
				group.Use(middleware[0])
				middleware = middleware[1:]
			}
		}
		group.Add(r.Method, adaptertest.Colons(r.Last), func(c *echo.Context) error {
			id, ok := echoauth.Identity(c)
			return c.JSONBlob(200, r.Handle(c.Request().Context(), id, ok, c.Param))
		}, middleware...)
	}
}

func serve(t testing.TB, app adaptertest.App) string {
	e := echo.New()
	mount(e, app)
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return server.URL
}

func TestConformance(t *testing.T) { adaptertest.Run(t, serve) }

func TestClerk(t *testing.T) { adaptertest.RunClerk(t, serve) }

func inProcess(path string, middleware []adaptertest.Middleware, authorization string) func() int {
	e := echo.New()
	e.GET(adaptertest.Colons(path), func(c *echo.Context) error { return c.NoContent(204) }, adapter.Build(middleware)...)
	return adaptertest.InProcessHTTP(e, path, authorization)
}

// Echo v5 builds the chain of middleware when a route is added, not per request.
func TestAllocations(t *testing.T) { adaptertest.Allocations(t, inProcess, 2, 0) }

func BenchmarkMiddleware(b *testing.B) { adaptertest.Benchmark(b, inProcess) }
