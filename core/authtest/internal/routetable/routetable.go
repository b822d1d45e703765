// Package routetable reads the route table of a framework that core must not
// import, and serves requests with the handlers replaced. It uses reflection and
// says so clearly when a framework is not as it knows it.
package routetable

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"strings"
	"sync"
)

// Route is a route as its framework has it.
type Route struct {
	Method string // what the framework calls it; "USE" where it takes all
	Host   string // "": every host
	Path   string

	// Problem says why no request must be made for the route. "": one can be made.
	Problem string

	request string // the method of the requests for it
}

// String returns method, host and path.
func (r *Route) String() string { return r.Method + " " + r.Host + r.Path }

// RequestMethod returns the method of the requests for the route.
func (r *Route) RequestMethod() string {
	if r.request != "" {
		return r.request
	}
	return r.Method
}

// Options says what may be done.
type Options struct {
	AllowHandlers bool     // handlers that cannot be replaced run
	Patterns      []string // of net/http
}

// Table is a route table whose handlers have been replaced: the router serves
// nothing else any more.
type Table struct {
	Routes []*Route

	// HandlersRun reports that handlers were not replaced, so that nobody knows
	// which requests reach one.
	HandlersRun bool

	serve  func(*http.Request) (status int, err error)
	syntax syntax

	mu      sync.Mutex
	aim     *Route // of the current request
	reached *Route
}

// Open reads the table of a router and replaces its handlers.
func Open(router any, o Options) (*Table, error) {
	t := &Table{}
	if e, ok := router.(interface {
		ServeHTTP(http.ResponseWriter, *http.Request)
	}); ok {
		t.serve = func(r *http.Request) (int, error) { return serveHTTP(e, r) }
	}
	var err error
	switch kind := kindOf(router); kind {
	case gin:
		err = t.openGin(reflect.ValueOf(router))
	case echo4, echo5:
		err = t.openEcho(reflect.ValueOf(router), kind, o)
	case fiber:
		err = t.openFiber(reflect.ValueOf(router))
	case chi:
		err = t.openChi(reflect.ValueOf(router))
	case netHTTP:
		err = t.openPatterns(o)
	default:
		err = fmt.Errorf("a %T is no router that can be audited: pass the *gin.Engine, *echo.Echo (v4 or v5), *fiber.App (v2 or v3), *chi.Mux, or an http.Handler together with its patterns", router)
	}
	return t, err
}

// kind is a framework.
type kind int

const (
	unknown kind = iota
	gin
	echo4
	echo5
	fiber
	chi
	netHTTP
)

func kindOf(router any) kind {
	v := reflect.ValueOf(router)
	if !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return unknown
	}
	if v.Kind() == reflect.Pointer {
		switch t := v.Type().Elem(); t.PkgPath() + "." + t.Name() {
		case "github.com/gin-gonic/gin.Engine":
			return gin
		case "github.com/labstack/echo/v4.Echo":
			return echo4
		case "github.com/labstack/echo/v5.Echo":
			return echo5
		case "github.com/gofiber/fiber/v2.App", "github.com/gofiber/fiber/v3.App":
			return fiber
		}
	}
	if _, ok := router.(http.Handler); !ok {
		return unknown
	}
	if isChi(v) {
		return chi
	}
	return netHTTP
}

// Serve serves a request that is meant for a route. It returns the route whose
// handler it came to, or nil, and the status of the answer.
func (t *Table) Serve(aim *Route, r *http.Request) (reached *Route, status int, err error) {
	t.mu.Lock()
	t.aim, t.reached = aim, nil
	t.mu.Unlock()
	status, err = t.serve(r)
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.reached, status, err
}

func serveHTTP(h http.Handler, r *http.Request) (status int, err error) {
	w := httptest.NewRecorder()
	defer func() {
		if p := recover(); p != nil {
			status, err = http.StatusInternalServerError, fmt.Errorf("middleware panicked: %v", p)
		}
	}()
	h.ServeHTTP(w, r)
	return w.Code, nil
}

// reach notes that a request came to where the handler of a route was. It reports
// whether the request was meant for it.
func (t *Table) reach(route *Route) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.reached == nil {
		t.reached = route
	}
	return t.aim == route
}

// stub returns a function of a framework's type of handler that takes the place of
// a route's handler.
func (t *Table) stub(handler reflect.Type, route *Route) reflect.Value {
	return reflect.MakeFunc(handler, func([]reflect.Value) []reflect.Value {
		t.reach(route)
		return zeros(handler)
	})
}

// zeros returns the results of a handler that did nothing.
func zeros(f reflect.Type) []reflect.Value {
	results := make([]reflect.Value, f.NumOut())
	for i := range results {
		results[i] = reflect.Zero(f.Out(i))
	}
	return results
}

// functionName returns the name of a function, such as
// "github.com/authkeel/authkeel/ginauth.run.func1".
func functionName(v reflect.Value) string {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() != reflect.Func || v.IsNil() {
		return ""
	}
	if f := runtime.FuncForPC(v.Pointer()); f != nil {
		return f.Name()
	}
	return ""
}

// isCheck reports whether a function is middleware of an adapter of ours.
func isCheck(v reflect.Value) bool {
	name, ours := strings.CutPrefix(functionName(v), "github.com/authkeel/authkeel/")
	return ours && strings.Contains(name, ".run.func")
}

// Problems of single routes.
const (
	checkIsLast = "the last of its functions is authkeel's middleware, so that the handler runs before it; mount the middleware before the handler"
	wrapped     = "authkeel's middleware is wrapped around its handler by hand, which hides what it asks for; mount it with Use or With"
)

// changed says that a framework is not as this package knows it.
func changed(framework, what string) error {
	return fmt.Errorf("this release of %s is not one that the audit knows (%s): please report it", framework, what)
}
