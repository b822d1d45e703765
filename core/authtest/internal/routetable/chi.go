package routetable

import (
	"net/http"
	"reflect"
	"sort"
	"strings"
)

type httpMiddleware = func(http.Handler) http.Handler

// isChi reports whether v has what chi's Routes and Router interfaces promise.
func isChi(v reflect.Value) bool {
	routes, method := v.MethodByName("Routes"), v.MethodByName("Method")
	if !routes.IsValid() || !method.IsValid() || routes.Type().NumIn() != 0 || routes.Type().NumOut() != 1 {
		return false
	}
	list := routes.Type().Out(0)
	if list.Kind() != reflect.Slice || list.Elem().Kind() != reflect.Struct {
		return false
	}
	for _, name := range []string{"SubRoutes", "Handlers", "Pattern"} {
		if _, ok := list.Elem().FieldByName(name); !ok {
			return false
		}
	}
	_, ok := method.Interface().(func(method, pattern string, h http.Handler))
	return ok
}

// openChi registers every route again with the same middleware and no handler.
func (t *Table) openChi(mux reflect.Value) error {
	t.syntax = braceSyntax
	return t.chiRoutes("", mux)
}

func (t *Table) chiRoutes(prefix string, mux reflect.Value) error {
	if !isChi(mux) {
		return changed("chi", "a router that is mounted at "+prefix+" is a "+mux.Type().String())
	}
	register, _ := mux.MethodByName("Method").Interface().(func(method, pattern string, h http.Handler))
	routes := mux.MethodByName("Routes").Call(nil)[0]
	for i := range routes.Len() {
		route := routes.Index(i)
		pattern := route.FieldByName("Pattern").String()
		full := strings.ReplaceAll(prefix+pattern, "/*/", "/")
		if sub := route.FieldByName("SubRoutes"); !sub.IsNil() {
			if err := t.chiRoutes(prefix+pattern, sub.Elem()); err != nil {
				return err
			}
			continue
		}
		handlers, ok := route.FieldByName("Handlers").Interface().(map[string]http.Handler)
		if !ok {
			return changed("chi", "Route.Handlers")
		}
		methods := make([]string, 0, len(handlers))
		for method := range handlers {
			if method != "*" { // the others are there too
				methods = append(methods, method)
			}
		}
		sort.Strings(methods)
		for _, method := range methods {
			listed := &Route{Method: method, Path: full}
			t.Routes = append(t.Routes, listed)
			endpoint, middleware, err := chiChain(handlers[method])
			if err != nil {
				return err
			}
			if isCheck(reflect.ValueOf(endpoint)) {
				listed.Problem = wrapped
				continue
			}
			register(method, pattern, chain(middleware, t.httpStub(listed)))
		}
	}
	return nil
}

// chiChain returns what a handler of chi is made of: the endpoint, and the middleware
// that With and Group put before it.
func chiChain(h http.Handler) (endpoint http.Handler, middleware []httpMiddleware, err error) {
	v := reflect.ValueOf(h)
	if v.Kind() != reflect.Pointer || v.Type().Elem().Name() != "ChainHandler" {
		return h, nil, nil
	}
	first, list := v.Elem().FieldByName("Endpoint"), v.Elem().FieldByName("Middlewares")
	if !first.IsValid() || !list.IsValid() || list.Kind() != reflect.Slice {
		return nil, nil, changed("chi", "ChainHandler")
	}
	endpoint, ok := first.Interface().(http.Handler)
	if !ok {
		return nil, nil, changed("chi", "ChainHandler.Endpoint")
	}
	for i := range list.Len() {
		m, ok := list.Index(i).Interface().(httpMiddleware)
		if !ok {
			return nil, nil, changed("chi", "ChainHandler.Middlewares")
		}
		middleware = append(middleware, m)
	}
	return endpoint, middleware, nil
}

func chain(middleware []httpMiddleware, h http.Handler) http.Handler {
	for i := len(middleware) - 1; i >= 0; i-- {
		h = middleware[i](h)
	}
	return h
}

func (t *Table) httpStub(route *Route) http.Handler {
	return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.reach(route) })
}
