package routetable

import (
	"errors"
	"net/http"
	"strings"

	"github.com/authkeel/authkeel/core/authtest/authroutes"
)

// openPatterns takes the patterns of net/http as they are listed. A ServeMux does
// not say what it has, and its handlers cannot be replaced.
func (t *Table) openPatterns(o Options) error {
	switch {
	case len(o.Patterns) == 0:
		return errors.New("net/http does not list its patterns: name them with authtest.AuditPatterns(\"GET /users/{id}\", …)")
	case !o.AllowHandlers:
		return errors.New("the handlers behind net/http patterns cannot be stopped: they run with an empty request. Where that does no harm, add authtest.AllowHandlers()")
	}
	t.syntax, t.HandlersRun = braceSyntax, true
	for _, pattern := range o.Patterns {
		method, rest, found := strings.Cut(strings.TrimSpace(pattern), " ")
		if !found {
			method, rest = "", method
		}
		rest = strings.TrimSpace(rest)
		slash := strings.IndexByte(rest, '/')
		if slash < 0 {
			return errors.New("the pattern \"" + pattern + "\" has no path")
		}
		route := &Route{Method: method, Host: rest[:slash], Path: rest[slash:]}
		if method == "" {
			route.Method, route.request = authroutes.Any, http.MethodGet
		}
		t.Routes = append(t.Routes, route)
	}
	return nil
}
