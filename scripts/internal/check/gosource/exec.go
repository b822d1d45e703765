package gosource

import (
	"go/ast"
	"go/token"
	"go/types"
)

// exec walks a statement. Of several branches each is walked.
func (s *search) exec(f *frame, n ast.Stmt) {
	switch n := n.(type) {
	case *ast.BlockStmt:
		s.block(f, n.List)
	case *ast.ExprStmt:
		s.eval(f, n.X)
	case *ast.AssignStmt:
		s.assign(f, n)
	case *ast.DeclStmt:
		if d, ok := n.Decl.(*ast.GenDecl); ok {
			s.declare(f, d)
		}
	case *ast.IfStmt:
		s.optional(f, n.Init)
		s.eval(f, n.Cond)
		s.exec(f, n.Body)
		s.optional(f, n.Else)
	case *ast.ForStmt:
		s.optional(f, n.Init)
		s.exec(f, n.Body)
	case *ast.RangeStmt:
		s.loop(f, n)
	case *ast.SwitchStmt:
		s.optional(f, n.Init)
		if n.Tag != nil {
			s.eval(f, n.Tag)
		}
		s.exec(f, n.Body)
	case *ast.TypeSwitchStmt:
		s.optional(f, n.Init)
		s.typeSwitch(f, n)
	case *ast.CaseClause:
		s.block(f, n.Body)
	case *ast.SelectStmt:
		s.exec(f, n.Body)
	case *ast.CommClause:
		s.block(f, n.Body)
	case *ast.LabeledStmt:
		s.exec(f, n.Stmt)
	case *ast.GoStmt:
		s.eval(f, n.Call)
	case *ast.DeferStmt:
		s.eval(f, n.Call)
	case *ast.SendStmt:
		s.eval(f, n.Value)
	case *ast.ReturnStmt:
		s.result(f, n)
	}
}

func (s *search) optional(f *frame, n ast.Stmt) {
	if n != nil {
		s.exec(f, n)
	}
}

func (s *search) block(f *frame, list []ast.Stmt) {
	for _, n := range list {
		s.exec(f, n)
	}
}

func (s *search) assign(f *frame, n *ast.AssignStmt) {
	if n.Tok == token.ADD_ASSIGN {
		left := s.eval(f, n.Lhs[0])
		right := s.eval(f, n.Rhs[0])
		if _, ok := left.(text); ok {
			s.store(f, n.Lhs[0], asText(left, n.Lhs[0]).plus(asText(right, n.Rhs[0])))
		}
		return
	}
	if len(n.Lhs) != len(n.Rhs) {
		results, _ := s.eval(f, n.Rhs[0]).(tuple)
		for i, left := range n.Lhs {
			var v value
			if i < len(results) {
				v = results[i]
			}
			s.store(f, left, v)
		}
		return
	}
	values := make([]value, len(n.Rhs))
	for i, right := range n.Rhs {
		values[i] = s.eval(f, right)
	}
	for i, left := range n.Lhs {
		s.store(f, left, values[i])
	}
}

// store puts a value into a variable, a field or an element of a list.
func (s *search) store(f *frame, left ast.Expr, v value) {
	switch left := ast.Unparen(left).(type) {
	case *ast.Ident:
		if o := s.info.Defs[left]; o != nil {
			f.variables[o] = v
		} else if o := s.info.Uses[left]; o != nil {
			s.set(f, o, v)
		}
	case *ast.SelectorExpr:
		selection := s.info.Selections[left]
		if selection == nil {
			if o, ok := s.info.Uses[left.Sel].(*types.Var); ok && isGlobal(o) { // of another package
				s.globals[o] = v
			}
			return
		}
		owner, _ := s.descend(s.eval(f, left.X), selection)
		field, ok := selection.Obj().(*types.Var)
		if o, is := owner.(*object); is && ok {
			o.fields[field] = v
		} else if r, is := v.(*router); is && ok && s.fields[field] == nil {
			s.fields[field] = r.table
		}
	case *ast.StarExpr:
		s.store(f, left.X, v)
	case *ast.IndexExpr:
		s.eval(f, left.X)
	}
}

