package gosource

import (
	"embed"
	"fmt"
	"go/types"
	"strings"
)

// The router types of the frameworks are declared in small files of our own, with
// the methods that matter here and empty bodies. So the source of a project can be
// read without downloading or compiling its dependencies, and without running the go
// command in it.
//
//go:embed stubs
var stubFiles embed.FS

// kind is a framework's way of registering and joining paths.
type kind int

const (
	noRouter kind = iota
	gin
	echo
	fiber
	chi
	mux // net/http's ServeMux
)

// stub is a declared package.
type stub struct {
	kind    kind
	file    string
	context string // the type of a handler's parameter
}

var stubs = map[string]stub{
	"net/http":                    {mux, "http", ""},
	"github.com/gin-gonic/gin":    {gin, "gin", ""},
	"github.com/labstack/echo":    {echo, "echo", "any"},
	"github.com/labstack/echo/v4": {echo, "echo", "any"},
	"github.com/labstack/echo/v5": {echo, "echo", "any"},
	"github.com/gofiber/fiber/v2": {fiber, "fiber", "*Ctx"},
	"github.com/gofiber/fiber/v3": {fiber, "fiber", "Ctx"},
	"github.com/go-chi/chi":       {chi, "chi", ""},
	"github.com/go-chi/chi/v4":    {chi, "chi", ""},
	"github.com/go-chi/chi/v5":    {chi, "chi", ""},
}

// text returns the Go source of a stub.
func (s stub) text() (string, error) {
	text, err := stubFiles.ReadFile("stubs/" + s.file + ".txt")
	if err != nil {
		return "", err
	}
	methods, err := stubFiles.ReadFile("stubs/echo_methods.txt")
	if err != nil {
		return "", err
	}
	out := strings.ReplaceAll(string(text), "CONTEXT", s.context)
	for _, receiver := range []string{"*Echo", "*Group"} {
		out = strings.ReplaceAll(out, fmt.Sprintf("METHODS(%s)\n", receiver), strings.ReplaceAll(string(methods), "RECEIVER", receiver))
	}
	if s.file == "echo" {
		out += "\ntype Context interface{ JSON(int, any) error }\n"
	}
	return out, nil
}

// routers names the router types of each framework. The value says whether a value of
// the type is the whole router, so that its paths begin at the root, or a part of one.
var routers = map[kind]map[string]bool{
	gin:   {"Engine": true, "RouterGroup": false, "IRouter": false, "IRoutes": false},
	echo:  {"Echo": true, "Group": false},
	fiber: {"App": true, "Router": false, "Group": false},
	chi:   {"Mux": false, "Router": false},
	mux:   {"ServeMux": true},
}

// routerType says whether a type is one of a router, and whether it is a whole one.
func routerType(t types.Type) (k kind, whole bool) {
	if t == nil {
		return noRouter, false
	}
	t = types.Unalias(t)
	if pointer, ok := t.(*types.Pointer); ok {
		t = types.Unalias(pointer.Elem())
	}
	named, ok := t.(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return noRouter, false
	}
	s, ok := stubs[named.Obj().Pkg().Path()]
	if !ok {
		return noRouter, false
	}
	whole, ok = routers[s.kind][named.Obj().Name()]
	if !ok {
		return noRouter, false
	}
	return s.kind, whole
}
