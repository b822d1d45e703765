package client

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/check/routes"
	"github.com/authkeel/authkeel/scripts/internal/openapi"
)

// TestClientAndCheckAgree reads documents as both commands do: a client that sends
// its token, and a check that tries the operation, must mean the same one.
func TestClientAndCheckAgree(t *testing.T) {
	const secured = "security: [{b: []}]\npaths:\n"
	for _, row := range []struct{ name, text, want string }{
		{"Swagger 2.0", "swagger: '2.0'\nbasePath: /v1\n" + secured + "  /a: {get: {security: []}, post: {}}", "GET /v1/a open, POST /v1/a closed"},
		{"3.0", "openapi: 3.0.3\nservers: [{url: 'https://api.example.com/v1/'}]\n" + secured + "  /a/{id}: {get: {security: [{}, {b: []}]}}", "GET /v1/a/{id} open"},
		{"3.1, unquoted", "openapi: 3.1\n" + secured + "  /a: {get: {}, head: {}, options: {}, put: {}, patch: {}, delete: {}}",
			"DELETE /a closed, GET /a closed, HEAD /a closed, OPTIONS /a closed, PATCH /a closed, PUT /a closed"},
		{"3.2", "openapi: 3.2.0\n" + secured + "  /a: {get: {}, query: {}, additionalOperations: {COPY: {}}}", "GET /a closed, without COPY /a, without QUERY /a"},
		{"JSON", `{"openapi": "3.0.0", "security": [{"b": []}], "paths": {"\/a": {"get": {"summary": "\ud83d\udc4d"}}}}`, "GET /a closed"},
		{"a path item in another file", "openapi: 3.1.0\n" + secured + "  /a: {$ref: item.yaml}\n  /b: {$ref: 'parts.yaml#/b'}", "GET /a open, POST /a closed, GET /b closed"},
		{"an operation in another file", "openapi: 3.1.0\n" + secured + "  /a: {get: {$ref: 'parts.yaml#/open'}}", "GET /a open"},
		{"a path item of the components", "openapi: 3.1.0\n" + secured + "  /a: {$ref: '#/components/pathItems/A%20b'}\ncomponents: {pathItems: {A b: {get: {}}}}", "GET /a closed"},
		{"operations beside a reference", "openapi: 3.1.0\n" + secured + "  /a: {$ref: '#/components/pathItems/A', put: {}}\ncomponents: {pathItems: {A: {get: {}}}}", "GET /a closed, PUT /a closed"},
		{"paths in another file", "openapi: 3.1.0\nsecurity: [{b: []}]\npaths: {$ref: paths.yaml}", "GET /x closed"},
		{"server variables", "openapi: 3.1.0\nservers: [{url: 'https://{region}.example.com/{v}', variables: {region: {default: eu}, v: {default: 2}}}]\n" + secured + "  /a: {get: {}}", "GET /2/a closed"},
		{"a server variable without default", "openapi: 3.1.0\nservers: [{url: 'https://{region}.example.com/v2'}]\n" + secured + "  /a: {get: {}}", "GET /v2/a closed"},
		{"a reference in a circle", "openapi: 3.1.0\n" + secured + "  /a: {$ref: '#/paths/~1a'}\n  /b: {get: {}}", "GET /b closed, without /a"},
		{"a path that is none", "openapi: 3.1.0\n" + secured + "  '@evil.example/a': {get: {}}\n  /b: {get: {}}", "GET /b closed, without @evil.example/a"},
		{"malformed security", "openapi: 3.1.0\n" + secured + "  /a: {get: {security: [b]}, put: {security: {}}}", "GET /a closed, PUT /a closed"},
		{"extensions", "openapi: 3.1.0\n" + secured + "  x-a: {get: {}}\n  /a: {x-get: {}, get: {}}", "GET /a closed"},
		{"webhooks alone", "openapi: 3.1.0\nwebhooks: {new: {post: {}}}", "error: only webhooks"},
		{"webhooks beside paths", "openapi: 3.1.0\nwebhooks: {new: {post: {}}}\n" + secured + "  /a: {get: {}}", "GET /a closed"},
		{"an equal name", `{"openapi": "3.0.0", "paths": {"/a": {}, "/a": {}}}`, "error: twice in one object"},
		{"another version", "openapi: 4.0.0\npaths: {/a: {get: {}}}", "error: of version 4.0.0"},
		{"no document", "- a", "error: at its top is no object"},
	} {
		t.Run(row.name, func(t *testing.T) {
			project(t, map[string]string{
				"openapi.yaml": row.text, "item.yaml": "get: {security: []}\npost: {}\n", "paths.yaml": "/x: {get: {}}\n",
				"parts.yaml": "b: {get: {}}\nopen: {security: []}\n",
			})
			if got := ofClient("openapi.yaml"); !matches(got, row.want) {
				t.Errorf("client: got %s, want %s", got, row.want)
			}
			if got := ofCheck("openapi.yaml"); !matches(got, row.want) {
				t.Errorf("check: got %s, want %s", got, row.want)
			}
		})
	}
	folder := filepath.Join("..", "openapi", "testdata", "documents")
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) < 20 {
		t.Fatalf("got %d documents: %v", len(entries), err)
	}
	for _, entry := range entries {
		file := filepath.Join(folder, entry.Name())
		client, check := ofClient(file), ofCheck(file)
		if client != check && !(strings.HasPrefix(client, "error: ") && strings.HasPrefix(check, "error: ")) {
			t.Errorf("%s: got %s of client and %s of check", entry.Name(), client, check)
		}
	}
}

func matches(got, want string) bool {
	if part, isError := strings.CutPrefix(want, "error: "); isError {
		return strings.HasPrefix(got, "error: ") && strings.Contains(got, part)
	}
	return got == want
}

// ofClient lists what client finds in a document.
func ofClient(file string) string {
	s := &spec{}
	err := s.open(file)
	if err == nil {
		defer func() { _ = s.Close() }() // it was only read
		err = s.check()
	}
	if err != nil {
		return "error: " + err.Error()
	}
	var list []string
	for _, op := range s.all() {
		access := "closed"
		if alternatives, _ := s.Security(op.Operation); op.access != "required" || openapi.TakesAnybody(alternatives) {
			access = "open"
		}
		list = append(list, fmt.Sprint(op.Method, " ", s.BasePath(), op.Path, " ", access))
	}
	s.noteMissing()
	slices.Sort(s.notes)
	for _, note := range s.notes {
		what, _, _ := strings.Cut(strings.TrimPrefix(note, "The client goes without "), ": ")
		list = append(list, "without "+what)
	}
	return strings.Join(list, ", ")
}

// ofCheck lists what check finds in it.
func ofCheck(file string) string {
	found, err := routes.FromSpec(file, true)
	if err != nil {
		return "error: " + err.Error()
	}
	slices.SortStableFunc(found.Routes, func(a, b routes.Route) int {
		return strings.Compare(a.Template+" "+a.Method, b.Template+" "+b.Method)
	})
	var list, missed []string
	for _, r := range found.Routes {
		access := "closed"
		if r.Access == routes.Public {
			access = "open"
		}
		list = append(list, r.Method+" "+r.Template+" "+access)
	}
	for _, m := range found.Missed {
		missed = append(missed, "without "+m.What)
	}
	slices.Sort(missed)
	return strings.Join(append(list, missed...), ", ")
}
