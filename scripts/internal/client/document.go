package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

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
