package main

import (
	"testing"

	"github.com/authkeel/authkeel/core/authtest"
)

// TestRoutes fails when a route asks for less than auth.routes says.
func TestRoutes(t *testing.T) {
	authtest.Audit(t, newSuite(t).api.routes())
}
