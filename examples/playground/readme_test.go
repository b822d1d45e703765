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

// what a reader of the README has around a snippet
const readmeProgram = `package main

import (
	%s
)

func main() {
%s
%s
}
`

// imports that a snippet needs, by what it says.
var readmeImports = map[string]string{
	"json.":      "encoding/json",
	"log.":       "log",
	"http.":      "net/http",
	"core.":      "github.com/authkeel/authkeel/core",
	"gin.":       "github.com/gin-gonic/gin",
	"echo.":      "github.com/labstack/echo/v4",
	"fiber.":     "github.com/gofiber/fiber/v2",
	"chi.":       "github.com/go-chi/chi/v5",
	"ginauth.":   "github.com/authkeel/authkeel/ginauth",
	"echoauth.":  "github.com/authkeel/authkeel/echoauth",
	"fiberauth.": "github.com/authkeel/authkeel/fiberauth",
	"chiauth.":   "github.com/authkeel/authkeel/chiauth",
}

// names that a snippet takes for granted, by framework.
var readmeGiven = map[string]string{
	"gin":   "var auth *core.Authenticator\nvar deleteUser gin.HandlerFunc",
	"echo":  "var auth *core.Authenticator\nvar deleteUser echo.HandlerFunc",
	"fiber": "var auth *core.Authenticator\nvar deleteUser fiber.Handler",
	"chi":   "var auth *core.Authenticator\nvar deleteUser http.HandlerFunc",
}

// TestREADME compiles every Go snippet of the README as it stands.
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
		compile(t, fmt.Sprintf("snippet %d", i+1), program(given, snippet))
	}
	for framework := range readmeGiven {
		if !seen[framework] {
			t.Errorf("the README has no snippet for %s", framework)
		}
	}
}

func program(given, snippet string) string {
	whole := given + "\n" + snippet
	var imports []string
	for mark, path := range readmeImports {
		if regexp.MustCompile(`\b` + regexp.QuoteMeta(mark)).MatchString(whole) {
			imports = append(imports, fmt.Sprintf("%q", path))
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

// compile builds a file that stands elsewhere as if it were in this module.
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
		t.Errorf("%s of the README does not compile: %v\n%s\n%s", name, err, out, text)
	}
}
