package setup

import (
	"bytes"
	"context"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/cli"
	"github.com/authkeel/authkeel/scripts/internal/dotenv"
)

// The script tests of the command compile and run every combination; this holds
// what they do not look at.
func TestGeneratedFiles(t *testing.T) {
	for _, f := range frameworks {
		for i, provider := range []string{"clerk", "oidc", "clerk", "oidc"} {
			c := choice{Framework: f, Provider: provider, Package: "authn", Observer: observers[i%3]}
			if i > 1 {
				c.RolesClaim = "realm_access.roles"
				c.Webhooks, c.Backend = provider == "clerk", provider == "clerk"
			}
			for _, name := range c.goFiles() {
				text, err := c.goFile(name)
				if err != nil {
					t.Fatal(err)
				}
				if formatted, err := format.Source(text); err != nil || !bytes.Equal(formatted, text) {
					t.Errorf("%s %s %s: is not as gofmt has it (%v)", f.Name, provider, name, err)
				}
				file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
				if err != nil {
					t.Fatal(err)
				}
				if got := file.Name.Name; got != "authn" {
					t.Errorf("%s %s %s: got package %s, want authn", f.Name, provider, name, got)
				}
				for _, i := range file.Imports {
					path := strings.Trim(i.Path.Value, `"`)
					ours := strings.HasPrefix(path, "github.com/authkeel/authkeel/core") || path == "github.com/authkeel/authkeel/"+f.Adapter
					if strings.Contains(path, ".") && !ours && path != f.Module {
						t.Errorf("%s %s %s: imports %s, want its adapter, core and framework alone", f.Name, provider, name, path)
					}
				}
				if lines := bytes.Count(text, []byte("\n")); lines > 120 {
					t.Errorf("%s %s %s: has %d lines, want something that people read", f.Name, provider, name, lines)
				}
			}
		}
	}
}

func TestAdding(t *testing.T) {
	for _, row := range []struct {
		name, old, wanted string
		key               func(string) string
		verb, want        string
	}{
		{"nothing there", "", "# Why.\nA=1\n", dotenv.Name, "write", "# Why.\nA=1\n"},
		{"all there", "export A=2\n", "# Why.\nA=1\n", dotenv.Name, "", "export A=2\n"},
		{"there as a comment", "# A=2\n", "A=1\n", dotenv.Name, "", "# A=2\n"},
		{"a comment is added", "B=2", "# Why.\n# A=1\n", dotenv.Name, "add to", "B=2\n\n# Why.\n# A=1\n"},
		{"one of two is there", "A=2\n", "# Why A.\nA=1\n# Why B.\nB=1\n", dotenv.Name, "add to", "A=2\n\n# Why B.\nB=1\n"},
		{"pattern there", "*.log\r\n.env\r\n", "# Why.\n.env\n", patternOf, "", "*.log\r\n.env\r\n"},
		{"pattern there as a comment", "# .env\n", "# Why.\n.env\n", patternOf, "add to", "# .env\n\n# Why.\n.env\n"},
	} {
		p := inFolder(t)
		if row.old != "" {
			write(t, p.dir, "file", row.old)
		}
		s, err := p.adding("file", row.wanted, row.key)
		if err != nil {
			t.Fatal(err)
		}
		if s.verb != row.verb || string(s.text) != row.want {
			t.Errorf("%s: got %q %q, want %q %q", row.name, s.verb, s.text, row.verb, row.want)
		}
	}
}

func TestDiff(t *testing.T) {
	got := diff("package auth\n\nvar old = 1\n\nvar same = 2\n", "package auth\n\nvar text = 1\nvar more = 3\n\nvar same = 2\n")
	if want := "  from line 3:\n  - var old = 1\n  + var text = 1\n  + var more = 3\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	long := strings.Repeat("x\n", 40)
	if got := diff("", long); strings.Count(got, "\n") > 20 || !strings.Contains(got, "more lines") {
		t.Errorf("a long difference is shown whole:\n%s", got)
	}
}

