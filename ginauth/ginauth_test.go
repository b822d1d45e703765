package ginauth_test

import (
	"net/http/httptest"
	"os"
	"path"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/authkeel/authkeel/core/authtest/adaptertest"
	"github.com/authkeel/authkeel/ginauth"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode) // quiet
	os.Exit(m.Run())
}

var adapter = adaptertest.Adapter[gin.HandlerFunc]{
	RequireAuth:         ginauth.RequireAuth,
	OptionalAuth:        ginauth.OptionalAuth,
	Require:             ginauth.Require,
	RequireRole:         ginauth.RequireRole,
	RequireAnyRole:      ginauth.RequireAnyRole,
	RequirePermission:   ginauth.RequirePermission,
	RequireScope:        ginauth.RequireScope,
	RequireOrganization: ginauth.RequireOrganization,
}

// mount mounts the app with the first middleware on a group.
func mount(engine *gin.Engine, app adaptertest.App) {
	for _, r := range app.Routes {
		group := engine.Group(path.Dir(r.Path), func(c *gin.Context) {
			for _, field := range r.Header {
				c.Header(field[0], field[1])
			}
		})
		middleware := adapter.Build(r.Middleware)
		if len(middleware) > 0 {
			group.Use(middleware[0])
			middleware = middleware[1:]
		}
		group.Handle(r.Method, path.Base(r.Path), append(middleware, func(c *gin.Context) {
			id, ok := ginauth.Identity(c)
			c.Data(200, "application/json", r.Handle(c.Request.Context(), id, ok))
		})...)
	}
}

func serve(t testing.TB, app adaptertest.App) string {
	engine := gin.New()
	mount(engine, app)
	server := httptest.NewServer(engine)
	t.Cleanup(server.Close)
	return server.URL
}

func TestConformance(t *testing.T) { adaptertest.Run(t, serve) }

func TestClerk(t *testing.T) { adaptertest.RunClerk(t, serve) }

func inProcess(path string, middleware []adaptertest.Middleware, authorization string) func() int {
	engine := gin.New()
	engine.GET(path, append(adapter.Build(middleware), func(c *gin.Context) { c.Status(204) })...)
	return adaptertest.InProcessHTTP(engine, path, authorization)
}

func TestAllocations(t *testing.T) { adaptertest.Allocations(t, inProcess, 2, 0) }

func BenchmarkMiddleware(b *testing.B) { adaptertest.Benchmark(b, inProcess) }
