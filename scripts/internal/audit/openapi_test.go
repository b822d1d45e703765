package audit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/authtest/authroutes"
)

var auditedRoutes = []authroutes.Route{
	{Method: "GET", Path: "/api/open", Access: "public"},
	{Method: "GET", Path: "/api/feed", Access: "optional"},
	{Method: "GET", Path: "/api/users/:id<int>", Access: "token"},
	{Method: "DELETE", Path: "/api/users/:id<int>", Access: `token, role "admin", scope "users:delete"`},
	{Method: "ANY", Path: "/api/orders/{order:[0-9]{2}}", Access: `token, scope "a" or scope "b"`},
	{Method: "GET", Path: "/api/secret", Access: "refused 403 before the handler"},
	{Method: "GET", Path: "/api/unlisted", Access: "public"},
}

const yamlDocument = `# The API.
openapi: "3.1.0"
servers: [{url: https://api.example.com/api}]
security:
  - login: []   # for all
components:
  securitySchemes:
    key: {type: apiKey, name: k, in: header}
    login: {type: oauth2, flows: {}}
paths:
  /open:
    get:
      # everybody
      summary: "open"
      responses: {200: {description: ok}}

  /feed:
    get:
      responses:
        '200': {description: ok}
      security: [] # wrong
      tags: [feed]
  /users/{id}:
    parameters: []
    get:
      security:
        - login: []
    delete:
      security:
        - login:
            - users:write
        # the end
      x-more: 1
  /orders/{id}:
    post:
      security: [{login: [b]}, {login: [a]}]
  /secret:
    get: {}
  /gone:
    get: {security: []}
`

const corrected = `# The API.
openapi: "3.1.0"
servers: [{url: https://api.example.com/api}]
security:
  - login: []   # for all
components:
  securitySchemes:
    key: {type: apiKey, name: k, in: header}
    login: {type: oauth2, flows: {}}
paths:
  /open:
    get:
      # everybody
      security: []
      summary: "open"
      responses: {200: {description: ok}}

  /feed:
    get:
      responses:
        '200': {description: ok}
      security: # wrong
        - {}
        - login: []
      tags: [feed]
  /users/{id}:
    parameters: []
    get:
      security:
        - login: []
    delete:
      security:
        - login: ["users:delete"]
        # the end
      x-more: 1
  /orders/{id}:
    post:
      security: [{login: [b]}, {login: [a]}]
  /secret:
    get: {}
  /gone:
    get: {security: []}
`

func TestOpenAPI(t *testing.T) {
	for _, end := range []string{"\n", "\r\n"} {
		file := filepath.Join(t.TempDir(), "openapi.yaml")
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(yamlDocument, "\n", end)), 0o600); err != nil {
			t.Fatal(err)
		}
		o := options{openapi: file}
		r := &result{Routes: auditedRoutes}
		if err := o.compareDocument(r); err != nil {
			t.Fatal(err)
		}
		want := []finding{
			{"GET /open", 12, "the document says that a token is needed, and the route asks for: public"},
			{"GET /feed", 18, "the document says that everybody may call it, and the route asks for: optional"},
			{"DELETE /users/{id}", 28, `the document asks for the scopes users:write, and the route for: token, role "admin", scope "users:delete"`},
			{"GET /gone", 40, "the program has no such route"},
		}
		if len(r.Operations) != len(want) {
			t.Fatalf("got %v, want %v", r.Operations, want)
		}
		for i := range want {
			if r.Operations[i] != want[i] {
				t.Errorf("got %v, want %v", r.Operations[i], want[i])
			}
		}
		notes := strings.Join(r.Notes, "\n")
		if !strings.Contains(notes, "GET /secret was not compared") || !strings.Contains(notes, "GET /api/unlisted is not in the document") {
			t.Errorf("got the notes %q", notes)
		}
		o.write = true
		r = &result{Routes: auditedRoutes}
		if err := o.compareDocument(r); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(file)
		if err != nil || string(text) != strings.ReplaceAll(corrected, "\n", end) {
			t.Errorf("got %v\n%s", err, text)
		}
		if len(r.Operations) != 1 || r.Operations[0].Operation != "GET /gone" {
			t.Errorf("after the correction: got %v, want the route that is gone alone", r.Operations)
		}
	}
}

