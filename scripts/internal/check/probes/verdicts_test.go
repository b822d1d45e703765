package probes

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/scripts/internal/check/report"
	"github.com/authkeel/authkeel/scripts/internal/check/routes"
	"github.com/authkeel/authkeel/scripts/internal/check/tokens"
)

// found is a route as the project's source registers it.
func found(method, template string) routes.Route {
	return routes.Route{Method: method, Path: routes.Fill(template), Template: template, Access: routes.Unknown, Bearer: true, From: "main.go:1"}
}

// fakeServer is a server with one protected route, GET /me, and whatever is added. It
// notes the calls.
type fakeServer struct {
	mux   *http.ServeMux
	mu    sync.Mutex
	calls []string
}

func (s *fakeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.calls = append(s.calls, r.Method+" "+r.URL.Path)
	s.mu.Unlock()
	s.mux.ServeHTTP(w, r)
}

// protect is middleware that accepts the tokens of the source.
func protect(t *testing.T, source *tokens.Source, h http.Handler) http.Handler {
	t.Helper()
	a := &api{source: source, issuer: source.Fill("{issuer}"), audience: audience, party: party}
	var err error
	if a.keys, err = fetch(source.Fill("{jwks}")); err != nil {
		t.Fatal(err)
	}
	if a.auth, err = a.authenticator(nil); err != nil {
		t.Fatal(err)
	}
	return a.protect(h)
}

// says is a handler that answers with a status and a text.
func says(status int, text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, text)
	})
}

// try checks the routes on a server, and returns the rows that are about them, each as
// status, ID and route, and the report.
func try(t *testing.T, source *tokens.Source, add func(mux *http.ServeMux), writes bool, list ...routes.Route) (rows []string, r *report.Report, calls []string) {
	t.Helper()
	s := &fakeServer{mux: http.NewServeMux()}
	s.mux.Handle("GET /me", protect(t, source, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := core.IdentityFrom(r.Context())
		fmt.Fprint(w, id.Subject())
	})))
	if add != nil {
		add(s.mux)
	}
	running := httptest.NewServer(s)
	t.Cleanup(running.Close)
	r = &report.Report{}
	run := &Run{Base: running.URL, Tokens: source, Report: r, Writes: writes, Origin: party, Say: func(string, ...any) {}, Routes: append(list, found("GET", "/me"))}
	if err := run.All(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, row := range r.Rows {
		status := string(row.Status)
		if row.Gap {
			status = "gap"
		}
		if strings.Contains(row.Route, " /") && !strings.HasSuffix(row.Route, " /me") {
			rows = append(rows, status+" "+row.ID+" "+row.Route)
		}
	}
	return rows, r, s.calls
}

