package treelint

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

// place is a file of the tree that has to name every adapter, and what it has to
// say about it.
type place struct {
	file  string // a folder stands for all Go files in it
	wants func(a adapters.Adapter) []string
}

// placesOfAdapters lists the places that a new adapter needs, besides its own
// folder and its line in the table. CONTRIBUTING.md names each of them.
var placesOfAdapters = []place{
	{"go.work", func(a adapters.Adapter) []string { return []string{"./" + a.Folder + "\n", a.Path() + " v"} }},
	{"scripts/dev/internal/isolation/consumer", nil}, // a test of that package looks for the program
	{"scripts/internal/setup/framework.go", func(a adapters.Adapter) []string {
		return []string{quoted(a.Framework), quoted(a.Floor), quoted(a.Folder)}
	}},
	{"scripts/bench/go.work", func(a adapters.Adapter) []string { return []string{"../../" + a.Folder + "\n", a.Path() + " v"} }},
	{"scripts/bench", imports},
	{"examples/playground", imports},
	{"examples/cors", imports},
	{"scripts/e2e/notes", imports},
	{"README.md", func(a adapters.Adapter) []string {
		return []string{"`go get " + a.Path() + "`", "](" + a.Folder + ")", a.Floor + ", " + a.Newest}
	}},
}

func imports(a adapters.Adapter) []string { return []string{quoted(a.Path())} }

func quoted(s string) string { return `"` + s + `"` }

// places checks that every place names every adapter, and that CONTRIBUTING.md
// names every place.
func (c *checker) places() error {
	guide, err := c.read(contributing)
	if err != nil {
		return err
	}
	for _, p := range placesOfAdapters {
		text, err := c.read(p.file)
		if err != nil {
			return err
		}
		if text == "" {
			continue // another tree than this one
		}
		if !strings.Contains(guide, "`"+p.file+"`") {
			c.problem(contributing, "does not name `%s`, which a new adapter has to change", p.file)
		}
		if p.wants == nil {
			continue
		}
		for _, a := range adapters.All {
			for _, want := range p.wants(a) {
				if !strings.Contains(text, want) {
					c.problem(p.file, "does not contain %s, which the adapter %s needs", strings.TrimSuffix(want, "\n"), a.Folder)
				}
			}
		}
	}
	return nil
}

// read returns the text of a file, or of the Go files in a folder; "" if there is
// no such file.
func (c *checker) read(name string) (string, error) {
	file := filepath.Join(c.ws.Root, filepath.FromSlash(name))
	info, err := os.Stat(file)
	if os.IsNotExist(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		text, err := os.ReadFile(file)
		return string(text), err
	}
	var all strings.Builder
	err = filepath.WalkDir(file, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if base := path.Base(filepath.ToSlash(p)); !strings.HasSuffix(base, ".go") && !strings.HasSuffix(base, ".go.txt") {
			return nil
		}
		text, err := os.ReadFile(p)
		fmt.Fprintf(&all, "%s\n", text)
		return err
	})
	return all.String(), err
}
