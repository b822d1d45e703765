package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/authkeel/authkeel/scripts/internal/adapters"
	"github.com/authkeel/authkeel/scripts/internal/gate"
	"github.com/authkeel/authkeel/scripts/internal/workspace"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"authkeel": main})
}

// proxy are the settings to take the modules of the tree from the tree.
func proxy(t *testing.T) []string {
	t.Helper()
	root := os.Getenv(gate.TreeVar) // in an isolated copy the tree is elsewhere
	if root == "" {
		var err error
		if root, err = workspace.Find("."); err != nil {
			t.Fatal(err)
		}
	}
	ws, err := workspace.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	env, err := gate.Prepare(context.Background(), ws)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(env.String())
}

// TestScripts tries the command as its users do, on applications as the
// frameworks' own guides begin them. See testdata/script.
func TestScripts(t *testing.T) {
	settings := proxy(t)
	home, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, settings...)
			e.Setenv("GOFLAGS", "-modcacherw") // and no -mod=mod: a go.sum that lacks something must fail
			e.Setenv("GOWORK", "off")
			e.Setenv("GOCACHE", filepath.Join(home, "go-build"))
			e.Setenv("GIN_MODE", "release")
			for _, a := range adapters.All {
				name := strings.ToUpper(strings.TrimSuffix(a.Folder, "auth"))
				e.Setenv(name+"_FLOOR", a.Framework+"@"+a.Floor)
				e.Setenv(name+"_NEWEST", a.Framework+"@"+a.Newest)
			}
			return nil
		},
	})
}
