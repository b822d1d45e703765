package routes

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/openapi"
)

// FromSpec returns every operation of an OpenAPI document, in YAML or JSON. An
// operation's own `security` wins over the document's; an empty list, no list at all,
// or an empty requirement in it make the operation public (OpenAPI 3.1 section
// 4.8.10). withBase puts the path of the first server before each path. References to
// files in the document's folder are followed; what cannot be followed is missed.
func FromSpec(file string, withBase bool) (List, error) {
	d, err := openapi.Open(file)
	if err != nil {
		return List{}, fmt.Errorf("%s: %w", file, err)
	}
	defer func() { _ = d.Close() }() // nothing is lost: it is only a handle on a folder
	base := ""
	if withBase {
		base = (&url.URL{Path: d.BasePath()}).EscapedPath()
	}
	var list List
	miss := func(what string, err error) {
		list.Missed = append(list.Missed, Missed{From: file, What: what, Why: err.Error()})
	}
	operations, missed := d.Operations()
	for _, m := range missed {
		miss(m.What, m.Why)
	}
	s := document{d}
	for _, op := range operations {
		if !slices.Contains(methods, op.Method) {
			miss(op.Method+" "+op.Path, errors.New("requests of this method are not sent"))
			continue
		}
		r := s.route(op)
		r.Path, r.Template = base+r.Path, base+op.Path
		list.Routes = append(list.Routes, r)
	}
	if len(list.Routes)+len(list.Missed) == 0 {
		if d.OnlyWebhooks() {
			return List{}, fmt.Errorf("%s has no operations: it describes only webhooks, which the API sends and does not receive", file)
		}
		return List{}, fmt.Errorf("%s has no operations", file)
	}
	return list, nil
}

type document struct{ *openapi.Document }

func (s document) route(op openapi.Operation) Route {
	r := Route{Method: op.Method, Path: s.fill(op), From: s.Main.Name}
	alternatives, _ := s.Security(op)
	if openapi.TakesAnybody(alternatives) {
		r.Access = Public
	}
	for _, names := range alternatives {
		r.Bearer = r.Bearer || slices.ContainsFunc(names, s.IsBearer)
	}
	return r
}

// fill puts values in the place of the parameters of a path, and adds the required
// parameters of the query.
func (s document) fill(op openapi.Operation) string {
	template, values, query := op.Path, map[string]string{}, url.Values{}
	for _, n := range []openapi.Node{op.Item, op.Op} {
		list, _ := n.Object["parameters"].([]any)
		for _, v := range list {
			p := s.Plain(v, n.File)
			name, _ := p.Object["name"].(string)
			required, _ := p.Object["required"].(bool)
			switch p.Object["in"] {
			case "path":
				values[name] = s.example(p)
			case "query":
				if required {
					query.Set(name, s.example(p))
				}
			}
		}
	}
	for name, value := range values {
		if value == "" || value == "." || value == ".." {
			value = "1" // anything else would be another path
		}
		template = strings.ReplaceAll(template, "{"+name+"}", url.PathEscape(value))
	}
	template = Fill(template)
	if len(query) > 0 {
		template += "?" + query.Encode()
	}
	return template
}

// example is a value for a parameter: one that the document gives, or one made up.
// A parameter of Swagger 2.0 is its own schema.
func (s document) example(p openapi.Node) string {
	schema := p
	if v, there := p.Object["schema"]; there {
		schema = s.Plain(v, p.File)
	}
	for _, v := range []any{p.Object["example"], schema.Object["example"], schema.Object["default"]} {
		if v != nil {
			return fmt.Sprint(v)
		}
	}
	examples := s.Plain(p.Object["examples"], p.File)
	for _, name := range slices.Sorted(maps.Keys(examples.Object)) {
		if v := s.Plain(examples.Object[name], examples.File).Object["value"]; v != nil {
			return fmt.Sprint(v)
		}
	}
	for _, list := range []any{schema.Object["examples"], schema.Object["enum"]} {
		if values, _ := list.([]any); len(values) > 0 {
			return fmt.Sprint(values[0])
		}
	}
	switch schema.Object["format"] {
	case "uuid":
		return "00000000-0000-4000-8000-000000000001"
	case "date":
		return "2025-01-01"
	case "date-time":
		return "2025-01-01T00:00:00Z"
	}
	if schema.Object["type"] == "boolean" {
		return "true"
	}
	return "1"
}
