package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// difference is what an audit says of a route whose check is gone.
var difference = regexp.MustCompile(`(?m)(?:GET|POST|PUT|PATCH|DELETE|ANY) /\S* asked for ".*" and now asks for ".*"`)

// TestEveryCheckOfTheExamplesIsAudited takes each middleware of ours away from each
// example, one after the other: the audit in its tests must fail and name the route.
func TestEveryCheckOfTheExamplesIsAudited(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Abs(filepath.Join(treeRoot(), "examples"))
	if err != nil {
		t.Fatal(err)
	}
	checks := 0
	for _, pkg := range packagesIn(t, examples) {
		found := makeRemovable(t, pkg)
		if checks += len(found.checks); len(found.checks) == 0 {
			continue
		}
		name, err := filepath.Rel(examples, pkg)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.ToSlash(name), func(t *testing.T) {
			t.Parallel()
			auditWithout(t, pkg, found)
		})
	}
	// The four smallest have two each, and the playground has ten or more on each of
	// the six frameworks: fewer were overlooked.
	if checks < 80 {
		t.Errorf("got %d checks in the examples, want 80 at the least", checks)
	}
}

// auditWithout builds the tests of a package once, and runs its audit without each of
// the checks.
func auditWithout(t *testing.T, pkg string, found changedPackage) {
	dir := t.TempDir()
	program, overlay := filepath.Join(dir, "audit.test"), filepath.Join(dir, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": found.files})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", program, ".")
	build.Dir = pkg
	build.Env = append(build.Environ(), "GOWORK=", "GOFLAGS=-trimpath") // in the workspace
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	audit := func(without string) (string, error) {
		cmd := exec.CommandContext(t.Context(), program, "-test.run", "^TestRoutes$", "-test.v")
		cmd.Dir = pkg
		cmd.Env = append(cmd.Environ(), "AUTHKEEL_WITHOUT="+without, "AUTHKEEL_UPDATE=")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := audit("nothing"); err != nil || !strings.Contains(out, "--- PASS: TestRoutes") {
		t.Fatalf("the example as it is: %v\n%s", err, out)
	}
	for _, check := range found.checks {
		out, err := audit(check.label)
		if err == nil || !strings.Contains(out, check.path) || !difference.MatchString(out) {
			t.Errorf("without %s: got %v, want a failure that names the route %s:\n%s", check.label, err, check.path, out)
		}
	}
}

// packagesIn returns the folders below dir that have Go files.
func packagesIn(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(entry.Name(), ".go") && !slices.Contains(found, filepath.Dir(path)) {
			found = append(found, filepath.Dir(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// removableHelper is the function around each check. It puts middleware of the same
// type, which does nothing, in the place of the one that is named: one build serves
// for all.
const removableHelper = `

import (
	"os"
	"reflect"
)

func authkeelRemovable[M any](label string, check M) M {
	if os.Getenv("AUTHKEEL_WITHOUT") != label {
		return check
	}
	kind := reflect.TypeOf(check)
	nothing, _ := reflect.MakeFunc(kind, func(in []reflect.Value) []reflect.Value {
		switch {
		case kind.NumOut() == 0: // Gin goes on by itself
			return nil
		case kind.Out(0) == kind.In(0): // Echo and chi: the next handler
			return in
		}
		return in[0].MethodByName("Next").Call(nil) // Fiber
	}).Interface().(M)
	return nothing
}
`
