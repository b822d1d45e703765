package main

import (
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/echoauth/v5"
)

// echo5API is the API in Echo v5.
func echo5API(auth *core.Authenticator, hooks http.Handler) http.Handler {
	e := echo.New()
	addEcho5Routes(e, auth, hooks)
	return e
}

// addEcho5Routes is a function of its own, so that the audit in the test sees the
// routes when they are added.
func addEcho5Routes(e *echo.Echo, auth *core.Authenticator, hooks http.Handler) {
	e.GET("/public", func(c *echo.Context) error {
		return c.JSON(http.StatusOK, map[string]any{"message": "anyone may read this"})
	})
	e.GET("/hello", func(c *echo.Context) error {
		name := "stranger"
		if id, ok := echoauth.Identity(c); ok {
			name = id.Subject()
		}
		return c.JSON(http.StatusOK, map[string]any{"message": "hello, " + name})
	}, echoauth.OptionalAuth(auth))

	// From here on nobody comes in without a good token.
	protected := e.Group("", echoauth.RequireAuth(auth))
	protected.GET("/me", func(c *echo.Context) error {
		id, _ := echoauth.Identity(c)
		return c.JSON(http.StatusOK, map[string]any{"userId": id.Subject(), "roles": id.Roles()})
	})
	protected.DELETE("/users/:id", func(c *echo.Context) error {
		return c.JSON(http.StatusOK, map[string]any{"deleted": c.Param("id")})
	}, echoauth.RequireRole("admin"))
	protected.GET("/reports", func(c *echo.Context) error {
		return c.JSON(http.StatusOK, map[string]any{"reports": []string{"first quarter", "second quarter"}})
	}, echoauth.RequirePermission("reports:read"))

	// Clerk's users act in an organization, and somebody may act for them.
	protected.GET("/organization", func(c *echo.Context) error {
		id, _ := echoauth.Identity(c)
		org := id.Organization()
		return c.JSON(http.StatusOK, map[string]any{"id": org.ID, "role": org.Role, "impersonatedBy": id.Actor().Subject})
	})
	protected.POST("/invoices", func(c *echo.Context) error {
		return c.JSON(http.StatusOK, map[string]any{"created": "invoice"})
	}, echoauth.RequirePermission("org:invoices:create"))
	protected.POST("/payouts", func(c *echo.Context) error {
		return c.JSON(http.StatusOK, map[string]any{"created": "payout"})
	}, echoauth.Require(clerk.Has(clerk.HasParams{Reverification: clerk.Strict})))
	protected.POST("/password", func(c *echo.Context) error {
		return c.JSON(http.StatusOK, map[string]any{"changed": "password"})
	}, echoauth.Require(clerk.NotImpersonated()))
	// Not behind RequireAuth: the signature is the authentication.
	e.POST("/webhooks", echo.WrapHandler(hooks))
}
