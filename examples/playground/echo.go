package main

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/echoauth"
)

// echoAPI is the API in Echo.
func echoAPI(auth *core.Authenticator) http.Handler {
	e := echo.New()

	e.GET("/public", func(c echo.Context) error {
		return c.JSON(http.StatusOK, echo.Map{"message": "anyone may read this"})
	})
	e.GET("/hello", func(c echo.Context) error {
		name := "stranger"
		if id, ok := echoauth.Identity(c); ok {
			name = id.Subject()
		}
		return c.JSON(http.StatusOK, echo.Map{"message": "hello, " + name})
	}, echoauth.OptionalAuth(auth))

	// From here on nobody comes in without a good token.
	protected := e.Group("", echoauth.RequireAuth(auth))
	protected.GET("/me", func(c echo.Context) error {
		id, _ := echoauth.Identity(c)
		return c.JSON(http.StatusOK, echo.Map{"userId": id.Subject(), "roles": id.Roles()})
	})
	protected.DELETE("/users/:id", func(c echo.Context) error {
		return c.JSON(http.StatusOK, echo.Map{"deleted": c.Param("id")})
	}, echoauth.RequireRole("admin"))
	protected.GET("/reports", func(c echo.Context) error {
		return c.JSON(http.StatusOK, echo.Map{"reports": []string{"first quarter", "second quarter"}})
	}, echoauth.RequirePermission("reports:read"))
	return e
}
