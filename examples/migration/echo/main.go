// Command echo is an API that moves from Echo v4 to Echo v5 route by route. Both
// run in one process, behind one listener, with one Authenticator.
package main

import (
	"log"
	"net/http"
	"os"
	"time"

	echo4 "github.com/labstack/echo/v4"
	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/core"
	echoauth4 "github.com/authkeel/authkeel/echoauth"
	"github.com/authkeel/authkeel/echoauth/v5"
)

func main() {
	auth, err := core.ForIssuer(os.Getenv("AUTH_ISSUER"), os.Getenv("AUTH_AUDIENCE"))
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: "127.0.0.1:8080", Handler: newAPI(auth), ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// newAPI has the routes that have moved, and sends everything else to oldAPI.
func newAPI(auth *core.Authenticator) http.Handler {
	e := echo.New()
	addRoutes(e, auth)
	return e
}

// addRoutes is a function of its own, so that the audit in the test sees the routes
// when they are added: Echo makes one function of middleware and handler.
func addRoutes(e *echo.Echo, auth *core.Authenticator) {
	e.GET("/me", func(c *echo.Context) error {
		id, _ := echoauth.Identity(c)
		return c.JSON(http.StatusOK, map[string]any{"userId": id.Subject(), "echo": 5})
	}, echoauth.RequireAuth(auth))
	e.Any("/*", echo.WrapHandler(oldAPI(auth)))
}

// oldAPI has the routes that have not moved yet, with the authentication that
// they always had: a request that newAPI passes on is not authenticated there.
func oldAPI(auth *core.Authenticator) http.Handler {
	e := echo4.New()
	addOldRoutes(e, auth)
	return e
}

func addOldRoutes(e *echo4.Echo, auth *core.Authenticator) {
	api := e.Group("", echoauth4.RequireAuth(auth))
	api.GET("/orders", func(c echo4.Context) error {
		id, _ := echoauth4.Identity(c)
		return c.JSON(http.StatusOK, map[string]any{"userId": id.Subject(), "echo": 4})
	})
	api.DELETE("/orders/:id", func(c echo4.Context) error {
		return c.JSON(http.StatusOK, map[string]any{"deleted": c.Param("id")})
	}, echoauth4.RequireRole("admin"))
}
