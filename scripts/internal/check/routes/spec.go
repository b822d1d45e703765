package routes

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
)

// operations are the names that a path item has for its operations. The last one came
// with OpenAPI 3.2.
var operations = []string{"get", "head", "options", "post", "put", "patch", "delete", "trace", "query"}

// FromSpec returns every operation of an OpenAPI 3 document, in YAML or JSON. An
// operation's own `security` wins over the document's; an empty list, no list at all,
// or an empty requirement in it make the operation public (OpenAPI 3.1 section
// 4.8.10). withBase puts the path of the first server before each path. References to
// files in the document's folder are followed; what cannot be followed is missed.
func FromSpec(file string, withBase bool) (List, error) {
	d, err := open(file)
	if err != nil {
		return List{}, err
	}
	defer d.close()
	if err := d.check(); err != nil {
		return List{}, fmt.Errorf("%s: %w", file, err)
	}
	base := ""
	if withBase {
		base = d.base()
	}
	var list List
	miss := func(what string, err error) {
		list.Missed = append(list.Missed, Missed{From: file, What: what, Why: err.Error()})
	}
	paths, err := d.follow(d.first.root["paths"], d.first)
	if err != nil {
		miss("the paths", err)
	}
	for _, template := range slices.Sorted(maps.Keys(paths.object)) {
		if strings.HasPrefix(template, "x-") {
			continue
		}
		if !strings.HasPrefix(template, "/") {
			miss(template, errors.New("a path has to begin with a slash (OpenAPI 3.1 section 4.8.8)"))
			continue
		}
		item, err := d.item(paths.object[template], paths.in)
		if err != nil {
			miss(template, err)
			continue
		}
		for _, method := range operations {
			described, there := item.object[method]
			if !there {
				continue
			}
			operation, err := d.follow(described, item.in)
			switch {
			case err != nil:
				miss(strings.ToUpper(method)+" "+template, err)
			case operation.object == nil:
				miss(strings.ToUpper(method)+" "+template, errors.New("the operation is not an object"))
			case method == "query" || method == "trace":
				miss(strings.ToUpper(method)+" "+template, errors.New("requests of this method are not sent"))
			default:
				r := d.route(item, operation, template)
				r.Method, r.Path, r.Template = strings.ToUpper(method), base+r.Path, base+template
				list.Routes = append(list.Routes, r)
			}
		}
		if more, there := item.object["additionalOperations"]; there { // OpenAPI 3.2
			for method := range d.plain(more, item.in).object {
				miss(method+" "+template, errors.New("requests of this method are not sent"))
			}
		}
	}
	if len(list.Routes)+len(list.Missed) == 0 {
		return List{}, fmt.Errorf("%s has no operations%s", file, d.onlyWebhooks())
	}
	return list, nil
}

// check says why the document is not one of OpenAPI 3.
func (d *documents) check() error {
	root := d.first.root
	version := fmt.Sprint(root["openapi"])
	switch {
	case root["swagger"] != nil:
		return fmt.Errorf("the document is Swagger %v; convert it to OpenAPI 3 first, for instance with 'npx swagger2openapi'", root["swagger"])
	case root["openapi"] == nil:
		return errors.New("the document is not OpenAPI 3: it has no member `openapi`")
	case version != "3" && !strings.HasPrefix(version, "3."): // unquoted, it is a number
		return fmt.Errorf("the document is not OpenAPI 3: `openapi` is %q", version)
	}
	return nil
}

func (d *documents) onlyWebhooks() string {
	if d.first.root["webhooks"] != nil {
		return ": it describes only webhooks, which the API sends and does not receive"
	}
	return ""
}

// item is a path item. A reference may stand beside operations (OpenAPI 3.1 section
// 4.8.9); those that are given here win.
func (d *documents) item(v any, in *document) (node, error) {
	own, _ := v.(object)
	there, err := d.follow(v, in)
	if err != nil || own["$ref"] == nil || len(own) == 1 {
		return there, err
	}
	both := maps.Clone(there.object)
	if both == nil {
		both = object{}
	}
	for name, member := range own {
		if name == "$ref" {
			continue
		}
		if _, isObject := member.(object); isObject && there.in != in {
			return node{}, errors.New("operations stand beside a reference to another file")
		}
		both[name] = member
	}
	return node{both, there.in}, nil
}

// base is the path of the first server, with its variables at their defaults.
func (d *documents) base() string {
	servers, _ := d.first.root["servers"].([]any)
	if len(servers) == 0 {
		return ""
	}
	server := d.plain(servers[0], d.first)
	text, _ := server.object["url"].(string)
	for name, v := range d.plain(server.object["variables"], server.in).object {
		text = strings.ReplaceAll(text, "{"+name+"}", fmt.Sprint(d.plain(v, server.in).object["default"]))
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

func (d *documents) route(item, operation node, template string) Route {
	r := Route{From: d.first.name, Path: d.fill(template, item, operation)}
	security, own := operation.object["security"].([]any)
	if !own {
		security, _ = d.first.root["security"].([]any)
	}
	if len(security) == 0 {
		r.Access = Public
	}
	for _, requirement := range security {
		names := d.plain(requirement, d.first).object
		if len(names) == 0 {
			r.Access = Public
		}
		for name := range names {
			r.Bearer = r.Bearer || d.isBearer(name)
		}
	}
	return r
}

// isBearer reports whether a bearer token meets a security scheme.
func (d *documents) isBearer(name string) bool {
	components := d.plain(d.first.root["components"], d.first)
	schemes := d.plain(components.object["securitySchemes"], components.in)
	scheme := d.plain(schemes.object[name], schemes.in)
	kind, _ := scheme.object["type"].(string)
	http, _ := scheme.object["scheme"].(string)
	return kind == "oauth2" || kind == "openIdConnect" || kind == "http" && strings.EqualFold(http, "bearer")
}

// fill puts values in the place of the parameters of a path, and adds the required
// parameters of the query.
func (d *documents) fill(template string, item, operation node) string {
	values, query := map[string]string{}, url.Values{}
	for _, n := range []node{item, operation} {
		list, _ := n.object["parameters"].([]any)
		for _, v := range list {
			p := d.plain(v, n.in)
			name, _ := p.object["name"].(string)
			required, _ := p.object["required"].(bool)
			switch p.object["in"] {
			case "path":
				values[name] = d.example(p)
			case "query":
				if required {
					query.Set(name, d.example(p))
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
func (d *documents) example(p node) string {
	schema := d.plain(p.object["schema"], p.in)
	for _, v := range []any{p.object["example"], schema.object["example"], schema.object["default"]} {
		if v != nil {
			return fmt.Sprint(v)
		}
	}
	examples := d.plain(p.object["examples"], p.in)
	for _, name := range slices.Sorted(maps.Keys(examples.object)) {
		if v := d.plain(examples.object[name], examples.in).object["value"]; v != nil {
			return fmt.Sprint(v)
		}
	}
	for _, list := range []any{schema.object["examples"], schema.object["enum"]} {
		if values, _ := list.([]any); len(values) > 0 {
			return fmt.Sprint(values[0])
		}
	}
	switch schema.object["format"] {
	case "uuid":
		return "00000000-0000-4000-8000-000000000001"
	case "date":
		return "2025-01-01"
	case "date-time":
		return "2025-01-01T00:00:00Z"
	}
	if schema.object["type"] == "boolean" {
		return "true"
	}
	return "1"
}
