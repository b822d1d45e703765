package echoauth_test

import (
	"net/http/httptest"
	"path"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/echoauth"
)

var adapter = authtest.Adapter[echo.MiddlewareFunc]{
	RequireAuth:         echoauth.RequireAuth,
	OptionalAuth:        echoauth.OptionalAuth,
	Require:             echoauth.Require,
	RequireRole:         echoauth.RequireRole,
	RequireAnyRole:      echoauth.RequireAnyRole,
	RequirePermission:   echoauth.RequirePermission,
	RequireScope:        echoauth.RequireScope,
	RequireOrganization: echoauth.RequireOrganization,
}

// start serves the app with the first guard on a group.
func start(t testing.TB, app authtest.App) string {
	e := echo.New()
	for _, r := range app.Routes {
		group := e.Group(path.Dir(r.Path), func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				for _, field := range r.Header {
					c.Response().Header().Set(field[0], field[1])
				}
				return next(c)
			}
		})
		guards := adapter.Build(r.Guards)
		if len(guards) > 0 {
			group.Use(guards[0])
			guards = guards[1:]
		}
		group.Add(r.Method, "/"+path.Base(r.Path), func(c echo.Context) error {
			id, ok := echoauth.Identity(c)
			return c.JSONBlob(200, r.Handle(c.Request().Context(), id, ok))
		}, guards...)
	}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return server.URL
}

func TestConformance(t *testing.T) { authtest.Run(t, start) }

func TestClerk(t *testing.T) { authtest.RunClerk(t, start) }

func inProcess(path string, guards []authtest.Guard, authorization string) func() int {
	e := echo.New()
	e.GET(path, func(c echo.Context) error { return c.NoContent(204) }, adapter.Build(guards)...)
	return authtest.InProcessHTTP(e, path, authorization)
}

// Echo makes a closure for each middleware, per request.
func TestAllocations(t *testing.T) { authtest.Allocations(t, inProcess, 3, 1) }

func BenchmarkMiddleware(b *testing.B) { authtest.Benchmark(b, inProcess) }
