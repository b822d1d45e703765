package gosource_test

// cases are pieces of programs, and the routes that they register.
var cases = []struct {
	name  string
	main  string            // main.go without its package clause and its imports
	files map[string]string // or more files
	want  []string          // "?": guessed; "!": missed
}{
	{"gin", `func main() {
			r := gin.Default()
			r.GET("/ping", ping)
			api := r.Group("/api", auth.Require())
			api.GET("/me", me)
			v1 := api.Group("/v1")
			{ v1.DELETE("/users/:id", auth.RequireRole("admin"), remove) }
			users(v1.Group("/users"))
			r.Handle("PATCH", "/x", h)
		}
		func users(g *gin.RouterGroup) { g.POST("", create); g.GET("/", list) }`, nil,
		[]string{"GET /ping", "GET /api/me", "DELETE /api/v1/users/1", "POST /api/v1/users", "GET /api/v1/users/", "PATCH /x"}},
	{"echo", `const base = "/v" + "2"
		func main() {
			e := echo.New()
			g := e.Group(base)
			g.Use(mw)
			g.GET("/me", me)
			e.Add(http.MethodPut, "/y", h)
		}`, nil, []string{"GET /v2/me", "PUT /y"}},
	{"fiber", `func main() {
			app := fiber.New()
			api := app.Group("/api", mw)
			api.Get("/me", me).Name("me")
			app.Get("/files/*", files)
			app.Get("*", all)
			app.Get("/o/:id?", o)
			app.Get("/from-:a.:b", ab)
			app.Get("/n/:n<int>/:w<alpha>/:g<guid>", n)
			app.All("/all", all)
			sub := fiber.New()
			sub.Get("/in", in)
			app.Mount("/sub", sub)
			app.Route("/r", func(r fiber.Router) { r.Post("/p", p) })
		}`, nil,
		[]string{"GET /api/me", "GET /files/1", "GET /1", "GET /o/1", "GET /from-1.1", "GET /n/1/a/00000000-0000-4000-8000-000000000001",
			"GET /all", "POST /all", "PUT /all", "PATCH /all", "DELETE /all", "POST /r/p", "GET /sub/in"}},
	{"chi", `func adminRouter() http.Handler { r := chi.NewRouter(); r.Get("/", index); r.Delete("/{id:[0-9]+}", remove); return r }
		func main() {
			r := chi.NewRouter()
			r.Get("/", home)
			r.Group(func(r chi.Router) { r.Use(mw); r.Get("/me", me) })
			r.Route("/items", func(r chi.Router) {
				r.With(page).Get("/", list)
				r.Route("/{item}", func(r chi.Router) { r.Put("/", put) })
			})
			r.Mount("/admin", adminRouter())
			sub := chi.NewRouter()
			sub.Get("/x", x)
			r.Mount("/sub", sub)
			r.Method("POST", "/m", h)
			r.Get("/posts/{slug:[a-z-]+}", post)
			r.Get("/codes/{code:[a-z]{2}-[0-9]{4}}", code)
		}`, nil,
		[]string{"GET /", "GET /me", "GET /items", "PUT /items/1", "POST /m", "GET /posts/a", "GET /codes/1 ?", "GET /admin", "DELETE /admin/1", "GET /sub/x"}},
	{"net/http", `func main() {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /me", me)
			mux.Handle("/all", h)
			mux.Handle("GET example.com/x", h)
			mux.Handle("POST /items/{id}/{$}", h)
			api := http.NewServeMux()
			api.HandleFunc("GET /inner", me)
			mux.Handle("/api/", http.StripPrefix("/api", api))
			http.HandleFunc("/default", h)
			http.ListenAndServe(":1", mux)
		}`, nil, []string{"GET /me", "GET /all", "GET /x (host example.com)", "POST /items/1/", "GET /api/inner", "GET /default"}},
	{"what only looks like it", `func main() {
			r := &http.Request{}
			r.Header.Get("X-Y")
			cache.Get("key", &v)
			client := http.Client{}
			client.Get("/x")
			q.Set("a", "b")
			os.Getenv("PORT")
			http.Post("/hook", "application/json", nil)
		}`, nil, nil},
	{"methods", `type server struct{}
		func main() { (&server{}).run() }
		func (s *server) run() { r := gin.New(); s.routes(r.Group("/v1")) }
		func (s *server) routes(r gin.IRouter) { r.GET("/me", s.me) }`, nil, []string{"GET /v1/me"}},
	{"it calls itself", `func main() { r := gin.New(); loop(r.Group("/a")) }
		func loop(r *gin.RouterGroup) { r.GET("/x", h); loop(r) }`, nil, []string{"GET /a/x"}},

	// What real projects did.
	{"two packages with functions of one name", "", map[string]string{
		"main.go": `package main
import ("example.com/app/books"; "example.com/app/users"; "github.com/go-chi/chi/v5")
func main() { r := chi.NewRouter(); r.Mount("/users", users.Router()); r.Mount("/books", books.Router()); r.With(mw).Get("/account", nil) }`,
		"books/r.go": "package books\nimport \"github.com/go-chi/chi/v5\"\nfunc Router() chi.Router { r := chi.NewRouter(); r.Get(\"/shelf\", nil); return r }",
		"users/r.go": "package users\nimport \"github.com/go-chi/chi/v5\"\nfunc Router() chi.Router { r := chi.NewRouter(); r.Get(\"/me\", nil); return r }",
	}, []string{"GET /account", "GET /users/me", "GET /books/shelf"}},
	{"two types with methods of one name", `type books struct{}
		func (books) Router() chi.Router { r := chi.NewRouter(); r.Get("/shelf", nil); return r }
		type users struct{ name string }
		func (u *users) Router() chi.Router { r := chi.NewRouter(); r.Get("/me", nil); return r }
		func Router() chi.Router { r := chi.NewRouter(); r.Mount("/books", books{}.Router()); r.Mount("/users", (&users{}).Router()); return r }
		func main() { http.ListenAndServe(":1", Router()) }`, nil, []string{"GET /books/shelf", "GET /users/me"}},
	{"two packages that register with functions of one name", "", map[string]string{
		"main.go": `package main
import ("example.com/app/migrator"; "example.com/app/users"; "github.com/labstack/echo/v4")
func main() { e := echo.New(); users.RegisterRoutes(e.Group("/api/v1")); migrator.RegisterRoutes(e.Group("/migration")) }`,
		"users/r.go":    "package users\nimport \"github.com/labstack/echo/v4\"\nfunc RegisterRoutes(g *echo.Group) { g.GET(\"/users\", nil) }",
		"migrator/r.go": "package migrator\nimport \"github.com/labstack/echo/v4\"\nfunc RegisterRoutes(g *echo.Group) { g.POST(\"/run\", nil) }",
	}, []string{"GET /api/v1/users", "POST /migration/run"}},
	{"relative paths of Gin", `func main() { r := gin.New(); api := r.Group("api"); api.GET("touch", nil); r.GET("version", nil); g := r.Group("/v1"); g.GET("items", nil); r.Run() }`,
		nil, []string{"GET /api/touch", "GET /version", "GET /v1/items"}},
	{"a base that is known at run time", `var BasePath string
		func main() { BasePath = os.Getenv("BASE"); e := echo.New(); e.GET(BasePath+"/clients", nil); e.POST(BasePath+"/clients", nil); e.Start(":1") }`,
		nil, []string{"GET /clients ?", "POST /clients ?"}},
	{"the shape of oapi-codegen", `type W struct{}
		type O struct { BaseURL string; BaseRouter chi.Router }
		func (W) ListPets(w http.ResponseWriter, r *http.Request) {}
		func HandlerWithOptions(o O) http.Handler {
			r := o.BaseRouter
			wrapper := W{}
			r.Group(func(r chi.Router) { r.Get(o.BaseURL+"/pets", wrapper.ListPets) })
			return r
		}
		func main() { http.ListenAndServe(":1", HandlerWithOptions(O{BaseRouter: chi.NewRouter()})) }`, nil, []string{"GET /pets"}},
	{"path.Join", `const admin = "/admin"
		func main() { e := echo.New(); e.GET(path.Join(admin, "/users"), nil); e.GET(admin+"/x", nil); e.GET(fmt.Sprintf("%s/%s/y", admin, "v1"), nil); e.GET(strings.TrimSuffix(admin+"/", "/")+"/z", nil) }`,
		nil, []string{"GET /admin/users", "GET /admin/x", "GET /admin/v1/y", "GET /admin/z"}},
	{"a wrapper around the registration", `func h(r *http.ServeMux, path string, f http.HandlerFunc) { r.HandleFunc("/"+path, f) }
		func main() { mux := http.NewServeMux(); h(mux, "ping", nil); h(mux, "getUser", nil) }`, nil, []string{"GET /ping", "GET /getUser"}},
	{"a table", `type route struct { method, pattern string; h echo.HandlerFunc }
		var routes = []route{{"GET", "/a", nil}, {method: "POST", pattern: "/b"}}
		func main() { e := echo.New(); for _, r := range routes { e.Add(r.method, r.pattern, r.h) } }`, nil, []string{"GET /a", "POST /b"}},
	{"a map", `func main() { mux := http.NewServeMux(); for p, h := range map[string]http.HandlerFunc{"GET /a": nil, "GET /b": nil} { mux.HandleFunc(p, h) } }`, nil, []string{"GET /a", "GET /b"}},
	{"a loop", `func main() { e := echo.New(); for _, n := range []string{"a", "b"} { g := e.Group("/admin/" + n); g.GET("", nil); g.GET("/:id", nil) }; e.Start(":1") }`,
		nil, []string{"GET /admin/a", "GET /admin/a/1", "GET /admin/b", "GET /admin/b/1"}},
	{"Match, Any and files of Gin", `func main() { r := gin.New(); r.Match([]string{"GET", "PUT"}, "/a", nil); r.Any("/b", nil); r.Handle(http.MethodPatch, "/c", nil); r.Handle("DELETE", "/d", nil); r.Static("/s", "."); r.StaticFile("/f", "x"); r.Run() }`,
		nil, []string{"GET /a", "PUT /a", "GET /b", "POST /b", "PUT /b", "PATCH /b", "DELETE /b", "PATCH /c", "DELETE /d", "GET /s/1", "GET /f"}},
	{"Match, Any and Host of Echo", `func main() { e := echo.New(); e.Add("PUT", "/a", nil); e.Match([]string{"GET", "POST"}, "/b", nil); e.Any("/c", nil); e.RouteNotFound("/*", nil); e.Host("x.example.com").GET("/h", nil); e.Start(":1") }`,
		nil, []string{"PUT /a", "GET /b", "POST /b", "GET /c", "POST /c", "PUT /c", "PATCH /c", "DELETE /c", "GET /h (host x.example.com)"}},
	{"method values", `type api struct{}
		func (a api) users(r chi.Router) { r.Get("/me", func(w http.ResponseWriter, r *http.Request) {}) }
		func main() {
			r := chi.NewRouter()
			r.Route("/api", api{}.users)
			r.Route("/api2", func(r chi.Router) { r.Group(api{}.users) })
			sub := chi.NewRouter()
			sub.Get("/x", nil)
			r.With(nil).Mount("/sub", sub)
			base := prefix()
			r.Get(base+"/computed", nil)
		}
		func prefix() string { return "/p" }`, nil, []string{"GET /api/me", "GET /api2/me", "GET /p/computed", "GET /sub/x"}},
	{"a struct with a router", `type server struct { router chi.Router }
		func (s *server) routes() { s.router.Route("/y", s.y) }
		func (s *server) y(r chi.Router) { r.Get("/inner", nil) }
		func main() { s := &server{router: chi.NewRouter()}; s.routes(); http.ListenAndServe(":1", s.router) }`, nil, []string{"GET /y/inner"}},
	{"a constructor, and an embedded engine", `type server struct { *gin.Engine; prefix string }
		func newServer() (*server, error) { s := &server{Engine: gin.New()}; s.prefix = "/v1"; return s, nil }
		func (s *server) mount() { s.Group(s.prefix).GET("/a", nil); s.GET("/b", nil) }
		func main() { s, err := newServer(); if err != nil { return }; s.mount() }`, nil, []string{"GET /v1/a", "GET /b"}},
	{"a function before its caller", "", map[string]string{
		"a.go": "package main\nimport \"github.com/gofiber/fiber/v2\"\nfunc AuthRoutes(v1 fiber.Router) { v1.Group(\"/auth\").Get(\"/me\", nil, nil) }",
		"z.go": "package main\nimport \"github.com/gofiber/fiber/v2\"\nfunc Routes(app *fiber.App) { v1 := app.Group(\"/v1\"); AuthRoutes(v1) }\nfunc setup() *fiber.App { return fiber.New() }\nfunc main() { app := setup(); Routes(app) }",
	}, []string{"GET /v1/auth/me"}},
	{"http.Post is no route", `var hook = ""
		func notify() { http.Post(hook, "application/json", nil) }
		func main() { r := gin.New(); r.GET("/me", nil); notify(); r.Run() }`, nil, []string{"GET /me"}},
	{"controllers behind an interface", `type controller interface { Register(g *echo.Group) }
		type users struct{}
		func (users) Register(g *echo.Group) { g.GET("/users", nil) }
		type orders struct{}
		func (*orders) Register(g *echo.Group) { g.GET("/orders", nil) }
		func main() { e := echo.New(); for _, c := range []controller{users{}, &orders{}} { c.Register(e.Group("/v1")) } }`, nil, []string{"GET /v1/users", "GET /v1/orders"}},
	{"a mount helper", `type Router struct{ chi.Router }
		func (r *Router) MountRouter(name, path string, sub http.Handler) { r.Router.Mount("/base"+path, sub) }
		func main() { r := &Router{chi.NewRouter()}; api := chi.NewRouter(); api.Get("/song", nil); r.MountRouter("native", "/api", api) }`, nil, []string{"GET /base/api/song"}},
	{"a struct that is a handler", `type Native struct { http.Handler; name string }
		func New() *Native { n := &Native{name: "x"}; n.Handler = n.routes(); return n }
		func (n *Native) routes() http.Handler { r := chi.NewRouter(); r.Get("/song", nil); return r }
		func main() { r := chi.NewRouter(); r.Group(func(r chi.Router) { r.Mount("/api", New()) }) }`, nil, []string{"GET /api/song"}},
	{"dependency injection", `func NewEngine() *gin.Engine { return gin.New() }
		func Register(r *gin.Engine) { r.GET("/a", nil) }
		func Users(g *gin.RouterGroup) { g.GET("/users", nil) }
		func main() { fx.New(fx.Provide(NewEngine), fx.Invoke(Register, Users)).Run() }`, nil, []string{"GET /a", "! GET …/users"}},
	{"a callback of a library", `func main() { r := gin.New(); command := &cobra.Command{Run: func() { r.GET("/x", nil) }}; command.Execute() }`, nil, []string{"GET /x"}},
	{"code that nothing calls", `func main() { r := gin.New(); r.GET("/x", nil) }
		func old(g *gin.RouterGroup) { g.GET("/y", nil) }`, nil, []string{"GET /x"}},

	{"Fiber v3", "", map[string]string{"main.go": `package main
import "github.com/gofiber/fiber/v3"
func main() {
	app := fiber.New()
	app.Add([]string{"GET", "POST"}, "/a", nil)
	app.RouteChain("/b").Get(nil).Post(nil)
	sub := fiber.New()
	sub.Get("/x", func(c fiber.Ctx) error { return nil })
	app.Use("/sub", sub)
	app.Group("/g", func(c fiber.Ctx) error { return c.Next() }).Delete("/:id", nil)
}`}, []string{"GET /a", "POST /a", "GET /b", "POST /b", "DELETE /g/1", "GET /sub/x"}},
	{"Echo v5", "", map[string]string{"main.go": `package main
import "github.com/labstack/echo/v5"
func main() {
	e := echo.New()
	e.AddRoute(echo.Route{Method: "GET", Path: "/a"})
	e.Group("/g").POST("", func(c *echo.Context) error { return nil })
	e.Static("/static", "public")
}`}, []string{"GET /a", "POST /g", "GET /static/1"}},

	// What cannot be followed is said.
	{"a router of a framework that is not known", `func main() { r := gorilla.NewRouter(); r.HandleFunc("/x", nil) }`, nil, []string{"! r.HandleFunc /x"}},
	{"a library that registers", `func main() { r := gin.New(); r.GET("/x", nil); pprof.Register(r) }`, nil, []string{"GET /x", "! the routes of pprof.Register"}},
	{"a path that is only known at run time", `func main() { r := gin.New(); r.GET(os.Getenv("P"), nil); r.Handle(os.Getenv("M"), "/m", nil); r.Match(methods(), "/n", nil) }
		func methods() []string { return nil }`, nil, []string{"! r.GET(os.Getenv(\"P\"), …)", "! r.Handle /m", "! r.Match /n"}},
	{"operations of Huma", `func main() { r := chi.NewRouter(); r.Get("/x", nil); api := humachi.New(r, huma.DefaultConfig("a", "1")); huma.Get(api, "/users", nil) }`,
		nil, []string{"GET /x", "! the routes of humachi.New"}},
	{"a router that Lambda serves", `func main() { r := gin.New(); r.GET("/x", nil); lambda.Start(ginadapter.New(r).ProxyWithContext) }`, nil, []string{"GET /x"}},
	{"a gateway behind a wildcard", `func main() { e := echo.New(); gw := runtime.NewServeMux(); e.Any("/api/v1/*", echo.WrapHandler(gw)); e.GET("/healthz", nil) }`,
		nil, []string{"GET /api/v1/1", "POST /api/v1/1", "PUT /api/v1/1", "PATCH /api/v1/1", "DELETE /api/v1/1", "GET /healthz"}},
	{"something unknown is mounted", `func main() { r := chi.NewRouter(); r.Mount("/debug", middleware.Profiler()) }`, nil, []string{"! what is mounted at /debug"}},
	{"a field that a library fills", `type config struct{ Base string }
		func main() { var c config; json.Unmarshal(nil, &c); r := chi.NewRouter(); r.Get(c.Base+"/x", nil) }`, nil, []string{"GET /x ?"}},
	{"two implementations, and it is not known which", `type controller interface { Register(g *echo.Group) }
		type users struct{}
		func (users) Register(g *echo.Group) { g.GET("/users", nil) }
		type orders struct{}
		func (orders) Register(g *echo.Group) { g.GET("/orders", nil) }
		func main() { e := echo.New(); pick().Register(e.Group("/v1")) }
		func pick() controller { if len(os.Args) > 1 { return nil }; return nil }`, nil, []string{"! the routes of pick().Register", "! GET …/users", "! GET …/orders"}},
}
