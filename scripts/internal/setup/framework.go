package setup

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// modulePrefix is what the paths of authkeel's modules begin with.
const modulePrefix = "github.com/authkeel/authkeel/"

// framework is one major version of a web framework, with what the templates need to
// know of it.
type framework struct {
	Name    string // on the command line
	Major   string // of the module, such as "v4"
	Module  string // path in go.mod
	Floor   string // oldest release with which the adapter is tested
	Adapter string // path of the adapter's module below modulePrefix
	Import  string // package that auth.go imports
	Type    string // of middleware
	Param   string // parameter of a handler, with its type
	Arg     string // name of that parameter
	Router  string // name of the router in the framework's own guide
	paste   string // lines for the router, a template
	webhook string // the line that mounts the webhooks' handler, called hooks, on the router
}

// Package returns the name of the adapter's package.
func (f framework) Package() string {
	first, _, _ := strings.Cut(f.Adapter, "/")
	return first
}

const (
	pasteGin = `	r.GET("/health", func(c *gin.Context) { c.Status(200) })      // no token needed
	api := r.Group("/api", auth.RequireAuth(authenticator))          // a valid token needed
	api.GET("/me", func(c *gin.Context) { c.String(200, auth.UserID(c)) })
	api.GET("/admin", auth.RequireRole("{{.Role}}"), func(c *gin.Context) { c.Status(204) })
`
	pasteEcho = `	e.GET("/health", func({{.Framework.Param}}) error { return c.NoContent(200) }) // no token needed
	api := e.Group("/api", auth.RequireAuth(authenticator)) // a valid token needed
	api.GET("/me", func({{.Framework.Param}}) error { return c.String(200, auth.UserID(c)) })
	api.GET("/admin", func({{.Framework.Param}}) error { return c.NoContent(204) }, auth.RequireRole("{{.Role}}"))
`
	pasteFiber = `	// Long tokens need fiber.New(fiber.Config{ReadBufferSize: 20 << 10}).
	app.Get("/health", func({{.Framework.Param}}) error { return c.SendStatus(200) }) // no token needed
	api := app.Group("/api", auth.RequireAuth(authenticator)) // a valid token needed
	api.Get("/me", func({{.Framework.Param}}) error { return c.SendString(auth.UserID(c)) })
	api.Get("/admin", auth.RequireRole("{{.Role}}"), func({{.Framework.Param}}) error { return c.SendStatus(204) })
`
	pasteChi = `	r.Get("/health", func(w http.ResponseWriter, r *http.Request) {}) // no token needed
	r.Route("/api", func(api chi.Router) {                            // a valid token needed
		api.Use(auth.RequireAuth(authenticator))
		api.Get("/me", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(auth.UserID(r))) })
		api.With(auth.RequireRole("{{.Role}}")).Get("/admin", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) })
	})
`
)

// frameworks lists the majors that have an adapter, the newest of a framework first.
var frameworks = []framework{
	{
		Name: "gin", Major: "v1", Module: "github.com/gin-gonic/gin", Floor: "v1.10.1", Adapter: "ginauth",
		Import: "github.com/gin-gonic/gin", Type: "gin.HandlerFunc", Param: "c *gin.Context", Arg: "c", Router: "r", paste: pasteGin,
		webhook: `r.POST("/webhooks/clerk", gin.WrapH(hooks))`,
	},
	{
		Name: "echo", Major: "v5", Module: "github.com/labstack/echo/v5", Floor: "v5.0.0", Adapter: "echoauth/v5",
		Import: "github.com/labstack/echo/v5", Type: "echo.MiddlewareFunc", Param: "c *echo.Context", Arg: "c", Router: "e", paste: pasteEcho,
		webhook: `e.POST("/webhooks/clerk", echo.WrapHandler(hooks))`,
	},
	{
		Name: "echo", Major: "v4", Module: "github.com/labstack/echo/v4", Floor: "v4.13.4", Adapter: "echoauth",
		Import: "github.com/labstack/echo/v4", Type: "echo.MiddlewareFunc", Param: "c echo.Context", Arg: "c", Router: "e", paste: pasteEcho,
		webhook: `e.POST("/webhooks/clerk", echo.WrapHandler(hooks))`,
	},
	{
		Name: "fiber", Major: "v3", Module: "github.com/gofiber/fiber/v3", Floor: "v3.0.0", Adapter: "fiberauth/v3",
		Import: "github.com/gofiber/fiber/v3", Type: "fiber.Handler", Param: "c fiber.Ctx", Arg: "c", Router: "app", paste: pasteFiber,
		webhook: `app.Post("/webhooks/clerk", adaptor.HTTPHandler(hooks))`,
	},
	{
		Name: "fiber", Major: "v2", Module: "github.com/gofiber/fiber/v2", Floor: "v2.52.9", Adapter: "fiberauth",
		Import: "github.com/gofiber/fiber/v2", Type: "fiber.Handler", Param: "c *fiber.Ctx", Arg: "c", Router: "app", paste: pasteFiber,
		webhook: `app.Post("/webhooks/clerk", adaptor.HTTPHandler(hooks))`,
	},
	{
		Name: "chi", Major: "v5", Module: "github.com/go-chi/chi/v5", Floor: "v5.2.3", Adapter: "chiauth",
		Import: "net/http", Type: "func(http.Handler) http.Handler", Param: "r *http.Request", Arg: "r", Router: "r", paste: pasteChi,
		webhook: `r.Method("POST", "/webhooks/clerk", hooks)`,
	},
}

