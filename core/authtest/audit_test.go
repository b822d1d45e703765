package authtest_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/authtest"
)

// reports is a test that takes down what is reported and does not fail.
type reports struct {
	testing.TB
	errors []string
}

func (r *reports) Helper()                      {}
func (r *reports) Failed() bool                 { return len(r.errors) > 0 }
func (r *reports) Error(args ...any)            { r.errors = append(r.errors, fmt.Sprint(args...)) }
func (r *reports) Errorf(f string, args ...any) { r.errors = append(r.errors, fmt.Sprintf(f, args...)) }
func (r *reports) Fatal(args ...any)            { r.Error(args...); runtime.Goexit() }
func (r *reports) Fatalf(f string, args ...any) { r.Errorf(f, args...); runtime.Goexit() }

// reported returns what f reports.
func reported(t *testing.T, f func(testing.TB)) string {
	r := &reports{TB: t}
	done := make(chan struct{})
	go func() { // which Fatal ends
		defer close(done)
		f(r)
	}()
	<-done
	return strings.Join(r.errors, "\n")
}

// newMux returns an API on net/http, whose handlers may run, and its patterns.
func newMux(t testing.TB) (http.Handler, authtest.AuditOption) {
	login := authtest.NewAuthenticator(t, authtest.NewIssuer(t)).RequireAuth()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /open", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /me", func(w http.ResponseWriter, r *http.Request) { adapter.Serve(login, w, r) })
	mux.HandleFunc("GET /years/{year}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("year") != "1984" {
			http.NotFound(w, r)
			return
		}
		adapter.Serve(login, w, r)
	})
	return mux, authtest.AuditPatterns("GET /open", "GET /me", "GET /years/{year}")
}

func TestAuditSaysWhatIsMissing(t *testing.T) {
	mux, patterns := newMux(t)
	for _, tt := range []struct {
		name   string
		router any
		opts   []authtest.AuditOption
		want   string
	}{
		{"nil", nil, nil, "a <nil> is no router that can be audited"},
		{"nil pointer", (*http.ServeMux)(nil), nil, "is no router that can be audited"},
		{"no router", 7, nil, "a int is no router that can be audited"},
		{"no patterns", mux, nil, "authtest.AuditPatterns"},
		{"handlers", mux, []authtest.AuditOption{patterns}, "authtest.AllowHandlers()"},
		{"pattern without path", mux, []authtest.AuditOption{authtest.AuditPatterns("GET x"), authtest.AllowHandlers()}, `the pattern "GET x" has no path`},
		{"unknown route", mux, []authtest.AuditOption{patterns, authtest.AllowHandlers(), authtest.AuditPath("GET /other", "/other")}, `names the route "GET /other"`},
	} {
		if got := reported(t, func(t testing.TB) { authtest.Routes(t, tt.router, tt.opts...) }); !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q in it", tt.name, got, tt.want)
		}
	}
	if got := reported(t, func(t testing.TB) { authtest.RecordRoutes(t, mux) }); !strings.Contains(got, "needs no recording") {
		t.Errorf("got %q, want that only Echo needs it", got)
	}
}

func TestAuditPath(t *testing.T) {
	mux, patterns := newMux(t)
	find := func(opts ...authtest.AuditOption) string {
		for _, r := range authtest.Routes(t, mux, append(opts, patterns, authtest.AllowHandlers())...) {
			if r.Path == "/years/{year}" {
				return r.Access
			}
		}
		return "no route"
	}
	if got := find(); got != "public" {
		t.Errorf("without a path: got %s, want public, as the handler answers before it checks", got)
	}
	if got := find(authtest.AuditPath("GET  /years/{year}", "/years/1984")); got != "token" {
		t.Errorf("with a path: got %s, want token", got)
	}
}

func TestAuditFile(t *testing.T) {
	mux, patterns := newMux(t)
	file := filepath.Join(t.TempDir(), "auth.routes")
	audit := func(t testing.TB) {
		authtest.Audit(t, mux, patterns, authtest.AllowHandlers(), authtest.AuditFile(file), authtest.AuditPath("GET /years/{year}", "/years/1984"))
	}
	if got := reported(t, audit); !strings.Contains(got, "AUTHKEEL_UPDATE=1") || !strings.Contains(got, "\nGET     /me  token\n") {
		t.Errorf("without a file: got %q, want how to write it and its text", got)
	}
	t.Setenv("AUTHKEEL_UPDATE", "1")
	if got := reported(t, audit); got != "" {
		t.Errorf("writing: got %q, want nothing", got)
	}
	t.Setenv("AUTHKEEL_UPDATE", "")
	if got := reported(t, audit); got != "" {
		t.Errorf("with the file: got %q, want nothing", got)
	}
	edit := func(from, to string) {
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), from) {
			t.Fatalf("got %q, %v, want %q in it", text, err, from)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	edit("GET     /open  public", "# for the load balancer\nGET     /open  token")
	if got := reported(t, audit); !strings.HasPrefix(got, `GET /open asked for "token" and now asks for "public". If that is meant, line 5 of `) {
		t.Errorf("opened: got %q, want the route and the line", got)
	}
	t.Setenv("AUTHKEEL_UPDATE", "1")
	if got := reported(t, audit); got != "" {
		t.Errorf("writing anew: got %q, want nothing", got)
	}
	edit("# for the load balancer\nGET     /open  public", "GET")
	t.Setenv("AUTHKEEL_UPDATE", "")
	if got := reported(t, audit); !strings.Contains(got, `auth.routes:4: "GET" is not a method`) {
		t.Errorf("unreadable: got %q, want the line", got)
	}
	if got := reported(t, func(t testing.TB) {
		authtest.Audit(t, mux, patterns, authtest.AllowHandlers(), authtest.AuditFile(t.TempDir()))
	}); !strings.Contains(got, "is a directory") {
		t.Errorf("a folder: got %q", got)
	}
}

// TestAuditNeedsATest has a program that is no test ask for an audit, while which
// requests would pass its checks without a token.
func TestAuditNeedsATest(t *testing.T) {
	program := filepath.Join(t.TempDir(), "serves.exe")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./testdata/serves").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), program).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "audited in tests alone") {
		t.Errorf("got %v and %q, want the audit refused", err, out)
	}
}
