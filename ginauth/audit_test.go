package ginauth_test

import (
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/authtest/adaptertest"
	"github.com/authkeel/authkeel/ginauth"
)

func TestAudit(t *testing.T) {
	adaptertest.RunAudit(t, func(_ testing.TB, app adaptertest.App) any {
		engine := gin.New()
		mount(engine, app)
		return engine
	})
}

// TestAuditOfGin has what only Gin's table has.
func TestAuditOfGin(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	login, admin := ginauth.RequireAuth(auth), ginauth.RequireRole("admin")
	handler := func(c *gin.Context) { t.Errorf("the handler of %s %s ran", c.Request.Method, c.FullPath()) }
	e := gin.New()
	e.Use(gin.RecoveryWithWriter(io.Discard))
	e.HandleMethodNotAllowed = true
	e.GET("/", handler)
	e.GET("/users/:id", login, handler)
	e.GET("/users/me", login, admin, handler)
	e.GET("/users/:id/posts/:post", handler)
	e.GET("/slash/", login, handler)
	e.Any("/any", login, handler)
	e.Match([]string{"GET", "POST"}, "/match", login, handler)
	e.Handle("PURGE", "/cache/*key", login, admin, handler)
	e.HEAD("/head", handler)
	e.GET("/head", login, handler)
	e.Static("/files", t.TempDir())
	group := e.Group("relative", login)
	group.GET("version", handler)
	nested := group.Group("/admin", admin)
	nested.DELETE("/:id", handler)
	e.GET("/late", handler, login)
	e.GET("/blocked", func(c *gin.Context) { c.AbortWithStatus(http.StatusForbidden) }, login, handler)
	e.GET("/answered", func(c *gin.Context) { c.String(200, "hello"); c.Abort() }, handler)
	e.GET("/limited", func(c *gin.Context) { c.AbortWithStatus(http.StatusTooManyRequests) }, login, handler)
	e.GET("/panics", func(*gin.Context) { panic("no database") }, login, handler)
	e.GET("/skipped", func(c *gin.Context) {
		if c.GetHeader("Authorization") == "" { // a check that is only sometimes made
			c.Next()
			return
		}
		login(c)
	}, handler)
	want := []string{
		"GET     /  public",
		"GET     /answered  answered 200 before the handler",
		"ANY     /any  token",
		"GET     /blocked  refused 403 before the handler",
		"PURGE   /cache/*key  token, role \"admin\"",
		"GET     /files/*filepath  public",
		"GET     /head  token",
		"HEAD    /head  public",
		"GET     /late  public",
		"GET     /limited  public",
		"GET     /match  token",
		"POST    /match  token",
		"GET     /panics  refused 500 before the handler",
		"DELETE  /relative/admin/:id  token, role \"admin\"",
		"GET     /relative/version  token",
		"GET     /skipped  public",
		"GET     /slash/  token",
		"GET     /users/:id  token",
		"GET     /users/:id/posts/:post  public",
		"GET     /users/me  token, role \"admin\"",
	}
	wantLines(t, authtest.Routes(t, e), want, "/late", "/limited", "/panics")
}

// wantLines compares routes with lines, and the paths of those that have problems.
func wantLines(t *testing.T, routes []authtest.Route, want []string, problems ...string) {
	t.Helper()
	var got, wrong []string
	for _, r := range routes {
		got = append(got, r.String())
		if r.Problem != "" {
			wrong = append(wrong, r.Path)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("got the line %q, which is not wanted", line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("got no line %q", line)
		}
	}
	if !slices.Equal(wrong, problems) {
		t.Errorf("got problems of %q, want %q", wrong, problems)
	}
}
