package gosource

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// eval finds the value of an expression, and walks the calls in it.
func (s *search) eval(f *frame, e ast.Expr) value {
	if tv, ok := s.info.Types[e]; ok && tv.Value != nil {
		if tv.Value.Kind() == constant.String {
			return text{s: constant.StringVal(tv.Value)}
		}
		return nil
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return s.eval(f, e.X)
	case *ast.Ident:
		return s.ident(f, e)
	case *ast.SelectorExpr:
		return s.selector(f, e)
	case *ast.CallExpr:
		return s.call(f, e)
	case *ast.FuncLit:
		return s.made(function{literal: e, frame: f})
	case *ast.CompositeLit:
		return s.composite(f, e)
	case *ast.UnaryExpr:
		return s.eval(f, e.X)
	case *ast.StarExpr:
		return s.eval(f, e.X)
	case *ast.TypeAssertExpr:
		return s.eval(f, e.X)
	case *ast.BinaryExpr:
		return s.binary(f, e)
	case *ast.IndexExpr:
		return s.index(f, e)
	case *ast.IndexListExpr:
		return s.eval(f, e.X)
	case *ast.SliceExpr:
		return s.eval(f, e.X)
	}
	return nil
}

func (s *search) ident(f *frame, e *ast.Ident) value {
	switch o := s.info.Uses[e].(type) {
	case *types.Var:
		return s.get(f, o)
	case *types.Func:
		return s.declared(o, nil)
	}
	return nil
}

// declared is a function of the project as a value.
func (s *search) declared(o *types.Func, self value) value {
	if d := s.functions[o.Origin()]; d != nil {
		return function{decl: d, self: self}
	}
	return nil
}

func (s *search) selector(f *frame, e *ast.SelectorExpr) value {
	if name, ok := e.X.(*ast.Ident); ok {
		if _, isPackage := s.info.Uses[name].(*types.PkgName); isPackage {
			switch o := s.info.Uses[e.Sel].(type) {
			case *types.Var:
				return s.get(f, o)
			case *types.Func:
				return s.declared(o, nil)
			}
			return nil
		}
	}
	x := s.eval(f, e.X)
	selection := s.info.Selections[e]
	if r, ok := x.(*router); ok {
		if selection != nil && selection.Kind() == types.FieldVal {
			return r // the RouterGroup in an Engine, the Router in a Mux
		}
		return bound{r, e.Sel.Name}
	}
	if selection == nil {
		return nil
	}
	owner, last := s.descend(x, selection)
	switch o := selection.Obj().(type) {
	case *types.Var:
		return s.field(owner, o)
	case *types.Func:
		if r, ok := owner.(*router); ok {
			return bound{r, e.Sel.Name}
		}
		if v := s.declared(o, owner); v != nil {
			return v
		}
		return s.implementation(owner, o, last)
	}
	return nil
}

// descend goes through the embedded fields on the way to what a selector means.
func (s *search) descend(x value, selection *types.Selection) (owner value, t types.Type) {
	t = selection.Recv()
	path := selection.Index()
	for _, i := range path[:len(path)-1] {
		structure, ok := deref(t).Underlying().(*types.Struct)
		if !ok || i >= structure.NumFields() {
			return nil, t
		}
		field := structure.Field(i)
		x, t = s.field(x, field), field.Type()
		if r, ok := x.(*router); ok {
			return r, t
		}
	}
	return x, t
}

func deref(t types.Type) types.Type {
	t = types.Unalias(t)
	if pointer, ok := t.(*types.Pointer); ok {
		return types.Unalias(pointer.Elem())
	}
	return t
}

// field reads a field. A router that is not known, because the struct comes from code
// that is not followed, is one and the same wherever it is read.
func (s *search) field(owner value, field *types.Var) value {
	if o, ok := owner.(*object); ok {
		if v, ok := o.fields[field]; ok {
			return v
		}
		if !o.open {
			if v := s.zero(field); v != nil {
				return v
			}
		}
	}
	if k, whole := routerType(field.Type()); k != noRouter {
		if s.fields[field] == nil {
			s.fields[field] = s.unknownRouter(k, whole, "the router in the field "+field.Name()+" comes from code that cannot be followed").table
		}
		return &router{table: s.fields[field]}
	}
	return nil
}

