package treelint

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const contributing = "CONTRIBUTING.md"

// codeSpan is a path or another piece of code between backquotes.
var codeSpan = regexp.MustCompile("`([^`\n]+)`")

// mapOfPackages checks that CONTRIBUTING.md names every package of core and every
// module of the tree, and that the files and folders that it names exist.
func (c *checker) mapOfPackages(sources []source) error {
	text, err := c.read(contributing)
	if err != nil {
		return err
	}
	named := make(map[string]bool)
	for _, match := range codeSpan.FindAllStringSubmatch(text, -1) {
		named[match[1]] = true
	}
	for _, m := range c.ws.Modules {
		if !named[m.Folder] {
			c.problem(contributing, "does not name the module `%s`", m.Folder)
		}
	}
	for _, s := range sources {
		if within(s.folder, "core") && s.folder != s.module.Folder && !s.isTest && !named[s.folder] {
			c.problem(contributing, "does not name the package `%s`", s.folder)
		}
	}
	for name := range named {
		if !c.isPath(name) {
			continue
		}
		if _, err := os.Stat(filepath.Join(c.ws.Root, filepath.FromSlash(name))); err != nil {
			c.problem(contributing, "names `%s`, which does not exist", name)
		}
	}
	return nil
}

// isPath tells whether name is that of a file or folder below a module of the
// tree. Packages that are planned have import rules and may be named.
func (c *checker) isPath(name string) bool {
	if _, planned := mayImport[name]; planned || strings.ContainsAny(name, " *=@:$") {
		return false
	}
	for _, m := range c.ws.Modules {
		if within(name, m.Folder) {
			return true
		}
	}
	return false
}
