package client

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// operation is one of the document, wherever its parts are.
type operation struct {
	method, path, access string // the method in capitals
	node, item           map[string]any
	file, itemFile       string // that node and item are in
}

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// all lists the operations, by path and method.
func (s *spec) all() []operation {
	var list []operation
	paths := s.follow(s.main, s.Doc["paths"])
	for path, value := range paths.object {
		if !strings.HasPrefix(path, "/") {
			continue // an extension
		}
		item := s.follow(paths.file, value)
		for _, method := range methods {
			if op := s.follow(item.file, item.object[method]); op.object != nil {
				list = append(list, operation{strings.ToUpper(method), path, s.access(op.object), op.object, item.object, op.file, item.file})
			}
		}
	}
	slices.SortFunc(list, func(a, b operation) int { return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method)) })
	return list
}

// operations lists what takes no token or may do without, and what could be
// taken for that: `GET /notes/mine`, when `GET /notes/{id}` is public.
func (s *spec) operations() []operation {
	list := s.all()
	// A path without variables goes first, as routers and OpenAPI have it.
	slices.SortStableFunc(list, func(a, b operation) int {
		return cmp.Or(cmp.Compare(strings.Count(a.path, "{"), strings.Count(b.path, "{")),
			-cmp.Compare(len(a.path), len(b.path)), cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method))
	})
	open := openPaths(list)
	return slices.DeleteFunc(list, func(op operation) bool { return op.access == "required" && !open.mistakable(op) })
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

// pattern is the path of an operation that does not require a token, segment by
// segment.
type pattern struct {
	path     string
	segments []segment
}

// segment matches one part of a path: a literal, anything, or, where a variable
// is only a part of it, a regular expression.
type segment struct {
	literal string
	any     bool
	partial *regexp.Regexp
}

// patterns by method and number of segments: there are few to try for each path.
type patterns map[string]map[int][]pattern

var variable = regexp.MustCompile(`\{[^{}]*\}`)

func openPaths(list []operation) patterns {
	found := patterns{}
	for _, op := range list {
		if op.access == "required" {
			continue
		}
		p := pattern{path: op.path}
		for part := range strings.SplitSeq(op.path, "/") {
			p.segments = append(p.segments, segmentOf(part))
		}
		if found[op.method] == nil {
			found[op.method] = map[int][]pattern{}
		}
		found[op.method][len(p.segments)] = append(found[op.method][len(p.segments)], p)
	}
	return found
}

func segmentOf(part string) segment {
	found := variable.FindString(part)
	switch {
	case found == "":
		return segment{literal: part}
	case found == part:
		return segment{any: true}
	}
	literals := variable.Split(part, -1)
	for i, literal := range literals {
		literals[i] = regexp.QuoteMeta(literal)
	}
	return segment{partial: regexp.MustCompile("^" + strings.Join(literals, ".+") + "$")}
}

// mistakable says whether the path of an operation fits that of an open one.
func (open patterns) mistakable(op operation) bool {
	parts := strings.Split(op.path, "/")
	return slices.ContainsFunc(open[op.method][len(parts)], func(p pattern) bool {
		if p.path == op.path {
			return false
		}
		for i, s := range p.segments {
			switch part := parts[i]; {
			case s.partial != nil && !s.partial.MatchString(part), s.any && part == "", s.partial == nil && !s.any && s.literal != part:
				return false
			}
		}
		return true
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
