package main

import (
	"testing"

	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/examples/blog/rest"
	"github.com/authkeel/authkeel/examples/blog/resttest"
)

func TestAPI(t *testing.T) { resttest.Run(t, newServer) }

func TestREADME(t *testing.T) { resttest.RunREADME(t, newServer) }

// TestRoutes fails when a route asks for less than auth.routes says, or for something
// else than openapi.json.
func TestRoutes(t *testing.T) {
	a, _ := resttest.NewAPI(t)
	authtest.Audit(t, recorded(t, a))
	resttest.CheckRoutes(t, recorded(t, a)) // an Echo tells of its routes once
}

func recorded(t *testing.T, a *rest.API) *echo.Echo {
	t.Helper()
	e := echo.New()
	authtest.RecordRoutes(t, e)
	addRoutes(e, a)
	return e
}