// A failure in the middle leaves the project as it was, whatever was done before.
func TestChangeIsUndone(t *testing.T) {
	dir := t.TempDir()
	const mod = "module example.com/app\n"
	write(t, dir, "go.mod", mod)
	write(t, dir, ".env.example", "PORT=80\n")
	p, err := openProject(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	s := &setup{streams: cli.IO{Out: t.Output(), Err: t.Output()}}
	err = s.change(context.Background(), p, []step{
		{name: "auth/auth.go", text: []byte("package auth\n"), verb: "write"},
		{name: ".env.example", text: []byte("PORT=80\nA=1\n"), verb: "add to"},
		{name: ".gitignore", text: []byte(".env\n"), verb: "write"},
		{name: "file", text: []byte("x"), verb: "write"},
		{name: "file/below", text: []byte("x"), verb: "write"}, // cannot be
	}, nil)
	if err == nil || !strings.Contains(err.Error(), "file exists") {
		t.Fatalf("got the error %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got, want := strings.Join(names, " "), ".env.example go.mod"; got != want {
		t.Errorf("got the files %s, want %s", got, want)
	}
	for name, want := range map[string]string{"go.mod": mod, ".env.example": "PORT=80\n"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: got %q %v, want %q", name, got, err, want)
		}
	}
}

func TestShellWord(t *testing.T) {
	for path, want := range map[string]string{"../my-api": "../my-api", "an app": "'an app'", "it's": `'it'\''s'`, "-x": "'-x'", "$HOME": "'$HOME'"} {
		if got := shellWord(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// inFolder is a project in an empty folder, without a go.mod.
func inFolder(t *testing.T) *project {
	t.Helper()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := &project{dir: dir, root: root}
	t.Cleanup(p.close)
	return p
}

// TestRolesMember: the test that is generated has roles where the claim says.
func TestRolesMember(t *testing.T) {
	for claim, want := range map[string]string{
		"":                              `"roles": []string{"admin"}`,
		"groups":                        `"groups": []string{"admin"}`,
		"a.b.c":                         `"a": map[string]any{"b": map[string]any{"c": []string{"admin"}}}`,
		"https://api.example.com/roles": `"https://api.example.com/roles": []string{"admin"}`,
	} {
		if got := (choice{Provider: "oidc", RolesClaim: claim}).RolesMember(); got != want {
			t.Errorf("%s: got %s, want %s", claim, got, want)
		}
	}
}

// TestSameAsExamples: what setup writes is the code of the examples, word for word.
func TestSameAsExamples(t *testing.T) {
	c := choice{Framework: frameworks[0], Provider: "clerk", Package: "auth", Observer: "log", Webhooks: true, Backend: true}
	for name, example := range map[string]string{"backend.go": "clerk", "webhooks.go": "webhooks"} {
		text, err := c.goFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source, err := os.ReadFile(filepath.Join("..", "..", "..", "examples", example, name))
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs := functions(t, text), functions(t, source)
		if len(theirs) < 2 {
			t.Errorf("examples/%s/%s has the functions %v", example, name, theirs)
		}
		for function, want := range theirs {
			if got := ours[function]; got != want {
				t.Errorf("%s: setup writes\n%s\nand examples/%s has\n%s", function, got, example, want)
			}
		}
	}
}

// functions are the functions of a Go file by name, with their comments.
func functions(t *testing.T, source []byte) map[string]string {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			found[f.Name.Name] = string(source[set.Position(f.Doc.Pos()).Offset:set.Position(f.End()).Offset])
		}
	}
	return found
}

// TestCompanions: what the flags add to .env.example and to what is printed.
func TestCompanions(t *testing.T) {
	plain, err := choice{Provider: "clerk"}.envExample()
	if err != nil {
		t.Fatal(err)
	}
	with, err := choice{Provider: "clerk", Webhooks: true, Backend: true}.envExample()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"CLERK_SECRET_KEY", "CLERK_WEBHOOK_SIGNING_SECRET"} {
		if !strings.Contains(plain, "\n# "+name+"=") || !strings.Contains(with, "\n"+name+"=") {
			t.Errorf("%s: got\n%s\nand with both flags\n%s", name, plain, with)
		}
	}
	var stderr bytes.Buffer
	streams := cli.IO{Out: t.Output(), Err: &stderr}
	for _, flag := range []string{"--webhooks", "--backend"} {
		stderr.Reset()
		code := Command().Run(t.Context(), streams, []string{"gin", ".", "--provider", "oidc", flag})
		if code != cli.ExitUsage || !strings.Contains(stderr.String(), flag+" is for Clerk's") {
			t.Errorf("%s with oidc: got %d %s", flag, code, stderr.String())
		}
	}
}