// TestVerdicts: what real projects did, and what a check has to say about it.
func TestVerdicts(t *testing.T) {
	source := newSource(t)
	public := func(text string) routes.Route { return route(t, text, routes.Public, true) }
	for _, row := range []struct {
		name  string
		add   func(mux *http.ServeMux)
		route routes.Route
		want  string
		is    report.Verdict
	}{
		{"an address that does not exist", nil, found("GET", "/shelf"), "gap no-token GET /shelf", report.Incomplete},
		{"a 404 of the handler", func(mux *http.ServeMux) { mux.Handle("GET /invoices/{id}", says(404, `{"error":"no such invoice"}`)) },
			found("GET", "/invoices/{id}"), "fail no-token GET /invoices/1", report.Failure},
		{"a 404 of the handler that is the router's", func(mux *http.ServeMux) { mux.Handle("GET /invoices/{id}", http.NotFoundHandler()) },
			found("GET", "/invoices/{id}"), "gap no-token GET /invoices/1", report.Incomplete},
		{"a group with its own 404", func(mux *http.ServeMux) { mux.Handle("/v1/", says(404, `{"error":"nothing here"}`)) },
			found("GET", "/v1/shelf"), "gap no-token GET /v1/shelf", report.Incomplete},
		{"a 404 that repeats the path and the time", func(mux *http.ServeMux) {
			n := 1000
			mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
				n++
				w.WriteHeader(404)
				fmt.Fprintf(w, `{"path":%q,"timestamp":%d}`, r.URL.Path, n)
			})
		}, found("GET", "/shelf"), "gap no-token GET /shelf", report.Incomplete},
		{"a route that is open", func(mux *http.ServeMux) { mux.Handle("GET /secrets", says(200, "all")) }, found("GET", "/secrets"), "fail no-token GET /secrets", report.Failure},
		{"an open route below a redirect", func(mux *http.ServeMux) { mux.Handle("GET /items/", says(200, "all")) }, found("GET", "/items"), "fail no-token GET /items/", report.Failure},
		{"a protected route below a redirect", func(mux *http.ServeMux) { mux.Handle("GET /items/", protect(t, source, says(200, "all"))) }, found("GET", "/items"),
			"ok no-token GET /items/, ok valid GET /items/", report.Passed},
		{"a redirect to another path", func(mux *http.ServeMux) { mux.Handle("GET /old", http.RedirectHandler("/login", http.StatusFound)) }, found("GET", "/old"), "fail no-token GET /old", report.Failure},
		{"a redirect to another origin", func(mux *http.ServeMux) {
			mux.Handle("GET /old", http.RedirectHandler("http://127.0.0.2:1/old/", http.StatusMovedPermanently))
		}, found("GET", "/old"), "fail no-token GET /old", report.Failure},
		{"one word of a path", func(mux *http.ServeMux) { mux.Handle("GET /orders/{id}/status", says(200, "paid by Ann, card 4711")) },
			found("GET", "/orders/{id}/status"), "fail no-token GET /orders/1/status", report.Failure},
		{"documents", func(mux *http.ServeMux) { mux.Handle("GET /docs/{id}", says(200, "the secret document")) }, found("GET", "/docs/{id}"), "fail no-token GET /docs/1", report.Failure},
		{"a health check", func(mux *http.ServeMux) { mux.Handle("GET /healthz", says(200, "ok")) }, found("GET", "/healthz"), "info open GET /healthz", report.Passed},
		{"files", func(mux *http.ServeMux) { mux.Handle("GET /assets/", http.FileServerFS(noFiles{})) }, found("GET", "/assets/*"), "info open GET /assets/1", report.Passed},
		{"a public route that does not exist", nil, public("GET:/helthz"), "fail public GET /helthz", report.Failure},
		{"a public route with a made-up parameter", func(mux *http.ServeMux) { mux.Handle("GET /posts/{id}", says(404, `{"error":"no such post"}`)) }, public("GET:/posts/1"), "not tried public GET /posts/1", report.Passed},
		{"a public route", func(mux *http.ServeMux) { mux.Handle("GET /posts", says(200, "[]")) }, public("GET:/posts"), "ok public GET /posts", report.Passed},
		{"a method that the address does not have", func(mux *http.ServeMux) { mux.Handle("POST /x", says(200, "")) }, found("GET", "/x"), "gap no-token GET /x", report.Incomplete},
		{"a named route that does not exist", nil, route(t, "GET:/shelf", routes.Protected, true), "fail no-token GET /shelf", report.Failure},
		{"a guess that hits the page of a front end", func(mux *http.ServeMux) { mux.Handle("GET /", says(200, "<html>")) },
			routes.Route{Method: "GET", Path: "/clients", Template: "/clients", Access: routes.Unknown, Bearer: true, From: "main.go:1", Guess: "Base is not known"}, "gap no-token GET /clients", report.Incomplete},
		{"everything is protected, and the address does not exist", func(mux *http.ServeMux) { mux.Handle("/", protect(t, source, http.NotFoundHandler())) },
			found("GET", "/shelf"), "ok no-token GET /shelf, gap valid GET /shelf", report.Incomplete},
		{"a login", func(mux *http.ServeMux) { mux.Handle("POST /login", says(400, "")) }, found("POST", "/login"), "gap no-token POST /login", report.Incomplete},
		{"a path that is not valid", nil, routes.Route{Method: "GET", Path: "/%zz", Access: routes.Protected, From: "x"}, "gap no-token GET /%zz", report.Incomplete},
	} {
		t.Run(row.name, func(t *testing.T) {
			rows, r, _ := try(t, source, row.add, false, row.route)
			if got := strings.Join(rows, ", "); got != row.want || r.Verdict() != row.is {
				var table strings.Builder
				r.Text(&table)
				t.Errorf("got %s, %s; want %s, %s\n%s", got, r.Verdict(), row.want, row.is, table.String())
			}
		})
	}
}

