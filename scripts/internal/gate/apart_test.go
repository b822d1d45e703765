package gate

import (
	"bytes"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/testtree"
	"github.com/authkeel/authkeel/scripts/internal/workspace"
)

// TestPrepareApart runs a module that go.work leaves out, in place.
func TestPrepareApart(t *testing.T) {
	root := newTree(t, false)
	const goMod, main = "scripts/bench/go.mod", "scripts/bench/main.go"
	testtree.Write(t, root, goMod, "module "+ours+"scripts/bench\n\ngo 1.25.0\n\nrequire (\n\t"+ours+"core v0.1.0\n\t"+framework+" v1.12.0\n)\n")
	testtree.Write(t, root, main, "package main\n\nimport (\n\t\"fmt\"\n\n\t\""+ours+"core\"\n\t_ \""+framework+"\"\n)\n\nfunc main() { fmt.Print(core.Decide()) }\n")
	var out bytes.Buffer
	if err := Tidy(t.Context(), root, &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	mod, sum := read(t, root, goMod), read(t, root, "scripts/bench/go.sum")
	if !strings.Contains(sum, framework) || strings.Contains(sum, ours) {
		t.Errorf("got the go.sum\n%s\nwant the framework and no sibling", sum)
	}

	for _, answer := range []string{"true", "false"} { // a sibling changes, its version does not
		testtree.Write(t, root, "core/core.go", "package core\n\nfunc Decide() bool { return "+answer+" }\n")
		ws, err := workspace.Load(root)
		if err != nil {
			t.Fatal(err)
		}
		env, err := PrepareApart(t.Context(), ws, "scripts/bench")
		if err != nil {
			t.Fatal(err)
		}
		m, _ := ws.Module(ours + "scripts/bench")
		got, err := env.Command(t.Context(), m.Dir, "run", ".").Output()
		if err != nil || string(got) != answer {
			t.Errorf("got %q, %v, want %s", got, err, answer)
		}
		if strings.Count(env.String(), " ") != len(env.vars)-1 {
			t.Errorf("got a setting with a space in %s", env)
		}
	}
	if read(t, root, goMod) != mod || read(t, root, "scripts/bench/go.sum") != sum {
		t.Error("go.mod or go.sum was changed")
	}
	ws, err := workspace.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := PrepareApart(t.Context(), ws, "scripts/nothing"); err == nil {
		t.Error("got no error for a module that is not there")
	}
}
