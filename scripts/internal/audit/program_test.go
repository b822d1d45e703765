package audit

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
)

// TestNothingIsLeft has runs that end early: the test is removed from the project.
func TestNothingIsLeft(t *testing.T) {
	const code = "package app\n\nimport \"github.com/gin-gonic/gin\"\n\nfunc New() *gin.Engine { return nil }\n"
	for _, tt := range []struct {
		name   string
		cancel bool
		want   string
	}{
		{"the program does not compile", false, "could not be audited"},
		{"interrupted", true, "context canceled"},
	} {
		dir := project(t, map[string]string{"app.go": code})
		o := options{project: dir}
		target, err := findCall(t.Context(), &o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		if tt.cancel {
			cancel()
		}
		_, err = target.run(ctx, &o)
		cancel()
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*_test.go")); err != nil || len(left) > 0 {
			t.Errorf("%s: got %q, %v left, want nothing", tt.name, left, err)
		}
	}
}

// TestSource has calls of several shapes.
func TestSource(t *testing.T) {
	pkg := &goPackage{Name: "main"}
	for _, tt := range []struct {
		t    target
		want []string // in the test
	}{
		{target{call: "New(auth)", results: 1}, []string{"router := New(auth)\n", "Routes(t, router, options...)"}},
		{target{call: "New(x.C{})", results: 2, fails: true, imports: map[string]string{"x": "example.com/x"}}, []string{"router, failed := New(x.C{})", "t.Fatal(failed)", "\tx \"example.com/x\"\n"}},
		{target{call: "New()", results: 2}, []string{"router, _ := New()"}},
		{target{call: "add(e)", echo: echo5, given: true}, []string{"e := authkeelEcho.New()", "RecordRoutes(t, e)", "\tadd(e)\n", "Routes(t, e, options...)", "authkeelEcho \"github.com/labstack/echo/v5\""}},
		{target{call: "add(e)", echo: echo4, given: true, results: 1, fails: true}, []string{"if failed := add(e); failed != nil {"}},
	} {
		tt.t.pkg = pkg
		text, err := tt.t.source("TestX", true)
		if err != nil {
			t.Error(err)
		}
		for _, want := range append(tt.want, "AllowHandlers()") {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: got no %q in\n%s", tt.t.call, want, text)
			}
		}
	}
	wrong := &target{pkg: pkg, call: "f(); g(", results: 1}
	if _, err := wrong.source("TestX", false); err == nil {
		t.Error("a call that does not fit: got no error")
	}
}
