package check

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/check/routes"
)

func TestRoutesOfTheAudit(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	find := func(o options) (routes.List, error) {
		o.project = dir
		return o.find(func(string, ...any) {})
	}
	write("main.go", "package main\nfunc main() {}\n")
	write("internal/api/auth.routes", `
GET     /ping  public
GET     /feed  optional
GET     /users/:id  token
DELETE  /users/:id<guid>  token, role "admin"
GET     /{year:[0-9]{4}}/x  token
GET     api.example.com/host  token
ANY     /any/*  token
USE     /metrics  public
404     /*  public
GET     /blocked  refused 403 before the handler
`)
	got, err := find(options{})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range got.Routes {
		access := map[routes.Access]string{routes.Protected: "protected", routes.Public: "public"}[r.Access]
		lines = append(lines, r.String()+" "+access)
		if !strings.Contains(r.From, "auth.routes:") {
			t.Errorf("%s: got from %q, want the line", r, r.From)
		}
	}
	want := []string{
		"GET /ping public", "GET /feed public", "GET /users/1 protected", "DELETE /users/00000000-0000-4000-8000-000000000001 protected",
		"GET /1234/x protected", "GET /host (host api.example.com) protected",
		"GET /any/1 protected", "POST /any/1 protected", "PUT /any/1 protected", "PATCH /any/1 protected", "DELETE /any/1 protected", "GET /metrics public",
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	if len(got.Missed) != 2 || !strings.HasSuffix(got.Missed[0].From, "auth.routes:10") || !strings.Contains(got.Missed[1].Why, "refused 403") {
		t.Errorf("got missed %v, want two lines", got.Missed)
	}
	if named, err := find(options{routes: []routes.Route{{Method: "GET", Path: "/only", Access: routes.Protected}}}); err != nil || len(named.Routes) != 1 {
		t.Errorf("with --route: got %v, %v, want it alone", named.Routes, err)
	}
	write("auth.routes", "GET /root token\n") // which is nearer
	if got, err := find(options{}); err != nil || len(got.Routes) != 1 || got.Routes[0].Path != "/root" {
		t.Errorf("two files: got %v, %v, want that of the project", got.Routes, err)
	}
	if got, err := find(options{pkg: "./internal/api"}); err != nil || len(got.Routes) != len(want) {
		t.Errorf("with --package: got %v, %v, want its file", got.Routes, err)
	}
	write("auth.routes", "GET\n")
	if _, err := find(options{}); err == nil || !strings.Contains(err.Error(), `auth.routes:1: "GET" is not a method`) {
		t.Errorf("an unreadable file: got %v, want its line", err)
	}
}