func (s *search) declare(f *frame, d *ast.GenDecl) {
	for _, spec := range d.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		var results tuple
		if len(v.Values) == 1 && len(v.Names) > 1 {
			results, _ = s.eval(f, v.Values[0]).(tuple)
		}
		for i, name := range v.Names {
			o := s.info.Defs[name]
			if o == nil {
				continue
			}
			switch {
			case len(v.Values) == len(v.Names):
				f.variables[o] = s.eval(f, v.Values[i])
			case i < len(results):
				f.variables[o] = results[i]
			default:
				f.variables[o] = s.declaredZero(o)
			}
		}
	}
}

// declaredZero is the value of a local variable that is declared without one.
func (s *search) declaredZero(o types.Object) value {
	if _, ok := deref(o.Type()).Underlying().(*types.Struct); ok {
		if _, pointer := types.Unalias(o.Type()).(*types.Pointer); !pointer {
			if k, _ := routerType(o.Type()); k != noRouter { // var mux http.ServeMux
				return s.newRouter(k)
			}
			return &object{of: o.Type(), fields: map[*types.Var]value{}}
		}
	}
	return s.zero(o)
}

// loop walks the body of a range statement: for each element of a list that is known,
// else once.
func (s *search) loop(f *frame, n *ast.RangeStmt) {
	x := s.eval(f, n.X)
	if !s.matters(n.Body) {
		x = nil // one round is enough to learn what it sets
	}
	round := func(key, v value) {
		if n.Key != nil {
			s.store(f, n.Key, key)
		}
		if n.Value != nil {
			s.store(f, n.Value, v)
		}
		s.exec(f, n.Body)
	}
	switch x := x.(type) {
	case list:
		for i, v := range x {
			if i == maxLoop {
				s.miss(n.Pos(), "a loop over "+source(n.X), "the list is too long to be followed")
				return
			}
			round(nil, v)
		}
	case pairs:
		for _, p := range x {
			round(p.key, p.value)
		}
	default:
		round(nil, nil)
	}
}

// typeSwitch walks every case with the value that is switched on.
func (s *search) typeSwitch(f *frame, n *ast.TypeSwitchStmt) {
	var v value
	switch a := n.Assign.(type) {
	case *ast.ExprStmt:
		v = s.eval(f, a.X)
	case *ast.AssignStmt:
		v = s.eval(f, a.Rhs[0])
	}
	for _, c := range n.Body.List {
		if o := s.info.Implicits[c]; o != nil {
			f.variables[o] = v
		}
		s.exec(f, c)
	}
}

// result notes what a function returns. Of several return statements the first that
// knows a value counts.
func (s *search) result(f *frame, n *ast.ReturnStmt) {
	in := f
	for in.results == nil && in.outer != nil {
		in = in.outer
	}
	if len(n.Results) == 0 {
		for i, o := range in.named {
			s.returned(in, i, s.get(f, o))
		}
		return
	}
	if results, ok := s.multiple(f, n); ok {
		for i, v := range results {
			s.returned(in, i, v)
		}
		return
	}
	for i, e := range n.Results {
		s.returned(in, i, s.eval(f, e))
	}
}

func (s *search) multiple(f *frame, n *ast.ReturnStmt) (tuple, bool) {
	if len(n.Results) != 1 {
		return nil, false
	}
	if _, ok := s.typeOf(n.Results[0]).(*types.Tuple); !ok {
		return nil, false
	}
	results, _ := s.eval(f, n.Results[0]).(tuple)
	return results, true
}

func (s *search) returned(f *frame, i int, v value) {
	if i < len(f.results) && f.results[i] == nil {
		f.results[i] = v
	}
}
