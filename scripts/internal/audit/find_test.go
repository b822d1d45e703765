package audit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// project writes a Go module and returns its folder. Its requirements are not there,
// which the search does not need.
func project(t *testing.T, files map[string]string) string {
	t.Helper()
	t.Setenv("GOFLAGS", "-mod=mod -trimpath")
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOWORK", "off")
	dir := t.TempDir()
	files["go.mod"] = "module example.com/app\n\ngo 1.25\n"
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const imports = `
import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
	router "github.com/go-chi/chi/v5"
	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/core"
)
`

func TestFindCall(t *testing.T) {
	for _, tt := range []struct {
		name, code string
		o          options
		want       string // the call, or a part of the question
	}{
		{"Gin", "func New(a, b *core.Authenticator, ctx context.Context) (*gin.Engine, error) { return nil, nil }", options{}, "New(auth, auth, t.Context())"},
		{"not exported", "func build() *gin.Engine { return nil }", options{}, "build()"},
		{"chi", "func routes(*core.Authenticator) router.Router { return nil }", options{}, "routes(auth)"},
		{"chi as a handler", "func routes() http.Handler { return router.NewRouter() }", options{}, "routes()"},
		{"the outer of two", "func users() router.Router { return nil }\nfunc all() router.Router { users(); return nil }", options{}, "all()"},
		{"Echo", "func add(auth *core.Authenticator, e *echo.Echo) {}", options{}, "add(auth, e)"},
		{"Echo that is made around it", "func add(e *echo.Echo) {}\nfunc New() *echo.Echo { e := echo.New(); add(e); return e }", options{}, "add(e)"},
		{"Echo that is made", "func New() *echo.Echo { return nil }", options{}, "add routes to a function that takes the *echo.Echo"},
		{"Echo that is made, allowed", "func New() *echo.Echo { return nil }", options{allowHandlers: true}, "New()"},
		{"two", "func A() *gin.Engine { return nil }\nfunc B() *gin.Engine { return nil }", options{}, "--package example.com/app --call 'A()'"},
		{"methods and generics do not count", "func (x T) A() *gin.Engine { return nil }\nfunc G[T any]() *gin.Engine { return nil }", options{}, "no function of the project"},
		{"other arguments", "func New(db int) *gin.Engine { return nil }", options{}, "give the call with --call"},
		{"given", "func New(db int) (*gin.Engine, error) { return nil, nil }", options{call: "New(http.StatusOK)"}, "New(http.StatusOK)"},
		{"given and wrong", "func New() *gin.Engine { return nil }", options{call: "New("}, "is not a Go expression"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.project = project(t, map[string]string{"main.go": "package main\n" + imports + tt.code + "\n", "main_test.go": "package main\nfunc InTest() *gin.Engine"})
			got, err := findCall(t.Context(), &tt.o)
			var question *askError
			switch {
			case errors.As(err, &question):
				if !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %q, want %q in it", err, tt.want)
				}
			case err != nil:
				t.Error(err)
			case got.call != tt.want:
				t.Errorf("got %s, want %s", got.call, tt.want)
			default:
				if _, err := got.source("TestX", false); err != nil {
					t.Errorf("the test for it: %v", err)
				}
			}
		})
	}
}

func TestFindCallInPackages(t *testing.T) {
	dir := project(t, map[string]string{
		"main.go":   "package main\nfunc main() {}\n",
		"a/a.go":    "package a\n" + imports + "func New(n int) *gin.Engine { return nil }\n",
		"b/b.go":    "package b\n" + imports + "func New() *gin.Engine { return nil }\n",
		"c/c.go":    "package c\nfunc Other() {}\n",
		"d/x/bad.c": "",
	})
	if got, err := findCall(t.Context(), &options{project: dir}); err != nil || got.pkg.ImportPath != "example.com/app/b" {
		t.Errorf("got %v, %v, want the function of b", got, err)
	}
	for _, tt := range []struct {
		o    options
		want string
	}{
		{options{call: "New(1)"}, "several packages have a function New"},
		{options{call: "x.New(1)"}, "name the package"},
		{options{pkg: "./nothing"}, "has no Go package"},
	} {
		tt.o.project = dir
		if _, err := findCall(t.Context(), &tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
	if got, err := findCall(t.Context(), &options{project: dir, pkg: "./a", call: "New(http.StatusOK)"}); err != nil || got.imports["http"] != "net/http" {
		t.Errorf("got %v, %v, want the call with its import", got, err)
	}
}

// TestPutStaysBelowTheProject has a package whose folder is not in the project.
func TestPutStaysBelowTheProject(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	tg := &target{pkg: &goPackage{Dir: outside}}
	if _, err := tg.put(dir, "x_test.go", nil); err == nil || !strings.Contains(err.Error(), "is not below") {
		t.Errorf("got %v, want a refusal", err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	tg.pkg.Dir = filepath.Join(real, "link")
	if _, err := tg.put(dir, "x_test.go", nil); err == nil {
		t.Error("a link that leads out of the project was followed")
	}
	tg.pkg.Dir = real
	remove, err := tg.put(dir, "x_test.go", []byte("package x"))
	if err != nil {
		t.Fatal(err)
	}
	if err := remove(); err != nil || exists(filepath.Join(dir, "x_test.go")) {
		t.Errorf("got %v, want the file removed", err)
	}
}
