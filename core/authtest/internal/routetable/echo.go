package routetable

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/authkeel/authkeel/core/authtest/authroutes"
)

// Methods that are Echo's own.
const (
	echoAny      = "echo_route_any"
	echoNotFound = "echo_route_not_found"
)

// recordings holds what [Record] saw, by router.
var recordings sync.Map

// recording is the routes of an Echo with their parts.
type recording struct {
	mu     sync.Mutex
	routes []echoRoute
}

// echoRoute is a route before Echo makes one function of its parts.
type echoRoute struct {
	host, method, path  string
	handler, middleware reflect.Value
}

// Record has an Echo tell of the routes that are added from now on. Call the
// result when the router is not needed any more.
func Record(router any) (forget func(), err error) {
	e, k := reflect.ValueOf(router), kindOf(router)
	rec := &recording{}
	switch k {
	case echo4:
		err = rec.hook(e, "OnAddRouteHandler", 4, func(in []reflect.Value) echoRoute {
			return echoRoute{
				host: in[0].String(), method: in[1].FieldByName("Method").String(), path: in[1].FieldByName("Path").String(),
				handler: in[2], middleware: in[3],
			}
		})
	case echo5:
		err = rec.hook(e, "OnAddRoute", 1, func(in []reflect.Value) echoRoute {
			return echoRoute{
				method: in[0].FieldByName("Method").String(), path: in[0].FieldByName("Path").String(),
				handler: in[0].FieldByName("Handler"), middleware: in[0].FieldByName("Middlewares"),
			}
		})
	default:
		return func() {}, fmt.Errorf("a %T needs no recording, only an *echo.Echo does", router)
	}
	if err != nil {
		return func() {}, err
	}
	recordings.Store(router, rec)
	return func() { recordings.Delete(router) }, nil
}

// hook sets a hook of Echo, and keeps the one that is there.
func (rec *recording) hook(e reflect.Value, name string, inputs int, read func([]reflect.Value) echoRoute) error {
	field := e.Elem().FieldByName(name)
	if !field.IsValid() || !field.CanSet() || field.Kind() != reflect.Func || field.Type().NumIn() != inputs {
		return changed("Echo", "Echo."+name)
	}
	before := reflect.New(field.Type()).Elem()
	before.Set(field)
	field.Set(reflect.MakeFunc(field.Type(), func(in []reflect.Value) []reflect.Value {
		route := read(in)
		rec.mu.Lock()
		rec.routes = append(rec.routes, route)
		rec.mu.Unlock()
		if !before.IsNil() {
			return before.Call(in)
		}
		return zeros(field.Type())
	}))
	return nil
}

// openEcho registers every recorded route again with the same middleware and no
// handler: Echo makes one function of a route's parts, which hides what it is made
// of.
func (t *Table) openEcho(e reflect.Value, k kind, o Options) error {
	t.syntax = colonSyntax
	listed := echoListed(e, k)
	value, recorded := recordings.LoadAndDelete(e.Interface())
	if !recorded {
		if !o.AllowHandlers {
			return errors.New("an Echo makes one function of a route's middleware and handler, so the audit has to see the routes when they are added. " +
				"Make the Echo in the test, and have the program add its routes to it:\n" +
				"\te := echo.New()\n\tauthtest.RecordRoutes(t, e)\n\taddRoutes(e) // of your program\n\tauthtest.Audit(t, e)\n" +
				"Where it does no harm that handlers run with an empty request, add authtest.AllowHandlers() instead")
		}
		t.HandlersRun = true
		for _, r := range listed {
			t.echoRoute(r)
		}
		return nil
	}
	rec, _ := value.(*recording)
	routes := rec.last()
	known := make(map[string]bool, len(routes))
	for _, r := range routes {
		known[r.method+" "+r.path] = true
	}
	for _, r := range listed {
		if !known[r.method+" "+r.path] {
			return fmt.Errorf("%s %s was added before authtest.RecordRoutes, or to another Echo: record before the first route is added", r.method, r.path)
		}
	}
	hosts := make(map[string]reflect.Value)
	for _, r := range routes {
		route := t.echoRoute(r)
		if route == nil {
			continue
		}
		if isCheck(r.handler) {
			route.Problem = wrapped
			continue
		}
		if err := t.readd(e, k, hosts, r, t.stub(r.handler.Type(), route)); err != nil {
			return err
		}
	}
	return nil
}

