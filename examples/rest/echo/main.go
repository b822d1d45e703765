// Command echo serves the blog of the examples as a REST API on Echo v5.
package main

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/echoauth/v5"
	"github.com/authkeel/authkeel/examples/blog/rest"
)

func main() { rest.Main("Echo v5", "echo", newServer) }

func newServer(a *rest.API) rest.Server {
	e := echo.New()
	addRoutes(e, a)
	return rest.OnHTTP(e)
}

func addRoutes(e *echo.Echo, a *rest.API) {
	e.Use(middleware.Recover())
	if len(a.Origins) > 0 { // before authentication, which would refuse preflights
		e.Use(middleware.CORSWithConfig(middleware.CORSConfig{
			AllowOrigins: a.Origins, AllowMethods: []string{"GET", "POST", "PUT", "DELETE"},
			AllowHeaders: []string{"Authorization", "Content-Type"}, ExposeHeaders: []string{"WWW-Authenticate", "Retry-After", "Location"},
		}))
	}
	e.HTTPErrorHandler = func(c *echo.Context, err error) {
		status := http.StatusInternalServerError
		var coded echo.HTTPStatusCoder
		if errors.As(err, &coded) {
			status = coded.StatusCode()
		}
		rest.FrameworkError(c.Request().Context(), status, err).Write(c.Response())
	}
	e.GET("/health", send(func(*echo.Context) rest.Response { return a.Health() }))
	e.GET("/ready", send(func(c *echo.Context) rest.Response { return a.Ready(c.Request().Context()) }))
	e.GET("/openapi.json", send(func(*echo.Context) rest.Response { return a.OpenAPI() }))

	everybody := e.Group("", echoauth.RateLimit(a.ByAddress), echoauth.OptionalAuth(a.Auth))
	everybody.GET("/posts", send(func(c *echo.Context) rest.Response {
		return a.Posts(c.Request().Context(), c.QueryParam("first"), c.QueryParam("after"))
	}))
	everybody.GET("/posts/:id", send(func(c *echo.Context) rest.Response { return a.Post(c.Request().Context(), param(c, "id")) }))

	users := e.Group("", echoauth.RateLimit(a.ByAddress), echoauth.RequireAuth(a.Auth), echoauth.RateLimit(a.ByUser))
	users.GET("/me", send(func(c *echo.Context) rest.Response { return a.Profile(c.Request().Context()) }))
	users.GET("/me/posts", send(func(c *echo.Context) rest.Response {
		return a.OwnPosts(c.Request().Context(), c.QueryParam("first"), c.QueryParam("after"))
	}))
	users.POST("/posts", send(func(c *echo.Context) rest.Response {
		return a.CreatePost(c.Request().Context(), rest.BodyOf(c.Request()))
	}), echoauth.RequirePermission("content:write"))
	users.PUT("/posts/:id", send(func(c *echo.Context) rest.Response {
		return a.ChangePost(c.Request().Context(), param(c, "id"), rest.BodyOf(c.Request()))
	}))
	users.DELETE("/posts/:id", send(func(c *echo.Context) rest.Response { return a.DeletePost(c.Request().Context(), param(c, "id")) }))
	users.GET("/orgs/:org", send(func(c *echo.Context) rest.Response { return a.Organization(c.Request().Context()) }), echoauth.RequireParam(core.OrganizationParam("org")))
	users.GET("/reports", send(func(c *echo.Context) rest.Response { return a.Report(c.Request().Context()) }), echoauth.RequireAnyRole("admin", "manager"))

	admins := users.Group("", echoauth.RequireRole("admin"))
	admins.GET("/users", send(func(c *echo.Context) rest.Response {
		return a.Users(c.Request().Context(), c.QueryParam("first"), c.QueryParam("after"))
	}))
	admins.PUT("/users/:id/role", send(func(c *echo.Context) rest.Response {
		return a.SetRole(c.Request().Context(), param(c, "id"), rest.BodyOf(c.Request()))
	}))
}

// send makes a handler of what answers.
func send(answer func(*echo.Context) rest.Response) echo.HandlerFunc {
	return func(c *echo.Context) error {
		answer(c).Write(c.Response())
		return nil
	}
}

// param is a parameter of the path, which Echo leaves escaped when the path has %2F.
// Echo's option UnescapePathParamValues would unescape other paths twice.
func param(c *echo.Context, name string) string {
	value := c.Param(name)
	if c.Request().URL.RawPath == "" {
		return value
	}
	if unescaped, err := url.PathUnescape(value); err == nil {
		return unescaped
	}
	return value
}
