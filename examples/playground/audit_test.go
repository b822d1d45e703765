package main

import (
	"net/http"
	"testing"

	echo4 "github.com/labstack/echo/v4"
	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/core/authtest"
)

// TestRoutes fails when a route of any framework asks for less than auth.routes says.
// chi has other parameters, and so a file of its own.
func TestRoutes(t *testing.T) {
	auth, hooks := authtest.NewAuthenticator(t, authtest.NewIssuer(t)), http.NotFoundHandler()
	e4, e5 := echo4.New(), echo.New()
	authtest.RecordRoutes(t, e4)
	authtest.RecordRoutes(t, e5)
	addEcho4Routes(e4, auth, hooks)
	addEcho5Routes(e5, auth, hooks)
	for name, router := range map[string]any{
		"gin": ginAPI(auth, hooks), "echo4": e4, "echo5": e5, "fiber2": fiber2API(auth, hooks), "fiber3": fiber3API(auth, hooks),
	} {
		t.Run(name, func(t *testing.T) { authtest.Audit(t, router) })
	}
	t.Run("chi", func(t *testing.T) { authtest.Audit(t, chiAPI(auth, hooks), authtest.AuditFile("chi.routes")) })
}
