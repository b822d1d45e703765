package workspace

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/dev/internal/testrepo"
)

var tree = map[string]string{
	".gitignore":            "ignored.txt\n/.build/\n",
	"go.work":               "go 1.25.0\n\nuse (\n\t./app\n\t./lib/\n\tlib/nested\n)\n",
	"app/go.mod":            "module " + Prefix + "app\n\nrequire " + Prefix + "lib/nested v0.1.0\n",
	"lib/go.mod":            "module " + Prefix + "lib\n",
	"lib/lib.go":            "package lib\n",
	"lib/ignored.txt":       "x",
	"lib/nestedlike.go":     "package lib\n",
	"lib/nested/go.mod":     "module " + Prefix + "lib/nested\n\nrequire " + Prefix + "lib v0.2.0\n",
	"lib/nested/nested.txt": "x",
}

func load(t *testing.T, root string) *Workspace {
	t.Helper()
	ws, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	return ws
}

func TestLoad(t *testing.T) {
	ws := load(t, testrepo.New(t, tree))
	var folders []string
	for _, m := range ws.Modules {
		folders = append(folders, m.Folder)
		if want := filepath.Join(ws.Root, filepath.FromSlash(m.Folder)); m.Dir != want {
			t.Errorf("%s: got dir %s, want %s", m.Folder, m.Dir, want)
		}
		if want := Prefix + m.Folder; m.Path != want {
			t.Errorf("%s: got path %s, want %s", m.Folder, m.Path, want)
		}
	}
	if want := []string{"lib", "lib/nested", "app"}; !slices.Equal(folders, want) {
		t.Errorf("got modules %q, want %q: requirements first", folders, want)
	}
	nested, ok := ws.Module(Prefix + "lib/nested")
	if !ok {
		t.Fatal("lib/nested is not found by its path")
	}
	if got := nested.Requires(Prefix + "lib"); got != "v0.2.0" {
		t.Errorf("got lib at %q, want v0.2.0", got)
	}
	if got := nested.Requires(Prefix + "app"); got != "" {
		t.Errorf("got app at %q, want none", got)
	}
	if _, ok := ws.Module(Prefix + "nothing"); ok {
		t.Error("found a module that is not there")
	}
}

// TestLoadSeveral loads a folder that has a go.work of its own.
func TestLoadSeveral(t *testing.T) {
	root := testrepo.New(t, map[string]string{
		"go.work":                   "use ./core\n",
		"core/go.mod":               "module " + Prefix + "core\n",
		"core/v5/go.mod":            "module " + Prefix + "core/v5\n",
		"scripts/bench/go.work":     "use (\n\t.\n\t../../core\n\t../../core/v5\n)\n",
		"scripts/bench/go.mod":      "module " + Prefix + "scripts/bench\n",
		"scripts/testdata/go.work":  "use ./nothing\n",
		"scripts/unused/go.mod":     "module " + Prefix + "scripts/unused\n",
		"scripts/bench/testdata/go": "x",
	})
	var got []string
	for _, m := range load(t, root).Modules {
		got = append(got, m.Folder)
	}
	if want := []string{"core", "scripts/bench", "core/v5"}; !slices.Equal(got, want) {
		t.Errorf("got modules %q, want %q", got, want)
	}
	if got, err := Find(filepath.Join(root, "scripts", "bench")); err != nil || got != root {
		t.Errorf("got the root %s, %v, want %s", got, err, root)
	}
}

func TestLoadCycle(t *testing.T) {
	ws := load(t, testrepo.New(t, map[string]string{
		"go.work":  "use ./a\nuse ./b\n",
		"a/go.mod": "module " + Prefix + "a\nrequire " + Prefix + "b v0.1.0\n",
		"b/go.mod": "module " + Prefix + "b\nrequire " + Prefix + "a v0.1.0\n",
	}))
	if len(ws.Modules) != 2 {
		t.Errorf("got %d modules, want 2", len(ws.Modules))
	}
}

func TestLoadErrors(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"no go.work":        {"a/go.mod": "module a\n"},
		"bad go.work":       {"go.work": "uses ./a\n"},
		"no go.mod":         {"go.work": "use ./a\n"},
		"bad go.mod":        {"go.work": "use ./a\n", "a/go.mod": "modul a\n"},
		"a nameless go.mod": {"go.work": "use ./a\n", "a/go.mod": "go 1.25.0\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Load(testrepo.New(t, files)); err == nil {
				t.Error("got no error")
			}
		})
	}
}

func TestFiles(t *testing.T) {
	root := testrepo.New(t, tree)
	lib, _ := load(t, root).Module(Prefix + "lib")
	got, err := lib.Files()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"go.mod", "lib.go", "nestedlike.go"}; !slices.Equal(got, want) {
		t.Errorf("got files %q, want %q", got, want)
	}
}

func TestFilesRemovedFromTheTreeOnly(t *testing.T) {
	root := testrepo.New(t, tree)
	testrepo.Git(t, root, "add", "-A")
	if err := os.Remove(filepath.Join(root, "lib", "lib.go")); err != nil {
		t.Fatal(err)
	}
	got, err := Files(filepath.Join(root, "lib"))
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(got, "lib.go") {
		t.Errorf("got the removed lib.go in %q", got)
	}
}

func TestFilesOutsideGit(t *testing.T) {
	t.Setenv("GIT_CEILING_DIRECTORIES", os.TempDir())
	_, err := Files(t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "not a git repository") {
		t.Errorf("got error %v, want what git says", err)
	}
}

func TestHasGo(t *testing.T) {
	ws := load(t, testrepo.New(t, tree))
	for folder, want := range map[string]bool{"lib": true, "lib/nested": false} {
		m, _ := ws.Module(Prefix + folder)
		got, err := m.HasGo()
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", folder, got, err, want)
		}
	}
}

func TestFind(t *testing.T) {
	root := testrepo.New(t, tree)
	for _, dir := range []string{"", "lib", "lib/nested"} {
		got, err := Find(filepath.Join(root, filepath.FromSlash(dir)))
		if err != nil || got != root {
			t.Errorf("from %q: got %s, %v, want %s", dir, got, err, root)
		}
	}
	if got, err := Find(t.TempDir()); err == nil {
		t.Errorf("outside a tree: got %s, want an error", got)
	}
}
