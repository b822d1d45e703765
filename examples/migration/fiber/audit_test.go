package main

import (
	"testing"

	"github.com/authkeel/authkeel/core/authtest"
)

// TestRoutes fails when a route asks for less than auth.routes and old.routes say. The
// new API sends everything else to the old one, so that both are audited.
func TestRoutes(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	authtest.Audit(t, newAPI(auth))
	authtest.Audit(t, oldAPI(auth), authtest.AuditFile("old.routes"))
}
