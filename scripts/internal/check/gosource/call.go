package gosource

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// call walks a call, and returns what is known of its result.
func (s *search) call(f *frame, e *ast.CallExpr) value {
	if tv, ok := s.info.Types[e.Fun]; ok && tv.IsType() {
		if len(e.Args) == 1 {
			return s.eval(f, e.Args[0])
		}
		return nil
	}
	if name, ok := ast.Unparen(e.Fun).(*ast.Ident); ok {
		if b, ok := s.info.Uses[name].(*types.Builtin); ok {
			return s.builtin(f, b.Name(), e)
		}
	}
	path := s.external(e.Fun)
	var fun value
	if path == "" {
		fun = s.eval(f, e.Fun)
	}
	args := make([]value, len(e.Args))
	for i, a := range e.Args {
		args[i] = s.eval(f, a)
	}
	if path != "" {
		return s.outside(f, path, e, args)
	}
	switch fun := fun.(type) {
	case bound:
		return s.register(fun.router, fun.name, e, args)
	case function:
		return s.invoke(fun, e, args)
	}
	s.unknownCall(e, args)
	return nil
}

// external is the import path and the name of a function of a package that is not in
// the project, such as "path.Join".
func (s *search) external(fun ast.Expr) string {
	switch i := fun.(type) {
	case *ast.IndexExpr:
		fun = i.X
	case *ast.IndexListExpr:
		fun = i.X
	}
	selector, ok := ast.Unparen(fun).(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	name, ok := selector.X.(*ast.Ident)
	if !ok {
		return ""
	}
	used, ok := s.info.Uses[name].(*types.PkgName)
	if !ok {
		return ""
	}
	if _, own := s.folders[used.Imported().Path()]; own {
		return ""
	}
	return used.Imported().Path() + "." + selector.Sel.Name
}

func (s *search) builtin(f *frame, name string, e *ast.CallExpr) value {
	args := make([]value, len(e.Args))
	for i, a := range e.Args {
		args[i] = s.eval(f, a)
	}
	switch name {
	case "append":
		out, ok := args[0].(list)
		if !ok && args[0] != nil {
			return nil
		}
		out = slices.Clone(out)
		if e.Ellipsis.IsValid() {
			more, _ := args[1].(list)
			out = append(out, more...)
		} else {
			out = append(out, args[1:]...)
		}
		return out[:min(len(out), maxLoop+1)] // a longer one is not walked anyway
	case "new":
		t := s.typeOf(e.Args[0])
		if k, _ := routerType(t); k != noRouter {
			return s.newRouter(k)
		}
		return &object{of: t, fields: map[*types.Var]value{}}
	}
	return nil
}

// outside is a call of a function that is not in the project.
func (s *search) outside(f *frame, path string, e *ast.CallExpr, args []value) value {
	dot := strings.LastIndexByte(path, '.')
	importPath, name := path[:dot], path[dot+1:]
	if stub, ok := stubs[importPath]; ok {
		switch {
		case slices.Contains([]string{"New", "Default", "NewRouter", "NewMux", "NewServeMux"}, name):
			return s.newRouter(stub.kind)
		case importPath == "net/http" && (name == "Handle" || name == "HandleFunc"):
			return s.register(s.defaultMux(), name, e, args)
		}
	}
	if len(args) > 0 {
		if v, ok := s.known(f, path, e, args); ok {
			return v
		}
	}
	if name == "WrapH" || name == "WrapHandler" || name == "HTTPHandler" || name == "HTTPMiddleware" {
		if len(args) == 1 {
			return args[0] // a net/http handler as one of the framework
		}
	}
	s.leaves(e, args, importPath, name)
	return nil
}

// unknownCall is a call of a method or a function value that cannot be followed.
func (s *search) unknownCall(e *ast.CallExpr, args []value) {
	selector, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr)
	if !ok {
		s.leaves(e, args, "", "")
		return
	}
	if k, _ := routerType(s.typeOf(selector.X)); k != noRouter {
		if registers(selector.Sel.Name) {
			s.miss(e.Pos(), source(e.Fun), "the router comes from code that cannot be followed")
		}
		return
	}
	if looksLikeRoute(selector.Sel.Name, args) {
		s.miss(e.Pos(), source(e.Fun)+" "+args[0].(text).s, "the type of "+source(selector.X)+" is not known, and this looks like a route")
		return
	}
	importPath := ""
	if o := s.info.Uses[selector.Sel]; o != nil && o.Pkg() != nil {
		importPath = o.Pkg().Path()
	}
	s.leaves(e, args, importPath, selector.Sel.Name)
}

