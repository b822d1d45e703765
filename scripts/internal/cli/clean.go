package cli

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean returns text without the characters that steer a terminal: control
// characters (C0, DEL, C1), and the characters that change the direction of text or
// have no width. Line feeds and tabs stay. Text from outside, such as an OpenAPI
// document, the answers of a server and its log, must not reach a terminal without it.
func Clean(text string) string {
	return strings.Map(func(c rune) rune {
		if c != '\n' && c != '\t' && (unicode.IsControl(c) || unicode.Is(unicode.Cf, c)) {
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, string(utf8.RuneError)))
}

// cleaner applies Clean to everything that is written.
type cleaner struct{ w io.Writer }

// NewCleaner returns a writer that applies [Clean] before it writes to w. A single
// call of Write must not end within a character.
func NewCleaner(w io.Writer) io.Writer { return cleaner{w} }

func (c cleaner) Write(p []byte) (int, error) {
	if _, err := io.WriteString(c.w, Clean(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
