package routetable

import (
	"regexp"
	"strings"
	"testing"
)

func TestPaths(t *testing.T) {
	for _, tt := range []struct {
		name         string
		syntax       syntax
		path, wanted string // of the first
	}{
		{"plain", colonSyntax, "/a/b", "/a/b"},
		{"colon", colonSyntax, "/users/:id/posts/:post", "/users/1/posts/1"},
		{"rest", colonSyntax, "/files/*filepath", "/files/1"},
		{"star alone", colonSyntax, "/*", "/1"},
		{"colon in text", colonSyntax, `/v1/users\:verify`, "/v1/users:verify"},
		{"slash at the end", colonSyntax, "/users/:id/", "/users/1/"},
		{"fiber", fiberSyntax, "/users/:id", "/users/1"},
		{"fiber optional", fiberSyntax, "/users/:id?", "/users/1"},
		{"fiber two in a segment", fiberSyntax, "/from-:a.:b", "/from-1.1"},
		{"fiber constraint", fiberSyntax, "/o/:id<int>", "/o/1"},
		{"fiber constraints", fiberSyntax, "/o/:id<int;min(5)>/x", "/o/5/x"},
		{"fiber length", fiberSyntax, "/o/:id<alpha;minLen(3)>", "/o/aaa"},
		{"fiber date", fiberSyntax, "/o/:id<datetime(2006-01-02)>?", "/o/2024-01-02"},
		{"fiber expression", fiberSyntax, `/o/:id<regex([a-z]{2}-[0-9]+)>`, "/o/aa-1"},
		{"fiber star", fiberSyntax, "/a/*/b/*", "/a/1/b/1"},
		{"fiber plus", fiberSyntax, "/a/+", "/a/1"},
		{"fiber colon in text", fiberSyntax, `/v1/users\:verify`, "/v1/users:verify"},
		{"fiber unfinished constraint", fiberSyntax, "/o/:id<int", "/o/1"},
		{"brace", braceSyntax, "/users/{id}", "/users/1"},
		{"expression", braceSyntax, "/{slug:[a-z-]+}", "/a"},
		{"expression with braces", braceSyntax, "/{year:[0-9]{4}}/{month:\\d\\d}", "/1111/11"},
		{"alternatives", braceSyntax, "/{kind:cats|dogs}/x", "/cats/x"},
		{"rest of net/http", braceSyntax, "/files/{path...}", "/files/1"},
		{"end of net/http", braceSyntax, "/files/{$}", "/files/"},
		{"star of chi", braceSyntax, "/files/*", "/files/1"},
		{"unfinished brace", braceSyntax, "/files/{id", "/files/1"},
		{"bad expression", braceSyntax, "/{id:[}", "/1"},
	} {
		table := &Table{syntax: tt.syntax}
		if got := table.Paths(&Route{Path: tt.path})[0]; got != tt.wanted {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.wanted)
		}
	}
}

func TestMatching(t *testing.T) {
	for _, e := range []string{"[a-z-]+", "[0-9]{3,5}", "(?i)abc", `\w+\.\w+`, "[^/]+", "a*b?c", "x|y", `\d{4}-\d{2}`, ".*", "[[:upper:]]"} {
		if got := matching(e); got == "" || !regexp.MustCompile("^(?:"+e+")$").MatchString(got) {
			t.Errorf("%s: got %q, which it does not match", e, got)
		}
	}
	for _, e := range []string{"[", "(?<", `x\by`} {
		if got := matching(e); got != "" {
			t.Errorf("%s: got %q, want nothing", e, got)
		}
	}
}

func FuzzPaths(f *testing.F) {
	for _, path := range []string{"/a/:b", "/{a:[0-9]{2}}", "/:id<int;min(5)>?", "/*", "\\", "/{", "/:id<", "/:x<regex((((>"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		for _, s := range []syntax{colonSyntax, fiberSyntax, braceSyntax} {
			table := &Table{syntax: s}
			for _, p := range table.Paths(&Route{Path: path}) {
				if len(p) > 70*len(path)+70 || strings.HasPrefix(path, "/") && !strings.HasPrefix(p, "/") {
					t.Errorf("%q became %q", path, p)
				}
			}
		}
	})
}
