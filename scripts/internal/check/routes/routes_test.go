package routes

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"GET:/api/me": "GET /api/me", "/me": "GET /me", "delete:/users/:id": "DELETE /users/1", "PUT:/a/{id}/b/{rest...}": "PUT /a/1/b/1",
		"GET:/v1/x{id}.json?q=1": "GET /v1/x1.json?q=1", "me": "", "GET": "", "GET /me": "", "G1T:/me": "", "GET:me": "", "": "",
	} {
		got, err := Parse(text)
		if err != nil && want == "" {
			continue
		}
		if err != nil || got.String() != want || !got.Named {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestUsuallyPublic(t *testing.T) {
	for path, want := range map[string]bool{
		"/": true, "/healthz": true, "/api/health": true, "/auth/login": true, "/.well-known/x": true, "/static/app.js": true,
		"/api/me": false, "/api/users": false, "/api/": false, "/status/1": false, "/healthy": false,
	} {
		if got := (Route{Path: path}).UsuallyPublic(); got != want {
			t.Errorf("%s: got %v", path, got)
		}
	}
}

const spec = `
openapi: 3.1.0
servers: [{url: "https://{host}/v2", variables: {host: {default: api.example.com}}}]
security: [{bearer: []}]
paths:
  /me:
    get: {}
    post: {security: []}
  /items/{id}:
    parameters: [{$ref: "#/components/parameters/id"}]
    get:
      security: [{}, {bearer: []}]
    delete:
      security: [{oidc: [write]}]
      parameters: [{name: why, in: query, required: true, schema: {enum: [sold, lost]}}]
  /things/{thing}:
    parameters: [{name: thing, in: path, schema: {type: string, format: uuid}}]
    get: {security: [{key: []}]}
components:
  parameters:
    id: {name: id, in: path, required: true, example: a b}
  securitySchemes:
    bearer: {type: http, scheme: Bearer}
    oidc: {type: openIdConnect}
    key: {type: apiKey, in: header, name: X-Key}
`

func TestFromSpec(t *testing.T) {
	list, err := FromSpec(write(t, "openapi.yaml", spec), true)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		route  string
		access Access
		bearer bool
	}
	var got []row
	for _, r := range list {
		if r.Named {
			t.Errorf("%s counts as named", r)
		}
		got = append(got, row{r.String(), r.Access, r.Bearer})
	}
	want := []row{
		{"GET /v2/items/a%20b", Public, true}, {"DELETE /v2/items/a%20b?why=sold", Protected, true}, {"GET /v2/me", Protected, true}, {"POST /v2/me", Public, false},
		{"GET /v2/things/00000000-0000-4000-8000-000000000001", Protected, false},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	for text, want := range map[string]string{
		`{"openapi":"3.0.3","paths":{"/me":{"get":{"security":[{"b":[]}]}}}}`: "",
		`swagger: "2.0"`: "not an OpenAPI 3 document",
		`openapi: 3.0.0`: "no operations",
		"\t":             "yaml",
		`[]`:             "unmarshal",
	} {
		if _, err := FromSpec(write(t, "x.json", text), true); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	if _, err := FromSpec(filepath.Join(t.TempDir(), "none.yaml"), true); err == nil {
		t.Error("a file that is not there is no error")
	}
}

// TestFromSource: how routes are registered with each framework.
func TestFromSource(t *testing.T) {
	for name, row := range map[string]struct {
		code string
		want []string
	}{
		"gin": {`func main() {
			r := gin.Default()
			r.GET("/ping", ping)
			api := r.Group("/api", auth.Require())
			api.GET("/me", me)
			v1 := api.Group("/v1")
			{ v1.DELETE("/users/:id", auth.RequireRole("admin"), remove) }
			users(v1.Group("/users"))
			r.Handle("PATCH", "/x", h)
		}
		func users(g *gin.RouterGroup) { g.POST("", create); g.GET("/", list) }`,
			[]string{"GET /ping", "GET /api/me", "DELETE /api/v1/users/1", "POST /api/v1/users", "GET /api/v1/users", "PATCH /x"}},
		"echo": {`const base = "/v" + "2"
		func main() {
			e := echo.New()
			g := e.Group(base)
			g.Use(mw)
			g.GET("/me", me)
			e.Add(http.MethodPut, "/y", h)
		}`, []string{"GET /v2/me", "PUT /y"}},
		"fiber": {`func main() {
			app := fiber.New()
			api := app.Group("/api", mw)
			api.Get("/me", me).Name("me")
			app.Get("/files/*", files)
		}`, []string{"GET /api/me", "GET /files/1"}},
		"chi": {`func adminRouter() http.Handler { r := chi.NewRouter(); r.Get("/", index); r.Delete("/{id:[0-9]+}", remove); return r }
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
		}`, []string{"GET /", "GET /me", "GET /items", "PUT /items/1", "GET /admin", "DELETE /admin/1", "GET /sub/x", "POST /m"}},
		"net/http": {`func main() {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /me", me)
			mux.Handle("/all", h)
			mux.Handle("GET example.com/x", h)
			mux.Handle("POST /items/{id}/{$}", h)
		}`, []string{"GET /me", "GET /all", "POST /items/1/"}},
		"what only looks like it": {`func main() {
			r.Header.Get("X-Y")
			cache.Get("key", &v)
			client.Get(url)
			q.Set("a", "b")
			os.Getenv("PORT")
			path := "/computed/" + name
			r.GET(path, h)
		}`, nil},
		"methods": {`type server struct{}
		func (s *server) run() { r := gin.New(); s.routes(r.Group("/v1")) }
		func (s *server) routes(r gin.IRouter) { r.GET("/me", s.me) }`, []string{"GET /v1/me"}},
		"it calls itself": {`func main() { r := gin.New(); loop(r.Group("/a")) }
		func loop(r *gin.RouterGroup) { r.GET("/x", h); loop(r) }`, []string{"GET /a/x"}},
	} {
		t.Run(name, func(t *testing.T) {
			file := write(t, "main.go", "package main\n"+row.code)
			list, err := FromSource(filepath.Dir(file))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range list {
				got = append(got, r.String())
				if r.Access != Unknown || r.Named || !strings.HasPrefix(r.From, "main.go:") {
					t.Errorf("got %+v", r)
				}
			}
			if !slices.Equal(got, row.want) {
				t.Errorf("got  %q\nwant %q", got, row.want)
			}
		})
	}
}
