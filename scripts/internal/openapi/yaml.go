package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// parseYAML reads YAML as the values that the same document in JSON would have:
// names are text as it is written (200, 3.1), and so are dates.
func parseYAML(text []byte) (any, error) {
	var top yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&top); errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty")
	} else if err != nil {
		return nil, fmt.Errorf("it is neither YAML nor JSON: %w", err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is text after its end: one file has to hold one document")
	}
	if len(top.Content) != 1 {
		return nil, errors.New("it is neither YAML nor JSON")
	}
	// An alias may repeat what has aliases, and so on. What they add may be as
	// large as a document, and not larger.
	p := yamlReader{budget: 1 << 20}
	return p.value(top.Content[0], 0, false)
}

type yamlReader struct{ budget int }

func (p *yamlReader) value(n *yaml.Node, depth int, aliased bool) (any, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	if aliased {
		if p.budget--; p.budget < 0 {
			return nil, errors.New("its YAML aliases repeat too much")
		}
	}
	switch n.Kind {
	case yaml.AliasNode:
		return p.value(n.Alias, depth+1, true)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			var err error
			if list[i], err = p.value(item, depth+1, aliased); err != nil {
				return nil, err
			}
		}
		return list, nil
	case yaml.MappingNode:
		return p.object(n, depth, aliased)
	}
	return scalar(n), nil
}

func (p *yamlReader) object(n *yaml.Node, depth int, aliased bool) (any, error) {
	object := map[string]any{}
	var merged []map[string]any
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, item := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("line %d: a name in an object is not text", key.Line)
		}
		v, err := p.value(item, depth+1, aliased)
		if err != nil {
			return nil, err
		}
		if key.Tag == "!!merge" {
			switch v := v.(type) {
			case map[string]any:
				merged = append(merged, v)
			case []any:
				for _, one := range v {
					if o, ok := one.(map[string]any); ok {
						merged = append(merged, o)
					}
				}
			}
			continue
		}
		if _, twice := object[key.Value]; twice {
			return nil, fmt.Errorf("line %d: %.100q is twice in one object", key.Line, key.Value)
		}
		object[key.Value] = v
	}
	for _, from := range merged { // the object's own members win, then the first merged one
		for name, v := range from {
			if _, own := object[name]; !own {
				object[name] = v
			}
		}
	}
	return object, nil
}

// scalar is a value that is neither object nor list. What JSON cannot hold stays
// the text that it is.
func scalar(n *yaml.Node) any {
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		var v bool
		if n.Decode(&v) == nil {
			return v
		}
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value)
		}
		var whole int64
		if n.Tag == "!!int" && n.Decode(&whole) == nil { // 0x1f, 1_000
			return json.Number(strconv.FormatInt(whole, 10))
		}
		var v float64
		if n.Decode(&v) == nil && !math.IsNaN(v) && !math.IsInf(v, 0) { // .5
			return json.Number(strconv.FormatFloat(v, 'g', -1, 64))
		}
	}
	return n.Value
}