// majors returns the entries of a framework; none for an unknown name.
func majors(name string) []framework {
	var list []framework
	for _, f := range frameworks {
		if f.Name == name {
			list = append(list, f)
		}
	}
	return list
}

// choose finds the major of the framework that the project uses. A direct
// requirement wins over an indirect one, which a dependency of the project brought
// along, unless the project was never tidied and has indirect ones alone. major is
// the user's answer when there are two, such as "v5", or empty.
func (p *project) choose(name, major string) (framework, error) {
	direct, indirect := p.using(true), p.using(false)
	named := func(list []framework) []framework {
		return slices.DeleteFunc(slices.Clone(list), func(f framework) bool { return f.Name != name })
	}
	found := named(direct)
	if len(found) == 0 && len(direct) > 0 {
		f := direct[0]
		return framework{}, fmt.Errorf("the project does not use %s but %s: run 'authkeel setup %s'", name, f.Module, f.Name)
	}
	if len(found) == 0 {
		if err := p.otherMajor(name); err != nil {
			return framework{}, err
		}
		found = named(indirect)
	}
	if len(found) == 0 && len(indirect) > 0 {
		f := indirect[0]
		return framework{}, fmt.Errorf("the project does not use %s but %s: run 'authkeel setup %s'", name, f.Module, f.Name)
	}
	if major != "" {
		all := append(named(direct), named(indirect)...)
		i := slices.IndexFunc(all, func(f framework) bool { return f.Major == major })
		if i < 0 {
			return framework{}, fmt.Errorf("--major %s: go.mod does not name that major of %s", major, name)
		}
		found = all[i : i+1]
	}
	switch len(found) {
	case 0:
		f := majors(name)[0]
		return framework{}, fmt.Errorf("go.mod does not name %s: add it first ('go get %s'), or run 'go mod tidy' if the code imports it", f.Module, f.Module)
	case 1:
	default:
		return framework{}, fmt.Errorf("go.mod names both %s and %s: which one shall the auth package protect? Answer with --major %s or --major %s, and with --package for the second",
			found[0].Module, found[1].Module, found[0].Major, found[1].Major)
	}
	f := found[0]
	if v := p.required(f.Module); semver.Compare(v, f.Floor) < 0 {
		return framework{}, fmt.Errorf("go.mod has %s %s, and %s needs %s or newer: run 'go get %s@latest' first", f.Module, v, f.Adapter, f.Floor, f.Module)
	}
	return f, nil
}

// using returns the frameworks that go.mod requires, directly or indirectly.
func (p *project) using(direct bool) []framework {
	var list []framework
	for _, f := range frameworks {
		for _, r := range p.mod.Require {
			if r.Mod.Path == f.Module && r.Indirect != direct {
				list = append(list, f)
			}
		}
	}
	return list
}

// otherMajor is an error when the project directly requires a major of the framework
// for which there is no adapter.
func (p *project) otherMajor(name string) error {
	list := majors(name)
	base := strings.TrimSuffix(list[0].Module, "/"+list[0].Major)
	for _, r := range p.mod.Require {
		suffix, ok := strings.CutPrefix(r.Mod.Path, base)
		isMajor := suffix == "" || path.Dir(suffix) == "/" && strings.HasPrefix(suffix, "/v") && strings.Trim(suffix[2:], "0123456789") == ""
		known := slices.ContainsFunc(list, func(f framework) bool { return f.Module == r.Mod.Path })
		if ok && isMajor && !known && !r.Indirect {
			var have []string
			for _, f := range list {
				have = append(have, f.Module)
			}
			return fmt.Errorf("go.mod has %s, and there is no adapter for that major: there are adapters for %s; stay with one of these, or write an adapter with package core/adapter, as CONTRIBUTING.md of authkeel says", r.Mod.Path, strings.Join(have, " and "))
		}
	}
	return nil
}
