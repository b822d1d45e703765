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

// paste does with what setup printed (a file) what it says.
func paste(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: paste printed")
	}
	ts.Check(pasteLines(ts.MkAbs("."), ts.ReadFile(args[0])))
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