// implementation is the method of the project that a call through an interface means:
// that of the value, or the only one that there is.
func (s *search) implementation(owner value, method *types.Func, t types.Type) value {
	if o, ok := owner.(*object); ok {
		found, _, _ := types.LookupFieldOrMethod(types.NewPointer(deref(o.of)), true, method.Pkg(), method.Name())
		if f, ok := found.(*types.Func); ok {
			return s.declared(f, owner)
		}
	}
	contract, ok := t.Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	var only *types.Func
	for _, f := range s.methods[method.Name()] {
		receiver := deref(f.Signature().Recv().Type())
		if !types.Implements(types.NewPointer(receiver), contract) {
			continue
		}
		if only != nil {
			return nil
		}
		only = f
	}
	if only == nil {
		return nil
	}
	return s.declared(only, owner)
}

func (s *search) binary(f *frame, e *ast.BinaryExpr) value {
	left, right := s.eval(f, e.X), s.eval(f, e.Y)
	if e.Op != token.ADD {
		return nil
	}
	if basic, ok := types.Default(s.typeOf(e)).Underlying().(*types.Basic); ok && basic.Info()&types.IsString == 0 && basic.Kind() != types.Invalid {
		return nil
	}
	_, knownLeft := left.(text)
	_, knownRight := right.(text)
	if !knownLeft && !knownRight {
		return nil
	}
	return asText(left, e.X).plus(asText(right, e.Y))
}

func (s *search) typeOf(e ast.Expr) types.Type {
	if t := s.info.TypeOf(e); t != nil {
		return t
	}
	return types.Typ[types.Invalid]
}

func (s *search) index(f *frame, e *ast.IndexExpr) value {
	x, key := s.eval(f, e.X), s.eval(f, e.Index)
	switch x := x.(type) {
	case function:
		return x // an instance of a generic function
	case list:
		if tv := s.info.Types[e.Index]; tv.Value != nil {
			if i, exact := constant.Int64Val(constant.ToInt(tv.Value)); exact && i >= 0 && int(i) < len(x) {
				return x[i]
			}
		}
	case pairs:
		for _, p := range x {
			if a, ok := p.key.(text); ok {
				if b, ok := key.(text); ok && a.s == b.s && len(a.unknown)+len(b.unknown) == 0 {
					return p.value
				}
			}
		}
	}
	return nil
}

func (s *search) composite(f *frame, e *ast.CompositeLit) value {
	t := s.typeOf(e)
	switch u := deref(t).Underlying().(type) {
	case *types.Struct:
		o := &object{of: t, fields: map[*types.Var]value{}}
		for i, element := range e.Elts {
			if kv, ok := element.(*ast.KeyValueExpr); ok {
				if name, ok := kv.Key.(*ast.Ident); ok {
					if field, ok := s.info.Uses[name].(*types.Var); ok {
						o.fields[field] = s.eval(f, kv.Value)
						continue
					}
				}
				s.eval(f, kv.Value)
			} else if i < u.NumFields() {
				o.fields[u.Field(i)] = s.eval(f, element)
			}
		}
		return o
	case *types.Map:
		var out pairs
		for _, element := range e.Elts {
			if kv, ok := element.(*ast.KeyValueExpr); ok {
				out = append(out, pair{s.eval(f, kv.Key), s.eval(f, kv.Value)})
			}
		}
		return out
	case *types.Slice, *types.Array:
		var out list
		for _, element := range e.Elts {
			if kv, ok := element.(*ast.KeyValueExpr); ok {
				element = kv.Value
			}
			out = append(out, s.eval(f, element))
		}
		return out
	}
	for _, element := range e.Elts { // of a type that is not known
		if kv, ok := element.(*ast.KeyValueExpr); ok {
			element = kv.Value
		}
		s.eval(f, element)
	}
	return nil
}
