package isolation

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/authkeel/authkeel/scripts/dev/internal/modproxy"
	"github.com/authkeel/authkeel/scripts/dev/internal/testrepo"
	"github.com/authkeel/authkeel/scripts/dev/internal/workspace"
)

const (
	ours      = workspace.Prefix
	framework = "github.com/gin-gonic/gin"
)

// tree is a made-up tree: core, one adapter on a made-up framework, one
// example.
func tree() map[string]string {
	return map[string]string{
		".gitignore":           "/.build/\n",
		"go.work":              "go 1.25.0\n\nuse (\n\t./examples/one\n\t./ginauth\n\t./core\n\t./docs\n)\n",
		"core/go.mod":          "module " + ours + "core\n\ngo 1.25.0\n",
		"core/core.go":         "package core\n\nfunc Decide() bool { return true }\n",
		"core/core_test.go":    "package core\n\nimport \"testing\"\n\nfunc TestDecide(t *testing.T) {\n\tif !Decide() {\n\t\tt.Error(\"no\")\n\t}\n}\n",
		"ginauth/go.mod":       "module " + ours + "ginauth\n\ngo 1.25.0\n\nrequire (\n\t" + ours + "core v0.1.0\n\t" + framework + " v1.10.1\n)\n",
		"ginauth/auth.go":      "package ginauth\n\nimport (\n\t\"" + ours + "core\"\n\t\"" + framework + "\"\n)\n\nfunc Auth() bool { return core.Decide() && gin.Old() }\n",
		"examples/one/go.mod":  "module " + ours + "examples/one\n\ngo 1.25.0\n\nrequire " + ours + "ginauth v0.1.0\n\nrequire (\n\t" + ours + "core v0.1.0 // indirect\n\t" + framework + " v1.10.1 // indirect\n)\n",
		"examples/one/main.go": "package main\n\nimport \"" + ours + "ginauth\"\n\nfunc main() { println(ginauth.Auth()) }\n",
		"docs/go.mod":          "module " + ours + "docs\n\ngo 1.25.0\n\nrequire " + ours + "core v0.1.0\n",
	}
}

