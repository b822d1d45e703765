//go:build unix

package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// readmesOfShell are the examples whose READMEs TestExampleREADMEs runs in a shell.
var readmesOfShell = []string{"gin", "echo", "fiber", "chi"}

// notAsWritten are commands that cannot run as the README has them, and why.
var notAsWritten = map[string]string{
	"replicas":  "it names the reader's own issuer and Redis; process_test.go starts the program with those of the test",
	"migration": "it names the reader's own issuer; the tests serve the same router",
}

// TestExampleREADMEs runs the commands of the smallest examples as their READMEs have
// them: an issuer, the API, and calls whose status the README tells.
func TestExampleREADMEs(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(treeRoot())
	if err != nil {
		t.Fatal(err)
	}
	issuer, issuerCommand := freeAddress(t), ""
	for _, name := range readmesOfShell {
		page := readTree(t, "examples/"+name+"/README.md")
		servers := strings.Split(strings.TrimSpace(between(t, page, "```sh\n", "```")), "\n")
		_, after, _ := strings.Cut(page, "Then, in a third one:")
		calls := strings.Split(strings.TrimSpace(between(t, after, "```sh\n", "```")), "\n")
		if len(servers) != 2 || len(calls) != 3 {
			t.Fatalf("%s: got %q and %q, want 2 servers, and 3 calls of which the first gets a token", name, servers, calls)
		}
		if issuerCommand == "" {
			issuerCommand = servers[0]
			background(t, root, append(os.Environ(), "GOFLAGS=-trimpath", "GOWORK="), issuerCommand+" --addr "+issuer, issuer)
		}
		if servers[0] != issuerCommand {
			t.Errorf("%s starts the issuer with %s, and another example with %s", name, servers[0], issuerCommand)
		}
		t.Run(name, func(t *testing.T) {
			api := freeAddress(t)
			here := strings.NewReplacer("127.0.0.1:8930", issuer, "127.0.0.1:8080", api)
			main := filepath.Join(root, "examples", name, "main.go")
			environment := append(os.Environ(), "GOWORK=", "GIN_MODE=release", "GOFLAGS=-trimpath -overlay="+overlay(t, main, here.Replace(readFile(t, main))))
			background(t, root, environment, here.Replace(servers[1]), api)
			for _, call := range calls[1:] {
				command, want, _ := strings.Cut(call, "#")
				if got := shell(t, root, environment, here.Replace(calls[0]+"\n"+command)); !strings.HasPrefix(got, "HTTP/1.1 "+strings.TrimSpace(want)+" ") {
					t.Errorf("%s\ngot  %s\nwant status %s", call, got, want)
				}
			}
		})
	}
}

// overlay writes a file for go build that puts text in the place of a source file.
func overlay(t *testing.T, file, text string) string {
	t.Helper()
	dir := t.TempDir()
	changed, list := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json")
	replaced, err := json.Marshal(map[string]map[string]string{"Replace": {file: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{changed: text, list: string(replaced)} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

var (
	shellBlock = regexp.MustCompile("(?s)```(?:sh|console)\n(.*?)```")
	// needsTest are commands that show what a program does.
	needsTest   = regexp.MustCompile(`(?m)^(?:\S+=\S+ )*(?:curl|go run|make|authkeel) `)
	exampleLink = regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)
	// packagePath are paths of packages in commands.
	packagePath = regexp.MustCompile(`\./examples/[a-z0-9/]+`)
)

// TestEveryExampleREADMEIsTested fails when a README of an example has commands and no
// test runs them: a test of its module reads the page, or TestExampleREADMEs does.
func TestEveryExampleREADMEIsTested(t *testing.T) {
	t.Parallel()
	examples := filepath.Join(treeRoot(), "examples")
	pages := 0
	err := filepath.WalkDir(examples, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "README.md" {
			if err == nil && entry.IsDir() && entry.Name() == "node_modules" {
				return fs.SkipDir
			}
			return err
		}
		pages++
		if filepath.Dir(path) == examples {
			return nil
		}
		name, err := filepath.Rel(examples, filepath.Dir(path))
		if err != nil {
			return err
		}
		if link := "](" + filepath.ToSlash(name) + ")"; !strings.Contains(readFile(t, filepath.Join(examples, "README.md")), link) {
			t.Errorf("examples/README.md does not name %s", name)
		}
		var commands strings.Builder
		for _, block := range shellBlock.FindAllStringSubmatch(readFile(t, path), -1) {
			commands.WriteString(block[1])
		}
		for _, pkg := range packagePath.FindAllString(commands.String(), -1) {
			if _, err := os.Stat(filepath.Join(treeRoot(), strings.TrimSuffix(pkg, "/"))); err != nil {
				t.Errorf("examples/%s/README.md: %v", name, err)
			}
		}
		if needsTest.MatchString(commands.String()) && !isTested(t, filepath.ToSlash(name), filepath.Dir(path)) {
			t.Errorf("examples/%s/README.md has commands that no test runs", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	list := readFile(t, filepath.Join(examples, "README.md"))
	for _, link := range exampleLink.FindAllStringSubmatch(list, -1) {
		if _, err := os.Stat(filepath.Join(examples, link[1])); err != nil {
			t.Errorf("examples/README.md: %v", err)
		}
	}
	if pages < 15 {
		t.Errorf("got %d pages, want those of all examples", pages)
	}
}

func isTested(t *testing.T, name, dir string) bool {
	t.Helper()
	if slices.Contains(readmesOfShell, name) || notAsWritten[name] != "" {
		return true
	}
	tests, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range tests {
		if text := readFile(t, file); strings.Contains(text, `"README.md"`) || strings.Contains(text, "RunREADME(") {
			return true
		}
	}
	return false
}
