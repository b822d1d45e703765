package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// checkCall is a call of middleware in the program of an example.
var checkCall = regexp.MustCompile(`\b(?:gin|echo|fiber|chi)auth\.(?:RequireAuth|RequireRole)\([^()]*\)`)

// TestEveryCheckOfTheExamplesIsAudited removes each check from each of the smallest
// examples: the audit in its tests must fail and name the route.
func TestEveryCheckOfTheExamplesIsAudited(t *testing.T) {
	settings := treeProxy(t)
	examples := filepath.Join(treeRoot(), "examples")
	for _, framework := range []string{"gin", "echo", "fiber", "chi"} {
		t.Run(framework, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Join(examples, framework))); err != nil {
				t.Fatal(err)
			}
			main := filepath.Join(dir, "main.go")
			program := readFile(t, main)
			audit := func() (string, error) {
				cmd := exec.CommandContext(t.Context(), "go", "test", "-mod=mod", "-vet=off", "-run", "^TestRoutes$", ".")
				cmd.Dir = dir
				cmd.Env = append(append(cmd.Environ(), settings...), "GOWORK=off", "GOFLAGS=-modcacherw")
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			if out, err := audit(); err != nil {
				t.Fatalf("the example as it is: %v\n%s", err, out)
			}
			calls := checkCall.FindAllString(program, -1)
			if len(calls) < 2 {
				t.Fatalf("got the checks %q, want two at the least", calls)
			}
			for _, call := range calls {
				without := program
				for _, form := range []string{"\t\tapi.Use(" + call + ")\n", ".With(" + call + ")", ", " + call, call + ", "} {
					without = strings.Replace(without, form, "", 1)
				}
				if strings.Contains(without, call) {
					t.Fatalf("%s could not be removed", call)
				}
				if err := os.WriteFile(main, []byte(without), 0o600); err != nil {
					t.Fatal(err)
				}
				route := "GET /api/me asked for \"token\" and now asks for \"public\""
				if strings.Contains(call, "RequireRole") {
					route = "DELETE /api/users/"
				}
				out, err := audit()
				if err == nil || !strings.Contains(out, route) || strings.Contains(out, "[build failed]") {
					t.Errorf("without %s: got %v, want a failure that says %q:\n%s", call, err, route, out)
				}
			}
		})
	}
}

func readFile(t *testing.T, name string) string {
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
