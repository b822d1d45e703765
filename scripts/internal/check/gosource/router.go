package gosource

import (
	"go/ast"
	"go/token"
	"net/http"
	"slices"
	"strings"
)

// table is a router that a program makes, with what is registered on it.
type table struct {
	kind    kind
	entries []entry
	mounts  []mount
	mounted bool
	unknown string // why it is not known where its paths begin; empty when it is
}

type entry struct {
	method string
	path   text
	host   string
	at     token.Pos
}

// mount is another router below a path.
type mount struct {
	prefix text
	table  *table
	as     bool // the paths of the other router are whole as they are
}

// router is a router or a group of one, as a value.
type router struct {
	table    *table
	prefix   text
	host     string
	chain    bool   // its methods have no path of their own
	stripped string // by http.StripPrefix, around it
}

// newRouter is a router that the program makes.
func (s *search) newRouter(k kind) *router {
	t := &table{kind: k}
	s.tables = append(s.tables, t)
	return &router{table: t}
}

// unknownRouter is one that comes from elsewhere. The paths of a whole router, such
// as a *gin.Engine, are taken to begin at the root.
func (s *search) unknownRouter(k kind, whole bool, why string) *router {
	r := s.newRouter(k)
	if !whole {
		r.table.unknown = why
	}
	return r
}

// defaultMux is http.DefaultServeMux.
func (s *search) defaultMux() *router {
	if r, ok := s.globals[nil].(*router); ok {
		return r
	}
	r := s.newRouter(mux)
	s.globals[nil] = r
	return r
}

// verbs are the methods of routers that register one HTTP method: Gin and Echo write
// them in capitals, Fiber and chi do not.
var verbs = map[string]string{
	"GET": http.MethodGet, "POST": http.MethodPost, "PUT": http.MethodPut, "PATCH": http.MethodPatch, "DELETE": http.MethodDelete, "HEAD": http.MethodHead,
	"OPTIONS": http.MethodOptions, "Get": http.MethodGet, "Post": http.MethodPost, "Put": http.MethodPut, "Patch": http.MethodPatch, "Delete": http.MethodDelete,
	"Head": http.MethodHead, "Options": http.MethodOptions,
}

// everyMethod is what a registration for all methods is called with.
var everyMethod = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// registers reports whether a router's method of this name adds routes.
func registers(name string) bool {
	return verbs[name] != "" || slices.Contains([]string{"Handle", "HandleFunc", "Method", "MethodFunc", "Add", "AddRoute", "Any", "All", "Match", "Mount", "Route", "RouteChain", "Group", "Host",
		"Static", "StaticFS", "StaticFile", "StaticFileFS", "File", "FileFS"}, name)
}

// register is a call of a router's method. It returns the router or group that the
// method returns.
func (s *search) register(r *router, name string, e *ast.CallExpr, args []value) value {
	k := r.table.kind
	arg := func(i int) text {
		if i < len(args) {
			return asText(args[i], e.Args[i])
		}
		return text{}
	}
	switch {
	case verbs[name] != "":
		path := text{}
		if !r.chain {
			path = arg(0)
		}
		s.add(r, e, verbs[name], path, args)
		return r
	case name == "Any" && (k == gin || k == echo), name == "All" && k == fiber:
		s.addAll(r, e, everyMethod, arg(0), args)
		return r
	case name == "Match":
		s.addAll(r, e, methodsOf(args), arg(1), args)
		return r
	case name == "Method", name == "MethodFunc", name == "Handle" && k == gin, name == "Add" && k != mux:
		if methods := methodsOf(args); len(methods) > 0 { // Fiber v3 takes a list
			s.addAll(r, e, methods, arg(1), args)
		} else if method := arg(0); len(method.unknown) > 0 || method.s == "" {
			s.miss(e.Pos(), source(e.Fun)+" "+arg(1).s, "its HTTP method is only known at run time")
		} else {
			s.add(r, e, strings.ToUpper(method.s), arg(1), args)
		}
		return r
	case name == "AddRoute" && k == echo:
		s.addRoute(r, e, args)
		return nil
	case name == "Handle", name == "HandleFunc":
		s.handle(r, e, arg(0), args)
		return nil
	case name == "StaticFile", name == "StaticFileFS", name == "File", name == "FileFS":
		s.add(r, e, http.MethodGet, arg(0), nil)
		return r
	case name == "Static", name == "StaticFS":
		s.add(r, e, http.MethodGet, text{strings.TrimSuffix(arg(0).s, "/") + "/*", arg(0).unknown}, nil)
		return r
	}
	return s.group(r, name, e, args, arg)
}

