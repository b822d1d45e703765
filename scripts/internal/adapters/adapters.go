// Package adapters is the one table of the web frameworks that the adapters
// stand on. The import rules, the isolation build and the consumer check read
// it.
package adapters

import "github.com/authkeel/authkeel/scripts/internal/workspace"

// Adapter is one adapter module and its framework.
type Adapter struct {
	Folder    string
	Framework string // module path
	Floor     string // what the committed go.mod requires: adding the adapter upgrades nobody by force
	Newest    string // what the adapter is tested with beside the floor
	TestsOnly bool   // the adapter's own code needs net/http alone
	Extra     string // the one exported function that its siblings do not have
}

// All lists the adapters. A later major of a framework is an adapter of its
// own, nested in the folder of the first.
var All = []Adapter{
	{Folder: "ginauth", Framework: "github.com/gin-gonic/gin", Floor: "v1.10.1", Newest: "v1.12.0"},
	{Folder: "echoauth", Framework: "github.com/labstack/echo/v4", Floor: "v4.13.4", Newest: "v4.16.0"},
	{Folder: "fiberauth", Framework: "github.com/gofiber/fiber/v2", Floor: "v2.52.9", Newest: "v2.52.15", Extra: "HTTPHandler"},
	{Folder: "chiauth", Framework: "github.com/go-chi/chi/v5", Floor: "v5.2.3", Newest: "v5.5.0", TestsOnly: true},
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

// Path is the adapter's module path.
func (a Adapter) Path() string { return workspace.Prefix + a.Folder }
