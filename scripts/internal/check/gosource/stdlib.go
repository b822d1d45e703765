package gosource

import (
	"go/ast"
	"strings"
)

// known evaluates functions of the standard library that paths are made with.
func (s *search) known(f *frame, path string, call *ast.CallExpr, args []value) (value, bool) {
	texts := make([]text, len(args))
	for i := range args {
		texts[i] = asText(args[i], call.Args[i])
	}
	switch path {
	case "path.Join", "net/url.JoinPath":
		var parts []string
		var unknown []string
		for _, t := range texts {
			parts, unknown = append(parts, t.s), append(unknown, t.unknown...)
		}
		return text{joinClean(parts), unknown}, true
	case "fmt.Sprintf":
		return sprintf(texts), true
	case "strings.TrimSuffix", "strings.TrimPrefix", "strings.TrimRight", "strings.TrimLeft", "strings.Trim":
		if len(texts) != 2 {
			return nil, false
		}
		trim := map[string]func(a, b string) string{"TrimSuffix": strings.TrimSuffix, "TrimPrefix": strings.TrimPrefix, "TrimRight": strings.TrimRight, "TrimLeft": strings.TrimLeft, "Trim": strings.Trim}
		return text{trim[strings.TrimPrefix(path, "strings.")](texts[0].s, texts[1].s), texts[0].unknown}, true
	case "strings.ToLower", "strings.ToUpper", "strings.TrimSpace":
		if len(texts) != 1 {
			return nil, false
		}
		change := map[string]func(string) string{"ToLower": strings.ToLower, "ToUpper": strings.ToUpper, "TrimSpace": strings.TrimSpace}
		return text{change[strings.TrimPrefix(path, "strings.")](texts[0].s), texts[0].unknown}, true
	case "net/http.StripPrefix":
		if r, ok := args[1].(*router); ok && len(args) == 2 {
			stripped := *r
			stripped.stripped = texts[0].s
			return &stripped, true
		}
		return nil, true
	case "net/http.TimeoutHandler", "net/http.MaxBytesHandler":
		return args[0], true
	}
	return nil, false
}

// sprintf fills %s and %v of a format.
func sprintf(args []text) value {
	if len(args) == 0 {
		return nil
	}
	out, next := text{unknown: args[0].unknown}, 1
	for format := args[0].s; format != ""; {
		before, after, found := strings.Cut(format, "%")
		out.s += before
		if !found || after == "" {
			break
		}
		if after[0] == '%' {
			out.s += "%"
		} else if next < len(args) {
			out = out.plus(args[next])
			next++
		}
		format = after[1:]
	}
	return out
}
