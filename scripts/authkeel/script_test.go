package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"authkeel": main})
}

// TestScripts tries the command as its users do, on applications as the
// frameworks' own guides begin them. See testdata/script.
func TestScripts(t *testing.T) {
	t.Parallel()
	settings := treeProxy(t)
	home, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"paste": paste, "drop": drop},
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, settings...)
			e.Setenv("GOFLAGS", "-modcacherw -trimpath") // and no -mod=mod: a go.sum that lacks something must fail
			e.Setenv("GOWORK", "off")
			e.Setenv("GOCACHE", filepath.Join(home, "go-build"))
			e.Setenv("GIN_MODE", "release")
			for _, a := range adapters.All {
				name := strings.ToUpper(a.Key())
				e.Setenv(name+"_FLOOR", a.Framework+"@"+a.Floor)
				e.Setenv(name+"_NEWEST", a.Framework+"@"+a.Newest)
			}
			return nil
		},
	})
}

// paste does with what setup printed (a file) what it says: the lines go to the
// place in a Go file that a comment marks, the imports to the imports.
func paste(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: paste printed main.go")
	}
	_, text, found := strings.Cut(ts.ReadFile(args[0]), "Add to the imports:\n")
	imports, text, pasted := strings.Cut(text, "Paste this where your router is made")
	_, text, _ = strings.Cut(text, "here:\n")
	lines, _, ended := strings.Cut(text, "\nThen\n")
	program := ts.ReadFile(args[1])
	if !found || !pasted || !ended || !strings.Contains(program, "\t// PASTE\n") {
		ts.Fatalf("there is nothing to paste, or no place for it")
	}
	for line := range strings.Lines(imports) {
		if strings.TrimSpace(line) != "" && !strings.Contains(program, line) {
			program = strings.Replace(program, "import (\n", "import (\n"+line, 1)
		}
	}
	program = strings.Replace(program, "\t// PASTE\n", lines, 1)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(program), 0o644))
}

// drop makes a mistake that is easily made: the middleware is made and mounted
// nowhere.
func drop(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: drop middleware main.go")
	}
	program := ts.ReadFile(args[1])
	without := program
	for _, form := range []string{", " + args[0], "\t\tapi.Use(" + args[0] + ")\n"} {
		without = strings.Replace(without, form, "", 1)
	}
	if without == program {
		ts.Fatalf("%s is not mounted in %s", args[0], args[1])
	}
	without = strings.Replace(without, "\tauthenticator, err := ", "\t_, err := ", 1)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(without), 0o644))
}
