// Command echo is a small API on Echo that accepts tokens of one issuer.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/labstack/echo/v4"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/echoauth"
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
	e.GET("/health", func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })

	api := e.Group("/api", echoauth.RequireAuth(auth))
	api.GET("/me", func(c echo.Context) error {
		id, _ := echoauth.Identity(c)
		return c.JSON(http.StatusOK, echo.Map{"userId": id.Subject()})
	})
	api.DELETE("/users/:id", func(c echo.Context) error {
		return c.JSON(http.StatusOK, echo.Map{"deleted": c.Param("id")})
	}, echoauth.RequireRole("admin"))
	return e
}
