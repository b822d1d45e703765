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
	"github.com/gofiber/fiber/v2"
	fibercors "github.com/gofiber/fiber/v2/middleware/cors"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/echoauth"
	"github.com/authkeel/authkeel/fiberauth"
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

// Echo returns the API on Echo with its own CORS middleware.
func Echo(auth *core.Authenticator) http.Handler {
	e := echo.New()
	e.Use(middleware.CORSWithConfig(middleware.CORSConfig{
		AllowOrigins:  []string{Origin},
		AllowMethods:  []string{"GET", "DELETE"},
		AllowHeaders:  []string{"Authorization"},
		ExposeHeaders: exposed,
	}))
	api := e.Group("/api", echoauth.RequireAuth(auth))
	api.GET("/me", func(c echo.Context) error {
		id, _ := echoauth.Identity(c)
		return c.JSON(http.StatusOK, echo.Map{"userId": id.Subject()})
	})
	return e
}

// Fiber returns the API on Fiber with its own CORS middleware.
func Fiber(auth *core.Authenticator) *fiber.App {
	app := fiber.New(fiber.Config{ReadBufferSize: 16 << 10, DisableStartupMessage: true})
	app.Use(fibercors.New(fibercors.Config{
		AllowOrigins:  Origin,
		AllowMethods:  "GET,DELETE",
		AllowHeaders:  "Authorization",
		ExposeHeaders: "WWW-Authenticate,Retry-After",
	}))
	api := app.Group("/api", fiberauth.RequireAuth(auth))
	api.Get("/me", func(c *fiber.Ctx) error {
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
