package client

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/openapi"
)

// operation is one of the document and what it says of the token.
type operation struct {
	openapi.Operation
	access string
}

// methods are those that clients have. OpenAPI 3.2 has more, which the generator of
// types does not know.
var methods = []string{"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"}

// all lists the operations, by path and method.
func (s *spec) all() []operation {
	var list []operation
	found, _ := s.Operations()
	for _, op := range found {
		if slices.Contains(methods, op.Method) {
			list = append(list, operation{op, s.access(op)})
		}
	}
	slices.SortFunc(list, func(a, b operation) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method)) })
	return list
}

// noteMissing names what the document describes and the client goes without.
func (s *spec) noteMissing() {
	found, missed := s.Operations()
	for _, m := range missed {
		s.notes = append(s.notes, fmt.Sprintf("The client goes without %s: %v.", m.What, m.Why))
	}
	for _, op := range found {
		if !slices.Contains(methods, op.Method) {
			s.notes = append(s.notes, fmt.Sprintf("The client goes without %s %s: there are no types for this method.", op.Method, op.Path))
		}
	}
}

// operations lists what takes no token or may do without, and what could be
// taken for that: `GET /notes/mine`, when `GET /notes/{id}` is public.
func (s *spec) operations() []operation {
	list := s.all()
	// A path without variables goes first, as routers and OpenAPI have it.
	slices.SortStableFunc(list, func(a, b operation) int {
		return cmp.Or(cmp.Compare(strings.Count(a.Path, "{"), strings.Count(b.Path, "{")),
			-cmp.Compare(len(a.Path), len(b.Path)), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	open := openPaths(list)
	return slices.DeleteFunc(list, func(op operation) bool { return op.access == "required" && !open.mistakable(op) })
}

// access is what security says: nothing at all means that a token is sent,
// because few documents say it, and an own API is who reads it.
func (s *spec) access(op openapi.Operation) string {
	alternatives, declared := s.Security(op)
	switch {
	case !declared || !openapi.TakesAnybody(alternatives):
		return "required"
	case len(alternatives) == 0:
		return "none"
	}
	return "optional"
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
		p := pattern{path: op.Path}
		for part := range strings.SplitSeq(op.Path, "/") {
			p.segments = append(p.segments, segmentOf(part))
		}
		if found[op.Method] == nil {
			found[op.Method] = map[int][]pattern{}
		}
		found[op.Method][len(p.segments)] = append(found[op.Method][len(p.segments)], p)
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
	parts := strings.Split(op.Path, "/")
	return slices.ContainsFunc(open[op.Method][len(parts)], func(p pattern) bool {
		if p.path == op.Path {
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
		fmt.Fprintf(&b, "  ['%s', %s, '%s'],\n", op.Method, quoteTS(op.Path), op.access)
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
