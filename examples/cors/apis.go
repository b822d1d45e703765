// Package cors shows the order of CORS and authentication on each framework:
// CORS first. A browser asks with OPTIONS, without a token, before it sends a
// request to another origin; authkeel exempts no method, so a preflight that
// reaches authentication is refused, and the page sees a CORS error.
//
// With CORS in front a refusal carries Access-Control-Allow-Origin too, so that
// the page can read why it was refused. To let it read the challenge, list
// WWW-Authenticate (and Retry-After) among the exposed headers.
package cors

import (
	"encoding/json"
	"net/http"

	gincors "github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	chicors "github.com/go-chi/cors"
	fiber2 "github.com/gofiber/fiber/v2"
	fiber2cors "github.com/gofiber/fiber/v2/middleware/cors"
	"github.com/gofiber/fiber/v3"
	fibercors "github.com/gofiber/fiber/v3/middleware/cors"
	echo4 "github.com/labstack/echo/v4"
	echo4middleware "github.com/labstack/echo/v4/middleware"
	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
	echoauth4 "github.com/authkeel/authkeel/echoauth"
	"github.com/authkeel/authkeel/echoauth/v5"
	fiberauth2 "github.com/authkeel/authkeel/fiberauth"
	"github.com/authkeel/authkeel/fiberauth/v3"
	"github.com/authkeel/authkeel/ginauth"
)

// Origin is where the pages are served that may call the API.
const Origin = "https://app.example.com"

var exposed = []string{"WWW-Authenticate", "Retry-After"}

// Gin returns the API on Gin with gin-contrib/cors.
func Gin(auth *core.Authenticator) http.Handler {
	r := gin.New()
	r.Use(gincors.New(gincors.Config{
		AllowOrigins:  []string{Origin},
		AllowMethods:  []string{"GET", "DELETE"},
		AllowHeaders:  []string{"Authorization"},
		ExposeHeaders: exposed,
	}))
	api := r.Group("/api", ginauth.RequireAuth(auth))
	api.GET("/me", func(c *gin.Context) {
		id, _ := ginauth.Identity(c)
		c.JSON(http.StatusOK, gin.H{"userId": id.Subject()})
	})
	return r
}

// Echo4 returns the API on Echo v4 with its own CORS middleware.
func Echo4(auth *core.Authenticator) http.Handler {
	e := echo4.New()
	addEcho4Routes(e, auth)
	return e
}

// addEcho4Routes is a function of its own, so that the audit in the test sees the
// routes when they are added: Echo makes one function of middleware and handler.
func addEcho4Routes(e *echo4.Echo, auth *core.Authenticator) {
	e.Use(echo4middleware.CORSWithConfig(echo4middleware.CORSConfig{
		AllowOrigins:  []string{Origin},
		AllowMethods:  []string{"GET", "DELETE"},
		AllowHeaders:  []string{"Authorization"},
		ExposeHeaders: exposed,
	}))
	api := e.Group("/api", echoauth4.RequireAuth(auth))
	api.GET("/me", func(c echo4.Context) error {
		id, _ := echoauth4.Identity(c)
		return c.JSON(http.StatusOK, echo4.Map{"userId": id.Subject()})
	})
}

// Echo5 returns the API on Echo v5 with its own CORS middleware.
func Echo5(auth *core.Authenticator) http.Handler {
	e := echo.New()
	addEcho5Routes(e, auth)
	return e
}

// addEcho5Routes is addEcho4Routes for Echo v5.
func addEcho5Routes(e *echo.Echo, auth *core.Authenticator) {
	e.Use(middleware.CORSWithConfig(middleware.CORSConfig{
		AllowOrigins:  []string{Origin},
		AllowMethods:  []string{"GET", "DELETE"},
		AllowHeaders:  []string{"Authorization"},
		ExposeHeaders: exposed,
	}))
	api := e.Group("/api", echoauth.RequireAuth(auth))
	api.GET("/me", func(c *echo.Context) error {
		id, _ := echoauth.Identity(c)
		return c.JSON(http.StatusOK, map[string]any{"userId": id.Subject()})
	})
}

// Fiber2 returns the API on Fiber v2 with its own CORS middleware.
func Fiber2(auth *core.Authenticator) *fiber2.App {
	app := fiber2.New(fiber2.Config{ReadBufferSize: 16 << 10, DisableStartupMessage: true})
	app.Use(fiber2cors.New(fiber2cors.Config{
		AllowOrigins:  Origin,
		AllowMethods:  "GET,DELETE",
		AllowHeaders:  "Authorization",
		ExposeHeaders: "WWW-Authenticate,Retry-After",
	}))
	api := app.Group("/api", fiberauth2.RequireAuth(auth))
	api.Get("/me", func(c *fiber2.Ctx) error {
		id, _ := fiberauth2.Identity(c)
		return c.JSON(fiber2.Map{"userId": id.Subject()})
	})
	return app
}

// Fiber3 returns the API on Fiber v3 with its own CORS middleware.
func Fiber3(auth *core.Authenticator) *fiber.App {
	app := fiber.New(fiber.Config{ReadBufferSize: 16 << 10})
	app.Use(fibercors.New(fibercors.Config{
		AllowOrigins:  []string{Origin},
		AllowMethods:  []string{"GET", "DELETE"},
		AllowHeaders:  []string{"Authorization"},
		ExposeHeaders: exposed,
	}))
	api := app.Group("/api", fiberauth.RequireAuth(auth))
	api.Get("/me", func(c fiber.Ctx) error {
		id, _ := fiberauth.Identity(c)
		return c.JSON(fiber.Map{"userId": id.Subject()})
	})
	return app
}

// Chi returns the API on Chi with go-chi/cors.
func Chi(auth *core.Authenticator) http.Handler {
	r := chi.NewRouter()
	r.Use(chicors.Handler(chicors.Options{
		AllowedOrigins: []string{Origin},
		AllowedMethods: []string{"GET", "DELETE"},
		AllowedHeaders: []string{"Authorization"},
		ExposedHeaders: exposed,
	}))
	r.Route("/api", func(api chi.Router) {
		api.Use(chiauth.RequireAuth(auth))
		api.Get("/me", func(w http.ResponseWriter, r *http.Request) {
			id, _ := chiauth.Identity(r)
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]string{"userId": id.Subject()})
		})
	})
	return r
}