func TestCorrectJSON(t *testing.T) {
	const head = `{"openapi": "3.0.3", "components": {"securitySchemes": {"b": {"type": "http", "scheme": "Bearer"}}}, "paths": `
	routes := []authroutes.Route{{Method: "GET", Path: "/x", Access: `token, scope "s"`}, {Method: "PUT", Path: "/x", Access: "public"}}
	for _, tt := range []struct{ name, text, want string }{
		{"inserted", head + "{\"/x\": {\"get\": {\n  \"tags\": []\n}}}}", head + "{\"/x\": {\"get\": {\n  \"security\": [{\"b\":[]}],\n  \"tags\": []\n}}}}"},
		{"empty", head + `{"/x": {"get": {}}}}`, head + `{"/x": {"get": {"security": [{"b":[]}]}}}}`},
		{"replaced", head + `{"/x": {"get": {"a": "\ud83d\ude00", "security": [ ], "b": 1}, "put": {"security" : [{"b": []}]}}}}`, head + `{"/x": {"get": {"a": "\ud83d\ude00", "security": [{"b":[]}], "b": 1}, "put": {"security" : []}}}}`},
		{"right", head + `{"/x": {"get": {"security": [{"b": []}]}}}}`, head + `{"/x": {"get": {"security": [{"b": []}]}}}}`},
		{"byte order mark", "\ufeff" + head + `{"/x": {"get": {}}}}`, "\ufeff" + head + `{"/x": {"get": {"security": [{"b":[]}]}}}}`},
	} {
		d, err := newDocument([]byte(tt.text))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		d.compare(&result{Routes: routes})
		if got, err := d.corrected(); err != nil || string(got) != tt.want {
			t.Errorf("%s: got %v\n%s, want\n%s", tt.name, err, got, tt.want)
		}
	}
}

func TestDocumentsThatCannotBeCorrected(t *testing.T) {
	routes := []authroutes.Route{{Method: "GET", Path: "/x", Access: "token"}}
	const scheme = "openapi: 3.1.0\ncomponents: {securitySchemes: {b: {type: http, scheme: bearer}}}\n"
	for _, tt := range []struct{ name, text, want string }{
		{"no scheme", "openapi: 3.1.0\npaths: {/x: {get: {}}}\n", "describes no scheme"},
		{"braces", scheme + "paths: {/x: {get: {}}}\n", "do it by hand"},
		{"alias", scheme + "x-o: &o\n  tags: []\npaths:\n  /x:\n    get: *o\n", "do it by hand"},
	} {
		d, err := newDocument([]byte(tt.text))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		d.compare(&result{Routes: routes})
		if _, err := d.corrected(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
	for _, text := range []string{"", "[", "{", "openapi: 2.0\npaths: {}", "swagger: '2.0'", "openapi: 3.0.0", "openapi: 3.0.0\npaths: 1", "\x00"} {
		if _, err := newDocument([]byte(text)); err == nil {
			t.Errorf("%q: got no error", text)
		}
	}
	bomb := "openapi: 3.0.0\na0: &a0 [x, x]\n"
	for i := range 40 {
		bomb += fmt.Sprintf("a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	if _, err := newDocument([]byte(bomb)); err == nil || !strings.Contains(err.Error(), "too many values") {
		t.Errorf("aliases of aliases: got %v, want too many values", err)
	}
	d, err := newDocument([]byte(scheme + "paths: {/y: {$ref: other.yaml}}"))
	if err != nil {
		t.Fatal(err)
	}
	r := &result{Routes: routes}
	if d.compare(r); len(r.Operations) != 1 || !strings.Contains(r.Operations[0].Text, "was not looked at") {
		t.Errorf("a reference: got %v, want that it was not looked at", r.Operations)
	}
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(yamlDocument))
	f.Add([]byte(`{"openapi": "3.0.3", "components": {"securitySchemes": {"b": {"type": "http", "scheme": "bearer"}}}, "paths": {"/x": {"get": {}}}}`))
	f.Add([]byte("openapi: 3.1.0\npaths:\n  /x:\n    get:\n      ? security\n      : []\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := newDocument(text)
		if err != nil {
			return
		}
		d.compare(&result{Routes: auditedRoutes})
		_, _ = d.corrected() // which must not panic
	})
}
