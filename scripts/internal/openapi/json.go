package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// parseJSON reads JSON with its numbers as they are written. A name that is
// twice in one object is an error: readers differ in which of the two counts
// (RFC 8259 section 4).
func parseJSON(text []byte) (any, error) {
	p := jsonReader{text: text, d: json.NewDecoder(bytes.NewReader(text))}
	p.d.UseNumber()
	tree, err := p.value(0)
	if err == nil {
		if _, more := p.d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is text after its end")
		}
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		line := 1 + bytes.Count(text[:min(p.d.InputOffset(), int64(len(text)))], []byte("\n"))
		return nil, fmt.Errorf("it is not valid JSON: line %d: %w", line, err)
	}
	return tree, nil
}

type jsonReader struct {
	text []byte
	d    *json.Decoder
}

func (p *jsonReader) value(depth int) (any, error) {
	token, err := p.d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if depth == maxDepth {
		return nil, errTooDeep
	}
	if delim == '[' {
		list := []any{}
		for p.d.More() {
			v, err := p.value(depth + 1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = p.d.Token()
		return list, err
	}
	object := map[string]any{}
	for p.d.More() {
		token, err := p.d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string) // the decoder takes nothing else here
		if _, twice := object[name]; twice {
			return nil, fmt.Errorf("%.100q is twice in one object", name)
		}
		if object[name], err = p.value(depth + 1); err != nil {
			return nil, err
		}
	}
	_, err = p.d.Token()
	return object, err
}

var errTooDeep = fmt.Errorf("its objects and lists are nested deeper than %d", maxDepth)
