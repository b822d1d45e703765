package main

import (
	"testing"

	echo4 "github.com/labstack/echo/v4"
	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/core/authtest"
)

// TestRoutes fails when a route asks for less than auth.routes and old.routes say. The
// new API sends everything else to the old one, so that both are audited.
func TestRoutes(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	e := echo.New()
	authtest.RecordRoutes(t, e)
	addRoutes(e, auth)
	authtest.Audit(t, e)
	old := echo4.New()
	authtest.RecordRoutes(t, old)
	addOldRoutes(old, auth)
	authtest.Audit(t, old, authtest.AuditFile("old.routes"))
}
