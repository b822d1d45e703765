// Package place finds the router of a Go project, and says which lines of the project
// have to change so that requests need a token: in the function that makes the router
// or its group, and in the functions that call it. It changes nothing itself.
package place

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/check/gosource"
)

// Want says what is to be mounted on which framework.
type Want struct {
	Framework string // gin, echo, fiber or chi
	Module    string // import path of the framework, with its major version
	Context   string // type of a handler's parameter, such as *gin.Context
	Auth      string // import path of the package that setup writes
	Package   string // its name
	Clerk     bool   // the provider is Clerk
	Role      string // in the examples
}

// Guide says what has to change.
type Guide struct {
	Mounted string   // a file that imports the auth package already; nothing else is set then
	Group   string   // the project's own group that the lines protect, with its place; empty: they make one
	Files   []File   // in the order in which they are read best
	Open    []string // other groups, which stay as they are
	Others  []string // places of routers that are not known to be this one
	Notes   []string // what has to change besides, and cannot be shown as lines
}

// File is a file of the project that has to change.
type File struct {
	Name    string   // relative to the project, with slashes
	Imports []string // lines for the import declaration
	Edits   []Edit   // in the order of the lines
}

// Edit is a change at a line of a file as it is now.
type Edit struct {
	Where  string // "before", "after" or "change"
	Line   int
	Anchor string // the text of that line, without the white space around it
	Text   string // new lines, or the whole new line; ends in a newline
}

// Find looks through the project in the folder dir. A guide without files means that
// no router was found, or none at which lines can be added.
func Find(dir string, want Want) (*Guide, error) {
	source, err := gosource.Load(dir)
	if err != nil {
		return nil, err
	}
	f := &finder{Source: source, want: want, texts: map[*ast.File]*text{}}
	if f.dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	if name := f.mounted(); name != "" {
		return &Guide{Mounted: name}, nil
	}
	f.index()
	for _, s := range f.spots() {
		p := &plan{finder: f, held: map[ast.Node]string{}}
		if !p.protect(s) {
			continue
		}
		guide := p.guide()
		if s.group != nil {
			guide.Group = f.title(s)
		}
		for _, other := range f.groups {
			if other.group != s.group && other.score >= leastOpen && !f.inMount[other.frame.fn] {
				guide.Open = append(guide.Open, f.title(other))
			}
		}
		guide.Others = f.otherRouters(p)
		return guide, nil
	}
	return &Guide{}, nil
}

// finder looks through a project.
type finder struct {
	*gosource.Source
	want  Want
	dir   string
	texts map[*ast.File]*text

	declared map[*types.Func]frame
	calls    map[*types.Func][]call
	values   map[*types.Func]bool // functions that are used as values
	methods  map[string]bool      // names of the methods of the project's interfaces
	inMount  map[*types.Func]bool // functions whose router is mounted on another one
	groups   []spot               // the best first
	flat     []spot               // places with routes and no group
	made     []creation
	paths    []string // of registered routes, as they are written
}

// call is a call of a function of the project.
type call struct {
	pkg  gosource.Package
	file *ast.File
	expr *ast.CallExpr
}

// creation is a call that makes a router.
type creation struct {
	expr *ast.CallExpr
	in   frame
}

// at is a position as file:line, relative to the project.
func (f *finder) at(pos token.Pos) string {
	p := f.Files.Position(pos)
	return f.name(p.Filename) + ":" + itoa(p.Line)
}

// title names a group.
func (f *finder) title(s spot) string {
	path := s.path
	if path == "" {
		path = "without a path"
	}
	return path + " (" + f.at(s.group.Pos()) + ")"
}

func (f *finder) name(file string) string {
	if relative, err := filepath.Rel(f.dir, file); err == nil {
		file = relative
	}
	return filepath.ToSlash(file)
}

// mounted is a file that imports the auth package already.
func (f *finder) mounted() string {
	for _, pkg := range f.Packages {
		for _, file := range pkg.Syntax {
			for _, spec := range file.Imports {
				if pkg.Path != f.want.Auth && imported(spec) == f.want.Auth {
					return f.at(spec.Pos())
				}
			}
		}
	}
	return ""
}

// index notes the functions of the project, who calls them, and where routers are made
// and used.
func (f *finder) index() {
	f.declared, f.calls, f.values = map[*types.Func]frame{}, map[*types.Func][]call{}, map[*types.Func]bool{}
	f.methods, f.inMount = map[string]bool{}, map[*types.Func]bool{}
	for _, pkg := range f.Packages {
		for _, file := range pkg.Syntax {
			for _, d := range file.Decls {
				if d, ok := d.(*ast.FuncDecl); ok && d.Body != nil {
					if fn, ok := f.Info.Defs[d.Name].(*types.Func); ok {
						f.declared[fn] = frame{pkg: pkg, file: file, node: d, typ: d.Type, body: d.Body, fn: fn}
					}
				}
			}
		}
	}
	for _, pkg := range f.Packages {
		for _, file := range pkg.Syntax {
			called := map[*ast.Ident]bool{}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					if id := calledName(n); id != nil {
						called[id] = true
						if fn := f.function(id); fn != nil {
							f.calls[fn] = append(f.calls[fn], call{pkg, file, n})
						}
					}
					f.look(pkg, file, n)
				case *ast.Ident:
					if fn := f.function(n); fn != nil && !called[n] {
						f.values[fn] = true
					}
				case *ast.InterfaceType:
					for _, m := range n.Methods.List {
						for _, name := range m.Names {
							f.methods[name.Name] = true
						}
					}
				}
				return true
			})
		}
	}
	f.rank()
}

// function is the function of the project that an identifier means, or nil.
func (f *finder) function(id *ast.Ident) *types.Func {
	fn, ok := f.Info.Uses[id].(*types.Func)
	if !ok {
		return nil
	}
	if fn = fn.Origin(); f.declared[fn].node == nil {
		return nil
	}
	return fn
}

// calledName is the name of what is called.
func calledName(c *ast.CallExpr) *ast.Ident {
	switch e := ast.Unparen(c.Fun).(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return e.Sel
	}
	return nil
}

// otherRouters lists the routers that the plan does not protect.
func (f *finder) otherRouters(p *plan) []string {
	var others []string
	for _, c := range f.made {
		if !slices.Contains(p.functions, c.in.node) && !f.inMount[c.in.fn] {
			others = append(others, f.at(c.expr.Pos()))
		}
	}
	if len(others) == 1 && !slices.ContainsFunc(f.made, func(c creation) bool { return slices.Contains(p.functions, c.in.node) }) {
		return nil // it is the one whose groups were found
	}
	return others
}

// enclosing is the way from a file down to the innermost node that contains both
// positions.
func enclosing(file *ast.File, from, to token.Pos) []ast.Node {
	var path []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil || n.Pos() > from || n.End() < to {
			return false
		}
		path = append(path, n)
		return true
	})
	return path
}

// imported is the path of an import.
func imported(spec *ast.ImportSpec) string { return strings.Trim(spec.Path.Value, "\"`") }
