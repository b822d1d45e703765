package main

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// adapterFolders are the folders of the adapters. The READMEs of the first four have
// the programs of the main README.
var adapterFolders = []string{"ginauth", "echoauth/v5", "fiberauth/v3", "chiauth", "echoauth", "fiberauth"}

// settingsProgram is what a reader has around the snippet of the main README that is
// not a program.
const settingsProgram = `package main

import (
	"context"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/ratelimit"
	"github.com/authkeel/authkeel/ginauth"
	"github.com/gin-gonic/gin"
)

func main() {
	const issuer = "https://issuer.example.com"
SNIPPET	if err != nil {
		panic(err)
	}
	gin.New().Use(ginauth.RequireAuth(auth), ginauth.RateLimit(limiter), ginauth.Require(verified))
}
`

// TestREADME compiles all Go of the main README. Its programs are those of the
// adapters' READMEs, which scripts/authkeel runs.
func TestREADME(t *testing.T) {
	snippets := goSnippets(t, "README.md")
	var programs []string
	for _, snippet := range snippets {
		if strings.HasPrefix(snippet, "package main\n") {
			programs = append(programs, snippet)
		} else {
			compile(t, "a snippet of the README", strings.Replace(settingsProgram, "SNIPPET", snippet, 1))
		}
	}
	if len(programs) != 4 || len(snippets) != 5 {
		t.Fatalf("the README has %d programs and %d Go snippets, want one program for each framework and one snippet for the settings", len(programs), len(snippets))
	}
	for i, folder := range adapterFolders {
		own := goSnippets(t, folder+"/README.md")[0]
		compile(t, "the first program in the README of "+folder, own)
		if i < len(programs) && own != programs[i] {
			t.Errorf("the README of %s begins with another program than the main README has:\n%s", folder, own)
		}
	}
}

// TestProvidersInREADME: each line of Go in the table of providers is one that
// core/providers tests.
func TestProvidersInREADME(t *testing.T) {
	lines := regexp.MustCompile("`providers\\.[^`]*`").FindAllString(readTree(t, "README.md"), -1)
	if len(lines) < 5 {
		t.Fatalf("the README has %d lines of providers", len(lines))
	}
	tested := readTree(t, "core/providers/README.md")
	for _, line := range lines {
		if !strings.Contains(tested, line) {
			t.Errorf("core/providers/README.md does not have %s", line)
		}
	}
}

// TestREADMEIsShort: somebody who finds the repository decides in two minutes.
func TestREADMEIsShort(t *testing.T) {
	if n := strings.Count(readTree(t, "README.md"), "\n"); n >= 250 {
		t.Errorf("the README has %d lines, want under 250", n)
	}
}

// TestLinksOfREADME: everything that the README links to in the tree is there.
func TestLinksOfREADME(t *testing.T) {
	links := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`).FindAllStringSubmatch(readTree(t, "README.md"), -1)
	if len(links) < 10 {
		t.Fatalf("the README has %d links", len(links))
	}
	for _, link := range links {
		if _, err := os.Stat(filepath.Join(tree(), filepath.FromSlash(link[1]))); err != nil {
			t.Errorf("the README links to %s: %v", link[1], err)
		}
	}
}

// tree is the root of the repository. An isolated copy of this module is elsewhere.
func tree() string { return cmp.Or(os.Getenv("AUTHKEEL_TREE"), "../..") }

func readTree(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(tree(), filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// goSnippets returns the Go snippets of a page, at least one.
func goSnippets(t *testing.T, file string) []string {
	t.Helper()
	var snippets []string
	for _, match := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(readTree(t, file), -1) {
		snippets = append(snippets, match[1])
	}
	if len(snippets) == 0 {
		t.Fatalf("%s has no Go", file)
	}
	return snippets
}

// compile checks a program as if it were in this module.
func compile(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "go", "vet", file).CombinedOutput()
	if err != nil {
		t.Errorf("%s does not compile: %v\n%s\n%s", name, err, out, text)
	}
}