// looksLikeRoute reports whether a call of an unknown method has the form of a
// registration: its name, a path, and a handler.
func looksLikeRoute(name string, args []value) bool {
	if len(args) < 2 || !registers(name) {
		return false
	}
	path, ok := args[0].(text)
	if !ok || !strings.HasPrefix(path.s, "/") {
		return false
	}
	if name == "Handle" || name == "HandleFunc" {
		return true
	}
	return slices.ContainsFunc(args[1:], func(v value) bool {
		_, isFunction := v.(function)
		return isFunction
	})
}

// harmless begins the names of functions that are given a router in order to serve
// it, to wrap it or to print it, and not to add routes.
var harmless = []string{"Listen", "Serve", "Run", "Start", "Shutdown", "NewServer", "NewHandler", "Handler", "Wrap", "Walk", "Print", "Dump", "Close", "Fatal"}

// harmlessPackages begin the import paths of packages that serve a router in another
// place, such as AWS Lambda, whatever their functions are called.
var harmlessPackages = []string{"github.com/awslabs/aws-lambda-go-api-proxy/", "github.com/apex/gateway", "github.com/akrylysov/algnhsa"}

// leaves notes what is handed to code that is not followed: structs that it may
// change, and routers on which it may register.
func (s *search) leaves(e *ast.CallExpr, args []value, importPath, name string) {
	first, _, _ := strings.Cut(importPath, "/")
	_, isFramework := stubs[importPath]
	standard := importPath != "" && !strings.Contains(first, ".") && importPath != s.module && !strings.HasPrefix(importPath, s.module+"/")
	serves := slices.ContainsFunc(harmlessPackages, func(begin string) bool { return strings.HasPrefix(importPath, begin) })
	trusted := standard || isFramework || serves || slices.ContainsFunc(harmless, func(begin string) bool { return strings.HasPrefix(name, begin) })
	for _, v := range args {
		switch v := v.(type) {
		case *object:
			v.open = true
		case *router:
			if !trusted {
				s.miss(e.Pos(), "the routes of "+source(e.Fun), "it is given the router, and its source cannot be followed")
			}
		}
	}
}

// invoke walks a function of the project with the values of its arguments.
func (s *search) invoke(fun function, e *ast.CallExpr, args []value) value {
	if e.Ellipsis.IsValid() && len(args) > 0 {
		if more, ok := args[len(args)-1].(list); ok {
			args = append(args[:len(args)-1:len(args)-1], more...)
		}
	}
	if s.calls >= maxCalls || s.depth >= maxDepth {
		s.miss(e.Pos(), "what "+source(e.Fun)+" registers", "there is more source than is followed")
		return nil
	}
	return s.enter(fun, args)
}

// enter walks a function. Arguments that are left out are not known.
func (s *search) enter(fun function, args []value) value {
	var signature *ast.FuncType
	var body *ast.BlockStmt
	f := newFrame(fun.frame)
	if d := fun.decl; d != nil {
		plain := !s.relevant[d]
		if s.active[d] || plain && s.plain >= maxPlain {
			return nil // it calls itself, or has nothing to do with routers
		}
		if plain {
			s.plain++
			defer func() { s.plain-- }()
		}
		s.active[d], s.entered[d] = true, true
		defer delete(s.active, d)
		signature, body = d.Type, d.Body
		if d.Recv != nil {
			s.bind(f, d.Recv, []value{fun.self})
		}
	} else {
		signature, body = fun.literal.Type, fun.literal.Body
		s.walked(fun.literal)
	}
	s.calls++
	s.depth++
	defer func() { s.depth-- }()
	s.bind(f, signature.Params, args)
	f.results = []value{}
	if signature.Results != nil {
		for _, field := range signature.Results.List {
			for range max(1, len(field.Names)) {
				f.results = append(f.results, nil)
			}
			for _, name := range field.Names {
				if o := s.info.Defs[name]; o != nil {
					f.named = append(f.named, o)
					f.variables[o] = s.declaredZero(o)
				}
			}
		}
	}
	s.exec(f, body)
	if len(f.results) == 1 {
		return f.results[0]
	}
	return tuple(f.results)
}

// bind gives parameters their values. A router that is not known is a router all the
// same.
func (s *search) bind(f *frame, params *ast.FieldList, args []value) {
	if params == nil {
		return
	}
	i := 0
	for _, field := range params.List {
		_, variadic := field.Type.(*ast.Ellipsis)
		for _, name := range field.Names {
			o := s.info.Defs[name]
			var v value
			switch {
			case variadic:
				v = list(slices.Clone(args[min(i, len(args)):]))
			case i < len(args):
				v = args[i]
			}
			i++
			if o == nil {
				continue
			}
			if v == nil {
				if k, whole := routerType(o.Type()); k != noRouter {
					v = s.unknownRouter(k, whole, "the router "+name.Name+" comes from code that cannot be followed")
				}
			}
			f.variables[o] = v
		}
		if len(field.Names) == 0 {
			i++
		}
	}
}
