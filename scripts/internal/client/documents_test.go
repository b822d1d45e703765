package client

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// TestDocuments reads what real documents have and small parsers do not take.
func TestDocuments(t *testing.T) {
	for _, row := range []struct {
		file   string
		code   int
		want   string // in what is said
		handed string // in what the generator of types is given
	}{
		{"surrogate.json", cli.ExitOK, "", "thumbs"},
		{"slash.json", cli.ExitOK, "", `"\/a"`},
		{"ctrl.json", cli.ExitOK, "", `del \u007f and`},
		{"longkey.json", cli.ExitOK, "", "xxxx"},
		{"bodies.yaml", cli.ExitOK, "", "sendForm"},
		{"circ.yaml", cli.ExitOK, "", `"$ref": "#/components/schemas/Shared"`},
		{"dupid.yaml", cli.ExitOK, "The operation ID list is there twice: GET /a and GET /b", `"/b": {`},
		{"exref.yaml", cli.ExitOK, "", `"schema": {`},
		{"exvalue.yaml", cli.ExitOK, "", `"schema": {`},
		{"params20.yaml", cli.ExitOK, "", "get-a-b-c"},
		{"opref.yaml", cli.ExitOK, "", "op.yaml"},
		{"pathref2.yaml", cli.ExitOK, "", "path2.yaml"},
		{"servervar.yaml", cli.ExitOK, "paths begin after /v2", "region"},
		{"v3.yaml", cli.ExitOK, "", `"openapi": "3.1.0"`},
		{"v32.yaml", cli.ExitOK, "", `"openapi": "3.1.1"`},
		{"webhooks31.yaml", cli.ExitFailed, "only webhooks", ""},
		{"mapname.yaml", cli.ExitOK, "", `"c": "#/components/schemas/Cat"`},
		{"allof0.yaml", cli.ExitOK, "", `"$ref": "#/components/schemas/Shared"`},
	} {
		t.Run(row.file, func(t *testing.T) {
			for _, kind := range []string{"rest", "axios", "trpc"} {
				project(t, nil)
				tools := &fakeTools{}
				r := run(t, tools, "", kind+" out --spec "+filepath.Join(here, "..", "openapi", "testdata", "documents", row.file))
				if r.code != row.code || !strings.Contains(r.out+r.err, row.want) {
					t.Errorf("%s: got exit code %d and %q, want %d and %q", kind, r.code, r.out+r.err, row.code, row.want)
				}
				if !strings.Contains(tools.whole, row.handed) {
					t.Errorf("%s: the generator of types was given\n%s\nwant %s in it", kind, tools.whole, row.handed)
				}
			}
		})
	}
}

// TestRepeatedID leaves the second operation without its ID.
func TestRepeatedID(t *testing.T) {
	s := document(t, "dupid.yaml")
	text, err := s.parts[s.Main.Name].bytes()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "operationId"); n != 1 {
		t.Errorf("got %d operation IDs, want 1:\n%s", n, text)
	}
}

// TestTypesThatDoNotCompile says which schema is at fault.
func TestTypesThatDoNotCompile(t *testing.T) {
	project(t, map[string]string{"openapi.yaml": notesSpec})
	said := "tsc: exit status 2\n../x/schema.ts(5,20): error TS2344: Type '\"a\"' does not satisfy the constraint 'never'."
	r := run(t, &fakeTools{compileErr: errors.New(said)}, "", "rest out")
	if r.code != cli.ExitFailed || !strings.Contains(r.err, "  paths: TS2344: Type '\"a\"'") || !strings.Contains(r.err, "nothing was written") {
		t.Errorf("got exit code %d and %q", r.code, r.err)
	}
	if got := wrote(t, "."); len(got) != 1 {
		t.Errorf("got the files %v, want nothing but openapi.yaml", got)
	}
	r = run(t, &fakeTools{compileErr: errors.New("tsc: signal: killed")}, "", "rest out")
	if r.code != cli.ExitFailed || !strings.Contains(r.err, "could not be checked: tsc: signal: killed") {
		t.Errorf("got exit code %d and %q", r.code, r.err)
	}
}

// TestWhatIsWrittenCompiles has the tools themselves make types: either the compiler
// takes them, or the schema is named and nothing is written.
func TestWhatIsWrittenCompiles(t *testing.T) {
	tools := new(npm)
	for file, want := range map[string]string{
		"required.yaml": "components.schemas.Derived: TS2344", "circ.yaml": "", "allof0.yaml": "", "mapname.yaml": "", "dupid.yaml": "",
	} {
		project(t, nil)
		r := run(t, tools, "", "rest out --spec "+filepath.Join(here, "..", "openapi", "testdata", "documents", file))
		if want == "" && r.code != cli.ExitOK || want != "" && (r.code != cli.ExitFailed || !strings.Contains(r.err, want) || len(wrote(t, ".")) > 0) {
			t.Errorf("%s: got exit code %d and %q, want %q", file, r.code, r.out+r.err, want)
		}
	}
}

func TestBrokenParts(t *testing.T) {
	const text = `/** made */
export interface paths {
    "/a/{id}": {
        get: operations["getA"];
    };
}
export interface components {
    schemas: {
        Base: {
            a?: string;
        } | null;
        /** words: { */
        "Derived-1": {
            b: string;
        } & WithRequired<components["schemas"]["Base"], "a">;
    };
}
`
	got := strings.Join(brokenParts("x/schema.ts(15,51): error TS2344: one\nx/schema.ts(4,9): error TS2339: two\nx/schema.ts(99,1): error TS1: no", text), "\n")
	want := "components.schemas.Derived-1: TS2344: one\npaths./a/{id}.get: TS2339: two"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
