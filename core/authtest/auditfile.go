package authtest

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const auditHeader = `# What each route asks for. The test that calls authtest.Audit compares this file with the program.
# A route that is "public" answers everybody: review every change. AUTHKEEL_UPDATE=1 go test ./... writes the file anew.
`

var updateFlag = flag.Bool("auth.update", false, "write auth.routes anew instead of comparing with it (see authtest.Audit)")

// updating reports whether the file is to be written: by the environment, by our
// flag, or by a flag -update that the application's tests define, as many do.
func updating() bool {
	if *updateFlag || os.Getenv("AUTHKEEL_UPDATE") == "1" {
		return true
	}
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

// Audit fails the test when a route of the program is not protected as the file
// auth.routes says, which lies beside the test and is committed:
//
//	func TestRoutes(t *testing.T) {
//		authtest.Audit(t, newRouter(authtest.NewAuthenticator(t, authtest.NewIssuer(t))))
//	}
//
// The file has one line for each route, with its method, path and what it asks
// for; [Route] lists the words. A route that is new, gone, public or has lost a
// role fails the test, with the line to change. AUTHKEEL_UPDATE=1 go test, or
// -auth.update, writes the file; a person reads it. Comments that begin with #
// stay with the route below them.
//
// The router is a *gin.Engine, a *fiber.App (v2 or v3), a *chi.Mux, an *echo.Echo
// (v4 or v5, with [RecordRoutes]), or an http.Handler with [AuditPatterns]. Audit
// reads its own table, so groups, mounted routers, wildcards and files are there as
// the framework has them. HEAD has no line where GET asks for the same, and ANY
// stands for all the methods that ask for the same. Each route is asked without a
// token, with a malformed one, and with the rights that its middleware wants.
//
// No handler runs: Audit replaces them, so make a router for it alone. Other
// middleware does run. authkeel's middleware must be mounted as middleware;
// wrapped around a handler by hand it is not seen, and reported where it can be.
// Fiber's middleware that is mounted with Use is no route, unless nothing is below
// its path. No server is started and nothing is sent.
func Audit(t testing.TB, router any, opts ...AuditOption) {
	t.Helper()
	o := newAuditOptions(opts)
	routes := fold(findRoutes(t, router, o))
	for _, r := range routes {
		if r.Problem != "" {
			t.Errorf("%s %s: %s", r.Method, r.Path, r.Problem)
		}
	}
	if len(routes) == 0 {
		t.Fatal("authtest.Audit: the router has no routes: add them before the audit")
	}
	text, err := os.ReadFile(o.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("authtest.Audit: %v", err)
	}
	missing := err != nil
	committed, err := parseRoutes(string(text))
	if err != nil {
		t.Fatalf("authtest.Audit: %s:%v", o.file, err)
	}
	switch {
	case updating():
		if t.Failed() {
			t.Fatalf("%s was not written, because of the errors above", o.file)
		}
		writeRoutes(t, o.file, routes, committed)
	case missing:
		t.Fatalf("authtest.Audit: %s does not exist. Write it with AUTHKEEL_UPDATE=1 go test, read it, and commit it. It will be:\n%s", o.file, formatRoutes(routes, nil))
	default:
		for _, difference := range compareRoutes(o.file, committed, routes) {
			t.Error(difference)
		}
	}
}

// committedRoute is a line of auth.routes.
type committedRoute struct {
	Route
	line     int
	comments []string // above it
}

// parseRoutes reads auth.routes. Its error begins with the number of the line.
func parseRoutes(text string) ([]committedRoute, error) {
	var routes []committedRoute
	var comments []string
	seen := make(map[string]int)
	text = strings.TrimPrefix(strings.ReplaceAll(text, "\r\n", "\n"), "\ufeff")
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if strings.Contains(auditHeader, line+"\n") { // which is written again
			continue
		}
		if strings.HasPrefix(line, "#") {
			comments = append(comments, line)
			continue
		}
		r, err := parseRoute(line)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", i+1, err)
		}
		if first, again := seen[r.key()]; again {
			return nil, fmt.Errorf("%d: %s %s is on line %d already", i+1, r.Method, r.Path, first)
		}
		seen[r.key()] = i + 1
		routes = append(routes, committedRoute{r, i + 1, comments})
		comments = nil
	}
	return routes, nil
}

// parseRoute reads a line: method, path, and what the route asks for.
func parseRoute(line string) (Route, error) {
	method, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	path, access := rest, ""
	if strings.HasPrefix(rest, `"`) {
		quoted, err := strconv.QuotedPrefix(rest)
		if err == nil {
			access = rest[len(quoted):]
			path, err = strconv.Unquote(quoted)
		}
		if err != nil {
			return Route{}, fmt.Errorf("the path in %q is not quoted well", line)
		}
	} else if i := strings.IndexAny(rest, " \t"); i >= 0 {
		path, access = rest[:i], rest[i:]
	}
	access = strings.TrimSpace(access)
	if path == "" || access == "" {
		return Route{}, fmt.Errorf("%q is not a method, a path and what the route asks for, such as: GET /me  token", line)
	}
	return Route{Method: method, Path: path, Access: access}, nil
}

// formatRoutes writes auth.routes, with the comments that belong to routes.
func formatRoutes(routes []Route, committed []committedRoute) string {
	comments := make(map[string][]string)
	for _, c := range committed {
		comments[c.key()] = c.comments
	}
	var b strings.Builder
	b.WriteString(auditHeader)
	for _, r := range routes {
		for _, comment := range comments[r.key()] {
			b.WriteString(comment + "\n")
		}
		b.WriteString(r.String() + "\n")
	}
	return b.String()
}

func writeRoutes(t testing.TB, file string, routes []Route, committed []committedRoute) {
	t.Helper()
	for _, difference := range compareRoutes(file, committed, routes) {
		t.Log(difference)
	}
	if err := os.WriteFile(file, []byte(formatRoutes(routes, committed)), 0o644); err != nil { //nolint:gosec // it is read by everybody and holds no secret
		t.Fatalf("authtest.Audit: %v", err)
	}
}

// compareRoutes returns a sentence for each difference; those that open a route
// come first.
func compareRoutes(file string, committed []committedRoute, routes []Route) []string {
	var open, other []string
	add := func(isOpen bool, format string, args ...any) {
		if text := fmt.Sprintf(format, args...); isOpen {
			open = append(open, text)
		} else {
			other = append(other, text)
		}
	}
	before := make(map[string]committedRoute)
	for _, c := range committed {
		before[c.key()] = c
	}
	for _, r := range routes {
		c, known := before[r.key()]
		delete(before, r.key())
		name := r.Method + " " + r.Path
		switch {
		case !known && r.Open():
			add(true, "%s is a new route that is %s: protect it, or, if everybody may call it, add this line to %s:\n\t%s", name, r.Access, file, r)
		case !known:
			add(false, "%s is a new route: if it asks for the right thing, add this line to %s:\n\t%s", name, file, r)
		case c.Access != r.Access:
			add(r.Open(), "%s asked for %q and now asks for %q. If that is meant, line %d of %s becomes:\n\t%s", name, c.Access, r.Access, c.line, file, r)
		}
	}
	for _, c := range committed {
		if _, gone := before[c.key()]; gone {
			add(false, "%s %s is gone: if that is meant, delete line %d of %s", c.Method, c.Path, c.line, file)
		}
	}
	return slices.Concat(open, other)
}

// sortRoutes sorts by path, then method.
func sortRoutes(routes []Route) {
	slices.SortStableFunc(routes, func(a, b Route) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
}
