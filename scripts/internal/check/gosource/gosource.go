// Package gosource finds the routes that a Go project registers with Gin, Echo,
// Fiber, chi or net/http, by following its source: groups, mounts, constants, and the
// functions, methods, closures and loops through which routers and paths go. It runs
// nothing.
//
// It does not know everything that a program does at run time. A registration that it
// sees and cannot follow is reported as missed, never dropped.
package gosource

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/check/routes"
)

// Limits of the search. A project that needs more gets a missed registration that
// says so.
const (
	maxCalls = 200_000 // calls of functions that are followed
	maxDepth = 60      // calls within calls
	maxPlain = 4       // calls within calls, of functions that touch no router
	maxLoop  = 500     // rounds of one loop over a list
)

// Find returns the routes of the program in the folder dir. pkg is the package of the
// program in a module with several, such as ./cmd/api; empty means all of them.
func Find(dir, pkg string) (routes.List, error) {
	p, err := load(dir)
	if err != nil {
		return routes.List{}, err
	}
	s := &search{program: p, globals: map[types.Object]value{}, active: map[*ast.FuncDecl]bool{}, entered: map[*ast.FuncDecl]bool{}, fields: map[*types.Var]*table{}, missed: map[routes.Missed]bool{},
		knownLiteral: map[*ast.FuncLit]bool{}, called: map[*ast.FuncLit]bool{}, matter: map[ast.Node]bool{}, mentioned: map[ast.Node]map[*ast.FuncDecl]bool{}, methods: map[string][]*types.Func{}}
	mains := s.link(filepath.Join(p.dir, filepath.FromSlash(pkg)), pkg != "")
	s.survey()
	s.run(mains)
	s.emit()
	return s.list, nil
}

// search walks a program.
type search struct {
	*program
	globals map[types.Object]value // package-level variables that were read or set
	active  map[*ast.FuncDecl]bool // functions that are being walked
	entered map[*ast.FuncDecl]bool // functions that were walked
	tables  []*table
	fields  map[*types.Var]*table // routers in fields whose value is not known

	relevant map[*ast.FuncDecl]bool // functions that touch a router, or call one that does
	assigned map[types.Object]bool  // variables and fields that are set somewhere
	starts   map[types.Object]ast.Expr

	pending      []function // literals that may be called by code that is not followed
	knownLiteral map[*ast.FuncLit]bool
	called       map[*ast.FuncLit]bool
	matter       map[ast.Node]bool                   // answers of matters
	mentioned    map[ast.Node]map[*ast.FuncDecl]bool // answers of mentions
	methods      map[string][]*types.Func            // of the project, by name

	calls, plain, depth int
	missed              map[routes.Missed]bool
	list                routes.List
}

// miss reports a registration that cannot be followed, once.
func (s *search) miss(at token.Pos, what, why string) {
	if len(what) > 100 {
		what = strings.ToValidUTF8(what[:97], "") + "..."
	}
	m := routes.Missed{From: s.place(at), What: what, Why: why}
	if !s.missed[m] {
		s.missed[m] = true
		s.list.Missed = append(s.list.Missed, m)
	}
}

// place is a position as file:line, relative to the folder that the user named.
func (s *search) place(at token.Pos) string {
	position := s.fset.Position(at)
	if relative, err := filepath.Rel(s.dir, position.Filename); err == nil {
		position.Filename = relative
	}
	return fmt.Sprintf("%s:%d", filepath.ToSlash(position.Filename), position.Line)
}

// source is a short piece of source, for messages.
func source(e ast.Expr) string {
	text := types.ExprString(e)
	if len(text) > 60 {
		text = strings.ToValidUTF8(text[:57], "") + "..."
	}
	return text
}
