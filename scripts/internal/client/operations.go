package client

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// operation is a row of src/operations.ts.
type operation struct{ method, path, access string }

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// operations lists what takes no token or may do without, and what could be
// taken for that: `GET /notes/mine`, when `GET /notes/{id}` is public. It also
// lists the paths that are in other files, of which it knows nothing.
func (s *spec) operations() (list []operation, unread []string) {
	var all []operation
	paths, _ := s.Doc["paths"].(map[string]any)
	for path, item := range paths {
		members, _ := item.(map[string]any)
		if ref, ok := members["$ref"].(string); ok {
			if members = s.resolve(ref); members == nil {
				unread = append(unread, path)
			}
		}
		for _, method := range methods {
			if op, ok := members[method].(map[string]any); ok {
				all = append(all, operation{strings.ToUpper(method), path, s.access(op)})
			}
		}
	}
	// A path without variables goes first, as routers and OpenAPI have it.
	slices.SortFunc(all, func(a, b operation) int {
		return cmp.Or(cmp.Compare(strings.Count(a.path, "{"), strings.Count(b.path, "{")),
			-cmp.Compare(len(a.path), len(b.path)), cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method))
	})
	slices.Sort(unread)
	return slices.DeleteFunc(slices.Clone(all), func(op operation) bool { return op.access == "required" && !op.mistakable(all) }), unread
}

// resolve follows a reference within the document (RFC 6901).
func (s *spec) resolve(ref string) map[string]any {
	pointer, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	here := s.Doc
	for name := range strings.SplitSeq(pointer, "/") {
		name = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
		here, _ = here[name].(map[string]any)
	}
	return here
}

// access is what security says: nothing at all means that a token is sent,
// because few documents say it, and an own API is who reads it.
func (s *spec) access(op map[string]any) string {
	security, ok := op["security"].([]any)
	if !ok {
		security, ok = s.Doc["security"].([]any)
	}
	if !ok {
		return "required"
	}
	if len(security) == 0 {
		return "none"
	}
	for _, alternative := range security {
		if schemes, ok := alternative.(map[string]any); ok && len(schemes) == 0 {
			return "optional"
		}
	}
	return "required"
}

var variable = regexp.MustCompile(`\\\{[^{}]*\\\}`)

func (op operation) mistakable(all []operation) bool {
	return slices.ContainsFunc(all, func(other operation) bool {
		if other.access == "required" || other.method != op.method || other.path == op.path {
			return false
		}
		pattern := variable.ReplaceAllLiteralString(regexp.QuoteMeta(other.path), `[^/]+`)
		return regexp.MustCompile(`^` + pattern + `$`).MatchString(op.path)
	})
}

func operationsTS(list []operation) string {
	var b strings.Builder
	b.WriteString("import type { Operation } from './access.js';\n\n" +
		"/** The operations that take no token, or take one only when somebody is signed in, as the API's document has them. */\n" +
		"export const operations: readonly Operation[] = [\n")
	for _, op := range list {
		fmt.Fprintf(&b, "  ['%s', %s, '%s'],\n", op.method, quoteTS(op.path), op.access)
	}
	b.WriteString("];\n")
	return b.String()
}

// quoteTS is a string literal that no text can leave.
func quoteTS(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range s {
		switch {
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x2028 || r == 0x2029:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('\'')
	return b.String()
}
