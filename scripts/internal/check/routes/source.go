package routes

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
)

// FromSource returns the routes that the Go source below dir registers with Gin,
// Echo, Fiber, Chi or net/http: calls with the path as a text, and groups and
// subrouters in variables, function literals and functions of the project. It is
// a search, not a proof: paths that are computed are not found.
func FromSource(dir string) ([]Route, error) {
	s := &source{fset: token.NewFileSet(), dir: dir, functions: map[string]*ast.FuncDecl{}, constants: map[string]string{}, reached: map[*ast.FuncDecl]bool{}}
	var order []*ast.FuncDecl
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != dir && (name == "vendor" || name == "testdata" || name == "node_modules" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || hasModule(path)) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(s.fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil //nolint:nilerr // what does not parse does not build, and go build says so better
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Body != nil {
					s.functions[d.Name.Name] = d
					order = append(order, d)
				}
			case *ast.GenDecl:
				s.declare(d)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, f := range order {
		s.findMounted(f)
	}
	// Functions that make their router come first: they hand groups to the others,
	// which are then known by their prefix.
	for _, takes := range []bool{false, true} {
		for _, f := range order {
			if takesRouter(f) == takes && !s.reached[f] {
				s.function(f, nil, 0)
			}
		}
	}
	return Unique(s.found), nil
}

func hasModule(dir string) bool {
	found, err := filepath.Glob(filepath.Join(dir, "go.mod"))
	return err == nil && len(found) > 0
}

// takesRouter reports whether a function registers on a router that it is given.
func takesRouter(f *ast.FuncDecl) bool {
	for _, p := range f.Type.Params.List {
		kind := p.Type
		if star, ok := kind.(*ast.StarExpr); ok {
			kind = star.X
		}
		sel, ok := kind.(*ast.SelectorExpr)
		if !ok {
			continue
		}
		switch sel.Sel.Name {
		case "Engine", "RouterGroup", "IRouter", "IRoutes", "Router", "Mux", "ServeMux", "Echo", "Group", "App":
			return true
		}
	}
	return false
}

type source struct {
	fset      *token.FileSet
	dir       string
	functions map[string]*ast.FuncDecl // by name; of two, the last
	constants map[string]string
	reached   map[*ast.FuncDecl]bool
	found     []Route
}

// declare remembers constants and variables that are texts.
func (s *source) declare(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		for i, name := range v.Names {
			if i < len(v.Values) {
				if text, ok := s.text(v.Values[i]); ok {
					s.constants[name.Name] = text
				}
			}
		}
	}
}

// text is the value of an expression that is a text, known here and now.
func (s *source) text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			return unquote(e.Value)
		}
	case *ast.Ident:
		text, ok := s.constants[e.Name]
		return text, ok
	case *ast.SelectorExpr:
		if method, ok := strings.CutPrefix(e.Sel.Name, "Method"); ok { // http.MethodGet
			return strings.ToUpper(method), true
		}
		text, ok := s.constants[e.Sel.Name]
		return text, ok
	case *ast.BinaryExpr:
		left, ok := s.text(e.X)
		right, also := s.text(e.Y)
		return left + right, e.Op == token.ADD && ok && also
	case *ast.ParenExpr:
		return s.text(e.X)
	}
	return "", false
}

// scope is which prefix the routers in variables have.
type scope map[string]string

// function walks one with what its parameters are known to be.
func (s *source) function(f *ast.FuncDecl, known scope, depth int) {
	if depth > 8 { // it calls itself
		return
	}
	s.reached[f] = true
	in := scope{}
	for name, prefix := range known {
		in[name] = prefix
	}
	s.mountedVariables(f.Body, in)
	s.walk(f.Body, in, depth)
}

// add notes a route, at the place of its call.
func (s *source) add(call *ast.CallExpr, method, path string) {
	at := s.fset.Position(call.Pos())
	if rel, err := filepath.Rel(s.dir, at.Filename); err == nil {
		at.Filename = rel
	}
	s.found = append(s.found, Route{Method: method, Path: Fill(path), Access: Unknown, Bearer: true, From: fmt.Sprintf("%s:%d", filepath.ToSlash(at.Filename), at.Line)})
}
