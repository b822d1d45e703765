package client

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/openapi"
)

// style is how a parameter or a field is written (OpenAPI 3, Parameter Object).
type style struct {
	name    string
	explode bool
}

// format is what an operation's document says about its request where that is
// not the default.
type format struct {
	body        string // media type, when it is not JSON
	path, query map[string]style
	fields      map[string]field
}

// field is a field of a form (OpenAPI 3, Encoding Object).
type field struct {
	style *style
	media string
}

func (f format) empty() bool {
	return f.body == "" && len(f.path)+len(f.query)+len(f.fields) == 0
}

func (s *spec) format(op operation) format {
	f := format{path: map[string]style{}, query: map[string]style{}, fields: map[string]field{}}
	for _, n := range []openapi.Node{op.Item, op.Op} { // the operation's own override those of the path
		parameters, _ := n.Object["parameters"].([]any)
		for _, parameter := range parameters {
			p := s.Plain(parameter, n.File).Object
			name, _ := p["name"].(string)
			switch p["in"] {
			case "query":
				f.query[name] = styleOf(p, "form")
			case "path":
				f.path[name] = styleOf(p, "simple")
			}
		}
	}
	maps.DeleteFunc(f.query, func(_ string, s style) bool { return s == style{"form", true} })
	maps.DeleteFunc(f.path, func(_ string, s style) bool { return s == style{"simple", false} })
	body := s.Plain(op.Op.Object["requestBody"], op.Op.File).Object
	content, _ := body["content"].(map[string]any)
	media := mediaType(content)
	if media == "" {
		return f
	}
	if media != "application/json" {
		f.body = media
	}
	details, _ := content[media].(map[string]any)
	encoding, _ := details["encoding"].(map[string]any)
	for name, value := range encoding {
		e, _ := value.(map[string]any)
		var made field
		if e["style"] != nil || e["explode"] != nil {
			chosen := styleOf(e, "form")
			made.style = &chosen
		}
		made.media, _ = e["contentType"].(string)
		if strings.ContainsAny(made.media, ",*") { // several are possible: the value's own counts
			made.media = ""
		}
		if made != (field{}) {
			f.fields[name] = made
		}
	}
	return f
}

func styleOf(object map[string]any, usual string) style {
	if content, ok := object["content"].(map[string]any); ok && len(content) > 0 {
		return style{"json", false}
	}
	name, _ := object["style"].(string)
	name = cmp.Or(name, usual)
	explode, ok := object["explode"].(bool)
	if !ok {
		explode = name == "form"
	}
	return style{name, explode}
}

// mediaType chooses one of those that a body may have: JSON, then forms, then the
// first by name. A caller who wants another sets Content-Type.
func mediaType(content map[string]any) string {
	for _, known := range []string{"application/json", "multipart/form-data", "application/x-www-form-urlencoded"} {
		if content[known] != nil {
			return known
		}
	}
	names := slices.Sorted(maps.Keys(content))
	for _, name := range names {
		if bare, _, _ := strings.Cut(name, ";"); strings.HasSuffix(strings.TrimSpace(bare), "json") {
			return name
		}
	}
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

func (s *spec) formatsTS() string {
	var b strings.Builder
	b.WriteString("import type { Format } from './wire.js';\n\n" +
		"/** How the API's document has requests written, by method and path, where that is not the default. */\n" +
		"export const formats: Readonly<Record<string, Format>> = {\n")
	for _, op := range s.all() {
		f := s.format(op)
		if f.empty() {
			continue
		}
		var parts []string
		if f.body != "" {
			parts = append(parts, "body: "+quoteTS(f.body))
		}
		for _, styles := range []struct {
			name string
			of   map[string]style
		}{{"path", f.path}, {"query", f.query}} {
			if len(styles.of) > 0 {
				parts = append(parts, styles.name+": { "+listTS(styles.of, style.ts)+" }")
			}
		}
		if len(f.fields) > 0 {
			parts = append(parts, "fields: { "+listTS(f.fields, field.ts)+" }")
		}
		fmt.Fprintf(&b, "  [%s]: { %s },\n", quoteTS(op.Method+" "+op.Path), strings.Join(parts, ", "))
	}
	b.WriteString("};\n")
	return b.String()
}

// listTS writes members with computed names: '__proto__' is a name like others.
func listTS[T any](values map[string]T, text func(T) string) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		list = append(list, "["+quoteTS(name)+"]: "+text(values[name]))
	}
	return strings.Join(list, ", ")
}

func (s style) ts() string { return fmt.Sprintf("[%s, %t]", quoteTS(s.name), s.explode) }

func (f field) ts() string {
	var parts []string
	if f.style != nil {
		parts = append(parts, "style: "+f.style.ts())
	}
	if f.media != "" {
		parts = append(parts, "type: "+quoteTS(f.media))
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}
