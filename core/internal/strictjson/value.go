package strictjson

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Kind says what a value is.
type Kind byte

// The kinds of JSON values.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// Value is the text of one value inside a document that was accepted. The zero
// Value is no value: its Kind is Null and all its readers answer false.
type Value string

// Kind says what v is.
func (v Value) Kind() Kind {
	if v == "" {
		return Null
	}
	switch v[0] {
	case '"':
		return String
	case '{':
		return Object
	case '[':
		return Array
	case 't', 'f':
		return Bool
	case 'n':
		return Null
	}
	return Number
}

// Text returns the string that v is, escapes resolved. It reports false for any
// other kind of value, and for a string with half a surrogate pair.
func (v Value) Text() (string, bool) {
	if v.Kind() != String {
		return "", false
	}
	return unquote(string(v))
}

// Members returns the members of the object that v is, appended to buf.
func (v Value) Members(buf []Member) ([]Member, bool) {
	if v.Kind() != Object {
		return nil, false
	}
	p := parser{doc: string(v)}
	members, err := p.object(1, true, buf)
	return members, err == nil
}

// Elements returns the elements of the array that v is, appended to buf.
func (v Value) Elements(buf []Value) ([]Value, bool) {
	if v.Kind() != Array {
		return nil, false
	}
	p := parser{doc: string(v)}
	elements, err := p.array(1, true, buf)
	return elements, err == nil
}

// unquote returns the string between the quotes of s, which was accepted. It
// reports false where it holds half a surrogate pair.
func unquote(s string) (string, bool) {
	s = s[1 : len(s)-1]
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s, true
	}
	whole := true
	var b strings.Builder
	b.Grow(len(s))
	for ; i >= 0; i = strings.IndexByte(s, '\\') {
		b.WriteString(s[:i])
		if s[i+1] != 'u' {
			b.WriteByte(unescape(s[i+1]))
			s = s[i+2:]
			continue
		}
		r, _ := hex4(s[i+2:])
		s = s[i+6:]
		if isSurrogate(r) {
			low := rune(0)
			if strings.HasPrefix(s, `\u`) {
				low, _ = hex4(s[2:])
			}
			if isPair(r, low) {
				r, s = utf16.DecodeRune(r, low), s[6:]
			} else {
				r, whole = utf8.RuneError, false
			}
		}
		b.WriteRune(r)
	}
	b.WriteString(s)
	return b.String(), whole
}

func unescape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// hex4 reads four hexadecimal digits at the start of s.
func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s[:4]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

func isSurrogate(r rune) bool { return 0xD800 <= r && r <= 0xDFFF }

func isPair(high, low rune) bool { return utf16.DecodeRune(high, low) != utf8.RuneError }
