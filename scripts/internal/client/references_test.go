package client

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// TestReferencesOut has a document refer to what is not its author's to read.
func TestReferencesOut(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(server.Close)
	for _, row := range []struct{ name, ref, want string }{
		{"the network", server.URL + "/internal?latest", "leads to the network"},
		{"the network, another scheme", "ftp://127.0.0.1/x", "leads to the network"},
		{"a file URL", "file:///etc/passwd", "leads to the network or to another scheme"},
		{"without a scheme", "//127.0.0.1/x", "leads to the network"},
		{"an absolute path", "/etc/passwd", "is an absolute path"},
		{"a parent", "../secret.yaml#/top", "leads out of the document's folder"},
		{"a parent, on the way", "parts/../../secret.yaml", "leads out of the document's folder"},
		{"a parent, encoded", "%2e%2e/secret.yaml", "leads out of the document's folder"},
		{"a parent of Windows", `..\secret.yaml`, "backslash"},
		{"a link to a file outside", "link.yaml", "escapes"},
		{"a link to a folder outside", "links/secret.yaml", "escapes"},
		{"through a file that is there", "parts/deep.yaml", "leads out of the document's folder"},
		{"no file", "nothing.yaml", "there is no file nothing.yaml"},
		{"no document", "words.yaml", "neither YAML nor JSON"},
	} {
		for _, place := range []string{
			`components: {schemas: {A: {$ref: '%s'}}}`,
			`components: {schemas: {A: {type: object, properties: {example: {$ref: '%s'}}}}}`,
			`components: {schemas: {A: {discriminator: {propertyName: k, mapping: {a: '%s'}}}}}`,
			`components: {responses: {default: {$ref: '%s'}}}`,
		} {
			t.Run(row.name, func(t *testing.T) {
				project(t, map[string]string{
					"secret.yaml": "top: password-of-the-machine\n", "api/words.yaml": "just words",
					"api/openapi.yaml":    "openapi: 3.0.3\npaths: {/a: {get: {}}}\n" + fmt.Sprintf(place, row.ref),
					"api/parts/deep.yaml": "A: {$ref: '../../secret.yaml'}",
				})
				if err := os.Symlink("../secret.yaml", "api/link.yaml"); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink("..", "api/links"); err != nil {
					t.Fatal(err)
				}
				tools := &fakeTools{}
				r := run(t, tools, "", "rest out --spec api/openapi.yaml")
				if r.code != cli.ExitFailed || !strings.Contains(r.err, row.want) {
					t.Errorf("got exit code %d and %q, want %d and %q", r.code, r.err, cli.ExitFailed, row.want)
				}
				if len(tools.ran) > 0 {
					t.Errorf("the tools %v ran before the reference was refused", tools.ran)
				}
			})
		}
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("the server was asked %d times", n)
	}
}

// TestReferencesThatAreNone has "$ref" in places where it is a value.
func TestReferencesThatAreNone(t *testing.T) {
	for _, row := range []struct{ name, text string }{
		{"an example in another file", "paths: {/a: {get: {responses: {'200': {content: {application/json: {examples: {one: {$ref: examples/one.json}}}}}}}}}"},
		{"an example's value", "paths: {/a: {get: {responses: {'200': {content: {application/json: {example: {$ref: '#/nowhere'}}}}}}}}"},
		{"an example of the network", "paths: {/a: {get: {responses: {'200': {content: {application/json: {examples: {one: {externalValue: 'http://10.0.0.1/x'}}}}}}}}}"},
		{"an extension", "paths: {/a: {get: {}}}\nx-policies: {$ref: ../policies.yaml}"},
		{"an extension of an operation", "paths: {/a: {get: {x-samples: [{source: {$ref: /etc/passwd}}]}}}"},
		{"a default", "paths: {/a: {get: {}}}\ncomponents: {schemas: {A: {default: {$ref: 'http://10.0.0.1'}, enum: [{$ref: x}]}}}"},
	} {
		t.Run(row.name, func(t *testing.T) {
			project(t, map[string]string{"openapi.yaml": "openapi: 3.0.3\n" + row.text})
			tools := &fakeTools{}
			if r := run(t, tools, "", "rest out"); r.code != cli.ExitOK {
				t.Fatalf("got exit code %d: %s", r.code, r.err)
			}
			if strings.Contains(tools.whole, "$ref") || strings.Contains(tools.whole, "externalValue") {
				t.Errorf("the generator of types was given\n%s", tools.whole)
			}
		})
	}
}

