package openapi

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// methods are the members of a path item that are operations: those that change
// nothing first, and at the end the one that came with OpenAPI 3.2.
var methods = []string{"get", "head", "options", "post", "put", "patch", "delete", "trace", "query"}

// Operation is a method of a path.
type Operation struct {
	Method string // in capitals
	Path   string // as the document has it: /notes/{id}
	Item   Node   // the path item
	Op     Node   // the operation; it may be in another file than Item
}

// Missed is something that the document describes and that could not be followed.
type Missed struct {
	What string // such as "GET /notes"
	Why  error
}

// Operations are those of the document's paths, by path. Operations of webhooks
// are calls of the API to others and are not among them.
func (d *Document) Operations() (list []Operation, missed []Missed) {
	miss := func(what string, why error) { missed = append(missed, Missed{what, why}) }
	paths, err := d.Follow(d.Main.Root["paths"], d.Main.Name)
	if err != nil {
		miss("the paths", err)
	}
	for _, template := range slices.Sorted(maps.Keys(paths.Object)) {
		if strings.HasPrefix(template, "x-") {
			continue
		}
		// Joined with https://api.example.com, "@other.example/x" or ".other.example/x"
		// would be on another host.
		if !strings.HasPrefix(template, "/") {
			miss(template, errors.New("a path has to begin with a slash (OpenAPI 3.1 section 4.8.8)"))
			continue
		}
		item, err := d.item(paths.Object[template], paths.File)
		if err != nil {
			miss(template, err)
			continue
		}
		add := func(method string, described any) {
			op, err := d.Follow(described, item.File)
			if err == nil && op.Object == nil {
				err = errors.New("the operation is not an object")
			}
			if err != nil {
				miss(method+" "+template, err)
				return
			}
			list = append(list, Operation{method, template, item, op})
		}
		for _, method := range methods {
			if described, there := item.Object[method]; there {
				add(strings.ToUpper(method), described)
			}
		}
		more := d.Plain(item.Object["additionalOperations"], item.File) // OpenAPI 3.2
		for _, method := range slices.Sorted(maps.Keys(more.Object)) {
			add(method, more.Object[method])
		}
	}
	return list, missed
}

// item is a path item. Operations may stand beside its reference (OpenAPI 3.1
// section 4.8.9); those win over what the reference leads to.
func (d *Document) item(v any, file string) (Node, error) {
	own, _ := v.(map[string]any)
	there, err := d.Follow(v, file)
	if err != nil || own["$ref"] == nil || len(own) == 1 {
		return there, err
	}
	both := maps.Clone(there.Object)
	if both == nil {
		both = map[string]any{}
	}
	for name, member := range own {
		if name == "$ref" {
			continue
		}
		_, isObject := member.(map[string]any)
		_, isList := member.([]any)
		if (isObject || isList) && there.File != file {
			return Node{File: file}, fmt.Errorf("%s stands beside a reference to another file", name)
		}
		both[name] = member
	}
	return Node{both, there.File}, nil
}

// OnlyWebhooks reports whether the document describes webhooks and no paths,
// which OpenAPI 3.1 permits: there is nothing to call.
func (d *Document) OnlyWebhooks() bool {
	webhooks, _ := d.Main.Root["webhooks"].(map[string]any)
	paths, _ := d.Main.Root["paths"].(map[string]any)
	return len(webhooks) > 0 && len(paths) == 0
}

// Security is the operation's list of alternatives, or the document's: each has
// the names of schemes, and one without names stands for no authentication.
// declared is false where neither says anything.
func (d *Document) Security(op Operation) (alternatives [][]string, declared bool) {
	v := op.Op.Object["security"]
	if v == nil {
		v = d.Main.Root["security"]
	}
	if v == nil {
		return nil, false
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, v := range list {
		names := []string{"?"} // a mistake of the document makes nothing public
		if object, isObject := v.(map[string]any); isObject && ok {
			names = slices.Sorted(maps.Keys(object))
		}
		alternatives = append(alternatives, names)
	}
	return alternatives, true
}

// TakesAnybody reports whether an operation may be called without authentication: its
// list of alternatives is empty, or one of them is.
func TakesAnybody(alternatives [][]string) bool {
	return len(alternatives) == 0 || slices.ContainsFunc(alternatives, func(names []string) bool { return len(names) == 0 })
}

// IsBearer reports whether a bearer token meets a security scheme. Swagger 2.0 has
// no scheme for it: its documents describe the header Authorization as a key.
func (d *Document) IsBearer(name string) bool {
	holder := Node{d.Main.Root, d.Main.Name}
	member := "securityDefinitions"
	if d.Version != "2.0" {
		holder, member = d.Plain(d.Main.Root["components"], d.Main.Name), "securitySchemes"
	}
	schemes := d.Plain(holder.Object[member], holder.File)
	scheme := d.Plain(schemes.Object[name], schemes.File).Object
	text := func(member string) string { s, _ := scheme[member].(string); return s }
	switch scheme["type"] {
	case "oauth2", "openIdConnect":
		return true
	case "http":
		return strings.EqualFold(text("scheme"), "bearer")
	case "apiKey":
		return d.Version == "2.0" && text("in") == "header" && strings.EqualFold(text("name"), "Authorization")
	}
	return false
}

var variable = regexp.MustCompile(`\{([^{}]*)\}`)

// BasePath is the path of the first server, or the basePath of Swagger 2.0, with
// variables at their defaults and without a slash at its end; empty for the root.
func (d *Document) BasePath() string {
	address, _ := d.Main.Root["basePath"].(string)
	if d.Version != "2.0" {
		address = d.firstServer()
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(path.Clean("/"+u.Path), "/")
}

func (d *Document) firstServer() string {
	servers, _ := d.Main.Root["servers"].([]any)
	if len(servers) == 0 {
		return ""
	}
	server := d.Plain(servers[0], d.Main.Name)
	address, _ := server.Object["url"].(string)
	variables := d.Plain(server.Object["variables"], server.File)
	address = variable.ReplaceAllStringFunc(address, func(name string) string {
		settings := d.Plain(variables.Object[name[1:len(name)-1]], variables.File)
		switch usual := settings.Object["default"].(type) {
		case nil, map[string]any, []any:
			return name
		default:
			return fmt.Sprint(usual)
		}
	})
	// A variable without a default may be in the host, which is not asked for here.
	if scheme, rest, ok := strings.Cut(address, "://"); ok {
		host, below, _ := strings.Cut(rest, "/")
		address = scheme + "://" + variable.ReplaceAllString(host, "variable") + "/" + below
	}
	return address
}
