package routes

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"

	// The maintained successor of gopkg.in/yaml.v3, by the YAML organization; it
	// reads JSON as well, which is YAML.
	"go.yaml.in/yaml/v3"
)

// maxSpec is the largest OpenAPI document that is read.
const maxSpec = 32 << 20

type object = map[string]any

// document is an OpenAPI 3 document. Only what decides access is looked at.
type document struct {
	root object
	file string
}

// FromSpec returns every operation of an OpenAPI 3 document, in YAML or JSON. An
// operation's own `security` wins over the document's; an empty list, no list at
// all or an empty requirement in it make it public (OpenAPI 3.1 section 4.8.10).
// withBase puts the path of the first server before each path.
func FromSpec(file string, withBase bool) ([]Route, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxSpec {
		return nil, fmt.Errorf("%s is larger than %d MiB", file, maxSpec>>20)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	d := document{file: file}
	if err := yaml.Unmarshal(text, &d.root); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if version, _ := d.root["openapi"].(string); !strings.HasPrefix(version, "3.") {
		return nil, fmt.Errorf("%s is not an OpenAPI 3 document: `openapi` is %q", file, version)
	}
	base := ""
	if withBase {
		base = d.base()
	}
	var list []Route
	paths := d.object(d.root["paths"])
	for _, template := range slices.Sorted(maps.Keys(paths)) {
		item := d.object(paths[template])
		for _, method := range []string{"get", "head", "options", "post", "put", "patch", "delete", "trace"} {
			if op := d.object(item[method]); op != nil {
				r := d.route(item, op, template)
				r.Method, r.Path = strings.ToUpper(method), base+r.Path
				list = append(list, r)
			}
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s has no operations", file)
	}
	return list, nil
}

// object is v as an object, with a reference in the document followed.
func (d *document) object(v any) object {
	for range 16 { // references in circles end
		o, ok := v.(object)
		if !ok {
			return nil
		}
		ref, ok := o["$ref"].(string)
		if !ok {
			return o
		}
		pointer, ok := strings.CutPrefix(ref, "#/")
		if !ok {
			return nil
		}
		v = d.root
		for step := range strings.SplitSeq(pointer, "/") {
			inside, _ := v.(object)
			v = inside[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
		}
	}
	return nil
}

// base is the path of the first server, with its variables at their defaults.
func (d *document) base() string {
	servers, _ := d.root["servers"].([]any)
	if len(servers) == 0 {
		return ""
	}
	server := d.object(servers[0])
	text, _ := server["url"].(string)
	for name, v := range d.object(server["variables"]) {
		text = strings.ReplaceAll(text, "{"+name+"}", fmt.Sprint(d.object(v)["default"]))
	}
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	if p := path.Clean("/" + u.Path); p != "/" {
		return p
	}
	return ""
}

func (d *document) route(item, op object, template string) Route {
	r := Route{From: d.file, Path: d.fill(template, item, op)}
	security, own := op["security"].([]any)
	if !own {
		security, _ = d.root["security"].([]any)
	}
	if len(security) == 0 {
		r.Access = Public
	}
	for _, requirement := range security {
		names := d.object(requirement)
		if len(names) == 0 {
			r.Access = Public
		}
		for name := range names {
			r.Bearer = r.Bearer || d.isBearer(name)
		}
	}
	return r
}

// isBearer reports whether a security scheme is met by a bearer token.
func (d *document) isBearer(name string) bool {
	scheme := d.object(d.object(d.object(d.root["components"])["securitySchemes"])[name])
	kind, _ := scheme["type"].(string)
	http, _ := scheme["scheme"].(string)
	return kind == "oauth2" || kind == "openIdConnect" || kind == "http" && strings.EqualFold(http, "bearer")
}

// fill puts values in the place of the parameters of a path, and adds the
// parameters of the query that are required.
func (d *document) fill(template string, item, op object) string {
	values, query := map[string]string{}, url.Values{}
	own, _ := op["parameters"].([]any)
	shared, _ := item["parameters"].([]any)
	for _, v := range append(slices.Clone(shared), own...) {
		p := d.object(v)
		name, _ := p["name"].(string)
		required, _ := p["required"].(bool)
		switch p["in"] {
		case "path":
			values[name] = d.example(p)
		case "query":
			if required {
				query.Set(name, d.example(p))
			}
		}
	}
	for name, value := range values {
		template = strings.ReplaceAll(template, "{"+name+"}", url.PathEscape(value))
	}
	template = Fill(template)
	if len(query) > 0 {
		template += "?" + query.Encode()
	}
	return template
}

// example is a value for a parameter: one that the document gives, or one made up.
func (d *document) example(p object) string {
	schema := d.object(p["schema"])
	for _, v := range []any{p["example"], schema["example"], schema["default"]} {
		if v != nil {
			return fmt.Sprint(v)
		}
	}
	examples := d.object(p["examples"])
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		if v := d.object(examples[name])["value"]; v != nil {
			return fmt.Sprint(v)
		}
	}
	for _, list := range []any{schema["examples"], schema["enum"]} {
		if values, _ := list.([]any); len(values) > 0 {
			return fmt.Sprint(values[0])
		}
	}
	switch schema["format"] {
	case "uuid":
		return "00000000-0000-4000-8000-000000000001"
	case "date":
		return "2025-01-01"
	case "date-time":
		return "2025-01-01T00:00:00Z"
	}
	if schema["type"] == "boolean" {
		return "true"
	}
	return "1"
}
