package gosource_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/check/gosource"
	"github.com/authkeel/authkeel/scripts/internal/check/routes"
)

// find writes a project and returns what is found: routes, and what was missed with an
// exclamation mark before it.
func find(t *testing.T, files map[string]string) []string {
	t.Helper()
	dir := t.TempDir()
	if files["go.mod"] == "" {
		files["go.mod"] = "module example.com/app\n\ngo 1.25.0\n"
	}
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, err := gosource.Find(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range found.Routes {
		if r.Access != routes.Unknown || r.Named || !strings.Contains(r.From, ".go:") {
			t.Errorf("got %+v", r)
		}
		line := r.String()
		if r.Guess != "" {
			line += " ?"
		}
		got = append(got, line)
	}
	for _, m := range found.Missed {
		if m.From == "" || m.What == "" || m.Why == "" {
			t.Errorf("got %+v", m)
		}
		got = append(got, "! "+m.What)
	}
	return got
}

func TestFind(t *testing.T) {
	for _, row := range cases {
		t.Run(row.name, func(t *testing.T) {
			files := map[string]string{}
			for name, text := range row.files {
				files[name] = text
			}
			if row.main != "" {
				files["main.go"] = "package main\n\n" + imports(row.main) + row.main
			}
			if got := find(t, files); !slices.Equal(got, row.want) {
				t.Errorf("got  %q\nwant %q", got, row.want)
			}
		})
	}
}

// imports are those that a piece of code needs.
func imports(code string) string {
	var out strings.Builder
	for name, path := range map[string]string{
		"gin.": "github.com/gin-gonic/gin", "echo.": "github.com/labstack/echo/v4", "fiber.": "github.com/gofiber/fiber/v2", "chi.": "github.com/go-chi/chi/v5",
		"http.": "net/http", "path.": "path", "os.": "os", "fmt.": "fmt", "fx.": "go.uber.org/fx", "gorilla.": "github.com/gorilla/gorilla", "pprof.": "github.com/gin-contrib/pprof", "json.": "encoding/json", "strings.": "strings",
		"lambda.": "github.com/aws/aws-lambda-go/lambda", "ginadapter.": "github.com/awslabs/aws-lambda-go-api-proxy/gin",
		"huma.": "github.com/danielgtaylor/huma/v2", "humachi.": "github.com/danielgtaylor/huma/v2/adapters/humachi", "runtime.": "github.com/grpc-ecosystem/grpc-gateway/v2/runtime",
	} {
		for i := 0; ; {
			at := strings.Index(code[i:], name)
			if at < 0 {
				break
			}
			if i += at; i == 0 || !strings.ContainsAny(code[i-1:i], "abcdefghijklmnopqrstuvwxyz./") {
				out.WriteString("import " + strings.TrimSuffix(name, ".") + " \"" + path + "\"\n")
				break
			}
			i += len(name)
		}
	}
	return out.String()
}

// TestLimits: source without an end is reported, and does not hang the search.
func TestLimits(t *testing.T) {
	var code strings.Builder
	code.WriteString("package main\nimport \"github.com/gin-gonic/gin\"\nfunc main() { f0(gin.New()) }\n")
	for i := range 30 { // 2 to the power of 30 calls
		n, next := string(rune('a'+i%26)), ""
		_ = n
		next = "f" + itoa(i+1)
		code.WriteString("func f" + itoa(i) + "(r *gin.Engine) { " + next + "(r); " + next + "(r) }\n")
	}
	code.WriteString("func f30(r *gin.Engine) { r.GET(\"/x\", nil) }\n")
	got := find(t, map[string]string{"main.go": code.String()})
	if !slices.Contains(got, "GET /x") || !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "! ") }) {
		t.Errorf("got %q", got)
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}
