// Package adapters is the one table of the adapter modules and the web
// frameworks that they are for. The setup command, the tree lint, the isolated
// build and the benchmarks read it.
package adapters

import (
	"path"
	"regexp"
	"strings"
)

// Prefix begins the path of every module of the tree.
const Prefix = "github.com/authkeel/authkeel/"

// Adapter is one adapter module and its framework.
type Adapter struct {
	Name      string   // of the framework and, if several have an adapter, of its major version
	Folder    string   // of the module, relative to the root, with slashes
	Framework string   // module path of the framework
	Floor     string   // the release that the committed go.mod requires, so that adding the adapter upgrades nobody by force
	Newest    string   // the release that the adapter is tested with beside the floor
	TestsOnly bool     // only the adapter's tests import the framework
	Extra     []string // exported functions that not every adapter has
}

// All lists the adapters. An adapter for a later major version of a framework
// is a module of its own, in a folder v<major> below the first.
var All = []Adapter{
	{Name: "Gin", Folder: "ginauth", Framework: "github.com/gin-gonic/gin", Floor: "v1.10.1", Newest: "v1.12.0"},
	{Name: "Echo v4", Folder: "echoauth", Framework: "github.com/labstack/echo/v4", Floor: "v4.13.4", Newest: "v4.16.0"},
	{Name: "Echo v5", Folder: "echoauth/v5", Framework: "github.com/labstack/echo/v5", Floor: "v5.0.0", Newest: "v5.4.4"},
	{Name: "Fiber v2", Folder: "fiberauth", Framework: "github.com/gofiber/fiber/v2", Floor: "v2.52.9", Newest: "v2.52.15", Extra: []string{"HTTPHandler", "ReturnRefusals"}},
	{Name: "Fiber v3", Folder: "fiberauth/v3", Framework: "github.com/gofiber/fiber/v3", Floor: "v3.0.0", Newest: "v3.5.0", Extra: []string{"HTTPHandler", "ReturnRefusals"}},
	{Name: "Chi", Folder: "chiauth", Framework: "github.com/go-chi/chi/v5", Floor: "v5.2.3", Newest: "v5.5.0", TestsOnly: true},
}

// In returns the adapter whose module is in folder.
func In(folder string) (Adapter, bool) {
	for _, a := range All {
		if a.Folder == folder {
			return a, true
		}
	}
	return Adapter{}, false
}

// Path is the adapter's module path, which is its import path too.
func (a Adapter) Path() string { return Prefix + a.Folder }

// Package is the name of the adapter's package: echoauth for echoauth/v5.
func (a Adapter) Package() string {
	if base := path.Base(a.Folder); !major.MatchString(base) {
		return base
	}
	return path.Base(path.Dir(a.Folder))
}

// Key is a short name in lower case that differs between adapters, such as
// "gin" and "echov5". Folders and flags use it.
func (a Adapter) Key() string {
	key := strings.TrimSuffix(a.Package(), "auth")
	if base := path.Base(a.Folder); major.MatchString(base) {
		key += base
	}
	return key
}

var major = regexp.MustCompile(`^v[0-9]+$`)
