package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/authkeel/authkeel/scripts/internal/adapters"
	"github.com/authkeel/authkeel/scripts/internal/cli"
	"github.com/authkeel/authkeel/scripts/internal/setup"
)

// TestLayouts: what setup prints for projects of many layouts compiles when it is
// pasted where setup says. Each folder of testdata/layouts/<framework>.txtar is a
// project; its file want has texts that setup prints.
func TestLayouts(t *testing.T) {
	t.Parallel()
	environment := append(append(os.Environ(), treeProxy(t)...), "GOFLAGS=-modcacherw")
	for _, a := range adapters.All {
		t.Run(a.Key(), func(t *testing.T) {
			top := t.TempDir()
			framework := strings.TrimSuffix(a.Package(), "auth")
			projects := extractLayouts(t, top, framework, a)
			command := func(dir, work string, args ...string) {
				t.Helper()
				cmd := exec.CommandContext(t.Context(), "go", args...)
				cmd.Dir, cmd.Env = dir, append(slices.Clip(environment), "GOWORK="+work)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
				}
			}
			first := filepath.Join(top, projects[0])
			writeFile(t, filepath.Join(first, "go.mod"), "module example.com/"+projects[0]+"\n\ngo 1.25.0\n")
			command(first, "off", "get", a.Framework+"@"+a.Newest, a.Path()+"@latest", adapters.Prefix+"core@latest")
			work, packages := "go 1.25.0\n", []string{"vet"}
			for _, name := range projects {
				dir := filepath.Join(top, name)
				for _, file := range []string{"go.mod", "go.sum"} {
					text := readFile(t, filepath.Join(first, file))
					text = strings.Replace(text, "module example.com/"+projects[0]+"\n", "module example.com/"+name+"\n", 1)
					writeFile(t, filepath.Join(dir, file), text)
				}
				printed := runSetup(t, framework, dir)
				for want := range strings.Lines(readFile(t, filepath.Join(dir, "want"))) {
					want, absent := strings.CutPrefix(strings.TrimSpace(want), "! ")
					if strings.Contains(printed, want) == absent {
						t.Errorf("%s: got\n%s\nwant %q (absent: %v)", name, printed, want, absent)
					}
				}
				if err := pasteLines(dir, printed); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if again := runSetup(t, framework, dir); !strings.Contains(again, "The project uses the package already") {
					t.Errorf("%s, a second time: got\n%s", name, again)
				}
				work, packages = work+"\nuse ./"+name, append(packages, "./"+name+"/...")
			}
			writeFile(t, filepath.Join(top, "go.work"), work+"\n")
			command(top, filepath.Join(top, "go.work"), packages...)
		})
	}
}

// extractLayouts writes the projects for a framework, and returns their names.
func extractLayouts(t *testing.T, top, framework string, a adapters.Adapter) []string {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", "layouts", framework+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	handler := map[string]string{"echo": "echo.Context", "echov5": "*echo.Context", "fiber": "*fiber.Ctx", "fiberv3": "fiber.Ctx"}[a.Key()]
	var projects []string
	for _, f := range archive.Files {
		name, _, _ := strings.Cut(f.Name, "/")
		if !slices.Contains(projects, name) {
			projects = append(projects, name)
		}
		writeFile(t, filepath.Join(top, filepath.FromSlash(f.Name)), strings.NewReplacer("FRAMEWORK", a.Framework, "CONTEXT", handler).Replace(string(f.Data)))
	}
	return projects
}

// runSetup runs setup and returns what it prints.
func runSetup(t *testing.T, framework, dir string) string {
	t.Helper()
	var out, failure bytes.Buffer
	code := setup.Command().Run(t.Context(), cli.IO{In: strings.NewReader(""), Out: &out, Err: &failure}, []string{framework, dir})
	if code != cli.ExitOK {
		t.Fatalf("%s: got %d %s", dir, code, failure.String())
	}
	return out.String()
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
