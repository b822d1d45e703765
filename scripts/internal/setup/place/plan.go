package place

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
)

// plan collects the changes for one place.
type plan struct {
	*finder
	held      map[ast.Node]string // functions that have the authenticator, and its name there
	functions []ast.Node          // the same, in the order in which they got it
	widened   []frame             // functions with a new parameter
	changes   []change
	notes     []string
}

// change is an insertion into a file.
type change struct {
	file    *ast.File
	where   string // "before" and "after" a line, or "change" within it
	pos     token.Pos
	text    string
	imports [][2]string // name and path
}

const corePath = "github.com/authkeel/authkeel/core"

// Limits of the way from a router to the function that makes the authenticator. A
// longer way gets the authenticator where it ends.
const (
	maxSteps   = 4 // functions
	maxCallers = 4 // calls of one function
)

// protect plans the lines for a place. It reports false when there is no room for them.
func (p *plan) protect(s spot) bool {
	name, ok := p.authenticator(s.frame, s.first, 0)
	if !ok {
		return false
	}
	if s.group == nil {
		return p.example(s, name)
	}
	selector := ast.Unparen(s.group.Fun).(*ast.SelectorExpr) // look has seen it
	auth, ok := p.importName(s.frame, s.group.End(), p.want.Package, p.want.Auth)
	if !ok {
		return false
	}
	require := auth.name + ".RequireAuth(" + name + ")"
	line := func(router string) string {
		return router + ".Use(" + require + ") // the routes below need a valid token\n" + p.roleHint(auth.name, router)
	}
	imports := auth.needed()
	if lit, ok := last(s.group.Args).(*ast.FuncLit); ok && selector.Sel.Name == "Route" {
		if inner := parameter(lit); inner != "" && p.endsLine(s.frame.file, lit.Body.Lbrace+1) {
			p.add(change{s.frame.file, "after", lit.Body.Lbrace, indented(line(inner), "\t"), imports})
			return true
		}
	}
	if left := assigned(s.frame.file, s.group); left != nil && p.endsLine(s.frame.file, s.group.End()) {
		p.add(change{s.frame.file, "after", s.group.End() - 1, line(exprText(left)), imports})
		return true
	}
	switch {
	case p.want.Framework == "chi":
		p.add(change{s.frame.file, "change", selector.X.End(), ".With(" + require + ")", imports})
	case selector.Sel.Name == "Group" && !s.group.Ellipsis.IsValid():
		p.add(change{s.frame.file, "change", last(s.group.Args).End(), ", " + require, imports})
	default: // Fiber's Mount and Route
		statement := s.frame.statement(s.first)
		if statement == nil || len(s.group.Args) == 0 || !p.startsLine(s.frame.file, statement.Pos()) {
			return false
		}
		p.add(change{s.frame.file, "before", statement.Pos(), exprText(selector.X) + ".Use(" + exprText(s.group.Args[0]) + ", " + require + ") // its routes need a valid token\n", imports})
	}
	return true
}

func (p *plan) add(c change) { p.changes = append(p.changes, c) }

// authenticator sees to it that a function has an authenticator at a position, and
// returns the name of the variable: a parameter, when the callers can hand it over, or
// else a variable that is made there.
func (p *plan) authenticator(fr frame, at token.Pos, steps int) (string, bool) {
	if name, ok := p.held[fr.node]; ok {
		return name, p.isVisible(fr, at, name)
	}
	before := *p
	before.held = maps.Clone(p.held)
	if name, ok := p.asParameter(fr, at, steps); ok {
		return name, true
	}
	*p = before
	return p.asVariable(fr, at)
}

// hold notes the name of the authenticator in a function.
func (p *plan) hold(fr frame, name string) {
	p.held[fr.node] = name
	p.functions = append(slices.Clip(p.functions), fr.node)
}

