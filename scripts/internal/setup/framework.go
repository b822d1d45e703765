package setup

import (
	"slices"

	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

// framework is what the templates need to know of one.
type framework struct {
	Name    string // what the user calls it
	Import  string // what auth.go imports
	Adapter string // the adapter's folder and package
	Type    string // of middleware
	Param   string // of a handler, with its type
	Arg     string // its name
	Router  string // what its guide calls the router
	paste   string // the lines for the router
}

var frameworks = []framework{
	{
		Name: "gin", Import: "github.com/gin-gonic/gin", Adapter: "ginauth", Type: "gin.HandlerFunc", Param: "c *gin.Context", Arg: "c", Router: "r",
		paste: `	r.GET("/health", func(c *gin.Context) { c.Status(200) })      // open to everybody
	api := r.Group("/api", auth.Required(authenticator))          // for whoever is signed in
	api.GET("/me", func(c *gin.Context) { c.String(200, auth.UserID(c)) })
	api.GET("/admin", auth.RequireRole("{{.Role}}"), func(c *gin.Context) { c.Status(204) })
`,
	},
	{
		Name: "echo", Import: "github.com/labstack/echo/v4", Adapter: "echoauth", Type: "echo.MiddlewareFunc", Param: "c echo.Context", Arg: "c", Router: "e",
		paste: `	e.GET("/health", func(c echo.Context) error { return c.NoContent(200) }) // open to everybody
	api := e.Group("/api", auth.Required(authenticator))                     // for whoever is signed in
	api.GET("/me", func(c echo.Context) error { return c.String(200, auth.UserID(c)) })
	api.GET("/admin", func(c echo.Context) error { return c.NoContent(204) }, auth.RequireRole("{{.Role}}"))
`,
	},
	{
		Name: "fiber", Import: "github.com/gofiber/fiber/v2", Adapter: "fiberauth", Type: "fiber.Handler", Param: "c *fiber.Ctx", Arg: "c", Router: "app",
		paste: `	// Long tokens need fiber.New(fiber.Config{ReadBufferSize: 20 << 10}).
	app.Get("/health", func(c *fiber.Ctx) error { return c.SendStatus(200) }) // open to everybody
	api := app.Group("/api", auth.Required(authenticator))                    // for whoever is signed in
	api.Get("/me", func(c *fiber.Ctx) error { return c.SendString(auth.UserID(c)) })
	api.Get("/admin", auth.RequireRole("{{.Role}}"), func(c *fiber.Ctx) error { return c.SendStatus(204) })
`,
	},
	{
		Name: "chi", Import: "net/http", Adapter: "chiauth", Type: "func(http.Handler) http.Handler", Param: "r *http.Request", Arg: "r", Router: "r",
		paste: `	r.Get("/health", func(w http.ResponseWriter, r *http.Request) {}) // open to everybody
	r.Route("/api", func(api chi.Router) {                            // for whoever is signed in
		api.Use(auth.Required(authenticator))
		api.Get("/me", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(auth.UserID(r))) })
		api.With(auth.RequireRole("{{.Role}}")).Get("/admin", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) })
	})
`,
	},
}

func frameworkNamed(name string) (framework, bool) {
	i := slices.IndexFunc(frameworks, func(f framework) bool { return f.Name == name })
	if i < 0 {
		return framework{}, false
	}
	return frameworks[i], true
}

// adapter is the row of the table of adapters.
func (f framework) adapter() adapters.Adapter {
	a, _ := adapters.In(f.Adapter)
	return a
}
