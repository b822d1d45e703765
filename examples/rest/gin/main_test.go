package main

import (
	"testing"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/examples/blog/resttest"
)

func TestAPI(t *testing.T) { resttest.Run(t, newServer) }

func TestREADME(t *testing.T) { resttest.RunREADME(t, newServer) }

// TestRoutes fails when a route asks for less than auth.routes says, or for something
// else than openapi.json.
func TestRoutes(t *testing.T) {
	a, _ := resttest.NewAPI(t)
	authtest.Audit(t, newRouter(a))
	resttest.CheckRoutes(t, newRouter(a))
}
