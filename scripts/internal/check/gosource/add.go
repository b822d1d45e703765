package gosource

import (
	"go/ast"
	"net/http"
	"strings"
)

// add notes a route, unless its handler is a router of its own.
func (s *search) add(r *router, e *ast.CallExpr, method string, path text, args []value) {
	if s.mounted(r, args) {
		return
	}
	if path.s == "" && len(path.unknown) > 0 {
		s.miss(e.Pos(), source(e.Fun)+"("+path.unknown[0]+", …)", "its path is only known at run time")
		return
	}
	if !isMethod(method) {
		return // a call that only looks like one
	}
	r.table.entries = append(r.table.entries, entry{method: method, path: s.joined(r.table.kind, r.prefix, path), host: r.host, at: e.Pos()})
}

func (s *search) addAll(r *router, e *ast.CallExpr, methods []string, path text, args []value) {
	if len(methods) == 0 {
		s.miss(e.Pos(), source(e.Fun)+" "+path.s, "its HTTP methods are only known at run time")
		return
	}
	for _, method := range methods {
		s.add(r, e, method, path, args)
	}
}

// addRoute is Echo's e.AddRoute(echo.Route{Method: …, Path: …}).
func (s *search) addRoute(r *router, e *ast.CallExpr, args []value) {
	var method, path text
	if len(args) == 1 {
		if o, ok := args[0].(*object); ok {
			for field, v := range o.fields {
				t, _ := v.(text)
				switch field.Name() {
				case "Method":
					method = t
				case "Path":
					path = t
				}
			}
		}
	}
	if method.s == "" || path.s == "" {
		s.miss(e.Pos(), source(e.Fun), "its method or its path is only known at run time")
		return
	}
	s.add(r, e, method.s, path, nil)
}

// handle is net/http's and chi's registration of a pattern, which may begin with a
// method (net/http.ServeMux: "[METHOD ][HOST]/[PATH]").
func (s *search) handle(r *router, e *ast.CallExpr, pattern text, args []value) {
	if pattern.s == "" && len(pattern.unknown) > 0 {
		s.miss(e.Pos(), source(e.Fun)+"("+pattern.unknown[0]+", …)", "its pattern is only known at run time")
		return
	}
	method, rest, ok := strings.Cut(pattern.s, " ")
	if !ok {
		method, rest = http.MethodGet, pattern.s
	}
	rest = strings.TrimSpace(rest)
	host, path, _ := strings.Cut(rest, "/")
	if !isMethod(method) || !strings.Contains(rest, "/") {
		s.miss(e.Pos(), source(e.Fun)+" "+pattern.s, "the pattern is not one of net/http's")
		return
	}
	in := *r
	if host != "" {
		in.host = host
	}
	s.add(&in, e, method, text{"/" + path, pattern.unknown}, args[min(1, len(args)):])
}

func isMethod(s string) bool { return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" }
