package core

import "strings"

// forwardedFor returns the `for` parameters of one line of Forwarded (RFC 7239
// section 4), the nearest proxy last. An element that cannot be read, or that names
// `for` twice, gives "", which ends the walk.
//
// A client may have sent the beginning of the line, and may have left a quote open
// in it. So the longest part of the line is read that is well-formed and begins
// behind a comma: what a proxy appended is.
func forwardedFor(line string) []string {
	for _, start := range lastElements(line) {
		if hops, ok := forwardedElements(line[start:]); ok {
			return hops
		}
	}
	return []string{""}
}

// forwardedElements reads forwarded-element *( "," forwarded-element ).
func forwardedElements(text string) (hops []string, ok bool) {
	var hop string
	named := false // `for` was there
	for {
		text = strings.TrimLeft(text, " \t")
		if text != "" && text[0] != ',' && text[0] != ';' {
			name, value, rest, ok := forwardedPair(text)
			if !ok {
				return nil, false
			}
			if strings.EqualFold(name, "for") {
				if hop = value; named {
					hop = "" // two readers could disagree
				}
				named = true
			}
			text = strings.TrimLeft(rest, " \t")
		}
		switch {
		case text == "":
			return append(hops, hop), true
		case text[0] == ';':
		case text[0] == ',':
			hops, hop, named = append(hops, hop), "", false
		default:
			return nil, false
		}
		text = text[1:]
	}
}

// forwardedPair reads token "=" ( token / quoted-string ).
func forwardedPair(text string) (name, value, rest string, ok bool) {
	name, rest = cutToken(text)
	if name == "" || rest == "" || rest[0] != '=' {
		return "", "", "", false
	}
	rest = rest[1:]
	if rest != "" && rest[0] == '"' {
		value, rest, ok = cutQuoted(rest)
		return name, value, rest, ok
	}
	value, rest = cutToken(rest)
	return name, value, rest, value != ""
}

// cutToken cuts a token (RFC 9110 section 5.6.2) off text. Colons and brackets
// belong to quoted strings alone, but addresses without quotes are common.
func cutToken(text string) (token, rest string) {
	i := strings.IndexFunc(text, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/;<=>?@\{}`, r)
	})
	if i < 0 {
		return text, ""
	}
	return text[:i], text[i:]
}

// cutQuoted cuts a quoted-string (RFC 9110 section 5.6.4) off text.
func cutQuoted(text string) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return b.String(), text[i+1:], true
		case c == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case c < ' ' && c != '\t' || c == 0x7f:
			return "", "", false
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false
}
