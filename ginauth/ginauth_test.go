package ginauth_test

import (
	"net/http/httptest"
	"os"
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
	RequireParam:        ginauth.RequireParam,
	RateLimit:           ginauth.RateLimit,
}

// mount mounts the app with its groups.
func mount(engine *gin.Engine, app adaptertest.App) {
	for _, r := range app.Routes {
		group := engine.Group(adaptertest.Colons(r.Groups[0]), func(c *gin.Context) {
			for _, field := range r.Header {
				c.Header(field[0], field[1])
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
		group.Handle(r.Method, adaptertest.Colons(r.Last), append(middleware, func(c *gin.Context) {
			id, ok := ginauth.Identity(c)
			c.Data(200, "application/json", r.Handle(c.Request.Context(), id, ok, c.Param))
		})...)
	}
}

// serve serves the app with its groups.
func serve(t testing.TB, app adaptertest.App) string { return serveOn(t, gin.New(), app) }

func serveOn(t testing.TB, engine *gin.Engine, app adaptertest.App) string {
	mount(engine, app)
	server := httptest.NewServer(engine)
	t.Cleanup(server.Close)
	return server.URL
}

func TestConformance(t *testing.T) { adaptertest.Run(t, serve) }

// With raw paths the parameters are unescaped after the routing.
func TestConformanceWithRawPaths(t *testing.T) {
	adaptertest.Run(t, func(t testing.TB, app adaptertest.App) string {
		engine := gin.New()
		engine.UseRawPath = true
		return serveOn(t, engine, app)
	})
}

func TestClerk(t *testing.T) { adaptertest.RunClerk(t, serve) }

func inProcess(path string, middleware []adaptertest.Middleware, authorization string) func() int {
	engine := gin.New()
	engine.GET(adaptertest.Colons(path), append(adapter.Build(middleware), func(c *gin.Context) { c.Status(204) })...)
	return adaptertest.InProcessHTTP(engine, path, authorization)
}

func TestAllocations(t *testing.T) { adaptertest.Allocations(t, inProcess, 2, 0) }

func BenchmarkMiddleware(b *testing.B) { adaptertest.Benchmark(b, inProcess) }
