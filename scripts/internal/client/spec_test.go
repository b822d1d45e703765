package client

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/cli"
)

func TestNoSpec(t *testing.T) {
	project(t, nil)
	r := run(t, &fakeTools{}, "", "rest out")
	if r.code != cli.ExitUsage {
		t.Errorf("got exit code %d, want %d", r.code, cli.ExitUsage)
	}
	for _, way := range []string{"--spec FILE", "swag", "--spec URL"} {
		if !strings.Contains(r.err, way) {
			t.Errorf("got %q, want it to name %s", r.err, way)
		}
	}
}

func TestUsualPlaces(t *testing.T) {
	for _, name := range usualSpecs {
		project(t, map[string]string{name: notesSpec})
		r := run(t, &fakeTools{}, "", "rest out")
		if r.code != cli.ExitOK || !strings.Contains(r.err, name) {
			t.Errorf("%s: got exit code %d and %q, want it to be found and named", name, r.code, r.err)
		}
	}
}

func TestBadSpec(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"", "it is empty"},
		{" \n", "it is empty"},
		{"a: [", "neither YAML nor JSON"},
		{"[1]", "at its top is no object"},
		{"just words", "at its top is no object"},
		{"info: {}", "no OpenAPI document"},
		{"openapi: 4.0.0\npaths: {/a: {}}", "of version 4.0.0"},
		{"openapi: 3.1.0\nwebhooks: {newPet: {post: {}}}", "only webhooks"},
		{`{"openapi": "3.0.3", "paths": {"/a": {}, "/a": {}}}`, `"/a" is twice in one object`},
		{"swagger: '1.2'\npaths: {/a: {}}", "of version 1.2"},
		{"openapi: 3.0.0", "no paths"},
		{"openapi: 3.0.0\npaths: {}", "no paths"},
		{"openapi: 3.0.0\npaths: [a]", "no paths"},
	} {
		t.Run(row.text, func(t *testing.T) {
			project(t, map[string]string{"openapi.yaml": row.text})
			r := run(t, &fakeTools{}, "", "rest out")
			if r.code != cli.ExitFailed || !strings.Contains(r.err, row.want) || !strings.Contains(r.err, "openapi.yaml") {
				t.Errorf("got exit code %d and %q, want %d, the file and %q", r.code, r.err, cli.ExitFailed, row.want)
			}
			if got := wrote(t, "."); len(got) != 1 {
				t.Errorf("got the files %v, want nothing but openapi.yaml", got)
			}
		})
	}
}

func TestTypesFail(t *testing.T) {
	project(t, map[string]string{"openapi.yaml": notesSpec})
	r := run(t, &fakeTools{err: fmt.Errorf("a reference leads nowhere")}, "", "rest out")
	if r.code != cli.ExitFailed || !strings.Contains(r.err, "a reference leads nowhere") {
		t.Errorf("got exit code %d and %q, want %d and the reason", r.code, r.err, cli.ExitFailed)
	}
	if got := wrote(t, "."); len(got) != 1 {
		t.Errorf("got the files %v, want nothing but openapi.yaml", got)
	}
}

// TestKept has the document written into the package where it is in no file
// that the package could name.
func TestKept(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/openapi.json":
			fmt.Fprint(w, `{"openapi": "3.0.3", "paths": {"/status": {"get": {"security": []}}}}`)
		case "/away":
			http.Redirect(w, r, "http://api.example.com/openapi.json", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	for _, row := range []struct {
		name, stdin, spec string
		code              int
		want              string // in openapi.yaml, or in what is said
	}{
		{"stdin", notesSpec, "-", cli.ExitOK, "title: Notes"},
		{"url", "", server.URL + "/openapi.json", cli.ExitOK, `"openapi": "3.0.3"`},
		{"odd name", "", "it's.yaml", cli.ExitOK, "title: Notes"},
		{"404", "", server.URL + "/nothing", cli.ExitFailed, "the server answered 404"},
		{"redirected away", "", server.URL + "/away", cli.ExitUsage, "is not on this machine"},
		{"empty stdin", "", "-", cli.ExitFailed, "standard input: it is empty"},
	} {
		t.Run(row.name, func(t *testing.T) {
			project(t, map[string]string{"it's.yaml": notesSpec})
			r := run(t, &fakeTools{}, row.stdin, "rest out --spec "+row.spec)
			if r.code != row.code {
				t.Fatalf("got exit code %d, want %d: %s", r.code, row.code, r.err)
			}
			if row.code != cli.ExitOK {
				if !strings.Contains(r.err, row.want) {
					t.Errorf("got %q, want %q", r.err, row.want)
				}
				return
			}
			if kept := get(t, "out/openapi.yaml"); !strings.Contains(kept, row.want) {
				t.Errorf("got the document %q, want %q in it", kept, row.want)
			}
			if manifest := get(t, "out/package.json"); !strings.Contains(manifest, `"openapi-typescript openapi.yaml `) {
				t.Errorf("package.json does not generate from the kept document:\n%s", manifest)
			}
		})
	}
}

func TestSwagger(t *testing.T) {
	for _, version := range []string{`"2.0"`, "2.0"} {
		project(t, map[string]string{"docs/swagger.yaml": "swagger: " + version + "\nbasePath: /v1\npaths: {/status: {get: {}}}\n"})
		tools := &fakeTools{}
		r := run(t, tools, "", "rest out")
		if r.code != cli.ExitOK {
			t.Fatalf("got exit code %d, want %d: %s", r.code, cli.ExitOK, r.err)
		}
		if want := []string{"swagger2openapi", "openapi-typescript", "tsc"}; !slices.Equal(tools.ran, want) {
			t.Errorf("got the tools %v, want %v", tools.ran, want)
		}
		for _, part := range []string{"is Swagger 2.0 and was converted", "paths begin after /v1: baseUrl has to end in it"} {
			if !strings.Contains(r.out, part) {
				t.Errorf("got the output %q, want %q", r.out, part)
			}
		}
		if table := get(t, "out/src/operations.ts"); !strings.Contains(table, "['GET', '/status', 'none']") {
			t.Errorf("the operations are not those of the converted document:\n%s", table)
		}
		get(t, "out/openapi.yaml")
	}
}
