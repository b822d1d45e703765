package echoauth_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/authtest/adaptertest"
	"github.com/authkeel/authkeel/echoauth/v5"
)

func TestAudit(t *testing.T) {
	adaptertest.RunAudit(t, func(t testing.TB, app adaptertest.App) any {
		e := echo.New()
		authtest.RecordRoutes(t, e)
		mount(e, app)
		return e
	})
}

// TestAuditOfEcho has what only Echo's table has.
func TestAuditOfEcho(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	login, admin := echoauth.RequireAuth(auth), echoauth.RequireRole("admin")
	handler := func(c *echo.Context) error {
		t.Errorf("the handler of %s %s ran", c.Request().Method, c.Path())
		return nil
	}
	e := echo.New()
	added := 0
	e.OnAddRoute = func(echo.Route) error { added++; return nil }
	authtest.RecordRoutes(t, e)
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc { return func(c *echo.Context) error { return next(c) } })
	e.GET("/", handler)
	e.GET("/users/:id", handler, login)
	e.GET("/users/me", handler, login, admin)
	e.GET("/users/:id/posts/:post", handler)
	e.GET("/rest/*", handler, login)
	e.Any("/any", handler, login)
	e.Match([]string{"GET", "POST"}, "/match", handler, login)
	e.Add("PROPFIND", "/dav", handler, login)
	e.Static("/files", t.TempDir())
	group := e.Group("/admin", login)
	group.GET("", handler)
	group.GET("/", handler)
	nested := group.Group("/deep", admin)
	nested.DELETE("/:id", handler)
	e.RouteNotFound("/lost/*", handler)
	e.GET("/blocked", handler, func(echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error { return c.NoContent(http.StatusForbidden) }
	})
	want := []string{
		"GET     /  public",
		"GET     /users/:id  token",
		"GET     /users/me  token, role \"admin\"",
		"GET     /users/:id/posts/:post  public",
		"GET     /rest/*  token",
		"ANY     /any  token",
		"GET     /match  token",
		"POST    /match  token",
		"PROPFIND /dav  token",
		"GET     /files*  public",
		"GET     /admin  token",
		"GET     /admin/  token",
		"DELETE  /admin/deep/:id  token, role \"admin\"",
		"404     /lost/*  public",
		"GET     /blocked  refused 403 before the handler",
	}
	wantLines(t, authtest.Routes(t, e), want)
	if added == 0 {
		t.Error("the hook that the program has set was not called")
	}
}

// TestAuditOfAnEchoThatWasNotRecorded has handlers run, where that is allowed.
func TestAuditOfAnEchoThatWasNotRecorded(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	e := echo.New()
	ran := 0
	handler := func(c *echo.Context) error { ran++; return c.NoContent(204) }
	e.GET("/open", handler)
	e.GET("/me", handler, echoauth.RequireAuth(auth), echoauth.RequireRole("admin"))
	wantLines(t, authtest.Routes(t, e, authtest.AllowHandlers()), []string{"GET     /open  public", "GET     /me  token, role \"admin\""})
	if ran != 3 { // twice the open one, once the other with the rights that it asks for
		t.Errorf("got %d calls of handlers, want 3", ran)
	}
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
