package websocket

import (
	"testing"

	"github.com/gin-gonic/gin"
	echo4 "github.com/labstack/echo/v4"
	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/core/authtest"
)

// TestRoutes fails when a route of any framework asks for less than auth.routes says.
func TestRoutes(t *testing.T) {
	gin.SetMode(gin.TestMode)
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	e4, e5 := echo4.New(), echo.New()
	authtest.RecordRoutes(t, e4)
	authtest.RecordRoutes(t, e5)
	addEcho4Routes(e4, auth)
	addEcho5Routes(e5, auth)
	for name, router := range map[string]any{
		"gin": Gin(auth), "echo4": e4, "echo5": e5, "fiber2": Fiber2(auth), "fiber3": Fiber3(auth), "chi": Chi(auth),
	} {
		t.Run(name, func(t *testing.T) { authtest.Audit(t, router) })
	}
}
