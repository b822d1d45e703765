package safelog

import (
	"fmt"
	"strings"
	"unicode"
)

// maxPrinted is how much of a stranger's text one attribute shows, in bytes.
const maxPrinted = 128

// Text makes text of a token fit for a log: control characters are escaped,
// long text is cut off, and what looks like a token is left out.
func Text(text string) string {
	if looksLikeToken(text) {
		return "(a token, not shown)"
	}
	var b strings.Builder
	for _, r := range text {
		if b.Len() >= maxPrinted {
			b.WriteString("…")
			break
		}
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return b.String()
}

// IsPlain reports whether Text returns the text as it is, for callers that can then
// do without a copy. It is quick, and false for text beyond ASCII.
func IsPlain(text string) bool {
	if len(text) > maxPrinted || looksLikeToken(text) {
		return false
	}
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// looksLikeToken reports whether text holds a JWS or JWE in compact form.
func looksLikeToken(text string) bool {
	i := strings.Index(text, "eyJ")
	return i >= 0 && strings.Count(text[i:], ".") >= 2
}
