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
		"GTE:/me": "", "CONNECT:/me": "", "TRACE:/me": "", "GET://evil.example/me": "", `GET:/\evil.example`: "", "GET:@evil.example/me": "",
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

// TestUsuallyPublic: a whole path counts, never one word of it.
func TestUsuallyPublic(t *testing.T) {
	for path, want := range map[string]bool{
		"/": true, "/healthz": true, "/Login": true, "/docs": true, "/docs/": true, "/.well-known/x": true, "/static/app.js": true, "/static/*filepath": true,
		"/swagger/*": true, "/assets/{rest...}": true, "/docs/intro": true,
		"/api/me": false, "/api/users": false, "/api/": false, "/status/1": false, "/healthy": false, "/api/health": false, "/auth/login": false,
		"/orders/:id/status": false, "/orders/{id}/status": false, "/docs/:id": false, "/docs/{id}": false, "/static/:user/*": false, "/*": false, "/:id": false,
		"/webhooks/:id": false, "/register/me": false, "": false,
	} {
		if got := (Route{Path: Fill(path), Template: path}).UsuallyPublic(); got != want {
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
	for _, r := range list.Routes {
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
		`swagger: "2.0"`: "no operations",
		`swagger: "1.2"`: "of version 1.2 of Swagger",
		`openapi: 3.0.0`: "no operations",
		`info: {}`:       "neither `openapi` nor `swagger`",
		"\t":             "it is empty",
		"a: [":           "neither YAML nor JSON",
		`[]`:             "neither YAML nor JSON",
		`{"a": `:         "not valid JSON",
	} {
		if _, err := FromSpec(write(t, "x.json", text), true); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	if _, err := FromSpec(filepath.Join(t.TempDir(), "none.yaml"), true); err == nil {
		t.Error("a file that is not there is no error")
	}
}

// documents are those that the reader of documents is tested with.
var documents = filepath.Join("..", "..", "openapi", "testdata", "documents")

// TestDocuments: documents of real projects, and what they made of them.
func TestDocuments(t *testing.T) {
	for name, want := range map[string]string{
		"pathref2.yaml": "GET /closed, GET /forgotten", "opref2.yaml": "GET /closed, GET /forgotten", // operations in other files
		"surrogate.json": "GET /a", "slash.json": "GET /a", "ctrl.json": "GET /a", // JSON that is not YAML
		"v3.yaml": "GET /a", "v32.yaml": "GET /a", // an unquoted version, and the newest one
		"servervar.yaml": "GET /v2/a",
		"swagger.yaml":   "GET /v1/notes/7, POST /v1/notes/7, GET /v1/status?kind=short", // Swagger 2.0, whose parameters are schemas
	} {
		list, err := FromSpec(filepath.Join(documents, name), true)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, r := range list.Routes {
			got = append(got, r.String())
		}
		if strings.Join(got, ", ") != want || len(list.Missed) > 0 {
			t.Errorf("%s: got %v and missed %v, want %s", name, got, list.Missed, want)
		}
	}
	if list, err := FromSpec(filepath.Join(documents, "longkey.json"), true); err != nil || len(list.Routes) != 2 {
		t.Errorf("a key of more than 1024 characters: got %d routes, %v", len(list.Routes), err)
	}
	if _, err := FromSpec(filepath.Join(documents, "webhooks31.yaml"), true); err == nil || !strings.Contains(err.Error(), "only webhooks") {
		t.Errorf("webhooks alone: got %v", err)
	}
}

// TestMissed: what a document describes and cannot be followed is named, and no
// reference leads to the network or out of the document's folder.
func TestMissed(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"outside.yaml": "get: {}\n", "inside/broken.yaml": "a: ["} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "outside.yaml"), filepath.Join(dir, "inside", "link.yaml")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "inside", "openapi.yaml")
	for item, want := range map[string]string{
		"\"@127.0.0.2:18099/steal\": {get: {}}":          "begin with a slash",
		"\".evil.example/x\": {get: {}}":                 "begin with a slash",
		"/a: {$ref: 'http://127.0.0.3:1/x.yaml'}":        "leads to the network",
		"/a: {$ref: '//127.0.0.3/x.yaml'}":               "leads to the network",
		"/a: {$ref: '../outside.yaml'}":                  "out of the document's folder",
		"/a: {$ref: '/etc/passwd'}":                      "an absolute path",
		"/a: {$ref: 'link.yaml'}":                        "cannot be followed",
		"/a: {$ref: 'none.yaml'}":                        "cannot be followed",
		"/a: {$ref: 'broken.yaml'}":                      "neither YAML nor JSON",
		"/a: {$ref: '#/paths/nowhere'}":                  "leads nowhere",
		"/a: {$ref: '#/paths/~1a'}":                      "in a circle",
		"/a: {get: {$ref: '#/nowhere'}}":                 "leads nowhere",
		"/a: {get: text}":                                "not an object",
		"/a: {query: {}}":                                "requests of this method are not sent",
		"/a: {additionalOperations: {COPY: {}}}":         "requests of this method are not sent",
		"/a: {get: {}, $ref: 'http://127.0.0.3/x.yaml'}": "leads to the network",
	} {
		if err := os.WriteFile(file, []byte("openapi: 3.2.0\npaths:\n  "+item+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := FromSpec(file, false)
		if err != nil {
			t.Errorf("%s: %v", item, err)
			continue
		}
		if len(list.Routes) != 0 || len(list.Missed) != 1 || !strings.Contains(list.Missed[0].Why, want) || list.Missed[0].What == "" {
			t.Errorf("%s: got %+v, want %q", item, list, want)
		}
	}
}

// FuzzFromSpec: no document makes the reader fail, and every path begins with a slash.
func FuzzFromSpec(f *testing.F) {
	f.Add([]byte(spec))
	f.Add([]byte("openapi: 3.1.0\npaths: {\"@host/x\": {get: {}}, /a: {$ref: '#/paths/~1a'}}\n"))
	f.Add([]byte(`{"openapi":"3.0.3","paths":{"\/a":{"get":{"parameters":[{"in":"path","name":"a","example":".."}]}}}}`))
	f.Add([]byte("openapi: 3.0.0\nservers: [{url: '//h/{x}', variables: {x: {default: [1]}}}]\npaths: {/{x}: {get: {parameters: [{in: path, name: x, schema: {enum: [../..]}}]}}}\n"))
	file := filepath.Join(f.TempDir(), "openapi.yaml")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := FromSpec(file, true)
		if err != nil {
			return
		}
		for _, r := range list.Routes {
			if !strings.HasPrefix(r.Path, "/") || r.Method == "" {
				t.Errorf("got %+v", r)
			}
		}
	})
}
