// Package resttest is the test of the REST API on every framework: a table of requests
// on a real listener, each answer of which has to be what openapi.json says.
package resttest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/examples/blog"
	"github.com/authkeel/authkeel/examples/blog/rest"
)

// patience is how long a shutdown may take. Only a failure waits for its end.
const patience = 20 * time.Second

// origin is the web page that may call the API.
const origin = "https://app.example"

// NewAPI returns an API for a test, and the issuer that it trusts. Its store fails for
// some posts: see unreliable.
func NewAPI(t *testing.T) (*rest.API, *devissuer.Issuer) {
	t.Helper()
	issuer := authtest.NewIssuer(t)
	store, err := blog.OpenSQLite(t.Context(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	a, err := rest.New(t.Context(), rest.Options{
		Issuer: issuer.URL(), Audience: issuer.Audience(), Store: unreliable{store}, Origins: []string{origin}, Observer: core.Silent,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a, issuer
}

// suite is a server that a test talks to.
type suite struct {
	t      *testing.T
	addr   string
	issuer *devissuer.Issuer
	doc    document
}

// Run tests a server.
func Run(t *testing.T, newServer func(*rest.API) rest.Server) {
	s := start(t, newServer)
	s.requests()
	s.preflight()
	s.errors()
	s.escapedIDs()
	s.declaredLength()
	s.limit()
	t.Run("outage", func(t *testing.T) { start(t, newServer).outage() })
}

// start serves an API until the test ends.
func start(t *testing.T, newServer func(*rest.API) rest.Server) *suite {
	t.Helper()
	a, issuer := NewAPI(t)
	server := newServer(a)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if end := <-served; end != nil && !errors.Is(end, http.ErrServerClosed) { // nil on Fiber
			t.Error(end)
		}
	})
	return &suite{t: t, addr: listener.Addr().String(), issuer: issuer, doc: readDocument(t, a.OpenAPI().Body)}
}

func (s *suite) token(person string) string {
	claims, ok := rest.People[person]
	if !ok {
		return person // a bad token
	}
	return s.issuer.Token(claims)
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	text   string
}

// do makes a request as a person, "" for nobody.
func (s *suite) do(person, method, path, body string) reply {
	s.t.Helper()
	return s.send(s.request(person, method, path, body))
}

func (s *suite) request(person, method, path, body string) *http.Request {
	s.t.Helper()
	if person == "" {
		return s.with("", method, path, body)
	}
	return s.with(s.token(person), method, path, body)
}

// with is a request with a token, or without one when it is "".
func (s *suite) with(token, method, path, body string) *http.Request {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.addr+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return request
}

func (s *suite) send(request *http.Request) reply {
	s.t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, string(text)}
}

// create writes a post and returns its path.
func (s *suite) create(person, title string, published bool) string {
	s.t.Helper()
	body, _ := json.Marshal(map[string]any{"title": title, "published": published})
	got := s.do(person, http.MethodPost, "/posts", string(body))
	path := got.header.Get("Location")
	if got.status != http.StatusCreated || path == "" {
		s.t.Fatalf("creating a post: got %d %s", got.status, got.text)
	}
	return path
}

func (s *suite) requests() {
	public, draft := s.create("mo", "Hello", true), s.create("mo", "Not yet", false)
	adas := s.create("ada", "Rules", true)
	changed := `{"title": "Hello again", "body": "all", "published": true}`
	large := `{"title": "x", "body": "` + strings.Repeat("x", rest.MaxBody) + `"}`
	for _, tt := range []struct {
		person, method, path, body string
		status                     int
		answer                     string // contains
	}{
		{"", "GET", "/health", "", 204, ""},
		{"", "GET", "/ready", "", 204, ""},
		{"", "GET", "/openapi.json", "", 200, `"openapi"`},
		{"", "GET", "/nowhere", "", 404, `"error":"not_found"`},

		{"", "GET", "/posts", "", 200, `{"authenticated":false,"posts":[{"id":"`},
		{"mo", "GET", "/posts", "", 200, `{"authenticated":true,`},
		{"x.y.z", "GET", "/posts", "", 401, `"error":"invalid_token"`},
		{"", "GET", "/posts?first=1", "", 200, `"Rules"`},
		{"", "GET", "/posts?first=0", "", 422, `"field":"first"`},
		{"", "GET", "/posts?first=many", "", 422, `"field":"first"`},
		{"", "GET", public, "", 200, `"authorName":"Mo","title":"Hello"`},
		{"", "GET", draft, "", 404, `"not_found"`},
		{"max", "GET", draft, "", 404, `"not_found"`},
		{"mo", "GET", draft, "", 200, `"Not yet"`},

		{"", "GET", "/me", "", 401, `"error":"unauthorized"`},
		{"mo", "GET", "/me", "", 200, `"userId":"user_mo"`},
		{"mo", "GET", "/me/posts", "", 200, `"Not yet"`},
		{"", "GET", "/me/posts", "", 401, `"unauthorized"`},
		{"mo", "GET", "/me/posts?first=101", "", 422, `"field":"first"`},

		{"", "POST", "/posts", changed, 401, `"unauthorized"`},
		{"max", "POST", "/posts", changed, 403, `"insufficient_scope"`},
		{"mo", "POST", "/posts", `{"title": ""}`, 422, `"field":"title"`},
		{"mo", "POST", "/posts", `{"title": "x", "admin": true}`, 422, `"field":"the body"`},
		{"mo", "POST", "/posts", `{"title": "x"} {}`, 422, `"field":"the body"`},
		{"mo", "POST", "/posts", large, 413, `"error":"too_large"`},

		{"", "PUT", public, changed, 401, `"unauthorized"`},
		{"mo", "PUT", public, changed, 200, `"Hello again"`},
		{"mo", "PUT", adas, changed, 403, `"insufficient_scope"`},
		{"ada", "PUT", public, changed, 403, `"insufficient_scope"`},
		{"max", "PUT", draft, changed, 404, `"not_found"`},
		{"mo", "PUT", public, `[]`, 422, `"field":"the body"`},
		{"", "DELETE", adas, "", 401, `"unauthorized"`},
		{"mo", "DELETE", adas, "", 403, `"insufficient_scope"`},
		{"mo", "DELETE", draft, "", 204, ""},
		{"mo", "DELETE", draft, "", 404, `"not_found"`},
		{"ada", "DELETE", public, "", 204, ""},

		{"", "GET", "/users", "", 401, `"unauthorized"`},
		{"max", "GET", "/users", "", 403, `"insufficient_scope"`},
		{"ada", "GET", "/users", "", 200, `"email":"mo@example.com"`},
		{"ada", "GET", "/users?first=0", "", 422, `"field":"first"`},
		{"mo", "PUT", "/users/user_mo/role", `{"role": "admin"}`, 403, `"insufficient_scope"`},
		{"ada", "PUT", "/users/user_mo/role", `{"role": "god"}`, 422, `"field":"role"`},
		{"ada", "PUT", "/users/nobody/role", `{"role": "editor"}`, 404, `"not_found"`},
		{"ada", "PUT", "/users/user_ada/role", `{"role": ""}`, 403, `"insufficient_scope"`},
		{"mo", "GET", "/me", "", 200, `"roles":[]`},
		{"ada", "PUT", "/users/user_mo/role", `{"role": "manager"}`, 200, `"role":"manager"`},
		{"mo", "GET", "/me", "", 200, `"roles":["manager"]`},

		{"", "GET", "/reports", "", 401, `"unauthorized"`},
		{"mo", "GET", "/reports", "", 200, `{"posts":1,"published":1,"users":2}`}, // a manager now
		{"max", "GET", "/reports", "", 200, `"posts":1`},
		{"ada", "PUT", "/users/user_mo/role", `{"role": ""}`, 200, `"role":""`},
		{"mo", "GET", "/reports", "", 403, `"insufficient_scope"`},

		{"", "GET", "/orgs/org_1", "", 401, `"unauthorized"`},
		{"mo", "GET", "/orgs/org_1", "", 200, `"id":"org_1"`},
		{"mo", "GET", "/orgs/org_2", "", 403, `"insufficient_scope"`},
		{"ada", "GET", "/orgs/org_1", "", 403, `"insufficient_scope"`},
	} {
		name := tt.method + " " + tt.path + " as " + tt.person
		got := s.do(tt.person, tt.method, tt.path, tt.body)
		if got.status != tt.status || !strings.Contains(got.text, tt.answer) {
			s.t.Errorf("%s: got %d %s, want %d with %s", name, got.status, got.text, tt.status, tt.answer)
		}
		if got.status >= 400 && got.header.Get("Content-Type") != "application/problem+json" {
			s.t.Errorf("%s: an error is %s", name, got.header.Get("Content-Type"))
		}
		if tt.path == "/nowhere" {
			continue // which no description has
		}
		path, _, _ := strings.Cut(tt.path, "?")
		if err := s.doc.check(tt.method, path, got); err != nil {
			s.t.Errorf("%s: the answer is not that of openapi.json: %v", name, err)
		}
	}
}

// preflight: a web page may call the API before anybody has signed in, and reads why
// it was refused.
func (s *suite) preflight() {
	for from, allowed := range map[string]string{origin: origin, "https://evil.example": ""} {
		request := s.request("", http.MethodOptions, "/posts", "")
		request.Header.Set("Origin", from)
		request.Header.Set("Access-Control-Request-Method", "POST")
		request.Header.Set("Access-Control-Request-Headers", "authorization,content-type")
		got := s.send(request)
		if got.header.Get("Access-Control-Allow-Origin") != allowed || allowed != "" && got.status >= 300 {
			s.t.Errorf("a preflight of %s: got %d, %v, want %q", from, got.status, got.header, allowed)
		}
		request = s.request("", http.MethodGet, "/me", "")
		request.Header.Set("Origin", from)
		got = s.send(request)
		exposed := strings.ToLower(got.header.Get("Access-Control-Expose-Headers"))
		if got.header.Get("Access-Control-Allow-Origin") != allowed || allowed != "" && (got.status != http.StatusUnauthorized || !strings.Contains(exposed, "www-authenticate")) {
			s.t.Errorf("a refusal for %s: got %d, %v", from, got.status, got.header)
		}
	}
}
