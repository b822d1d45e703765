package routetable

import (
	"cmp"
	"regexp"
	regexpsyntax "regexp/syntax"
	"strconv"
	"strings"
	"time"
)

// syntax turns the path of a route into a path that a request can have. value
// returns what stands for a parameter, whose constraint may be "".
type syntax func(path string, value func(constraint string) string) string

// Paths returns paths that requests for the route can have, the likeliest first.
func (t *Table) Paths(r *Route) []string {
	var paths []string
	for _, common := range []string{"1", "abc", "123e4567-e89b-42d3-a456-426614174000", "true", "1.5", "2024-01-02", "authkeel-audit"} {
		p := t.syntax(r.Path, func(constraint string) string {
			if v := example(constraint); v != "" {
				return v
			}
			return common
		})
		if len(paths) == 0 || paths[len(paths)-1] != p {
			paths = append(paths, p)
		}
	}
	return paths
}

// ends returns where the first of the characters is in s, or its length.
func ends(s, characters string) int {
	if i := strings.IndexAny(s, characters); i >= 0 {
		return i
	}
	return len(s)
}

// colonSyntax is Gin's and Echo's: ":name" ends at a slash, "*name" is the rest, and
// "\\:" is a colon.
func colonSyntax(path string, value func(string) string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\' && i+1 < len(path):
			i++
			b.WriteByte(path[i])
		case c == ':':
			i += ends(path[i:], "/") - 1
			b.WriteString(value(""))
		case c == '*':
			b.WriteString(value(""))
			return b.String()
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// fiberSyntax is Fiber's: a parameter ends at "/", "-" or ".", may have constraints
// in angle brackets and be optional; "*" and "+" stand for anything.
func fiberSyntax(path string, value func(string) string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		switch c := path[i]; c {
		case '\\':
			if i+1 < len(path) {
				i++
				b.WriteByte(path[i])
			}
		case '*', '+':
			b.WriteString(value(""))
		case ':':
			i++
			i += ends(path[i:], "/-.:?<*+\\")
			constraint := ""
			if i < len(path) && path[i] == '<' {
				end := strings.LastIndexByte(path[i:i+ends(path[i:], "/")], '>')
				if end < 0 { // unfinished: Fiber takes it for text, and no path will do
					end = len(path) - i
				}
				constraint = path[i+1 : i+end]
				i = min(i+end+1, len(path))
			}
			if i < len(path) && path[i] == '?' {
				i++
			}
			i--
			b.WriteString(value(constraint))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// braceSyntax is chi's and net/http's: "{name}", "{name:expression}", "{name...}",
// "{$}" and "*" at the end.
func braceSyntax(path string, value func(string) string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		switch path[i] {
		case '{':
			depth, end := 0, i
			for ; end < len(path); end++ {
				if path[end] == '{' {
					depth++
				} else if path[end] == '}' {
					if depth--; depth == 0 {
						break
					}
				}
			}
			name, expression, has := strings.Cut(path[i+1:min(end, len(path))], ":")
			i = end
			switch {
			case has:
				b.WriteString(value("regex(" + expression + ")"))
			case name != "$":
				b.WriteString(value(""))
			}
		case '*':
			b.WriteString(value(""))
		default:
			b.WriteByte(path[i])
		}
	}
	return b.String()
}

// example returns a value that a constraint admits, or "" for those it does not
// know. Fiber's constraints are separated by semicolons.
func example(constraint string) string {
	if i := strings.Index(constraint, "regex("); i >= 0 {
		return matching(strings.TrimSuffix(constraint[i+len("regex("):], ")"))
	}
	value, length := "", 0
	for part := range strings.SplitSeq(constraint, ";") {
		name, rest, _ := strings.Cut(part, "(")
		arguments := strings.TrimSuffix(rest, ")")
		first, _, _ := strings.Cut(arguments, ",")
		n, _ := strconv.Atoi(strings.TrimSpace(first)) // 0 where it is no number
		switch name {
		case "bool":
			value = "true"
		case "float":
			value = "1.5"
		case "guid":
			value = "123e4567-e89b-42d3-a456-426614174000"
		case "datetime":
			value = time.Date(2024, 1, 2, 15, 4, 5, 0, time.UTC).Format(arguments)
		case "alpha":
			value = "a"
		case "int":
			value = cmp.Or(value, "1")
		case "min", "max", "range":
			value = strconv.Itoa(n)
		case "minLen", "len", "betweenLen":
			value, length = cmp.Or(value, "1"), n
		case "maxLen":
			value = cmp.Or(value, "1")
		}
	}
	if len(value) == 1 {
		value = strings.Repeat(value, min(max(length, 1), 64))
	}
	return value
}

// matching returns a short text that the whole expression matches, or "".
func matching(expression string) string {
	parsed, err := regexpsyntax.Parse(expression, regexpsyntax.Perl)
	if err != nil {
		return ""
	}
	var b strings.Builder
	shortest(&b, parsed.Simplify())
	if full, err := regexp.Compile("^(?:" + expression + ")$"); err != nil || !full.MatchString(b.String()) {
		return ""
	}
	return b.String()
}

func shortest(b *strings.Builder, e *regexpsyntax.Regexp) {
	switch e.Op {
	case regexpsyntax.OpLiteral:
		b.WriteString(string(e.Rune))
	case regexpsyntax.OpCharClass:
		b.WriteRune(plain(e.Rune))
	case regexpsyntax.OpAnyChar, regexpsyntax.OpAnyCharNotNL:
		b.WriteByte('a')
	case regexpsyntax.OpCapture, regexpsyntax.OpPlus:
		shortest(b, e.Sub[0])
	case regexpsyntax.OpConcat:
		for _, sub := range e.Sub {
			shortest(b, sub)
		}
	case regexpsyntax.OpAlternate:
		shortest(b, e.Sub[0])
	case regexpsyntax.OpStar: // one is likelier to route than none
		if sub := e.Sub[0]; sub.Op != regexpsyntax.OpStar {
			shortest(b, sub)
		}
	case regexpsyntax.OpRepeat:
		for range min(max(e.Min, 1), 64) {
			shortest(b, e.Sub[0])
		}
	}
}

// plain returns a letter or digit of a class if it has one, else its first
// character.
func plain(ranges []rune) rune {
	for _, wanted := range "a1A-_" {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= wanted && wanted <= ranges[i+1] {
				return wanted
			}
		}
	}
	for i := 0; i+1 < len(ranges); i += 2 {
		if ranges[i] > ' ' && ranges[i] < 0x7f {
			return ranges[i]
		}
	}
	if len(ranges) == 0 {
		return 'a'
	}
	return ranges[0]
}