// TestWrites: routes that write are called after those that read, and not at all when
// one of those is open.
func TestWrites(t *testing.T) {
	source := newSource(t)
	open := func(mux *http.ServeMux) {
		mux.Handle("GET /open", says(200, "all"))
		mux.Handle("DELETE /a", says(200, ""))
		mux.Handle("DELETE /b", says(200, ""))
	}
	closed := func(mux *http.ServeMux) {
		mux.Handle("DELETE /a", says(200, ""))
		mux.Handle("DELETE /b", protect(t, source, says(200, "")))
	}
	a, b := found("DELETE", "/a"), found("DELETE", "/b")
	for name, row := range map[string]struct {
		add    func(mux *http.ServeMux)
		writes bool
		list   []routes.Route
		want   string // methods that write, and were called
	}{
		"an open route that reads":               {open, false, []routes.Route{a, b, found("GET", "/open")}, ""},
		"an open route that reads, and --writes": {open, true, []routes.Route{a, b, found("GET", "/open")}, "DELETE /a, DELETE /b"},
		"an open route that writes":              {closed, false, []routes.Route{a, b}, "DELETE /a"},
		"only protected routes":                  {closed, false, []routes.Route{b}, "DELETE /b, DELETE /b"}, // without a token, and with an expired one
	} {
		t.Run(name, func(t *testing.T) {
			_, r, calls := try(t, source, row.add, row.writes, row.list...)
			calls = slices.DeleteFunc(calls, func(call string) bool { return !strings.HasPrefix(call, "DELETE /") })
			if got := strings.Join(calls, ", "); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
			if row.want == "" && (r.Verdict() != report.Failure || r.Gaps() != 2) {
				t.Errorf("got %s with %d gaps", r.Verdict(), r.Gaps())
			}
		})
	}
}

// TestOneOfMany: the open route among 500 is found and named.
func TestOneOfMany(t *testing.T) {
	source := newSource(t)
	var list []routes.Route
	for i := range 500 {
		list = append(list, found("GET", fmt.Sprintf("/r%d", i)))
	}
	_, r, _ := try(t, source, func(mux *http.ServeMux) {
		protected := protect(t, source, says(200, "{}"))
		for i, route := range list {
			if i == 333 {
				mux.Handle("GET "+route.Path, says(200, "{}"))
			} else {
				mux.Handle("GET "+route.Path, protected)
			}
		}
	}, false, list...)
	var failed []string
	for _, row := range r.Rows {
		if row.Status == report.Failed {
			failed = append(failed, row.ID+" "+row.Route)
		}
	}
	if want := []string{"no-token GET /r333"}; !slices.Equal(failed, want) || r.Verdict() != report.Failure {
		t.Errorf("got %v, %s, want %v", failed, r.Verdict(), want)
	}
}

// noFiles is a file system without files.
type noFiles struct{}

func (noFiles) Open(string) (fs.File, error) { return nil, fs.ErrNotExist }

func fetch(address string) ([]byte, error) {
	res, err := http.Get(address)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}