// newTree makes the tree and a proxy with the framework's floor and newest
// release, of which only the floor has the function Old when broken is set.
func newTree(t *testing.T, broken bool) (root string) {
	t.Helper()
	upstream := testrepo.New(t, map[string]string{
		"go.work":    "use ./gin\n",
		"gin/go.mod": "module " + framework + "\n\ngo 1.20\n",
		"gin/gin.go": "package gin\n",
		"gin/old.go": "package gin\n\nfunc Old() bool { return true }\n",
	})
	proxy := t.TempDir()
	for _, version := range []string{"v1.10.1", "v1.12.0"} {
		if broken && version == "v1.12.0" {
			testrepo.Write(t, upstream, "gin/old.go", "package gin\n\nfunc New() bool { return true }\n")
		}
		ws, err := workspace.Load(upstream)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := modproxy.Write(proxy, ws, func(string) string { return version }); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOPROXY", fileURL(proxy))
	t.Setenv("GOMODCACHE", t.TempDir()) // the shell's own, which has the real framework
	t.Setenv("GONOSUMDB", "github.com/gin-gonic")
	root = testrepo.New(t, tree())
	t.Cleanup(func() {
		if err := Remove(filepath.Join(root, ".build")); err != nil {
			t.Error(err)
		}
	})
	return root
}

func isolate(t *testing.T, root string, folders ...string) (string, error) {
	t.Helper()
	ws, err := workspace.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = Isolate(t.Context(), ws, Options{Folders: folders, Out: &out, Programs: blank})
	return out.String(), err
}

// blank is what users of a made-up adapter, which has no functions, can write.
var blank = fstest.MapFS{"consumer/ginauth/main.go.txt": {
	Data: []byte("package main\n\nimport _ \"" + ours + "ginauth\"\n\nfunc main() {}\n"),
}}

// TestModulesThatAreVetted checks that a module in scripts or examples is tested
// when it is named, and otherwise vetted, so that a go.mod without what its tests
// import is found.
func TestModulesThatAreVetted(t *testing.T) {
	root := newTree(t, false)
	folders := []string{"scripts/tool", "examples/tool"}
	testrepo.Write(t, root, "go.work", "go 1.25.0\n\nuse (\n\t./core\n\t./examples/tool\n\t./scripts/tool\n)\n")
	write := func(folder, body string) {
		testrepo.Write(t, root, folder+"/tool_test.go", "package tool\n\nimport \"testing\"\n\nfunc TestTool(t *testing.T) { "+body+" }\n")
	}
	for _, folder := range folders {
		testrepo.Write(t, root, folder+"/go.mod", "module "+ours+folder+"\n\ngo 1.25.0\n")
		testrepo.Write(t, root, folder+"/tool.go", "package tool\n")
		write(folder, `t.Error("it ran")`)
	}
	if text, err := isolate(t, root); err != nil {
		t.Errorf("without folders: %v\n%s", err, text)
	}
	for _, folder := range folders {
		if text, err := isolate(t, root, folder); err == nil || !strings.Contains(text, "it ran") {
			t.Errorf("%s named: got %v\n%s\nwant its test to fail", folder, err, text)
		}
		write(folder, "t.Missing()")
	}
	if text, err := isolate(t, root); err == nil || strings.Count(text, "t.Missing undefined") != len(folders) {
		t.Errorf("tests that do not compile: got %v\n%s", err, text)
	}
}

func TestTidyAndIsolate(t *testing.T) {
	root := newTree(t, false)
	var out bytes.Buffer
	if err := Tidy(t.Context(), root, &out); err != nil {
		t.Fatalf("tidy: %v\n%s", err, &out)
	}
	for name, want := range tree() {
		if got := read(t, root, name); got != want {
			t.Errorf("tidy made %s\n%s\nwant\n%s", name, got, want)
		}
	}
	if sum := read(t, root, "ginauth/go.sum"); !strings.Contains(sum, framework) || strings.Contains(sum, ours) {
		t.Errorf("got the go.sum\n%s\nwant the framework and no sibling", sum)
	}
	if got := read(t, root, "core/go.sum"); got != "" {
		t.Errorf("got a go.sum for core: %s", got)
	}

	text, err := isolate(t, root)
	if err != nil {
		t.Fatalf("isolate: %v\n%s", err, text)
	}
	for _, want := range []string{
		"== docs: no Go file, nothing to build\n",
		"ok  \t" + ours + "core",
		"== ginauth: with " + framework + " v1.12.0\n",
		"== ginauth in an empty module: 4 modules in go list -m all\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("got no %q in\n%s", want, text)
		}
	}
	if core, gin := strings.Index(text, "== core: alone"), strings.Index(text, "== ginauth: alone"); core > gin {
		t.Error("got ginauth before core, which it requires")
	}
	for name, want := range tree() {
		if got := read(t, root, name); got != want {
			t.Errorf("isolate changed %s", name)
		}
	}
}

// TestIsolateFails changes one thing at a time in one tree, so that each
// finding also proves that nothing of the state before is remembered.
func TestIsolateFails(t *testing.T) {
	root := newTree(t, false)
	if err := Tidy(t.Context(), root, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	coreMod := tree()["core/go.mod"]
	tests := []struct {
		name, folder, file, text string
		want                     string // in the error; "" for none
	}{
		{"a good tree", "ginauth", "", "", ""},
		{"a core that the adapter does not compile with", "ginauth", "core/core.go", "package core\n", "ginauth: go build ./..."},
		{"the good tree again", "ginauth", "", "", ""},
		{"a core with other imports", "ginauth", "core/core.go", "package core\n\nimport \"strings\"\n\nfunc Decide() bool { return strings.Contains(\"ab\", \"a\") }\n", ""},
		{"a core with an import that is not there", "ginauth", "core/core.go", "package core\n\nimport _ \"" + ours + "core/gone\"\n\nfunc Decide() bool { return true }\n", "ginauth: go mod tidy"},
		{"a failing test", "core", "core/core.go", "package core\n\nfunc Decide() bool { return false }\n", "core: go test ./..."},
		{"a vet finding", "core", "core/core.go", "package core\n\nimport \"fmt\"\n\nfunc Decide() bool {\n\tfmt.Printf(\"%d\\n\", \"x\")\n\treturn true\n}\n", "core: go vet ./..."},
		{"a requirement that the workspace hides", "ginauth", "ginauth/go.mod",
			"module " + ours + "ginauth\n\ngo 1.25.0\n\nrequire " + framework + " v1.10.1\n", "ginauth: go.mod is not tidy"},
		{"a requirement that nothing needs", "core", "core/go.mod", coreMod + "\nrequire " + framework + " v1.10.1\n", "core: go.mod is not tidy"},
		{"a missing hash", "ginauth", "ginauth/go.sum", "\n", "ginauth: go.sum is not tidy: run make tidy; it lacks\n" + framework + " v1.10.1 h1:"},
		{"above the floor", "ginauth", "ginauth/go.mod", strings.Replace(tree()["ginauth/go.mod"], "v1.10.1", "v1.12.0", 1), "its floor is v1.10.1"},
		{"no such module", "nothing", "", "", "nothing is not a module of the tree"},
		{"the good tree at last", "ginauth", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.file != "" {
				before := read(t, root, tt.file)
				testrepo.Write(t, root, tt.file, tt.text)
				defer testrepo.Write(t, root, tt.file, before)
			}
			out, err := isolate(t, root, tt.folder)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got %v\n%s", err, out)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got error %v, want one with %q\n%s", err, tt.want, out)
			}
		})
	}
}