// TestReferences follows those of path items, operations, parameters and bodies.
func TestReferences(t *testing.T) {
	project(t, map[string]string{"api/openapi.yaml": `openapi: 3.1.0
security: [{b: []}]
paths:
  /here: {$ref: '#/components/pathItems/a~1b'}
  /there: {$ref: './parts/there.yaml'}
  /operation: {get: {$ref: 'parts/op.yaml#/open'}}
  /circle: {$ref: '#/paths/~1circle'}
components: {pathItems: {a/b: {get: {security: []}}}}
`, "api/parts/there.yaml": `
get: {security: [], operationId: there, parameters: [{$ref: 'op.yaml#/csv'}]}
post: {requestBody: {$ref: 'op.yaml#/form'}}
`, "api/parts/op.yaml": `
open: {security: []}
csv: {name: csv, in: query, explode: false, schema: {type: array}}
form: {content: {application/x-www-form-urlencoded: {schema: {type: object}}}}
`})
	r := run(t, &fakeTools{}, "", "rest out --spec api/openapi.yaml")
	if r.code != cli.ExitOK {
		t.Fatalf("got exit code %d: %s", r.code, r.err)
	}
	for file, wants := range map[string][]string{
		"out/src/operations.ts": {"['GET', '/here', 'none']", "['GET', '/there', 'none']", "['GET', '/operation', 'none']"},
		"out/src/formats.ts":    {"['GET /there']: { query: { ['csv']: ['form', false] } }", "['POST /there']: { body: 'application/x-www-form-urlencoded' }"},
	} {
		for _, want := range wants {
			if text := get(t, file); !strings.Contains(text, want) {
				t.Errorf("%s lacks %s:\n%s", file, want, text)
			}
		}
	}
}

func TestFileThatIsOnlyText(t *testing.T) {
	project(t, nil)
	r := run(t, &fakeTools{}, "openapi: 3.0.0\npaths: {/a: {$ref: other.yaml}}", "rest out --spec -")
	if r.code != cli.ExitFailed || !strings.Contains(r.err, "give the file with --spec") {
		t.Errorf("got exit code %d and %q", r.code, r.err)
	}
}

// TestLinks has links in the output folder: what they lead to stays as it is.
func TestLinks(t *testing.T) {
	t.Run("a folder", func(t *testing.T) {
		project(t, map[string]string{"openapi.yaml": notesSpec, "outside/x.txt": "mine\n", "web/x.txt": ""})
		if err := os.Symlink("../outside", "web/src"); err != nil {
			t.Fatal(err)
		}
		r := run(t, &fakeTools{}, "", "rest web")
		if r.code != cli.ExitFailed || !strings.Contains(r.err, "escapes") {
			t.Errorf("got exit code %d and %q, want it to be refused", r.code, r.err)
		}
		if got := wrote(t, "outside"); len(got) != 1 {
			t.Errorf("got the files %v outside", got)
		}
	})
	for _, to := range []string{"../outside/auth.ts", "../outside/nothing.ts", "mine.ts"} {
		t.Run(to, func(t *testing.T) {
			project(t, map[string]string{"openapi.yaml": notesSpec, "web/x.txt": ""})
			generated := string(File{Path: "auth.ts", Text: "older\n"}.marked())
			put(t, "outside/auth.ts", generated)
			put(t, "web/mine.ts", generated)
			if err := os.Symlink(to, "web/api.auth.ts"); err != nil {
				t.Fatal(err)
			}
			r := run(t, &fakeTools{}, "", "rest web/api.ts --force")
			if r.code != cli.ExitOK || !strings.Contains(r.out, "left    web/api.auth.ts: it is a symbolic link") {
				t.Errorf("got exit code %d and %q", r.code, r.out+r.err)
			}
			if get(t, "outside/auth.ts") != generated || get(t, "web/mine.ts") != generated || len(wrote(t, "outside")) != 1 {
				t.Error("what the link leads to was written")
			}
		})
	}
}

// TestControlCharacters has a document's words on the terminal.
func TestControlCharacters(t *testing.T) {
	for _, row := range []struct{ name, text string }{
		{"a version", "{\"openapi\": \"4.0\\u001b[31m\", \"paths\": {\"/a\": {}}}"},
		{"a reference", "{\"openapi\": \"3.0.0\", \"paths\": {\"/a\": {\"$ref\": \"../\\u001b]0;title\\u0007\\u202e\\u009b\"}}}"},
		{"an operation ID", "{\"openapi\": \"3.0.0\", \"paths\": {\"/a\": {\"get\": {\"operationId\": \"x\\u001b[8m\"}}, \"/b\\u001b[8m\": {\"get\": {\"operationId\": \"x\\u001b[8m\"}}}}"},
		{"a server", "{\"openapi\": \"3.0.0\", \"servers\": [{\"url\": \"/v1%1b[31m\"}], \"paths\": {\"/a\": {}}}"},
	} {
		t.Run(row.name, func(t *testing.T) {
			project(t, map[string]string{"openapi.json": row.text})
			r := run(t, &fakeTools{}, "", "rest out")
			if said := r.out + r.err; strings.ContainsAny(said, "\x1b\x07\u009b\u202e") || !strings.Contains(said, `\u001b`) {
				t.Errorf("got %q, want the control characters as escapes", said)
			}
		})
	}
}
