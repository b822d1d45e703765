// Package apitests shows how to test your own handlers on each framework: a handler
// alone, the whole router with made-up users, roles, expired tokens, and an issuer
// that is away. No account and no network is needed.
//
// The API of this file is what an application would have; the tests are beside it.
package apitests

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	fiber2 "github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v3"
	echo4 "github.com/labstack/echo/v4"
	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
	echoauth4 "github.com/authkeel/authkeel/echoauth"
	"github.com/authkeel/authkeel/echoauth/v5"
	fiberauth2 "github.com/authkeel/authkeel/fiberauth"
	"github.com/authkeel/authkeel/fiberauth/v3"
	"github.com/authkeel/authkeel/ginauth"
)

// newGin takes its Authenticator as a parameter, so that a test can give it another.
func newGin(auth *core.Authenticator) *gin.Engine {
	r := gin.New()
	api := r.Group("/api", ginauth.RequireAuth(auth))
	api.GET("/me", meOnGin)
	api.DELETE("/users/:id", ginauth.RequireRole("admin"), func(c *gin.Context) { c.Status(http.StatusNoContent) })
	return r
}

func meOnGin(c *gin.Context) {
	id, _ := ginauth.Identity(c)
	c.JSON(http.StatusOK, gin.H{"userId": id.Subject()})
}

func newEcho4(auth *core.Authenticator) *echo4.Echo {
	e := echo4.New()
	addEcho4Routes(e, auth)
	return e
}

// addEcho4Routes is a function of its own, so that the audit of routes can record
// the routes while Echo adds them.
func addEcho4Routes(e *echo4.Echo, auth *core.Authenticator) {
	api := e.Group("/api", echoauth4.RequireAuth(auth))
	api.GET("/me", meOnEcho4)
	api.DELETE("/users/:id", func(c echo4.Context) error { return c.NoContent(http.StatusNoContent) }, echoauth4.RequireRole("admin"))
}

func meOnEcho4(c echo4.Context) error {
	id, _ := echoauth4.Identity(c)
	return c.JSON(http.StatusOK, map[string]any{"userId": id.Subject()})
}

func newEcho(auth *core.Authenticator) *echo.Echo {
	e := echo.New()
	addEchoRoutes(e, auth)
	return e
}

// addEchoRoutes is a function of its own, so that the audit of routes can record
// the routes while Echo adds them.
func addEchoRoutes(e *echo.Echo, auth *core.Authenticator) {
	api := e.Group("/api", echoauth.RequireAuth(auth))
	api.GET("/me", meOnEcho)
	api.DELETE("/users/:id", func(c *echo.Context) error { return c.NoContent(http.StatusNoContent) }, echoauth.RequireRole("admin"))
}

func meOnEcho(c *echo.Context) error {
	id, _ := echoauth.Identity(c)
	return c.JSON(http.StatusOK, map[string]any{"userId": id.Subject()})
}

func newFiber2(auth *core.Authenticator) *fiber2.App {
	app := fiber2.New()
	api := app.Group("/api", fiberauth2.RequireAuth(auth))
	api.Get("/me", meOnFiber2)
	api.Delete("/users/:id", fiberauth2.RequireRole("admin"), func(c *fiber2.Ctx) error { return c.SendStatus(http.StatusNoContent) })
	return app
}

func meOnFiber2(c *fiber2.Ctx) error {
	id, _ := fiberauth2.Identity(c)
	return c.JSON(fiber2.Map{"userId": id.Subject()})
}

func newFiber(auth *core.Authenticator) *fiber.App {
	app := fiber.New()
	api := app.Group("/api", fiberauth.RequireAuth(auth))
	api.Get("/me", meOnFiber)
	api.Delete("/users/:id", fiberauth.RequireRole("admin"), func(c fiber.Ctx) error { return c.SendStatus(http.StatusNoContent) })
	return app
}

func meOnFiber(c fiber.Ctx) error {
	id, _ := fiberauth.Identity(c)
	return c.JSON(fiber.Map{"userId": id.Subject()})
}

func newChi(auth *core.Authenticator) *chi.Mux {
	r := chi.NewRouter()
	r.Route("/api", func(api chi.Router) {
		api.Use(chiauth.RequireAuth(auth))
		api.Get("/me", meOnChi)
		api.With(chiauth.RequireRole("admin")).Delete("/users/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	})
	return r
}

func meOnChi(w http.ResponseWriter, r *http.Request) {
	id, _ := chiauth.Identity(r)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"userId": id.Subject()}) // the client is free to go away
}
