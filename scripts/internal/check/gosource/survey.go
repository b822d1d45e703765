package gosource

import (
	"go/ast"
	"go/token"
	"go/types"
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
