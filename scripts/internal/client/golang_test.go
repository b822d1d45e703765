package client

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// inModule is a folder in an empty module.
func inModule(t *testing.T, files ...string) string {
	t.Helper()
	root := t.TempDir()
	files = append(files, "go.mod", "module example.com/service\n\ngo 1.25.0\n")
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(root, files[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(files[i+1]), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// ask runs `authkeel client` and returns what it printed.
func ask(t *testing.T, want int, args ...string) string {
	t.Helper()
	var said bytes.Buffer
	code := command(nil).Run(t.Context(), cli.IO{In: strings.NewReader(""), Out: &said, Err: &said}, args)
	if code != want {
		t.Fatalf("got exit code %d, want %d:\n%s", code, want, &said)
	}
	return said.String()
}

func TestGoPackage(t *testing.T) {
	root := inModule(t)
	out := filepath.Join(root, "internal", "notes-api")
	ask(t, cli.ExitOK, "go", out)
	for _, args := range [][]string{{"vet", "./..."}, {"test", "./..."}} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir, cmd.Env = root, append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod -trimpath", "GOPROXY=off")
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, text)
		}
	}
	main := filepath.Join(out, "apiclient.go")
	text, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "\npackage notesapi\n") || strings.Contains(string(text), goName) {
		t.Errorf("the package is not named after its folder:\n%.300s", text)
	}
	if said := ask(t, cli.ExitOK, "go", out); !strings.Contains(said, "3 of 3 files were up to date") {
		t.Errorf("repeated, it says:\n%s", said)
	}
	if err := os.WriteFile(main, append(text, "// mine\n"...), 0o666); err != nil {
		t.Fatal(err)
	}
	if said := ask(t, cli.ExitOK, "go", out); !strings.Contains(said, "left    "+main) {
		t.Errorf("repeated over an edit, it says:\n%s", said)
	}
}

func TestGoFile(t *testing.T) {
	for _, tt := range []struct {
		name, file, text, out string
		code                  int
		want                  string // in the file, or of what is said when code is not 0
	}{
		{"into a package", "api/api.go", "package remote\n", "api/client.go", cli.ExitOK, "\npackage remote\n"},
		{"into a package of tests", "api/api_test.go", "package remote_test\n", "api/client.go", cli.ExitOK, "\npackage api\n"},
		{"into a folder that cannot be a name", "1/x.txt", "", "1/client.go", cli.ExitOK, "\npackage apiclient\n"},
		{"into a folder called main", "main/x.txt", "", "main/client.go", cli.ExitOK, "\npackage apiclient\n"},
		{"beside a file that is no Go", "api/api.go", "pakcage\n", "api/client.go", cli.ExitFailed, "has no package clause"},
		{"as a test", "x.txt", "", "client_test.go", cli.ExitUsage, "_test.go"},
		{"as TypeScript", "x.txt", "", "client.ts", cli.ExitUsage, "ends in .go"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := filepath.Join(inModule(t, tt.file, tt.text), filepath.FromSlash(tt.out))
			said := ask(t, tt.code, "go", out)
			if tt.code == cli.ExitOK {
				text, err := os.ReadFile(out)
				if err != nil {
					t.Fatal(err)
				}
				said = string(text)
			}
			if !strings.Contains(said, tt.want) {
				t.Errorf("got %.400s\nwant %q in it", said, tt.want)
			}
		})
	}
}
