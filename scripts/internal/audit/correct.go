package audit

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// edit replaces a part of a text.
type edit struct {
	from, to int
	text     string
}

// corrected returns the document with the security that its routes ask for, and
// nothing else changed.
func (d *document) corrected() ([]byte, error) {
	if len(d.changes) == 0 {
		return d.text, nil
	}
	if d.scheme == "" {
		return nil, errors.New("the document describes no scheme for tokens. Add one below components, such as:\n" +
			"  securitySchemes:\n    bearerAuth: {type: http, scheme: bearer, bearerFormat: JWT}")
	}
	var edits []edit
	for _, c := range d.changes {
		var e edit
		var err error
		if d.isJSON {
			e, err = d.editJSON(c)
		} else {
			e, err = d.editYAML(c)
		}
		if err != nil {
			return nil, err
		}
		edits = append(edits, e)
	}
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(b.from, a.from) })
	text := string(d.text)
	for _, e := range edits { // from the end, so that places stay right
		text = text[:e.from] + e.text + text[e.to:]
	}
	return []byte(text), nil
}

// requirements returns the security as OpenAPI has it.
func (d *document) requirements(s security) []map[string][]string {
	list := []map[string][]string{}
	if s.open && !s.optional {
		return list
	}
	if s.optional {
		list = append(list, map[string][]string{})
	}
	for _, scopes := range s.alternatives {
		if !d.scoped || s.anyScopes || scopes == nil {
			scopes = []string{}
		}
		one := map[string][]string{d.scheme: scopes}
		if !slices.ContainsFunc(list, func(m map[string][]string) bool { return fmt.Sprint(m) == fmt.Sprint(one) }) {
			list = append(list, one)
		}
	}
	return list
}

func quoteJSON(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // strings, lists and maps always encode
	return strings.TrimSuffix(b.String(), "\n")
}

func (d *document) editJSON(c change) (edit, error) {
	text := quoteJSON(d.requirements(c.want))
	if old := c.operation.member("security"); old != nil {
		return edit{old.value.from, old.value.to, text}, nil
	}
	start := c.operation.from + 1
	if len(c.operation.members) == 0 {
		return edit{start, start, `"security": ` + text}, nil
	}
	first := c.operation.members[0].from
	return edit{start, start, string(d.text[start:first]) + `"security": ` + text + ","}, nil
}

func (d *document) editYAML(c change) (edit, error) {
	o := c.operation
	if !o.isMap || !o.block || o.shared || len(o.members) == 0 || o.members[0].line == 0 {
		return edit{}, fmt.Errorf("line %d: the operation is written with braces or an alias, where its security cannot be corrected: do it by hand", o.line)
	}
	lines := strings.SplitAfter(string(d.text), "\n")
	offset := func(line int) int { // of the beginning of a line, from 1
		n := 0
		for _, l := range lines[:line-1] {
			n += len(l)
		}
		return n
	}
	end := "\n"
	if strings.HasSuffix(lines[0], "\r\n") {
		end = "\r\n"
	}
	first := o.members[0]
	indent := lines[first.line-1][:first.column-1]
	if strings.TrimSpace(indent) != "" {
		return edit{}, fmt.Errorf("line %d: the operation begins in the middle of a line, where its security cannot be corrected: do it by hand", o.line)
	}
	old := o.member("security")
	comment := ""
	if old != nil && old.value.comment != "" {
		comment = " " + old.value.comment
	}
	list := d.requirements(c.want)
	var b strings.Builder
	if len(list) == 0 {
		b.WriteString(indent + "security: []" + comment + end)
	} else {
		b.WriteString(indent + "security:" + comment + end)
		for _, requirement := range list {
			item := "{}"
			for scheme, scopes := range requirement {
				item = quoteJSON(scheme) + ": " + strings.ReplaceAll(quoteJSON(scopes), `","`, `", "`)
				if plainName(scheme) {
					item = scheme + strings.TrimPrefix(item, quoteJSON(scheme))
				}
			}
			b.WriteString(indent + "  - " + item + end)
		}
	}
	if old == nil {
		at := offset(first.line)
		return edit{at, at, b.String()}, nil
	}
	if old.value.shared {
		return edit{}, fmt.Errorf("line %d: the security is an alias, which cannot be corrected: do it by hand", old.line)
	}
	last := old.value.last
	text := b.String()
	to := offset(last) + len(lines[last-1])
	if !strings.HasSuffix(lines[last-1], "\n") { // the end of the file
		text = strings.TrimSuffix(text, end)
	}
	return edit{offset(old.line), to, text}, nil
}

// plainName reports whether YAML reads a name as it stands.
func plainName(name string) bool {
	switch strings.ToLower(name) {
	case "", "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return false
	}
	for i, c := range name {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return true
}
