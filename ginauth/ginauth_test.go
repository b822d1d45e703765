package ginauth_test

import (
	"net/http/httptest"
	"os"
	"path"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/ginauth"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode) // quiet
	os.Exit(m.Run())
}

var adapter = authtest.Adapter[gin.HandlerFunc]{
	RequireAuth:         ginauth.RequireAuth,
	OptionalAuth:        ginauth.OptionalAuth,
	Require:             ginauth.Require,
	RequireRole:         ginauth.RequireRole,
	RequireAnyRole:      ginauth.RequireAnyRole,
	RequirePermission:   ginauth.RequirePermission,
	RequireScope:        ginauth.RequireScope,
	RequireOrganization: ginauth.RequireOrganization,
}

// start serves the app with the first guard on a group.
func start(t testing.TB, app authtest.App) string {
	engine := gin.New()
	for _, r := range app.Routes {
		group := engine.Group(path.Dir(r.Path), func(c *gin.Context) {
			for _, field := range r.Header {
				c.Header(field[0], field[1])
			}
		})
		guards := adapter.Build(r.Guards)
		if len(guards) > 0 {
			group.Use(guards[0])
			guards = guards[1:]
		}
		group.Handle(r.Method, path.Base(r.Path), append(guards, func(c *gin.Context) {
			id, ok := ginauth.Identity(c)
			c.Data(200, "application/json", r.Handle(c.Request.Context(), id, ok))
		})...)
	}
	server := httptest.NewServer(engine)
	t.Cleanup(server.Close)
	return server.URL
}

func TestConformance(t *testing.T) { authtest.Run(t, start) }

func TestClerk(t *testing.T) { authtest.RunClerk(t, start) }

func inProcess(path string, guards []authtest.Guard, authorization string) func() int {
	engine := gin.New()
	engine.GET(path, append(adapter.Build(guards), func(c *gin.Context) { c.Status(204) })...)
	return authtest.InProcessHTTP(engine, path, authorization)
}

func TestAllocations(t *testing.T) { authtest.Allocations(t, inProcess, 2, 0) }

func BenchmarkMiddleware(b *testing.B) { authtest.Benchmark(b, inProcess) }
