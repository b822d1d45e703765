package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// decodeDocument reads JSON as JSON and everything else as YAML. JSON has
// escapes, characters and long names that a YAML reader does not take (RFC 8259
// sections 7 and 8), so the first character decides.
func decodeDocument(text []byte) (map[string]any, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	trimmed := bytes.TrimLeft(text, " \t\r\n")
	if len(trimmed) == 0 {
		return nil, errors.New("it is empty")
	}
	if trimmed[0] == '{' {
		doc, err := decodeJSON(text)
		if err == nil {
			return doc, nil
		}
		// YAML in braces begins with the same character.
		if fromYAML, failed := decodeYAML(text); failed == nil {
			return fromYAML, nil
		}
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	doc, err := decodeYAML(text)
	if err != nil {
		return nil, fmt.Errorf("it is neither YAML nor JSON: %w", err)
	}
	return doc, nil
}

func decodeYAML(text []byte) (map[string]any, error) {
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	plain, _ := asJSON(doc).(map[string]any)
	return plain, nil
}

// asJSON makes of what YAML has what JSON has: names are strings, and there are
// no dates and no infinite numbers.
func asJSON(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = asJSON(member)
		}
		return v
	case map[any]any:
		members := make(map[string]any, len(v))
		for name, member := range v {
			members[fmt.Sprint(name)] = asJSON(member)
		}
		return members
	case []any:
		for i, item := range v {
			v[i] = asJSON(item)
		}
		return v
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format(time.DateOnly)
		}
		return v.Format(time.RFC3339Nano)
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return fmt.Sprint(v)
		}
	}
	return value
}

// decodeJSON refuses a name that an object has twice: what comes after would
// hide what a reader of the document saw.
func decodeJSON(text []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := decodeValue(decoder, 0)
	if err != nil {
		return nil, atLine(text, decoder.InputOffset(), err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, atLine(text, decoder.InputOffset(), errors.New("there is more after its end"))
	}
	doc, _ := value.(map[string]any)
	return doc, nil
}

// maxDepth bounds the recursion over a document.
const maxDepth = 1000

func decodeValue(decoder *json.Decoder, depth int) (any, error) {
	token, err := decoder.Token()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, errors.New("it is nested too deeply")
	}
	switch token {
	case json.Delim('{'):
		members := map[string]any{}
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			key, _ := name.(string)
			if _, twice := members[key]; twice {
				return nil, fmt.Errorf("the name %q is there twice in one object", key)
			}
			if members[key], err = decodeValue(decoder, depth+1); err != nil {
				return nil, err
			}
		}
		_, err = decoder.Token()
		return members, err
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			item, err := decodeValue(decoder, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		_, err = decoder.Token()
		return list, err
	}
	return token, nil
}

func atLine(text []byte, offset int64, err error) error {
	return fmt.Errorf("line %d: %w", bytes.Count(text[:min(offset, int64(len(text)))], []byte("\n"))+1, err)
}

// isJSONText says whether a document is JSON rather than YAML.
func isJSONText(text []byte) bool {
	return json.Valid(bytes.TrimPrefix(text, []byte("\ufeff")))
}

// escapeControls writes the characters of JSON strings that YAML readers refuse
// as escapes. Outside of strings JSON has none of them.
func escapeControls(text []byte) []byte {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	var b bytes.Buffer
	for _, r := range string(text) {
		if r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0xfeff || r == 0xfffe || r == 0xffff || r == 0x2028 || r == 0x2029 {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.Bytes()
}

// visible shows control characters, and those that change the direction of
// text, as escapes: a document's words are printed on a terminal.
func visible(text string) string {
	isHidden := func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 ||
			r >= 0x200e && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff
	}
	if !strings.ContainsFunc(text, isHidden) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if isHidden(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// visibleWriter passes on what visible leaves of each text.
type visibleWriter struct{ io.Writer }

func (w visibleWriter) Write(text []byte) (int, error) {
	_, err := io.WriteString(w.Writer, visible(string(text)))
	return len(text), err
}
