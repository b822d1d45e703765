package openapi

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOutside has references to everything that is not in the document's folder.
func TestOutside(t *testing.T) {
	folder := write(t, map[string]string{
		"secret.json": `{"type": "string", "const": "the secret"}`, "api/inside.json": `{"type": "string"}`, "api/deep/a.yaml": "$ref: ../inside.json\n",
		"api/deep/up.yaml": "$ref: ../../secret.json\n",
	})
	for name, to := range map[string]string{"out.json": "../secret.json", "in.json": "inside.json", "etc": "/etc", "folder": ".."} {
		if err := os.Symlink(to, filepath.Join(folder, "api", name)); err != nil {
			t.Fatal(err)
		}
	}
	for ref, want := range map[string]string{
		"inside.json": "", "./deep/a.yaml": "", "in.json": "", "deep/../inside.json#": "", "%69nside.json": "",
		"http://127.0.0.1/schema.json":       "leads to the network",
		"HTTPS://example.com/schema.json#/a": "leads to the network",
		"//example.com/schema.json":          "leads to the network",
		"file:///etc/passwd":                 "leads to the network",
		"C:/secret.json":                     "leads to the network",
		"/etc/passwd":                        "an absolute path",
		"%2Fetc/passwd":                      "an absolute path",
		`..\secret.json`:                     "backslash",
		"../secret.json":                     "out of the document's folder",
		"deep/../../secret.json":             "out of the document's folder",
		"%2e%2e/secret.json":                 "out of the document's folder",
		"..":                                 "out of the document's folder",
		"deep/up.yaml":                       "out of the document's folder",
		"out.json":                           "escapes",
		"etc/passwd":                         "escapes",
		"folder/secret.json":                 "escapes",
		"deep":                               "is not a file",
		"nothing.json":                       "there is no file nothing.json",
		"inside.json#/properties/a":          "leads nowhere",
		"inside.json#/components/../a":       "leads nowhere",
		"%zz.json":                           "invalid URL escape",
		"#/paths":                            "in a circle",
	} {
		main := filepath.Join(folder, "api", "openapi.json")
		text := `{"openapi": "3.0.3", "paths": {"$ref": ` + asJSON(t, ref) + `}}`
		if err := os.WriteFile(main, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		d, err := Open(main)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Follow(d.Main.Root["paths"], d.Main.Name)
		switch {
		case want == "" && (err != nil || got.Object["type"] != "string"):
			t.Errorf("%s: got %v and the error %v, want the file", ref, got, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: got %v, want %q in it", ref, err, want)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if again, err := d.Follow(d.Main.Root["paths"], d.Main.Name); (err != nil) != (want != "") || err == nil && again.Object["type"] != "string" {
			t.Errorf("%s: once the folder is closed, what was read is not known any more: %v", ref, err)
		}
	}
}

func TestVersions(t *testing.T) {
	for text, want := range map[string]string{
		`openapi: 3.0.3`: "3.0.3", `openapi: 3.1`: "3.1", `openapi: "3.1"`: "3.1", `openapi: 3`: "3.0", `openapi: 3.0`: "3.0",
		`openapi: 3.2.0`: "3.2.0", `openapi: 3.1.1`: "3.1.1", `swagger: 2.0`: "2.0", `swagger: "2.0"`: "2.0", `swagger: 2`: "2.0", `openapi: 3.0.0-rc2`: "3.0.0-rc2",
	} {
		d := parse(t, text+"\npaths: {/a: {get: {}}}")
		if d.Version != want {
			t.Errorf("%s: got version %q, want %q", text, d.Version, want)
		}
		if list, missed := d.Operations(); len(list) != 1 || len(missed) > 0 {
			t.Errorf("%s: got %d operations, want 1, and missed %v", text, len(list), missed)
		}
	}
	if d := parse(t, "openapi: 3.1.0\nwebhooks: {new: {post: {}}}"); !d.OnlyWebhooks() {
		t.Error("a document of webhooks is not known as one")
	}
	if d := parse(t, "openapi: 3.1.0\npaths: {/a: {get: {}}}\nwebhooks: {new: {post: {}}}"); d.OnlyWebhooks() {
		t.Error("a document of paths and webhooks is taken for one of webhooks")
	}
}

func TestBasePath(t *testing.T) {
	for servers, want := range map[string]string{
		"": "", "servers: []": "", "servers: [{url: /}]": "", "servers: [{url: /v1/}]": "/v1", "servers: 3": "",
		"servers: [{url: 'https://api.example.com/v2'}, {url: /v1}]": "/v2", "servers: [{url: 'https://{region}.example.com'}]": "",
		"servers: [{url: 'https://{region}.example.com/v2', variables: {region: {default: eu}}}]":    "/v2",
		"servers: [{url: 'https://{region}.example.com/v2'}]":                                        "/v2",
		"servers: [{url: 'https://a.example.com/{version}/x', variables: {version: {default: v3}}}]": "/v3/x",
		"servers: [{url: 'https://a.example.com/{version}/x'}]":                                      "/{version}/x",
		"servers: [{url: v1}]": "/v1", "servers: [{url: '/a/../b//c/'}]": "/b/c", "servers: [{url: 'https://a.example.com:%zz/'}]": "",
		"servers: [{url: 'https://a.example.com:{port}/{v}', variables: {port: {default: 80}, v: {default: 1.0}}}]": "/1.0",
	} {
		if got := parse(t, "openapi: 3.1.0\npaths: {/a: {}}\n"+servers).BasePath(); got != want {
			t.Errorf("%s: got %q, want %q", servers, got, want)
		}
	}
	if got := parse(t, "swagger: 2.0\nhost: api.example.com\nbasePath: /v1/\nschemes: [http]\npaths: {}").BasePath(); got != "/v1" {
		t.Errorf("Swagger: got %q, want /v1", got)
	}
}

// TestSeveralFiles has paths, operations and components in other files, which
// refer to each other and back to the document.
func TestSeveralFiles(t *testing.T) {
	folder := write(t, map[string]string{
		"openapi.yaml": `openapi: 3.0.3
security: [{b: []}]
paths:
  /notes: {$ref: paths/notes.yaml}
  /open: {get: {$ref: 'op.yaml'}}
  /same: {$ref: '#/paths/~1notes'}
components:
  securitySchemes: {b: {$ref: 'common.json#/schemes/b'}}
  schemas: {Note: {type: object, properties: {by: {$ref: 'common.json#/user'}}}}
`,
		"paths/notes.yaml": `parameters: [{$ref: '../common.json#/limit'}]
get:
  operationId: listNotes
  responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '../openapi.yaml#/components/schemas/Note'}}}}}
post:
  requestBody: {$ref: ../body.yaml}
`,
		"op.yaml":     "operationId: openOp\nsecurity: []\nresponses: {'200': {description: ok}}\n",
		"body.yaml":   "content: {application/json: {schema: {$ref: 'common.json#/user'}}}\n",
		"common.json": `{"schemes": {"b": {"type": "http", "scheme": "Bearer"}}, "limit": {"name": "limit", "in": "query", "schema": {"type": "integer"}}, "user": {"type": "object", "properties": {"friend": {"$ref": "#/user"}}}}`,
	})
	d, err := Open(filepath.Join(folder, "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	list, missed := d.Operations()
	for _, op := range list {
		alternatives, declared := d.Security(op)
		id, _ := op.Op.Object["operationId"].(string)
		got = append(got, op.Method+" "+op.Path+" "+id+" "+asJSON(t, alternatives)+map[bool]string{true: "", false: " undeclared"}[declared]+" "+op.Op.File)
	}
	want := []string{
		`GET /notes listNotes [["b"]] paths/notes.yaml`, `POST /notes  [["b"]] paths/notes.yaml`, `GET /open openOp null op.yaml`,
		`GET /same listNotes [["b"]] paths/notes.yaml`, `POST /same  [["b"]] paths/notes.yaml`,
	}
	if !slices.Equal(got, want) || len(missed) > 0 {
		t.Errorf("got the operations %q and missed %v, want %q", got, missed, want)
	}
	parameters, _ := list[0].Item.Object["parameters"].([]any)
	if p := d.Plain(parameters[0], list[0].Item.File); p.Object["name"] != "limit" || p.File != "common.json" {
		t.Errorf("got the parameter %v, want limit", p)
	}
	if !d.IsBearer("b") {
		t.Error("the security scheme is not known as bearer")
	}
}

// TestMissed has what a document describes and cannot be followed.
func TestMissed(t *testing.T) {
	for item, want := range map[string]string{
		`"@evil.example/x": {get: {}}`: "@evil.example/x: a path has to begin with a slash", `".evil.example/x": {get: {}}`: "a path has to begin with a slash",
		`/a: {$ref: '#/paths/~1a'}`: "/a: its references lead in a circle", `/a: {$ref: nothing.yaml}`: "only the document itself was given",
		`/a: {get: words}`: "GET /a: the operation is not an object", `/a: {get: {$ref: '#/nowhere'}}`: "GET /a: the reference \"#/nowhere\" leads nowhere",
		`/a: {additionalOperations: {COPY: 3}}`: "COPY /a: the operation is not an object",
	} {
		list, missed := parse(t, "openapi: 3.1.0\npaths:\n  "+item).Operations()
		if len(list) != 0 || len(missed) != 1 || !strings.Contains(missed[0].What+": "+missed[0].Why.Error(), want) {
			t.Errorf("%s: got %v and missed %v, want %q", item, list, missed, want)
		}
	}
	list, missed := parse(t, "openapi: 3.1.0\npaths:\n  /a: {$ref: '#/components/pathItems/A', put: {}, get: {summary: own}}\ncomponents: {pathItems: {A: {get: {}, post: {}}}}").Operations()
	if len(list) != 3 || list[0].Op.Object["summary"] != "own" || len(missed) > 0 {
		t.Errorf("operations beside a reference: got %v and missed %v", list, missed)
	}
}

// TestSecurity has every form of who may call an operation.
func TestSecurity(t *testing.T) {
	for text, want := range map[string]struct{ declared, anybody bool }{
		"": {false, true}, "security: []": {true, true}, "security: [{}]": {true, true}, "security: [{b: []}]": {true, false}, "security: [{b: []}, {}]": {true, true},
		"security: [b]": {true, false}, "security: [null]": {true, false}, "security: null": {false, true}, "security: {b: []}": {true, false}, "security: {}": {true, false}, "security: text": {true, false},
	} {
		for _, document := range []string{"openapi: 3.1.0\npaths: {/a: {get: {}}}\n" + text, "openapi: 3.1.0\npaths: {/a: {get: {" + text + "}}}"} {
			d := parse(t, document)
			list, _ := d.Operations()
			alternatives, declared := d.Security(list[0])
			if anybody := TakesAnybody(alternatives); declared != want.declared || anybody != want.anybody {
				t.Errorf("%s: got declared %v and anybody %v, want %v", document, declared, anybody, want)
			}
		}
	}
}

func TestOpenAPI32(t *testing.T) {
	list, missed := parse(t, "openapi: 3.2.0\npaths: {/a: {query: {operationId: search}, additionalOperations: {COPY: {operationId: copy}}, get: {}}}").Operations()
	var got []string
	for _, op := range list {
		got = append(got, op.Method)
	}
	if want := []string{"GET", "QUERY", "COPY"}; !slices.Equal(got, want) || len(missed) > 0 {
		t.Errorf("got %q, want %q, and missed %v", got, want, missed)
	}
}
