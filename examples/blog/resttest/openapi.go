package resttest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/examples/blog/rest"
)

// document is what the tests read of openapi.json.
type document struct {
	Paths      map[string]map[string]operation
	Components struct {
		Schemas   map[string]schema
		Responses map[string]answer
	}
}

type operation struct {
	Security  []map[string][]string
	Responses map[string]answer
}

type answer struct {
	Ref     string `json:"$ref"`
	Content map[string]struct{ Schema schema }
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       string
	Required   []string
	Properties map[string]schema
	Items      *schema
}

func readDocument(t *testing.T, text []byte) document {
	t.Helper()
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// CheckRoutes fails when openapi.json and the routes of a router differ: one has what
// the other lacks, or asks for a token where the other does not.
func CheckRoutes(t *testing.T, router any) {
	t.Helper()
	described := make(map[string]string)
	for path, operations := range readDocument(t, new(rest.API).OpenAPI().Body).Paths {
		for method, o := range operations {
			access := "public"
			switch {
			case len(o.Security) == 2:
				access = "optional"
			case len(o.Security) == 1:
				access = "token"
			}
			described[strings.ToUpper(method)+" "+path] = access
		}
	}
	parameter := regexp.MustCompile(`:(\w+)`)
	for _, r := range authtest.Routes(t, router) {
		route := r.Method + " " + parameter.ReplaceAllString(r.Path, "{$1}")
		access, _, _ := strings.Cut(r.Access, ",")
		if want, ok := described[route]; !ok || access != want || r.Problem != "" {
			t.Errorf("%s asks for %s %s; openapi.json says %q", route, access, r.Problem, want)
		}
		delete(described, route)
	}
	if len(described) > 0 {
		t.Errorf("openapi.json describes %v, which is not there", slices.Sorted(maps.Keys(described)))
	}
}

// check compares an answer with its description.
func (d *document) check(method, path string, got reply) error {
	o, ok := d.find(path)[strings.ToLower(method)]
	if !ok {
		return fmt.Errorf("%s %s is not described", method, path)
	}
	a, ok := o.Responses[strconv.Itoa(got.status)]
	if !ok {
		return fmt.Errorf("status %d is not described", got.status)
	}
	if a.Ref != "" {
		a = d.Components.Responses[strings.TrimPrefix(a.Ref, "#/components/responses/")]
	}
	if len(a.Content) == 0 {
		if got.text != "" {
			return fmt.Errorf("there is a body: %s", got.text)
		}
		return nil
	}
	content, ok := a.Content[got.header.Get("Content-Type")]
	if !ok {
		return fmt.Errorf("content type %q is not described", got.header.Get("Content-Type"))
	}
	var value any
	if err := json.Unmarshal([]byte(got.text), &value); err != nil {
		return err
	}
	return d.fits(content.Schema, value, "body")
}

// find returns the operations of a path, of which one without parameters comes first.
func (d *document) find(path string) map[string]operation {
	if exact, ok := d.Paths[path]; ok {
		return exact
	}
	parameter := regexp.MustCompile(`\\\{\w+\\\}`)
	for pattern, operations := range d.Paths {
		if regexp.MustCompile("^" + parameter.ReplaceAllString(regexp.QuoteMeta(pattern), "[^/]+") + "$").MatchString(path) {
			return operations
		}
	}
	return nil
}

// fits compares a value with a schema: types, required members, and none beside those
// that are described.
func (d *document) fits(s schema, value any, where string) error {
	if s.Ref != "" {
		s = d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	fits := false
	switch v := value.(type) {
	case string:
		fits = s.Type == "string"
	case bool:
		fits = s.Type == "boolean"
	case float64:
		fits = s.Type == "integer" && v == float64(int64(v))
	case []any:
		if fits = s.Type == "array" && s.Items != nil; fits {
			for i, item := range v {
				if err := d.fits(*s.Items, item, fmt.Sprintf("%s[%d]", where, i)); err != nil {
					return err
				}
			}
		}
	case map[string]any:
		if fits = s.Type == "object"; fits {
			return d.members(s, v, where)
		}
	}
	if !fits {
		return fmt.Errorf("%s is %v, want %q", where, value, s.Type)
	}
	return nil
}

func (d *document) members(s schema, object map[string]any, where string) error {
	for _, name := range s.Required {
		if _, ok := object[name]; !ok {
			return fmt.Errorf("%s lacks %s", where, name)
		}
	}
	if s.Properties == nil {
		return nil // any object
	}
	for name, value := range object {
		property, ok := s.Properties[name]
		if !ok {
			return fmt.Errorf("%s has %s, which is not described", where, name)
		}
		if err := d.fits(property, value, where+"."+name); err != nil {
			return err
		}
	}
	return nil
}
