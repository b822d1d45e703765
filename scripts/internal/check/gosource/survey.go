package gosource

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
)

// survey finds what has to be known before the walk: which functions touch routers,
// which variables are set somewhere, and how package-level variables begin.
func (s *search) survey() {
	s.relevant, s.assigned, s.starts = map[*ast.FuncDecl]bool{}, map[types.Object]bool{}, map[types.Object]ast.Expr{}
	callers := map[*ast.FuncDecl][]*ast.FuncDecl{}
	for f := range s.functions {
		if f.Signature().Recv() != nil {
			s.methods[f.Name()] = append(s.methods[f.Name()], f)
		}
	}
	for _, path := range s.order {
		for _, file := range s.files[path] {
			for _, d := range file.Decls {
				switch d := d.(type) {
				case *ast.GenDecl:
					s.begin(d)
					s.settings(d)
				case *ast.FuncDecl:
					s.settings(d)
					if d.Body == nil {
						continue
					}
					s.relevant[d] = s.touches(d)
					for other := range s.mentions(d) {
						callers[other] = append(callers[other], d)
					}
				}
			}
		}
	}
	var queue []*ast.FuncDecl
	for d, yes := range s.relevant {
		if yes {
			queue = append(queue, d)
		}
	}
	for len(queue) > 0 {
		d := queue[0]
		queue = queue[1:]
		for _, caller := range callers[d] {
			if !s.relevant[caller] {
				s.relevant[caller] = true
				queue = append(queue, caller)
			}
		}
	}
}

// begin notes the initializers of package-level variables.
func (s *search) begin(d *ast.GenDecl) {
	if d.Tok != token.VAR {
		return
	}
	for _, spec := range d.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok || len(v.Values) != len(v.Names) {
			continue
		}
		for i, name := range v.Names {
			if o := s.info.Defs[name]; o != nil {
				s.starts[o] = v.Values[i]
			}
		}
	}
}

// settings notes which variables and fields are assigned, or have their address taken.
func (s *search) settings(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				s.note(left)
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				s.note(n.X)
			}
		case *ast.RangeStmt:
			if n.Key != nil {
				s.note(n.Key)
			}
			if n.Value != nil {
				s.note(n.Value)
			}
		}
		return true
	})
}

func (s *search) note(e ast.Expr) {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if o := s.info.Uses[e]; o != nil {
			s.assigned[o] = true
		}
	case *ast.SelectorExpr:
		if o := s.info.Uses[e.Sel]; o != nil {
			s.assigned[o] = true
		}
	}
}

// touches reports whether an expression in n is a router.
func (s *search) touches(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		switch e := n.(type) {
		case *ast.SelectorExpr: // http.HandleFunc
			if path := s.external(e); path == "net/http.Handle" || path == "net/http.HandleFunc" {
				found = true
			}
		case *ast.CallExpr: // of a router whose type is not known
			if selector, ok := e.Fun.(*ast.SelectorExpr); ok && len(e.Args) > 1 && registers(selector.Sel.Name) && s.info.Selections[selector] == nil {
				found = true
			}
		}
		if e, ok := n.(ast.Expr); ok && !found {
			if k, _ := routerType(s.info.TypeOf(e)); k != noRouter {
				found = true
			}
		}
		return !found
	})
	return found
}

// mentions are the functions of the project that are named in n. A call through an
// interface mentions every method of that name.
func (s *search) mentions(n ast.Node) map[*ast.FuncDecl]bool {
	if known, ok := s.mentioned[n]; ok {
		return known
	}
	found := map[*ast.FuncDecl]bool{}
	s.mentioned[n] = found
	ast.Inspect(n, func(n ast.Node) bool {
		name, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		o, ok := s.info.Uses[name].(*types.Func)
		if !ok {
			return true
		}
		if d := s.functions[o.Origin()]; d != nil {
			found[d] = true
		} else if o.Pkg() != nil && s.folders[o.Pkg().Path()] != "" {
			for _, f := range s.methods[o.Name()] {
				found[s.functions[f]] = true
			}
		}
		return true
	})
	return found
}

