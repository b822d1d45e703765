package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// value is a value of a document, with its place in the text.
type value struct {
	text    string // of a scalar
	list    []*value
	members []member
	isMap   bool
	isList  bool

	line, column int  // where its first member begins, or it itself, from 1
	block        bool // YAML without braces
	shared       bool // behind a YAML alias or anchor: a change would be seen elsewhere
	from, to     int  // JSON: where it is in the text
	comment      string
}

// member is a member of an object.
type member struct {
	name   string
	line   int
	from   int
	merged bool // it comes from another object, by YAML's "<<"
	*value
}

// get returns a member, or nil.
func (v *value) get(names ...string) *value {
	for _, name := range names {
		if v == nil {
			return nil
		}
		found := v.member(name)
		if found == nil {
			return nil
		}
		v = found.value
	}
	return v
}

// member returns a member, or nil. Those of the object itself go before merged ones.
func (v *value) member(name string) *member {
	var found *member
	for i := range v.members {
		m := &v.members[i]
		if m.name == name && (found == nil || found.merged && !m.merged) {
			found = m
		}
	}
	return found
}

// parseDocument reads JSON as JSON, whose text YAML readers do not all accept, and
// everything else as YAML.
func parseDocument(text []byte) (root *value, isJSON bool, err error) {
	if trimmed := bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff"))); len(trimmed) > 0 && trimmed[0] == '{' && json.Valid(trimmed) {
		offset := bytes.IndexByte(text, '{')
		root, err := parseJSON(text, offset)
		return root, true, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, false, fmt.Errorf("the file is neither JSON nor YAML: %w", err)
	}
	if len(doc.Content) != 1 {
		return nil, false, errors.New("the file is empty")
	}
	root, err = new(yamlReader).value(doc.Content[0], 0)
	return root, false, err
}

// Limits of a document. Aliases can make a small YAML file a large one.
const (
	maxDepth  = 100
	maxCopies = 1 << 18 // values that aliases repeat
)

// yamlReader keeps the places of YAML.
type yamlReader struct {
	aliases int // that lead to the current value
	anchors int // around the current value
	copies  int // of values, by aliases
}

func (r *yamlReader) value(n *yaml.Node, depth int) (*value, error) {
	if r.aliases > 0 {
		if r.copies++; r.copies > maxCopies {
			return nil, errors.New("the document has too many values behind aliases")
		}
	}
	if depth > maxDepth {
		return nil, errors.New("the document is nested too deeply")
	}
	if n.Anchor != "" {
		r.anchors++
		defer func() { r.anchors-- }()
	}
	v := &value{line: n.Line, column: n.Column, block: n.Style&yaml.FlowStyle == 0, comment: n.LineComment, shared: r.aliases+r.anchors > 0}
	if n.Kind == yaml.AliasNode {
		r.aliases++
		target, err := r.value(n.Alias, depth+1)
		r.aliases--
		if err != nil {
			return nil, err
		}
		target.shared, target.line = true, n.Line
		return target, nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		v.isMap = true
		for i := 0; i+1 < len(n.Content); i += 2 {
			child, err := r.value(n.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			key := n.Content[i]
			if i == 0 {
				v.line, v.column = key.Line, key.Column
			}
			if key.Value == "<<" && key.Style == 0 { // its members count as those of the object
				for _, from := range append([]*value{child}, child.list...) {
					for _, m := range from.members {
						m.merged = true
						v.members = append(v.members, m)
					}
				}
				continue
			}
			v.members = append(v.members, member{name: key.Value, line: key.Line, value: child})
		}
	case yaml.SequenceNode:
		v.isList = true
		for _, item := range n.Content {
			child, err := r.value(item, depth+1)
			if err != nil {
				return nil, err
			}
			v.list = append(v.list, child)
		}
	default:
		v.text = n.Value
	}
	return v, nil
}

// jsonReader reads valid JSON and keeps the places.
type jsonReader struct {
	text []byte
	d    *json.Decoder
	skip int // bytes before what d reads
}

func parseJSON(text []byte, offset int) (*value, error) {
	r := &jsonReader{text: text, d: json.NewDecoder(bytes.NewReader(text[offset:])), skip: offset}
	r.d.UseNumber()
	return r.value(0)
}

// next returns a token and where it begins.
func (r *jsonReader) next() (json.Token, int, error) {
	from := r.skip + int(r.d.InputOffset())
	t, err := r.d.Token()
	for from < len(r.text) && strings.IndexByte(" \t\r\n,:", r.text[from]) >= 0 {
		from++
	}
	return t, from, err
}

func (r *jsonReader) value(depth int) (*value, error) {
	if depth > maxDepth {
		return nil, errors.New("the document is nested too deeply")
	}
	t, from, err := r.next()
	if err != nil {
		return nil, err
	}
	v := &value{from: from, line: 1 + bytes.Count(r.text[:from], []byte("\n"))}
	switch t {
	case json.Delim('{'):
		v.isMap = true
		for r.d.More() {
			key, at, err := r.next()
			if err != nil {
				return nil, err
			}
			name, _ := key.(string)
			child, err := r.value(depth + 1)
			if err != nil {
				return nil, err
			}
			v.members = append(v.members, member{name: name, from: at, line: child.line, value: child})
		}
		_, _, err = r.next()
	case json.Delim('['):
		v.isList = true
		for r.d.More() {
			child, err := r.value(depth + 1)
			if err != nil {
				return nil, err
			}
			v.list = append(v.list, child)
		}
		_, _, err = r.next()
	default:
		v.text = fmt.Sprint(t)
	}
	v.to = r.skip + int(r.d.InputOffset())
	return v, err
}