// group is a call of a method that makes or fills a part of a router.
func (s *search) group(r *router, name string, e *ast.CallExpr, args []value, arg func(int) text) value {
	k := r.table.kind
	part := *r
	switch name {
	case "Group", "Route", "RouteChain":
		fill := -1
		for i, v := range args {
			if _, ok := v.(function); ok && (k == chi || k == fiber && name == "Route") {
				fill = i
			}
		}
		if name == "Group" && k == chi { // has no path
			s.fill(&part, args, fill, e)
			return &part
		}
		part.prefix = s.joined(k, r.prefix, arg(0))
		if name != "Group" && k == fiber && fill < 0 {
			part.chain = true
			return &part
		}
		if name == "Route" || fill >= 0 && k == chi {
			s.fill(&part, args, fill, e)
		}
		return &part
	case "Host":
		part.host = arg(0).s
		return &part
	case "Mount":
		s.mount(r, e, arg(0), args[min(1, len(args)):])
		return r
	case "Use":
		s.use(r, e, args)
		return r
	case "With", "Name", "Handler":
		return r
	case "BasePath":
		return r.prefix
	}
	return nil
}

// fill walks the function that registers the routes of a group.
func (s *search) fill(part *router, args []value, i int, e *ast.CallExpr) {
	if i < 0 {
		s.miss(e.Pos(), "the routes below "+part.prefix.s, "the function that registers them cannot be followed")
		return
	}
	s.invoke(args[i].(function), &ast.CallExpr{Fun: e.Fun}, []value{part})
}

// use is Fiber's way of mounting: app.Use("/x", other). Everything else is middleware.
func (s *search) use(r *router, e *ast.CallExpr, args []value) {
	prefix := text{}
	for i, v := range args {
		switch v := v.(type) {
		case text:
			if i == 0 {
				prefix = v
			}
		case *router:
			if r.table.kind == fiber {
				s.mountTable(r, prefix, v)
			}
		}
	}
}

func (s *search) mount(r *router, e *ast.CallExpr, prefix text, args []value) {
	for _, v := range args {
		if sub := within(v); sub != nil {
			s.mountTable(r, prefix, sub)
			return
		}
	}
	s.miss(e.Pos(), "what is mounted at "+s.joined(r.table.kind, r.prefix, prefix).s, "its source cannot be followed")
}

func (s *search) mountTable(r *router, prefix text, sub *router) {
	sub.table.mounted = true
	r.table.mounts = append(r.table.mounts, mount{prefix: s.joined(r.table.kind, r.prefix, prefix), table: sub.table})
}

// within is a router, or the router in a struct that is used as a handler: the embedded
// one, or the only one.
func within(v value) *router {
	switch v := v.(type) {
	case *router:
		return v
	case *object:
		var only *router
		for field, inner := range v.fields {
			sub, ok := inner.(*router)
			if !ok {
				continue
			}
			if field.Embedded() {
				return sub
			}
			if only != nil {
				return nil
			}
			only = sub
		}
		return only
	}
	return nil
}

// mounted notes that a handler of a route is a router whose paths are whole, or whole
// but for what http.StripPrefix takes away.
func (s *search) mounted(r *router, args []value) bool {
	found := false
	for _, v := range args {
		if sub := within(v); sub != nil && sub.table != r.table {
			sub.table.mounted, found = true, true
			r.table.mounts = append(r.table.mounts, mount{prefix: text{s: sub.stripped}, table: sub.table, as: true})
		}
	}
	return found
}

// methodsOf are the methods in the list that is the first argument.
func methodsOf(args []value) []string {
	if len(args) == 0 {
		return nil
	}
	l, _ := args[0].(list)
	var methods []string
	for _, v := range l {
		if t, ok := v.(text); ok && len(t.unknown) == 0 {
			methods = append(methods, strings.ToUpper(t.s))
		}
	}
	return methods
}
