package routetable

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/authkeel/authkeel/core/authtest/authroutes"
)

// openFiber replaces the last handler of every route. Handlers that Use mounts are
// middleware, unless nothing is below their path or they serve files.
func (t *Table) openFiber(app reflect.Value) error {
	t.syntax = fiberSyntax
	handler, stack, config := app.MethodByName("Handler"), app.MethodByName("Stack"), app.MethodByName("Config")
	if !handler.IsValid() || !stack.IsValid() || !config.IsValid() {
		return changed("Fiber", "App")
	}
	handler.Call(nil) // puts the routes of mounted apps into the stack
	methods, ok := config.Call(nil)[0].FieldByName("RequestMethods").Interface().([]string)
	rows := stack.Call(nil)[0]
	if !ok || rows.Len() != len(methods) {
		return changed("Fiber", "Config.RequestMethods")
	}
	if err := t.fiberTest(app); err != nil {
		return err
	}
	var use []reflect.Value
	seen := make(map[uintptr]bool) // one Route may be in the rows of GET and HEAD
	for i, method := range methods {
		for j := range rows.Index(i).Len() {
			r := rows.Index(i).Index(j)
			mount, isUse, handlers := r.Elem().FieldByName("mount"), r.Elem().FieldByName("use"), r.Elem().FieldByName("Handlers")
			if !mount.IsValid() || !isUse.IsValid() || !handlers.IsValid() || handlers.Kind() != reflect.Slice {
				return changed("Fiber", "Route")
			}
			if mount.Bool() || handlers.Len() == 0 || seen[r.Pointer()] {
				continue
			}
			seen[r.Pointer()] = true
			last := handlers.Index(handlers.Len() - 1)
			switch path := r.Elem().FieldByName("Path").String(); {
			case isUse.Bool() && servesFiles(last):
				if method == http.MethodGet {
					t.fiberRoute(r, &Route{Method: method, Path: strings.TrimSuffix(path, "/") + "/*"}, true)
				} else {
					t.replace(r, t.fiberStub(last.Type(), nil, true))
				}
			case isUse.Bool():
				if method == methods[0] {
					use = append(use, r)
				}
			default:
				t.fiberRoute(r, &Route{Method: method, Path: path}, servesFiles(last))
			}
		}
	}
	for _, r := range use {
		handlers := r.Elem().FieldByName("Handlers")
		if path := r.Elem().FieldByName("Path").String(); path != "/" && !t.anyBelow(path) && !isCheck(handlers.Index(handlers.Len()-1)) {
			t.fiberRoute(r, &Route{Method: authroutes.Use, Path: path, request: methods[0]}, true)
		}
	}
	return nil
}

// anyBelow reports whether a route is at path or below it.
func (t *Table) anyBelow(path string) bool {
	for _, r := range t.Routes {
		if r.Path == path || strings.HasPrefix(r.Path, strings.TrimSuffix(path, "/")+"/") {
			return true
		}
	}
	return false
}

// servesFiles reports whether a handler is Fiber's own for files, which lets a
// request go on when there is no file.
func servesFiles(handler reflect.Value) bool {
	name := functionName(handler)
	return strings.HasPrefix(name, "github.com/gofiber/fiber/") &&
		(strings.Contains(name, ".registerStatic.") || strings.Contains(name, "/middleware/static.") || strings.Contains(name, "/middleware/filesystem."))
}

func (t *Table) fiberRoute(r reflect.Value, route *Route, goesOn bool) {
	t.Routes = append(t.Routes, route)
	handlers := r.Elem().FieldByName("Handlers")
	last := handlers.Index(handlers.Len() - 1)
	if isCheck(last) {
		route.Problem = checkIsLast
		return
	}
	t.replace(r, t.fiberStub(handlers.Type().Elem(), route, goesOn))
}

// replace gives a route a list of its own, as GET and HEAD share one.
func (t *Table) replace(r, last reflect.Value) {
	handlers := r.Elem().FieldByName("Handlers")
	list := reflect.MakeSlice(handlers.Type(), handlers.Len(), handlers.Len())
	reflect.Copy(list, handlers)
	list.Index(list.Len() - 1).Set(last)
	handlers.Set(list)
}

// fiberStub is stub for a handler that lets requests go on which are not meant for
// it, when goesOn. A nil route is never meant.
func (t *Table) fiberStub(handler reflect.Type, route *Route, goesOn bool) reflect.Value {
	if !goesOn {
		return t.stub(handler, route)
	}
	return reflect.MakeFunc(handler, func(in []reflect.Value) []reflect.Value {
		t.mu.Lock()
		meant := route != nil && t.aim == route
		t.mu.Unlock()
		if !meant {
			return in[0].MethodByName("Next").Call(nil)
		}
		t.reach(route)
		return zeros(handler)
	})
}

// fiberTest serves requests with App.Test, without its time limit.
func (t *Table) fiberTest(app reflect.Value) error {
	test := app.MethodByName("Test")
	if !test.IsValid() || !test.Type().IsVariadic() || test.Type().NumIn() != 2 {
		return changed("Fiber", "App.Test")
	}
	limit := reflect.New(test.Type().In(1).Elem()).Elem() // v3: a configuration whose zero value has no limit
	if limit.Kind() == reflect.Int {
		limit.SetInt(-1) // v2
	}
	t.serve = func(r *http.Request) (int, error) {
		out := test.Call([]reflect.Value{reflect.ValueOf(r), limit})
		if err, _ := out[1].Interface().(error); err != nil {
			return 0, fmt.Errorf("middleware: %w", err)
		}
		response, _ := out[0].Interface().(*http.Response)
		return response.StatusCode, response.Body.Close()
	}
	return nil
}