// last returns the recorded routes; of two with the same method and path the later.
func (rec *recording) last() []echoRoute {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	place := make(map[string]int)
	var routes []echoRoute
	for _, r := range rec.routes {
		key := r.host + " " + r.method + " " + r.path
		if i, again := place[key]; again {
			routes[i] = r
			continue
		}
		place[key] = len(routes)
		routes = append(routes, r)
	}
	return routes
}

// readd replaces a route by one with another handler.
func (t *Table) readd(e reflect.Value, k kind, hosts map[string]reflect.Value, r echoRoute, stub reflect.Value) error {
	if k == echo5 {
		add, router := e.MethodByName("AddRoute"), e.MethodByName("Router")
		if !add.IsValid() || add.Type().NumIn() != 1 || add.Type().NumOut() != 2 || !router.IsValid() {
			return changed("Echo", "Echo.AddRoute")
		}
		route := reflect.New(add.Type().In(0)).Elem()
		route.FieldByName("Method").SetString(r.method)
		route.FieldByName("Path").SetString(r.path)
		route.FieldByName("Handler").Set(stub)
		route.FieldByName("Middlewares").Set(r.middleware)
		if add.Call([]reflect.Value{route})[1].IsNil() {
			return nil
		}
		// The router refuses to replace a route, unless it is told otherwise.
		overwrite := reflect.Indirect(router.Call(nil)[0].Elem()).FieldByName("allowOverwritingRoute")
		if !overwrite.IsValid() || overwrite.Kind() != reflect.Bool || !overwrite.CanAddr() {
			return changed("Echo", "DefaultRouter.allowOverwritingRoute")
		}
		set(overwrite, reflect.ValueOf(true))
		if err, _ := add.Call([]reflect.Value{route})[1].Interface().(error); err != nil {
			return fmt.Errorf("replacing the handler of %s %s: %w", r.method, r.path, err)
		}
		return nil
	}
	to := e
	if r.host != "" {
		group, made := hosts[r.host]
		if !made {
			group = e.MethodByName("Host").Call([]reflect.Value{reflect.ValueOf(r.host)})[0]
			hosts[r.host] = group
		}
		to = group
	}
	add := to.MethodByName("Add")
	if !add.IsValid() || add.Type().NumIn() != 4 {
		return changed("Echo", "Echo.Add")
	}
	add.CallSlice([]reflect.Value{reflect.ValueOf(r.method), reflect.ValueOf(r.path), stub, r.middleware})
	return nil
}

// echoRoute lists a route. Echo's own handlers for what is not found are no routes.
func (t *Table) echoRoute(r echoRoute) *Route {
	route := &Route{Method: r.method, Host: r.host, Path: r.path}
	if !strings.HasPrefix(route.Path, "/") {
		route.Path = "/" + route.Path
	}
	switch r.method {
	case echoAny:
		route.Method, route.request = authroutes.Any, http.MethodGet
	case echoNotFound:
		if !r.handler.IsValid() || r.handler.IsNil() || strings.HasPrefix(functionName(r.handler), "github.com/labstack/echo/") {
			return nil
		}
		route.Method, route.request = authroutes.NotFound, http.MethodGet
	}
	t.Routes = append(t.Routes, route)
	return route
}

// echoListed returns the routes as Echo lists them, without their parts.
func echoListed(e reflect.Value, k kind) []echoRoute {
	if k == echo5 {
		return echoRoutesOf("", e.MethodByName("Router").Call(nil)[0])
	}
	routes := echoRoutesOf("", e)
	hosts := e.MethodByName("Routers").Call(nil)[0].MapRange()
	for hosts.Next() {
		routes = append(routes, echoRoutesOf(hosts.Key().String(), hosts.Value())...)
	}
	return routes
}

func echoRoutesOf(host string, router reflect.Value) []echoRoute {
	list := router.MethodByName("Routes").Call(nil)[0]
	routes := make([]echoRoute, list.Len())
	for i := range routes {
		r := reflect.Indirect(list.Index(i))
		routes[i] = echoRoute{host: host, method: r.FieldByName("Method").String(), path: r.FieldByName("Path").String()}
	}
	return routes
}
