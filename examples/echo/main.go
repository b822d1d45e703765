// Command echo is a small API on Echo v5 that accepts tokens of one issuer.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/echoauth/v5"
)

func main() {
	auth, err := core.ForIssuer(os.Getenv("OIDC_ISSUER"), os.Getenv("OIDC_AUDIENCE"))
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(newAPI(auth).Start("127.0.0.1:8080"))
}

func newAPI(auth *core.Authenticator) *echo.Echo {
	e := echo.New()
	addRoutes(e, auth)
	return e
}

// addRoutes is a function of its own, so that the audit in the test sees the routes
// when they are added.
func addRoutes(e *echo.Echo, auth *core.Authenticator) {
	e.GET("/health", func(c *echo.Context) error { return c.NoContent(http.StatusNoContent) })

	api := e.Group("/api", echoauth.RequireAuth(auth))
	api.GET("/me", func(c *echo.Context) error {
		id, _ := echoauth.Identity(c)
		return c.JSON(http.StatusOK, map[string]string{"userId": id.Subject()})
	})
	api.DELETE("/users/:id", func(c *echo.Context) error {
		return c.JSON(http.StatusOK, map[string]string{"deleted": c.Param("id")})
	}, echoauth.RequireRole("admin"))
}
