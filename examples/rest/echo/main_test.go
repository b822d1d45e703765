package main

import (
	"testing"

	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/examples/blog/resttest"
)

func TestAPI(t *testing.T) { resttest.Run(t, newServer) }

// TestRoutes fails when a route asks for less than auth.routes says, or for something
// else than openapi.json.
func TestRoutes(t *testing.T) {
	a, _ := resttest.NewAPI(t)
	e := echo.New()
	authtest.RecordRoutes(t, e)
	addRoutes(e, a)
	authtest.Audit(t, e)
	resttest.CheckRoutes(t, e)
}