func TestIsolateNewest(t *testing.T) {
	root := newTree(t, true)
	if err := Tidy(t.Context(), root, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	out, err := isolate(t, root, "ginauth")
	if want := "ginauth with " + framework + " v1.12.0: go test"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want one with %q\n%s", err, want, out)
	}
	if err != nil && strings.Contains(err.Error(), "ginauth: ") {
		t.Errorf("got error %v, want none about the floor", err)
	}
}

func TestTidyRepairs(t *testing.T) {
	root := newTree(t, false)
	testrepo.Write(t, root, "core/go.mod", tree()["core/go.mod"]+"\nrequire "+framework+" v1.12.0\n")
	testrepo.Write(t, root, "ginauth/go.sum", ours+"core v0.1.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
	var out bytes.Buffer
	if err := Tidy(t.Context(), root, &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	for _, name := range []string{"core/go.mod", "ginauth/go.mod"} {
		if got, want := read(t, root, name), tree()[name]; got != want {
			t.Errorf("got %s\n%s\nwant\n%s", name, got, want)
		}
	}
	if sum := read(t, root, "ginauth/go.sum"); strings.Contains(sum, ours) {
		t.Errorf("got a sibling in go.sum\n%s", sum)
	}
}

func TestPrepare(t *testing.T) {
	root := newTree(t, false)
	ws, err := workspace.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GODEBUG", "http2client=0")
	env, err := Prepare(t.Context(), ws)
	if err != nil {
		t.Fatal(err)
	}
	got := env.String()
	proxy, cache := filepath.Join(root, ".build", "proxy"), filepath.Join(root, ".build", "modcache")
	shell := filepath.Join(os.Getenv("GOMODCACHE"), "cache", "download")
	want := "GOPROXY=" + fileURL(proxy) + "," + fileURL(shell) + "," + os.Getenv("GOPROXY") +
		" GONOSUMDB=github.com/gin-gonic,github.com/authkeel/authkeel GONOPROXY=none GOFLAGS=-mod=mod GOMODCACHE=" + cache + " GODEBUG=http2client=0,goindex=0"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}

	// What the cache has of ours stays for the same tree and goes with it.
	own, other := filepath.Join(cache, "github.com/authkeel/authkeel/core@v0.1.0"), filepath.Join(cache, "github.com/other@v1.0.0")
	for _, dir := range []string{own, other} {
		if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Prepare(t.Context(), ws); err != nil {
		t.Fatal(err)
	}
	if !exists(own) {
		t.Error("the cache lost our modules though the tree is the same")
	}
	testrepo.Write(t, root, "core/core.go", "package core // edited\n")
	if _, err := Prepare(t.Context(), ws); err != nil {
		t.Fatal(err)
	}
	if exists(own) {
		t.Error("the cache kept our modules of the tree before")
	}
	if !exists(other) {
		t.Error("the cache lost a module that is not ours")
	}
	left, err := filepath.Glob(filepath.Join(root, ".build", "proxy-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("got %q, %v left over", left, err)
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// read returns the text of a file of the tree, "" when there is none.
func read(t *testing.T, root, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(data)
}
