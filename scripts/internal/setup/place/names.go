package place

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"strings"
)

func exprText(e ast.Expr) string { return types.ExprString(e) }

// lookup is what a name means at a position; nil when it means nothing.
func (f *finder) lookup(fr frame, pos token.Pos, name string) types.Object {
	scope := fr.pkg.Types.Scope().Innermost(pos)
	if scope == nil {
		scope = fr.pkg.Types.Scope()
	}
	_, o := scope.LookupParent(name, pos)
	return o
}

// imports is an import under a name.
type imports struct {
	name, path string
	is         bool // the file has it
}

// needed is the line to add, if any.
func (i imports) needed() [][2]string {
	if i.is {
		return nil
	}
	return [][2]string{{i.name, i.path}}
}

// importName finds the name for a package at a position: the one that the file has for
// it, or one that means nothing there.
func (p *plan) importName(fr frame, pos token.Pos, base, importPath string) (imports, bool) {
	for _, spec := range fr.file.Imports {
		if imported(spec) != importPath || spec.Name != nil && (spec.Name.Name == "_" || spec.Name.Name == ".") {
			continue
		}
		name := base
		if spec.Name != nil {
			name = spec.Name.Name
		}
		o, ok := p.lookup(fr, pos, name).(*types.PkgName)
		return imports{name, importPath, true}, ok && o.Imported().Path() == importPath
	}
	for _, name := range []string{base, "api" + base, "authkeel" + base} {
		if p.means(fr, pos, name) == nil && !p.declares(fr, name) {
			return imports{name, importPath, false}, true
		}
	}
	return imports{}, false
}

// means is what a name means at a position, other than a name of the language.
func (p *plan) means(fr frame, pos token.Pos, name string) types.Object {
	if o := p.lookup(fr, pos, name); o != nil && o.Parent() != types.Universe {
		return o
	}
	return nil
}

// declares reports whether the package or the file has a name, so that no import can.
func (p *plan) declares(fr frame, name string) bool {
	if fr.pkg.Types.Scope().Lookup(name) != nil {
		return true
	}
	scope := p.Info.Scopes[fr.file]
	return scope != nil && scope.Lookup(name) != nil
}

// freeName is the first of some names that a function can declare at pos, and that
// means the same at the position of its use.
func (p *plan) freeName(fr frame, pos, use token.Pos, names ...string) string {
	for _, name := range names {
		if p.means(fr, pos, name) == nil && p.means(fr, use, name) == nil && !p.inFunction(fr, name) {
			return name
		}
	}
	return ""
}

// inFunction reports whether a function declares a name itself, anywhere in its
// outermost block.
func (p *plan) inFunction(fr frame, name string) bool {
	scope := p.Info.Scopes[fr.typ]
	return scope != nil && scope.Lookup(name) != nil
}

// isVisible reports whether a name that the plan declares in a function is not taken at
// a position of it.
func (p *plan) isVisible(fr frame, pos token.Pos, name string) bool {
	return p.means(fr, pos, name) == nil
}

// errorName is the name for an error at a position: err, unless that means something
// else there, or would be declared a second time further down.
func (p *plan) errorName(fr frame, pos token.Pos) string {
	scope := p.Info.Scopes[fr.typ]
	if scope == nil {
		return ""
	}
	if o := scope.Lookup("err"); o == nil || o.Pos() < pos && types.Identical(o.Type(), types.Universe.Lookup("error").Type()) {
		return "err"
	}
	return p.freeName(fr, pos, pos, "authErr", "authenticatorErr")
}

// returnsError reports whether the last result of a function is an error.
func returnsError(t *ast.FuncType) bool {
	if t.Results == nil || len(t.Results.List) == 0 {
		return false
	}
	id, ok := t.Results.List[len(t.Results.List)-1].Type.(*ast.Ident)
	return ok && id.Name == "error"
}

// zeroResults writes the zero values of all results but the last, each followed by a
// comma.
func (p *plan) zeroResults(t *ast.FuncType) string {
	var b strings.Builder
	for i, field := range t.Results.List {
		n := max(1, len(field.Names))
		if i == len(t.Results.List)-1 {
			n--
		}
		for range n {
			b.WriteString(p.zero(field.Type) + ", ")
		}
	}
	return b.String()
}

func (p *plan) zero(e ast.Expr) string {
	switch e.(type) {
	case *ast.StarExpr, *ast.ArrayType, *ast.MapType, *ast.FuncType, *ast.ChanType, *ast.InterfaceType:
		if a, ok := e.(*ast.ArrayType); !ok || a.Len == nil {
			return "nil"
		}
	}
	if t := p.Info.TypeOf(e); t != nil && !isTypeParameter(t) {
		switch u := t.Underlying().(type) {
		case *types.Interface:
			return "nil"
		case *types.Basic:
			switch {
			case u.Info()&types.IsString != 0:
				return `""`
			case u.Info()&types.IsBoolean != 0:
				return "false"
			case u.Info()&types.IsNumeric != 0:
				return "0"
			}
		}
	}
	return "*new(" + exprText(e) + ")"
}

func isTypeParameter(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.TypeParam)
	return ok
}

// importLine is a line of an import declaration.
func importLine(name, importPath string) string {
	if base := path.Base(importPath); name == base {
		return `"` + importPath + `"`
	}
	return name + ` "` + importPath + `"`
}
