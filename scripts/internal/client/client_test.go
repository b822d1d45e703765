package client

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// notesSpec has every sort of security.
const notesSpec = `openapi: 3.1.0
info: {title: Notes, version: 1.0.0}
security: [{bearer: []}]
paths:
  /status: {get: {security: []}}
  /notes: {get: {}, post: {}}
  /notes/{id}: {get: {security: []}, delete: {}}
  /notes/mine: {get: {}}
  /notes/it's: {get: {security: [{}, {bearer: []}]}}
`

// fakeTools stands for what runs on Node.js.
type fakeTools struct {
	ran        []string
	whole      string // the document that the types were made of
	err        error
	compileErr error // of tsc
}

func (f *fakeTools) Run(_ context.Context, _ []string, command string, args ...string) error {
	f.ran = append(f.ran, command)
	if f.err != nil {
		return f.err
	}
	switch command {
	case "tsc":
		return f.compileErr
	case "openapi-typescript":
		in, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		f.whole = string(in)
		text := openapiTypescriptBegins + "\n */\n// of " + strings.SplitN(string(in), "\n", 2)[0] + "\nexport interface paths {}\n"
		return os.WriteFile(args[2], []byte(text), 0o600)
	case "swagger2openapi":
		return os.WriteFile(args[2], []byte(`{"openapi":"3.0.0","servers":[{"url":"/v1"}],"paths":{"/status":{"get":{"security":[]}}}}`), 0o600)
	}
	return errors.New("what is " + command + "?")
}

// result of a run in a folder that is the test's own.
type result struct {
	code     int
	out, err string
}

func run(t *testing.T, tools Tools, stdin, args string) result {
	t.Helper()
	var out, complaints bytes.Buffer
	streams := cli.IO{In: strings.NewReader(stdin), Out: &out, Err: &complaints}
	code := command(tools).Run(t.Context(), streams, strings.Fields(args))
	return result{code, out.String(), complaints.String()}
}

