package audit

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/authkeel/authkeel/core/authtest/authroutes"
)

// finding is an operation whose security is not what its route asks for.
type finding struct {
	Operation string `json:"operation"`
	Line      int    `json:"line"`
	Text      string `json:"text"`
}

// methods are the names that a path item has for its operations.
var methods = []string{"get", "head", "options", "post", "put", "patch", "delete", "trace", "query"}

// maxDocument is the size in bytes of the largest document that is read.
const maxDocument = 32 << 20

// compareDocument compares the security of an OpenAPI document with the routes, or
// corrects it.
func (o *options) compareDocument(r *result) error {
	r.File = shorten(o.openapi)
	info, err := os.Stat(o.openapi)
	if err != nil {
		return err
	}
	if info.Size() > maxDocument {
		return fmt.Errorf("%s is larger than %d MiB", r.File, maxDocument>>20)
	}
	text, err := os.ReadFile(o.openapi)
	if err != nil {
		return err
	}
	d, err := newDocument(text)
	if err != nil {
		return fmt.Errorf("%s: %w", r.File, err)
	}
	d.compare(r)
	if !o.write {
		return nil
	}
	corrected, err := d.corrected()
	if err != nil {
		return fmt.Errorf("%s: %w", r.File, err)
	}
	again, err := newDocument(corrected)
	if err != nil {
		return fmt.Errorf("%s was not written, as the result would not be readable: %w", r.File, err)
	}
	r.Operations, r.Notes = nil, nil
	again.compare(r)
	if bytes.Equal(text, corrected) {
		return nil
	}
	return os.WriteFile(o.openapi, corrected, info.Mode().Perm())
}

// document is an OpenAPI document and the corrections that it needs.
type document struct {
	text    []byte
	isJSON  bool
	root    *value
	scheme  string // that tokens come by; "": none is described
	scoped  bool   // the scheme has scopes
	base    string // the path of the first server
	changes []change
}

// change is an operation and the security that it ought to have.
type change struct {
	operation *value
	want      security
}

func newDocument(text []byte) (*document, error) {
	root, isJSON, err := parseDocument(text)
	if err != nil {
		return nil, err
	}
	version := root.get("openapi")
	if version == nil || version.text != "3" && !strings.HasPrefix(version.text, "3.") {
		return nil, errors.New("the document is not OpenAPI 3")
	}
	if paths := root.get("paths"); paths == nil || !paths.isMap {
		return nil, errors.New("the document has no paths")
	}
	d := &document{text: text, isJSON: isJSON, root: root}
	if servers := root.get("servers"); servers != nil && len(servers.list) > 0 {
		if at := servers.list[0].get("url"); at != nil && !strings.Contains(at.text, "{") {
			if u, err := url.Parse(at.text); err == nil {
				d.base = strings.TrimSuffix(u.Path, "/")
			}
		}
	}
	d.findScheme()
	return d, nil
}

// findScheme finds the scheme by which tokens come: one that the document's security
// names, else the first that can carry a bearer token.
func (d *document) findScheme() {
	var names []string
	if global := d.root.get("security"); global != nil {
		for _, requirement := range global.list {
			for _, m := range requirement.members {
				names = append(names, m.name)
			}
		}
	}
	schemes := d.root.get("components", "securitySchemes")
	if schemes == nil {
		return
	}
	for _, m := range schemes.members {
		names = append(names, m.name)
	}
	for _, name := range names {
		s := schemes.get(name)
		kind, scheme := s.get("type"), s.get("scheme")
		switch {
		case kind == nil:
			continue
		case kind.text == "oauth2", kind.text == "openIdConnect":
			d.scheme, d.scoped = name, true
			return
		case kind.text == "http" && scheme != nil && strings.EqualFold(scheme.text, "bearer"):
			d.scheme = name
			return
		}
	}
}

// compare notes the operations whose security differs from their routes.
func (d *document) compare(r *result) {
	described := make(map[string]bool)
	for _, item := range d.root.get("paths").members {
		if strings.HasPrefix(item.name, "x-") {
			continue
		}
		if item.get("$ref") != nil {
			r.Operations = append(r.Operations, finding{item.name, item.line, "the path is described in another place, which was not looked at"})
			continue
		}
		for _, method := range methods {
			operation := item.member(method)
			if operation == nil {
				continue
			}
			name := strings.ToUpper(method) + " " + item.name
			route, found := d.route(r.Routes, strings.ToUpper(method), item.name)
			if !found {
				r.Operations = append(r.Operations, finding{name, operation.line, "the program has no such route"})
				continue
			}
			described[route.String()] = true
			d.compareOperation(r, name, operation, route)
		}
	}
	for _, route := range r.Routes {
		if !described[route.String()] {
			r.Notes = append(r.Notes, route.Name()+" is not in the document")
		}
	}
}

func (d *document) compareOperation(r *result, name string, operation *member, route authroutes.Route) {
	want, known := asked(route.Access)
	if !known {
		r.Notes = append(r.Notes, fmt.Sprintf("%s was not compared: the route is %s", name, route.Access))
		return
	}
	got := d.securityOf(operation.value)
	text := ""
	switch {
	case got.open != want.open || got.optional != want.optional:
		text = fmt.Sprintf("the document says %s, and the route asks for: %s", got, route.Access)
	case !want.open && d.scoped && !want.anyScopes && !sameScopes(got.alternatives, want.alternatives):
		text = fmt.Sprintf("the document asks for %s, and the route for: %s", scopesText(got.alternatives), route.Access)
	default:
		return
	}
	r.Operations = append(r.Operations, finding{name, operation.line, text})
	d.changes = append(d.changes, change{operation.value, want})
}

// route finds the route of an operation.
func (d *document) route(list []authroutes.Route, method, template string) (authroutes.Route, bool) {
	for _, path := range []string{d.base + template, template} {
		for _, m := range []string{method, authroutes.Any} {
			for _, r := range list {
				if r.Method == m && sameShape(r.Path, path) {
					return r, true
				}
			}
		}
	}
	if method == http.MethodHead { // which goes where GET does
		return d.route(list, http.MethodGet, template)
	}
	return authroutes.Route{}, false
}

// parameter is what stands for a segment, in the syntax of every framework.
var parameter = regexp.MustCompile(`\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|:[A-Za-z_][A-Za-z0-9_]*(?:<[^>]*>)?\??|\*[A-Za-z0-9_]*|\+`)

// sameShape compares paths, whatever the names of their parameters are.
func sameShape(route, template string) bool {
	if slash := strings.IndexByte(route, '/'); slash > 0 {
		route = route[slash:] // after the host
	}
	shape := func(path string) string { return strings.TrimSuffix(parameter.ReplaceAllString(path, "{}"), "/") }
	return shape(route) == shape(template)
}
