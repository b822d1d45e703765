// Package treelint checks the rules of the tree that a compiler does not know:
// which package may import which, what an adapter may contain, what a go.mod may
// say.
package treelint

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/authkeel/authkeel/scripts/dev/internal/workspace"
)

// checker collects the problems of one tree.
type checker struct {
	ws       *workspace.Workspace
	problems []string
}

// source is one Go file of a module.
type source struct {
	name   string // relative to the root, with slashes
	folder string // of the file, relative to the root
	module workspace.Module
	isTest bool
	text   []byte
	fset   *token.FileSet
	syntax *ast.File
}

// Check returns one line for each place in the tree below root that breaks a
// rule, sorted.
func Check(root string) ([]string, error) {
	ws, err := workspace.Load(root)
	if err != nil {
		return nil, err
	}
	c := &checker{ws: ws}
	if err := c.everyModuleIsUsed(); err != nil {
		return nil, err
	}
	var sources []source
	for _, m := range ws.Modules {
		files, err := m.Files()
		if err != nil {
			return nil, err
		}
		c.module(m, files)
		for _, f := range files {
			if path.Ext(f) != ".go" || workspace.InTestdata(f) {
				continue
			}
			s, err := parse(ws.Root, m, path.Join(m.Folder, f))
			if err != nil {
				return nil, err
			}
			sources = append(sources, s)
		}
	}
	for _, s := range sources {
		c.imports(s)
		c.length(s)
	}
	c.adapters(sources)
	if err := errors.Join(c.places(), c.mapOfPackages(sources)); err != nil {
		return nil, err
	}
	slices.Sort(c.problems)
	return slices.Compact(c.problems), nil
}

func parse(root string, m workspace.Module, name string) (source, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		return source{}, err
	}
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	return source{
		name:   name,
		folder: path.Dir(name),
		module: m,
		isTest: strings.HasSuffix(name, "_test.go"),
		text:   text,
		fset:   fset,
		syntax: syntax,
	}, err
}

// everyModuleIsUsed checks that no module of the tree escapes the other checks.
func (c *checker) everyModuleIsUsed() error {
	files, err := workspace.Files(c.ws.Root)
	if err != nil {
		return err
	}
	for _, f := range files {
		if path.Base(f) != "go.mod" || workspace.InTestdata(f) {
			continue
		}
		if !slices.ContainsFunc(c.ws.Modules, func(m workspace.Module) bool { return path.Join(m.Folder, "go.mod") == f }) {
			c.problem(f, "no go.work uses this module")
		}
	}
	return nil
}

// maxLines is the longest that a file may be; generated files and tests may be
// longer.
const maxLines = 300

func (c *checker) length(s source) {
	if s.isTest || ast.IsGenerated(s.syntax) {
		return
	}
	if n := strings.Count(string(s.text), "\n"); n > maxLines {
		c.problem(s.name, "has %d lines; a file has at most %d", n, maxLines)
	}
}

func (c *checker) problem(where, format string, args ...any) {
	c.problems = append(c.problems, where+": "+fmt.Sprintf(format, args...))
}

func (c *checker) problemAt(s source, n ast.Node, format string, args ...any) {
	c.problem(s.name+":"+strconv.Itoa(s.fset.Position(n.Pos()).Line), format, args...)
}

// imported is the path that an import spec names.
func imported(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value // the parser lets no such literal through
	}
	return p
}

// within tells whether the package path is modpath or below it.
func within(pkg, modpath string) bool {
	return pkg == modpath || strings.HasPrefix(pkg, modpath+"/")
}
