package audit

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// authkeel runs the command as a user would.
func authkeel(t *testing.T, args ...string) (code int, out, said string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Command().Run(t.Context(), cli.IO{In: strings.NewReader(""), Out: &stdout, Err: &stderr}, args)
	return code, stdout.String(), stderr.String()
}

// exampleProject is a copy of an example, in a workspace with the modules of the tree.
func exampleProject(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	project := filepath.Join(dir, "api")
	if err := os.CopyFS(project, os.DirFS(filepath.Join(root, "examples", "chi"))); err != nil {
		t.Fatal(err)
	}
	work := filepath.Join(dir, "go.work")
	core, adapter := filepath.Join(root, "core"), filepath.Join(root, "chiauth")
	text := fmt.Sprintf("go 1.26.0\n\nuse (\n\t./api\n\t%s\n\t%s\n)\n\nreplace (\n"+
		"\tgithub.com/authkeel/authkeel/core v0.1.0 => %[1]s\n\tgithub.com/authkeel/authkeel/chiauth v0.1.0 => %[2]s\n)\n", core, adapter)
	if err := os.WriteFile(work, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOWORK", work)
	t.Setenv("GOFLAGS", "-trimpath")
	return project
}

func TestExitCodes(t *testing.T) {
	project := exampleProject(t)
	lost := filepath.Join(t.TempDir(), "lost.routes")
	if err := os.WriteFile(lost, []byte("GET /api/me  token, role \"admin\"\nDELETE /api/users/{id}  token, role \"admin\"\nGET /health  public\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	openapi := filepath.Join(t.TempDir(), "openapi.json")
	if err := os.WriteFile(openapi, []byte(`{"openapi": "3.1.0", "paths": {"/health": {"get": {}}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"as the file says", []string{project}, cli.ExitOK, "PASSED: 3 routes"},
		{"a difference", []string{project, "--routes", lost}, cli.ExitFailed, `GET /api/me asked for "token, role \"admin\"" and now asks for "token"`},
		{"a difference, JSON", []string{project, "--routes", lost, "--json"}, cli.ExitFailed, `"passed": false`},
		{"no file", []string{project, "--routes", filepath.Join(project, "none.routes")}, cli.ExitFailed, "there is no"},
		{"a document", []string{project, "--openapi", openapi}, cli.ExitOK, "note: GET /api/me is not in the document"},
		{"no document", []string{project, "--openapi", filepath.Join(project, "none.yaml")}, cli.ExitFailed, "no such file"},
		{"a call that does not compile", []string{project, "--call", "nothing(auth)", "--package", "."}, cli.ExitFailed, "undefined: nothing"},
	} {
		code, out, said := authkeel(t, tt.args...)
		if code != tt.code || !strings.Contains(out+said, tt.want) {
			t.Errorf("%s: got %d, want %d and %q in\n%s%s", tt.name, code, tt.code, tt.want, out, said)
		}
	}
}

func TestWrongUse(t *testing.T) {
	empty := t.TempDir()
	for args, want := range map[string]string{
		"":                                "missing <project-path>",
		"/nowhere/at/all":                 "is not a directory",
		empty + " extra":                  `unexpected argument "extra"`,
		empty + " --routes a --openapi b": "not both",
		empty + " --no-such-flag":         "no-such-flag",
	} {
		code, _, said := authkeel(t, strings.Fields(args)...)
		if code != cli.ExitUsage || !strings.Contains(said, want) {
			t.Errorf("%q: got %d %q, want %d and %q", args, code, said, cli.ExitUsage, want)
		}
	}
	if code, out, _ := authkeel(t, "--help"); code != cli.ExitOK || !strings.Contains(out, "Exit codes: 0") {
		t.Errorf("--help: got %d %s", code, out)
	}
}
