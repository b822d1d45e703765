package routes

import (
	"go/ast"
	"go/token"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

func unquote(literal string) (string, bool) {
	text, err := strconv.Unquote(literal)
	return text, err == nil
}

// verbs are the methods of routers that register a route: Gin and Echo shout,
// Chi and Fiber do not.
var verbs = map[string]string{
	"GET": http.MethodGet, "POST": http.MethodPost, "PUT": http.MethodPut, "PATCH": http.MethodPatch, "DELETE": http.MethodDelete, "HEAD": http.MethodHead,
	"Get": http.MethodGet, "Post": http.MethodPost, "Put": http.MethodPut, "Patch": http.MethodPatch, "Delete": http.MethodDelete, "Head": http.MethodHead,
	"Any": http.MethodGet, "All": http.MethodGet,
}

// walk finds registrations in a piece of code. Routers in variables have the
// prefix that in says, and none where it says nothing.
func (s *source) walk(n ast.Node, in scope, depth int) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			s.assign(n, in)
		case *ast.CallExpr:
			return s.call(n, in, depth)
		}
		return true
	})
}

// assign learns the prefix of a router that is put into a variable.
func (s *source) assign(a *ast.AssignStmt, in scope) {
	if len(a.Lhs) != len(a.Rhs) || a.Tok != token.DEFINE && a.Tok != token.ASSIGN {
		return
	}
	for i, left := range a.Lhs {
		name, ok := left.(*ast.Ident)
		if !ok {
			continue
		}
		if prefix, ok := s.router(a.Rhs[i], in); ok {
			if prefix == "" {
				prefix = in[mountOf+name.Name]
			}
			in[name.Name] = prefix
		}
	}
}

// mountOf begins the names under which a scope keeps where variables are mounted
// further down. No variable is called so.
const mountOf = "mount of "

// findMounted keeps functions that are mounted, as in r.Mount("/x", users.Routes()),
// from being walked as if they were at the top.
func (s *source) findMounted(f *ast.FuncDecl) {
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && called(call) == "Mount" && len(call.Args) == 2 {
			if maker, ok := call.Args[1].(*ast.CallExpr); ok && len(maker.Args) == 0 {
				if mounted := s.functions[called(maker)]; mounted != nil {
					s.reached[mounted] = true
				}
			}
		}
		return true
	})
}

// mountedVariables are those that are mounted somewhere in the body of a function.
func (s *source) mountedVariables(body *ast.BlockStmt, in scope) {
	ast.Inspect(body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && called(call) == "Mount" && len(call.Args) == 2 {
			path, known := s.text(call.Args[0])
			if name, ok := call.Args[1].(*ast.Ident); ok && known {
				in[mountOf+name.Name] = join("", path)
			}
		}
		return true
	})
}

// router is the prefix of an expression that is a router: a variable, a group of
// one, or one with more middleware.
func (s *source) router(e ast.Expr, in scope) (string, bool) {
	switch e := e.(type) {
	case *ast.Ident:
		prefix, ok := in[e.Name]
		return prefix, ok
	case *ast.CallExpr:
		sel, ok := e.Fun.(*ast.SelectorExpr)
		if !ok {
			return "", false
		}
		prefix, _ := s.router(sel.X, in)
		switch sel.Sel.Name {
		case "Group", "Route":
			if len(e.Args) > 0 {
				if path, ok := s.text(e.Args[0]); ok {
					return join(prefix, path), true
				}
			}
			return prefix, true
		case "With", "Use":
			return prefix, true
		case "New", "Default", "NewRouter", "NewMux", "NewServeMux":
			return "", true
		}
	}
	return "", false
}

func join(prefix, path string) string {
	if path == "" || path == "/" && prefix != "" {
		return prefix
	}
	return strings.TrimSuffix(prefix, "/") + "/" + strings.TrimPrefix(path, "/")
}

// call looks at one call, and reports whether the walk goes on inside it.
func (s *source) call(call *ast.CallExpr, in scope, depth int) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		if name, ok := call.Fun.(*ast.Ident); ok {
			s.handOver(name.Name, call, in, depth)
		}
		return true
	}
	prefix, _ := s.router(sel.X, in)
	name := sel.Sel.Name
	if literal := lastFunction(call); literal != nil && (name == "Route" || name == "Group") {
		inside := maps.Clone(in)
		group, _ := s.router(call, in)
		if list := literal.Type.Params.List; len(list) > 0 && len(list[0].Names) > 0 {
			inside[list[0].Names[0].Name] = group
		}
		s.walk(literal.Body, inside, depth)
		return false
	}
	if name == "Mount" && len(call.Args) == 2 {
		if path, ok := s.text(call.Args[0]); ok {
			s.mount(call.Args[1], join(prefix, path), depth)
		}
		return true
	}
	if !s.register(call, name, prefix) {
		s.handOver(name, call, in, depth)
	}
	return true
}

func lastFunction(call *ast.CallExpr) *ast.FuncLit {
	if len(call.Args) == 0 {
		return nil
	}
	literal, _ := call.Args[len(call.Args)-1].(*ast.FuncLit)
	return literal
}

// register adds the route of a call such as r.GET("/me", …), mux.HandleFunc("GET
// /me", …), r.Handle("GET", "/me", …) or r.Method("GET", "/me", …).
func (s *source) register(call *ast.CallExpr, name, prefix string) bool {
	if len(call.Args) < 2 {
		return false
	}
	first, ok := s.text(call.Args[0])
	if !ok {
		return false
	}
	if method, ok := verbs[name]; ok {
		if first != "" && !strings.HasPrefix(first, "/") { // headers.Get("x", …) and the like
			return false
		}
		s.add(call, method, rooted(join(prefix, first)))
		return true
	}
	switch name {
	case "Handle", "HandleFunc", "Method", "MethodFunc", "Add":
	default:
		return false
	}
	if second, ok := s.text(call.Args[1]); ok && isMethod(strings.ToUpper(first)) && strings.HasPrefix(second, "/") {
		s.add(call, strings.ToUpper(first), rooted(join(prefix, second)))
		return true
	}
	method, path, ok := strings.Cut(first, " ")
	if !ok {
		method, path = http.MethodGet, first
	}
	path = strings.TrimSpace(path)
	if !isMethod(method) || !strings.HasPrefix(path, "/") {
		return false // with a host, or no pattern at all
	}
	s.add(call, method, rooted(join(prefix, path)))
	return true
}

func rooted(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// mount follows r.Mount("/x", users.Routes()): the function's own router has the prefix.
func (s *source) mount(e ast.Expr, prefix string, depth int) {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return
	}
	f := s.functions[called(call)]
	if f == nil || len(call.Args) > 0 {
		return
	}
	before := len(s.found)
	s.function(f, nil, depth+1)
	for i := before; i < len(s.found); i++ {
		s.found[i].Path = rooted(join(prefix, s.found[i].Path))
	}
}

func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// handOver follows a call of a function of the project that gets a router.
func (s *source) handOver(name string, call *ast.CallExpr, in scope, depth int) {
	f := s.functions[name]
	if f == nil || !takesRouter(f) {
		return
	}
	var params []string
	for _, p := range f.Type.Params.List {
		for _, n := range p.Names {
			params = append(params, n.Name)
		}
	}
	known := scope{}
	for i, arg := range call.Args {
		if i < len(params) {
			if prefix, ok := s.router(arg, in); ok {
				known[params[i]] = prefix
			}
		}
	}
	if len(known) > 0 {
		s.function(f, known, depth+1)
	}
}
