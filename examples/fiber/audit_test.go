package main

import (
	"testing"

	"github.com/authkeel/authkeel/core/authtest"
)

// TestRoutes fails when a route asks for less than auth.routes says.
func TestRoutes(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	authtest.Audit(t, newAPI(auth))
}
