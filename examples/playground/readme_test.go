package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// readmeProgram is what a reader has around a snippet.
const readmeProgram = `package main

import (
	%s
)

func main() {
%s
%s
}
`

// readmeImports lists the imports that a snippet needs, by the qualifier that it
// uses. The main README shows the newest major of each framework.
var readmeImports = map[string]string{
	"json.":      "encoding/json",
	"log.":       "log",
	"http.":      "net/http",
	"core.":      "github.com/authkeel/authkeel/core",
	"gin.":       "github.com/gin-gonic/gin",
	"echo.":      "github.com/labstack/echo/v5",
	"fiber.":     "github.com/gofiber/fiber/v3",
	"chi.":       "github.com/go-chi/chi/v5",
	"ginauth.":   "github.com/authkeel/authkeel/ginauth",
	"echoauth.":  "github.com/authkeel/authkeel/echoauth/v5",
	"fiberauth.": "github.com/authkeel/authkeel/fiberauth/v3",
	"chiauth.":   "github.com/authkeel/authkeel/chiauth",
}

// readmeGiven declares the names that a snippet expects, by framework.
var readmeGiven = map[string]string{
	"gin":   "var auth *core.Authenticator\nvar deleteUser gin.HandlerFunc",
	"echo":  "var auth *core.Authenticator\nvar deleteUser echo.HandlerFunc",
	"fiber": "var auth *core.Authenticator\nvar deleteUser fiber.Handler",
	"chi":   "var auth *core.Authenticator\nvar deleteUser http.HandlerFunc",
}

// readmeOf is the folder of the adapter whose README begins with the same snippet.
var readmeOf = map[string]string{"gin": "ginauth", "echo": "echoauth/v5", "fiber": "fiberauth/v3", "chi": "chiauth"}

// TestREADME compiles every Go snippet of the main README, unchanged.
func TestREADME(t *testing.T) {
	root := cmp.Or(os.Getenv("AUTHKEEL_TREE"), "../..") // in an isolated copy the tree is elsewhere
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	snippets := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(snippets) < 5 {
		t.Fatalf("the README has %d Go snippets, want one for the start and one for each framework", len(snippets))
	}
	seen := map[string]bool{}
	for i, s := range snippets {
		snippet := s[1]
		given := "_ = 0"
		for framework, names := range readmeGiven {
			if strings.Contains(snippet, framework+"auth.") {
				given, seen[framework] = names, true
			}
		}
		compile(t, fmt.Sprintf("snippet %d of the README", i+1), program(given, snippet, nil))
	}
	for framework := range readmeGiven {
		if !seen[framework] {
			t.Errorf("the README has no snippet for %s", framework)
			continue
		}
		adapter := readmeOf[framework]
		own, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(adapter), "README.md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range snippets {
			if strings.Contains(s[1], framework+"auth.") && !strings.Contains(string(own), s[1]) {
				t.Errorf("the README of %s begins with another snippet than the main one, which is compiled:\n%s", adapter, s[1])
			}
		}
	}
}

// TestOlderMajors compiles the first snippet with a router in the README of each
// adapter that is for an older major of its framework.
func TestOlderMajors(t *testing.T) {
	root := cmp.Or(os.Getenv("AUTHKEEL_TREE"), "../..")
	for _, tt := range []struct{ framework, module, router string }{
		{"echo", "github.com/labstack/echo/v4", "echo.New()"},
		{"fiber", "github.com/gofiber/fiber/v2", "fiber.New("},
	} {
		adapter := tt.framework + "auth"
		text, err := os.ReadFile(filepath.Join(root, adapter, "README.md"))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, s := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(s[1], tt.router) {
				older := map[string]string{tt.framework + ".": tt.module, adapter + ".": "github.com/authkeel/authkeel/" + adapter}
				compile(t, "the README of "+adapter, program(readmeGiven[tt.framework], s[1], older))
				found = true
				break
			}
		}
		if !found {
			t.Errorf("the README of %s has no snippet with %s", adapter, tt.router)
		}
	}
}

// program is a snippet with what it needs around it. The imports in older replace
// those of readmeImports.
func program(given, snippet string, older map[string]string) string {
	whole := given + "\n" + snippet
	var imports []string
	for mark, path := range readmeImports {
		if regexp.MustCompile(`\b` + regexp.QuoteMeta(mark)).MatchString(whole) {
			imports = append(imports, fmt.Sprintf("%q", cmp.Or(older[mark], path)))
		}
	}
	use := ""
	for _, name := range []string{"auth", "r", "e", "app"} {
		if regexp.MustCompile(`(?m)^` + name + `(, err)? := `).MatchString(snippet) {
			use += "_ = " + name + "\n"
		}
	}
	return fmt.Sprintf(readmeProgram, strings.Join(imports, "\n\t"), whole, use)
}

// compile checks a program as if it were in this module.
func compile(t *testing.T, name, text string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
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
