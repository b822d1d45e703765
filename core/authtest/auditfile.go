package authtest

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"testing"

	"github.com/authkeel/authkeel/core/authtest/authroutes"
)

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
// middleware does run, and limits of authkeel's do not count the requests, of which
// there are about three for each route. authkeel's middleware must be mounted as middleware;
// wrapped around a handler by hand it is not seen, and reported where it can be.
// Fiber's middleware that is mounted with Use is no route, unless nothing is below
// its path. No server is started and nothing is sent.
func Audit(t testing.TB, router any, opts ...AuditOption) {
	t.Helper()
	o := newAuditOptions(opts)
	routes := authroutes.Fold(findRoutes(t, router, o))
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
	lines, err := authroutes.Parse(string(text))
	if err != nil {
		t.Fatalf("authtest.Audit: %s:%v", o.file, err)
	}
	differences := authroutes.Compare(lines, routes)
	switch {
	case updating() && t.Failed():
		t.Fatalf("%s was not written, because of the errors above", o.file)
	case updating():
		for _, d := range differences {
			t.Log(d.Explain(o.file))
		}
		if err := os.WriteFile(o.file, []byte(authroutes.Format(routes, lines)), 0o644); err != nil { //nolint:gosec // it holds no secret
			t.Fatalf("authtest.Audit: %v", err)
		}
	case missing:
		t.Fatalf("authtest.Audit: %s does not exist. Write it with AUTHKEEL_UPDATE=1 go test, read it, and commit it. It will be:\n%s",
			o.file, authroutes.Format(routes, nil))
	default:
		for _, d := range differences {
			t.Error(d.Explain(o.file))
		}
	}
}
