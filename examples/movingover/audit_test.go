package movingover

import (
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/authkeel/authkeel/core/authtest"
)

// TestRoutes fails when a route asks for less after a move than auth.routes says.
func TestRoutes(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	e := echo.New()
	authtest.RecordRoutes(t, e)
	addRoutes(e, auth)
	for name, router := range map[string]any{"gin": ginAfter(auth), "echo": e, "fiber": fiberAfter(auth), "chi": chiAfter(auth)} {
		t.Run(name, func(t *testing.T) { authtest.Audit(t, router) })
	}
}