// asParameter adds a parameter to a function, and an argument to each of its calls.
func (p *plan) asParameter(fr frame, at token.Pos, steps int) (string, bool) {
	calls := p.calls[fr.fn]
	if fr.fn == nil || steps >= maxSteps || len(calls) == 0 || len(calls) > maxCallers || p.values[fr.fn] || !p.mayGrow(fr) {
		return "", false
	}
	name := p.freeName(fr, fr.body.Lbrace+1, at, "authenticator", "tokenAuthenticator", "authkeelAuthenticator")
	core, ok := p.importName(fr, fr.typ.Pos(), "core", corePath)
	if name == "" || !ok {
		return "", false
	}
	p.hold(fr, name)
	p.widened = append(slices.Clip(p.widened), fr)
	index, pos, text := newParameter(fr.typ.Params, name+" *"+core.name+".Authenticator")
	p.add(change{fr.file, "change", pos, text, core.needed()})
	for _, c := range calls {
		caller, _ := p.home(c.pkg, c.file, c.expr)
		if caller.node == nil || caller.node == fr.node || c.expr.Ellipsis.IsValid() || len(c.expr.Args) < index {
			return "", false
		}
		argument, ok := p.authenticator(caller, c.expr.Pos(), steps+1)
		if !ok {
			return "", false
		}
		switch {
		case len(c.expr.Args) > index:
			p.add(change{c.file, "change", c.expr.Args[index].Pos(), argument + ", ", nil})
		case index > 0:
			p.add(change{c.file, "change", c.expr.Args[index-1].End(), ", " + argument, nil})
		default:
			p.add(change{c.file, "change", c.expr.Lparen + 1, argument, nil})
		}
	}
	return name, true
}

// mayGrow reports whether a function can get a parameter: not the functions that Go
// itself calls, none that an interface may want as it is, and none that a program
// ends in with an error of its own.
func (p *plan) mayGrow(fr frame) bool {
	d, ok := fr.node.(*ast.FuncDecl)
	if !ok || fr.name() == "main" && fr.pkg.Types.Name() == "main" || fr.name() == "init" {
		return false
	}
	if fr.pkg.Types.Name() == "main" && returnsError(fr.typ) && len(fr.typ.Results.List) == 1 {
		return false // such as run
	}
	if d.Recv != nil && p.methods[fr.name()] {
		return false
	}
	for _, field := range d.Type.Params.List {
		if len(field.Names) == 0 {
			return false
		}
	}
	return true
}

// newParameter says where a parameter is added, before a variadic one, and how many
// parameters are before it.
func newParameter(list *ast.FieldList, text string) (index int, pos token.Pos, insert string) {
	for _, field := range list.List {
		if _, variadic := field.Type.(*ast.Ellipsis); variadic {
			return index, field.Pos(), text + ", "
		}
		index += len(field.Names)
		pos = field.End()
	}
	if index == 0 {
		return 0, list.Opening + 1, text
	}
	return index, pos, ", " + text
}

// asVariable makes the authenticator in the function, before the statement that needs it.
func (p *plan) asVariable(fr frame, at token.Pos) (string, bool) {
	statement := fr.statement(at)
	if statement == nil || !p.startsLine(fr.file, statement.Pos()) {
		return "", false
	}
	pos := statement.Pos()
	name := p.freeName(fr, pos, at, "authenticator", "tokenAuthenticator", "authkeelAuthenticator")
	failure := p.errorName(fr, pos)
	auth, ok := p.importName(fr, pos, p.want.Package, p.want.Auth)
	if name == "" || failure == "" || !ok {
		return "", false
	}
	imports := auth.needed()
	end := "panic(" + failure + ")"
	if returnsError(fr.typ) {
		end = "return " + p.zeroResults(fr.typ) + failure
	} else if log, ok := p.importName(fr, pos, "log", "log"); ok && log.name == "log" {
		end, imports = "log.Fatal("+failure+")", append(imports, log.needed()...)
	}
	p.hold(fr, name)
	p.add(change{fr.file, "before", pos, name + ", " + failure + " := " + auth.name + ".New()\nif " + failure + " != nil {\n\t" + end + "\n}\n", imports})
	return name, true
}

// parameter is the name of the only parameter of a literal, or empty.
func parameter(lit *ast.FuncLit) string {
	list := lit.Type.Params.List
	if len(list) != 1 || len(list[0].Names) != 1 || list[0].Names[0].Name == "_" {
		return ""
	}
	return list[0].Names[0].Name
}

func last(list []ast.Expr) ast.Expr {
	if len(list) == 0 {
		return nil
	}
	return list[len(list)-1]
}