// project is a folder with these files, and the working directory from now on.
func project(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		put(t, name, text)
	}
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wrote lists the files below folder.
func wrote(t *testing.T, folder string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(folder, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestPackage(t *testing.T) {
	project(t, map[string]string{"openapi.yaml": notesSpec})
	r := run(t, &fakeTools{}, "", "rest web/notes")
	if r.code != cli.ExitOK {
		t.Fatalf("got exit code %d, want %d: %s", r.code, cli.ExitOK, r.err)
	}
	want := "web/notes/.gitignore web/notes/README.md web/notes/package.json web/notes/src/access.ts web/notes/src/auth.ts web/notes/src/caller.ts " +
		"web/notes/src/client.ts web/notes/src/errors.ts web/notes/src/formats.ts web/notes/src/index.ts web/notes/src/openapi.ts " +
		"web/notes/src/operations.ts web/notes/src/schema.ts web/notes/src/wire.ts web/notes/tsconfig.json"
	if got := strings.Join(wrote(t, "web"), " "); got != want {
		t.Errorf("got the files %s, want %s", got, want)
	}
	for _, name := range wrote(t, "web") {
		first, _, _ := strings.Cut(get(t, name), "\n")
		if !marker.MatchString(first) {
			t.Errorf("the first line of %s is %q, want it to say that it is generated", name, first)
		}
	}
	_, manifest, _ := strings.Cut(get(t, "web/notes/package.json"), "\n")
	wantManifest := `  "name": "notes",
  "version": "0.0.0",
  "private": true,
  "type": "module",
  "sideEffects": false,
  "exports": {
    ".": {
      "types": "./dist/index.d.ts",
      "default": "./dist/index.js"
    }
  },
  "files": [
    "dist",
    "src"
  ],
  "engines": {
    "node": ">=20"
  },
  "scripts": {
    "build": "tsc",
    "prepare": "npm run build",
    "generate": "openapi-typescript ../../openapi.yaml --output src/schema.ts"
  },
  "dependencies": {
    "openapi-fetch": "0.17.0"
  },
  "devDependencies": {
    "openapi-typescript": "7.13.0",
    "typescript": "5.9.3"
  }
}
`
	if manifest != wantManifest {
		t.Errorf("got the package.json\n%s\nwant\n%s", manifest, wantManifest)
	}
	_, table, _ := strings.Cut(get(t, "web/notes/src/operations.ts"), "readonly Operation[] = ")
	wantTable := `[
  ['GET', '/notes/it\'s', 'optional'],
  ['GET', '/notes/mine', 'required'],
  ['GET', '/status', 'none'],
  ['GET', '/notes/{id}', 'none'],
];
`
	if table != wantTable {
		t.Errorf("got the operations\n%s\nwant\n%s", table, wantTable)
	}
	if readme := get(t, "web/notes/README.md"); strings.Contains(readme, "{{") || !strings.Contains(readme, "from 'notes'") {
		t.Errorf("the README was not filled in:\n%s", readme)
	}
}

func TestAxiosPackage(t *testing.T) {
	project(t, map[string]string{"openapi.yaml": notesSpec})
	if r := run(t, &fakeTools{}, "", "axios axios"); r.code != cli.ExitOK {
		t.Fatalf("got exit code %d, want %d: %s", r.code, cli.ExitOK, r.err)
	}
	manifest := get(t, "axios/package.json")
	for _, part := range []string{`"name": "axios-client"`, `"axios": "1.21.1"`, `"openapi-typescript-helpers": "0.1.0"`} {
		if !strings.Contains(manifest, part) {
			t.Errorf("package.json lacks %s:\n%s", part, manifest)
		}
	}
}

// TestBeside writes into a front end that is there.
func TestBeside(t *testing.T) {
	project(t, map[string]string{"openapi.yaml": notesSpec, "src/main.ts": "mine\n"})
	r := run(t, &fakeTools{}, "", "rest src/api.ts")
	if r.code != cli.ExitOK {
		t.Fatalf("got exit code %d, want %d: %s", r.code, cli.ExitOK, r.err)
	}
	want := "src/api.access.ts src/api.auth.ts src/api.caller.ts src/api.client.ts src/api.errors.ts src/api.formats.ts src/api.openapi.ts " +
		"src/api.operations.ts src/api.schema.ts src/api.ts src/api.wire.ts src/main.ts"
	if got := strings.Join(wrote(t, "src"), " "); got != want {
		t.Errorf("got the files %s, want %s", got, want)
	}
	if !strings.Contains(r.out, "npm install --save-exact openapi-fetch@0.17.0") {
		t.Errorf("got the output %q, want the npm line", r.out)
	}
	if text := get(t, "src/api.ts"); !strings.Contains(text, "from './api.client'") {
		t.Errorf("got %s, want it to import ./api.client", text)
	}
	for _, name := range wrote(t, "src") {
		if strings.Contains(get(t, name), "from './auth") {
			t.Errorf("%s imports a name of the package", name)
		}
	}
}

func TestWrongUse(t *testing.T) {
	for _, row := range []struct{ args, want string }{
		{"", "it takes a kind and an output path"},
		{"rest", "it takes a kind and an output path"},
		{"rest a b", "it takes a kind and an output path"},
		{"soap out", `there is no kind "soap"`},
		{"rest out --schema x.graphqls", "--schema is not for rest"},
		{"rest openapi.yaml", "openapi.yaml is a file"},
		{"rest out --name My/Api", "is no name that npm accepts"},
		{"rest out/api.go", "is TypeScript"},
		{"rest out/api.d.ts", "types alone"},
		{"rest out --spec nowhere.yaml", "there is no file nowhere.yaml"},
		{"rest out --spec http://api.example.com/openapi.json", "is not on this machine"},
		{"rest out --spec http://127.0.0.1.example.com/openapi.json", "is not on this machine"},
	} {
		t.Run(row.args, func(t *testing.T) {
			project(t, map[string]string{"openapi.yaml": notesSpec})
			r := run(t, &fakeTools{}, "", row.args)
			if r.code != cli.ExitUsage || !strings.Contains(r.err, row.want) {
				t.Errorf("got exit code %d and %q, want %d and %q", r.code, r.err, cli.ExitUsage, row.want)
			}
			if got := wrote(t, "."); len(got) != 1 {
				t.Errorf("got the files %v, want nothing but openapi.yaml", got)
			}
		})
	}
}

func TestPackageName(t *testing.T) {
	for folder, want := range map[string]string{
		"api": "api", "My API": "my-api", "typescript": "typescript-client", "...": "api-client", "_x": "x", "äö": "api-client",
	} {
		if got := packageName(folder); got != want {
			t.Errorf("packageName(%q): got %q, want %q", folder, got, want)
		}
	}
}

func TestNoNode(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := new(npm).Run(t.Context(), []string{"openapi-typescript"}, "openapi-typescript")
	if err == nil || !strings.Contains(err.Error(), "npx is not on the PATH") || !strings.Contains(err.Error(), "Node.js 20") {
		t.Errorf("got %v, want to hear what to install", err)
	}
}
