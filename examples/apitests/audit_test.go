package apitests

import (
	"testing"

	echo4 "github.com/labstack/echo/v4"
	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/core/authtest"
)

// TestRoutes fails when a route of any framework asks for less than auth.routes says.
// chi writes parameters in another way, and so has a file of its own.
func TestRoutes(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	e4, e5 := echo4.New(), echo.New()
	authtest.RecordRoutes(t, e4)
	authtest.RecordRoutes(t, e5)
	addEcho4Routes(e4, auth)
	addEchoRoutes(e5, auth)
	for name, router := range map[string]any{
		"gin": newGin(auth), "echo4": e4, "echo5": e5, "fiber2": newFiber2(auth), "fiber3": newFiber(auth),
	} {
		t.Run(name, func(t *testing.T) { authtest.Audit(t, router) })
	}
	t.Run("chi", func(t *testing.T) { authtest.Audit(t, newChi(auth), authtest.AuditFile("chi.routes")) })
}
