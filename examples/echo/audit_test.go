package main

import (
	"testing"

	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/core/authtest"
)

// TestRoutes fails when a route asks for less than auth.routes says.
func TestRoutes(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	e := echo.New()
	authtest.RecordRoutes(t, e)
	addRoutes(e, auth)
	authtest.Audit(t, e)
}
