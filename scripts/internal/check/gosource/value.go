package gosource

import (
	"go/ast"
	"go/types"
)

// value is what is known of an expression: nil when nothing is.
type value any

// text is a string. unknown lists the parts that are only known at run time; they are
// taken as empty in s.
type text struct {
	s       string
	unknown []string
}

func (t text) plus(u text) text {
	return text{t.s + u.s, append(t.unknown[:len(t.unknown):len(t.unknown)], u.unknown...)}
}

// list is a slice or an array.
type list []value

// pairs is a map literal, in the order of the source.
type pairs []pair

type pair struct{ key, value value }

// tuple is the result of a function with several.
type tuple []value

// object is a struct, or a pointer to one.
type object struct {
	of     types.Type
	fields map[*types.Var]value
	open   bool // it was handed to code that is not followed, which may have set fields
}

// function is a function value.
type function struct {
	decl    *ast.FuncDecl
	literal *ast.FuncLit
	frame   *frame // of the literal
	self    value  // the receiver of a method
}

// bound is a method of a router as a value, such as r.GET.
type bound struct {
	router *router
	name   string
}

// frame is the variables of a function, and those around it.
type frame struct {
	variables map[types.Object]value
	outer     *frame
	results   []value
	named     []types.Object // named results
}

func newFrame(outer *frame) *frame { return &frame{variables: map[types.Object]value{}, outer: outer} }

func (f *frame) find(o types.Object) (*frame, bool) {
	for ; f != nil; f = f.outer {
		if _, ok := f.variables[o]; ok {
			return f, true
		}
	}
	return nil, false
}

// set stores a value for a variable where it was declared.
func (s *search) set(f *frame, o types.Object, v value) {
	if in, ok := f.find(o); ok {
		in.variables[o] = v
		return
	}
	if isGlobal(o) {
		s.globals[o] = v
		return
	}
	f.variables[o] = v
}

func isGlobal(o types.Object) bool { return o.Pkg() != nil && o.Parent() == o.Pkg().Scope() }

// get reads a variable.
func (s *search) get(f *frame, o types.Object) value {
	if in, ok := f.find(o); ok {
		return in.variables[o]
	}
	if v, ok := s.globals[o]; ok {
		return v
	}
	if !isGlobal(o) {
		return nil
	}
	if o.Pkg().Path() == "net/http" && o.Name() == "DefaultServeMux" {
		return s.defaultMux()
	}
	s.globals[o] = nil // an initializer that needs itself ends
	v := s.zero(o)
	if start := s.starts[o]; start != nil {
		v = s.eval(newFrame(nil), start)
	}
	s.globals[o] = v
	return v
}

// zero is the value of a variable or field that nothing has set so far: known when
// nothing sets it anywhere.
func (s *search) zero(o types.Object) value {
	if basic, ok := o.Type().Underlying().(*types.Basic); ok && basic.Info()&types.IsString != 0 && !s.assigned[o] {
		return text{}
	}
	return nil
}

// asText is a value as a path or a method. e says in messages what is not known.
func asText(v value, e ast.Expr) text {
	if t, ok := v.(text); ok {
		return t
	}
	return text{unknown: []string{source(e)}}
}