// run walks the program: its main functions, and then what they may reach in ways
// that cannot be followed.
func (s *search) run(mains []*ast.FuncDecl) {
	var inits, all []*ast.FuncDecl
	s.each(func(_ string, f *ast.FuncDecl) {
		if f.Recv == nil && f.Name.Name == "init" {
			inits = append(inits, f)
		} else if len(mains) == 0 {
			all = append(all, f)
		}
	})
	if len(mains) > 0 {
		all = s.reachable(append(slices.Clone(mains), inits...))
	}
	for _, f := range append(inits, mains...) {
		if s.relevant[f] {
			s.enter(function{decl: f}, nil)
		}
	}
	s.literals()
	for f := s.next(all); f != nil; f = s.next(all) {
		s.enter(function{decl: f}, nil)
		s.entered[f] = true
		s.literals()
	}
}

// each calls do for every function of the program, in the order of the source.
func (s *search) each(do func(path string, f *ast.FuncDecl)) {
	for _, path := range s.order {
		for _, file := range s.files[path] {
			for _, d := range file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
					do(path, f)
				}
			}
		}
	}
}

// link finds the main functions in the user's folder, or the one of the package that
// the user named, and drops the packages that are not part of their programs. Without
// a main function, the packages in the user's folder are all that there is.
func (s *search) link(folder string, one bool) (mains []*ast.FuncDecl) {
	linked := map[string]bool{}
	s.each(func(path string, f *ast.FuncDecl) {
		if f.Recv != nil || f.Name.Name != "main" || s.packages[path] == nil || s.packages[path].Name() != "main" {
			return
		}
		if s.local(path) && (!one || filepath.Clean(s.folders[path]) == filepath.Clean(folder)) {
			mains = append(mains, f)
			s.follow(path, linked)
		}
	})
	if len(mains) == 0 {
		for _, path := range s.order {
			if s.local(path) {
				s.follow(path, linked)
			}
		}
	}
	s.order = slices.DeleteFunc(s.order, func(path string) bool { return !linked[path] })
	for f := range s.functions {
		if !linked[f.Pkg().Path()] {
			delete(s.functions, f)
		}
	}
	return mains
}

// follow adds a package and the packages of the module that it imports.
func (s *search) follow(path string, linked map[string]bool) {
	if _, own := s.folders[path]; !own || linked[path] {
		return
	}
	linked[path] = true
	if p := s.packages[path]; p != nil {
		for _, imported := range p.Imports() {
			s.follow(imported.Path(), linked)
		}
	}
}

// reachable are the functions that the program mentions, directly or not, in the order
// of the source.
func (s *search) reachable(from []*ast.FuncDecl) []*ast.FuncDecl {
	reached := map[*ast.FuncDecl]bool{}
	queue := from
	for _, start := range s.starts {
		for d := range s.mentions(start) {
			queue = append(queue, d)
		}
	}
	for len(queue) > 0 {
		d := queue[0]
		queue = queue[1:]
		if reached[d] {
			continue
		}
		reached[d] = true
		for other := range s.mentions(d) {
			queue = append(queue, other)
		}
	}
	var list []*ast.FuncDecl
	s.each(func(_ string, f *ast.FuncDecl) {
		if reached[f] {
			list = append(list, f)
		}
	})
	return list
}

// next is a function that touches routers and was not walked: one that no other such
// function mentions, if there is one, because that one would hand it its router.
func (s *search) next(all []*ast.FuncDecl) *ast.FuncDecl {
	var left []*ast.FuncDecl
	for _, f := range all {
		if s.relevant[f] && !s.entered[f] {
			left = append(left, f)
		}
	}
	mentioned := map[*ast.FuncDecl]bool{}
	for _, f := range left {
		for other := range s.mentions(f) {
			if other != f {
				mentioned[other] = true
			}
		}
	}
	for _, f := range left {
		if !mentioned[f] {
			return f
		}
	}
	if len(left) > 0 {
		return left[0]
	}
	return nil
}
