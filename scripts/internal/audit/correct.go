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
// nothing else changed. What is not certain to be that is an error.
func (d *document) corrected() ([]byte, error) {
	if len(d.changes) == 0 {
		return d.text, nil
	}
	text, err := d.edited()
	if err != nil {
		return nil, err
	}
	again, err := newDocument(text)
	if err != nil || !same(d.root, again.root, d.changed()) {
		return nil, errors.New("its security cannot be corrected without another change: do it by hand")
	}
	return text, nil
}

// changed returns the operations whose security is changed.
func (d *document) changed() map[*value]bool {
	operations := make(map[*value]bool)
	for _, c := range d.changes {
		operations[c.operation] = true
	}
	return operations
}

// same reports whether two documents differ in the security of the operations alone.
func same(a, b *value, operations map[*value]bool) bool {
	if a.text != b.text || a.isMap != b.isMap || a.isList != b.isList || len(a.list) != len(b.list) {
		return false
	}
	for i := range a.list {
		if !same(a.list[i], b.list[i], operations) {
			return false
		}
	}
	before, after := a.members, b.members
	if operations[a] {
		isSecurity := func(m member) bool { return m.name == "security" }
		before, after = slices.DeleteFunc(slices.Clone(before), isSecurity), slices.DeleteFunc(slices.Clone(after), isSecurity)
	}
	return slices.EqualFunc(before, after, func(x, y member) bool {
		return x.name == y.name && x.merged == y.merged && same(x.value, y.value, operations)
	})
}

func (d *document) edited() ([]byte, error) {
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
	if !o.isMap || !o.block || o.shared || len(o.members) == 0 {
		return edit{}, fmt.Errorf("line %d: the operation is written with braces, an anchor or an alias, where its security cannot be corrected: do it by hand", o.line)
	}
	lines := strings.SplitAfter(string(d.text), "\n")
	offset := func(line int) int { return len(strings.Join(lines[:line-1], "")) } // of the beginning of a line, from 1
	end := "\n"
	if strings.HasSuffix(lines[0], "\r\n") {
		end = "\r\n"
	}
	indent := lines[o.line-1][:min(o.column-1, len(lines[o.line-1]))]
	if strings.Trim(indent, " ") != "" {
		return edit{}, fmt.Errorf("line %d: the operation begins in the middle of a line, where its security cannot be corrected: do it by hand", o.line)
	}
	old := o.member("security")
	comment := ""
	if old != nil && !old.merged {
		if comment = old.value.comment; comment == "" { // beside the name, which has the value below it
			_, beside, _ := strings.Cut(lines[old.line-1], ":")
			if beside = strings.TrimSpace(beside); strings.HasPrefix(beside, "#") {
				comment = beside
			}
		}
		if comment != "" {
			comment = " " + comment
		}
	}
	text := d.yaml(c.want, indent, comment, end)
	if old == nil || old.merged {
		at := offset(o.line)
		return edit{at, at, text}, nil
	}
	last := lastLine(lines, old.line, len(indent))
	if !strings.HasSuffix(lines[last-1], "\n") { // the end of the file
		text = strings.TrimSuffix(text, end)
	}
	return edit{offset(old.line), offset(last) + len(lines[last-1]), text}, nil
}

// yaml writes the security as YAML.
func (d *document) yaml(s security, indent, comment, end string) string {
	list := d.requirements(s)
	if len(list) == 0 {
		return indent + "security: []" + comment + end
	}
	var b strings.Builder
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
	return b.String()
}

// lastLine returns the last line of the member that begins on a line and whose name
// has this many spaces before it. Comments and empty lines after it are not its own.
func lastLine(lines []string, line, indent int) int {
	last := line
	for i := line; i < len(lines); i++ {
		text := strings.TrimRight(lines[i], " \t\r\n")
		content := strings.TrimLeft(text, " ")
		deep := len(text) - len(content)
		switch {
		case content == "", content[0] == '#':
			continue
		case deep > indent, deep == indent && (content == "-" || strings.HasPrefix(content, "- ")), content[0] == ']', content[0] == '}':
			last = i + 1
			continue
		}
		return last
	}
	return last
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
