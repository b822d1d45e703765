package main

import (
	"bytes"
	"context"
	"io/fs"
	"strings"
	"testing"
)

func TestUse(t *testing.T) {
	for _, row := range []struct {
		args     string
		code     int
		out, err string
	}{
		{"-h", 0, "usage: go run", ""},
		{"-kinds soap", 2, "", `there is no kind "soap"`},
		{"-frameworks gin,net", 2, "", `there is no framework "net"`},
		{"-kinds web -browser=false", 2, "", "web is tested in a browser"},
		{"more", 2, "", `unexpected argument "more"`},
	} {
		var out, stderr bytes.Buffer
		code := run(t.Context(), strings.Fields(row.args), &out, &stderr)
		if code != row.code || !strings.Contains(out.String(), row.out) || !strings.Contains(stderr.String(), row.err) {
			t.Errorf("%s: got %d, %q and %q, want %d, %q and %q", row.args, code, out.String(), stderr.String(), row.code, row.out, row.err)
		}
	}
}

func TestServeEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, stderr bytes.Buffer
	if code := run(ctx, []string{"-serve"}, &out, &stderr); code != 0 {
		t.Errorf("got %d: %s", code, stderr.String())
	}
	for _, name := range []string{"gin", "echo4", "echo5", "fiber2", "fiber3", "chi", "test hooks"} {
		if !strings.Contains(out.String(), name) {
			t.Errorf("got %q, want the address of %s", out.String(), name)
		}
	}
}

// TestReport checks that failures are counted: a report that cannot fail shows
// nothing.
func TestReport(t *testing.T) {
	for _, row := range []struct {
		text string
		err  error
		want int
		out  string
	}{
		{`[{"name":"a"},{"name":"b"}]`, nil, 0, "2 of 2 cases passed"},
		{`[{"name":"a","error":"got 1, want 2"},{"name":"b"}]`, nil, 1, "FAILED: a\n    got 1, want 2"},
		{`[]`, nil, 1, "no case ran"},
		{`nothing`, nil, 1, "FAILED"},
		{``, fs.ErrNotExist, 1, "FAILED"},
	} {
		var out bytes.Buffer
		s := suite{out: &out}
		if got := s.report("rest", "gin", "node", row.text, row.err); got != row.want || !strings.Contains(out.String(), row.out) {
			t.Errorf("%s: got %d and %q, want %d and %q", row.text, got, out.String(), row.want, row.out)
		}
	}
}

// TestFiles checks that every kind has a driver and a type test.
func TestFiles(t *testing.T) {
	for _, k := range kinds {
		for _, name := range []string{"js/" + k.name + ".mjs", "js/" + k.name + ".types.ts"} {
			if _, err := fs.Stat(js, name); err != nil {
				t.Error(err)
			}
		}
	}
}
