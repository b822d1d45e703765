package resttest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/examples/blog"
	"github.com/authkeel/authkeel/examples/blog/rest"
)

// unreliable is a store that panics for the post "panic" and fails for the post
// "broken". Clients must read of neither.
type unreliable struct{ blog.Store }

const secretReason = "the reason is for the log"

func (u unreliable) Post(ctx context.Context, id string) (blog.Post, error) {
	switch id {
	case "panic":
		panic(secretReason)
	case "broken":
		return blog.Post{}, errors.New(secretReason)
	}
	return u.Store.Post(ctx, id)
}

// errors: whatever fails, and wherever, the client gets problem details.
func (s *suite) errors() {
	for _, tt := range []struct {
		person, method, path, contentType, body string
		status                                  int
		answer                                  string // contains
		allow                                   string // methods of the header field Allow
	}{
		{"", "GET", "/posts/panic", "", "", 500, `"error":"server_error"`, ""},
		{"mo", "DELETE", "/posts/panic", "", "", 500, `"error":"server_error"`, ""},
		{"", "GET", "/posts/broken", "", "", 500, `"error":"server_error"`, ""},
		{"", "DELETE", "/health", "", "", 405, `"error":"method_not_allowed"`, "GET"},
		{"", "PUT", "/posts", "", "", 405, `"error":"method_not_allowed"`, "GET POST"},
		{"ada", "POST", "/users/user_mo/role", "", "", 405, `"error":"method_not_allowed"`, "PUT"},
		{"mo", "POST", "/posts", "text/plain", `{"title": "x"}`, 415, `"error":"unsupported_media_type"`, ""},
		{"mo", "POST", "/posts", "", `{"title": "x"}`, 415, `"error":"unsupported_media_type"`, ""},
		{"mo", "POST", "/posts", "application/json; charset=utf-8", `{"title": "x"}`, 201, `"title":"x"`, ""},
		{"mo", "POST", "/posts", "application/json", ``, 422, `"field":"the body"`, ""},
		{"mo", "POST", "/posts", "application/json", `{"title": "x"`, 422, `"field":"the body"`, ""},
	} {
		name := tt.method + " " + tt.path + " as " + tt.person + ", " + tt.contentType
		request := s.request(tt.person, tt.method, tt.path, tt.body)
		if request.Header.Del("Content-Type"); tt.contentType != "" {
			request.Header.Set("Content-Type", tt.contentType)
		}
		got := s.send(request)
		if got.status != tt.status || !strings.Contains(got.text, tt.answer) || strings.Contains(got.text, secretReason) {
			s.t.Errorf("%s: got %d %s, want %d with %s", name, got.status, got.text, tt.status, tt.answer)
		}
		if got.status >= 400 && got.header.Get("Content-Type") != "application/problem+json" {
			s.t.Errorf("%s: an error is %s", name, got.header.Get("Content-Type"))
		}
		allow := strings.Join(got.header.Values("Allow"), ",")
		for _, method := range strings.Fields(tt.allow) {
			if !strings.Contains(allow, method) {
				s.t.Errorf("%s: Allow is %q, which lacks %s", name, allow, method)
			}
		}
		if tt.status == http.StatusMethodNotAllowed {
			continue // which no description has
		}
		if err := s.doc.check(tt.method, tt.path, got); err != nil {
			s.t.Errorf("%s: the answer is not that of openapi.json: %v", name, err)
		}
	}
}

// userIDs have characters that a path must escape. Real providers have such IDs.
var userIDs = []string{"auth0|64f1", "a/b", "é ü", "100%", "50%25", "a?b#c", "a+b", "..", "https://id.example/u/1"}

// escapedIDs gives a role to users whose IDs must be escaped in a path.
func (s *suite) escapedIDs() {
	for _, id := range userIDs {
		token := s.issuer.Token(devissuer.Claims{"sub": id, "permissions": []string{"content:write"}})
		if got := s.send(s.with(token, http.MethodPost, "/posts", `{"title": "mine"}`)); got.status != http.StatusCreated {
			s.t.Errorf("a post of %q: got %d %s", id, got.status, got.text)
		}
		path := "/users/" + url.PathEscape(id) + "/role"
		if id == ".." {
			path = "/users/%2E%2E/role" // else the client or a proxy takes it for the folder above
		}
		got := s.do("ada", http.MethodPut, path, `{"role": "editor"}`)
		if want := fmt.Sprintf(`"id":%q`, id); got.status != http.StatusOK || !strings.Contains(got.text, want) {
			s.t.Errorf("PUT %s: got %d %s, want %s", path, got.status, got.text, want)
		}
	}
}

// declaredLength sends the header of a large body and never its body: the answer has
// to come at once, and in the format of the other errors.
func (s *suite) declaredLength() {
	conn, err := new(net.Dialer).DialContext(s.t.Context(), "tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // everything was read
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /posts HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
		s.addr, s.token("mo"), 100*rest.MaxBody)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		s.t.Error(err)
		return
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusRequestEntityTooLarge || response.Header.Get("Content-Type") != "application/problem+json" {
		s.t.Errorf("a body that is too large: got %d, %s", response.StatusCode, response.Header.Get("Content-Type"))
	}
}

// limit uses up the requests of one user, which must not be those of another.
func (s *suite) limit() {
	token := s.issuer.Token(devissuer.Claims{"sub": "user_busy"})
	var got reply
	for range 400 {
		if got = s.send(s.with(token, http.MethodGet, "/me", "")); got.status != http.StatusOK {
			break
		}
	}
	if got.status != http.StatusTooManyRequests || got.header.Get("Content-Type") != "application/problem+json" {
		s.t.Errorf("too many requests: got %d, %s", got.status, got.header.Get("Content-Type"))
	}
	for _, field := range []string{"Retry-After", "RateLimit", "RateLimit-Policy"} {
		if got.header.Get(field) == "" {
			s.t.Errorf("the answer with status 429 has no %s", field)
		}
	}
	if err := s.doc.check(http.MethodGet, "/me", got); err != nil {
		s.t.Error(err)
	}
	if got := s.do("mo", http.MethodGet, "/me", ""); got.status != http.StatusOK {
		s.t.Errorf("another user: got %d %s", got.status, got.text)
	}
}

// outage: without the keys of the issuer nobody can know whether a token is good. That
// is not the fault of the client, which may come again.
func (s *suite) outage() {
	s.issuer.Down()
	for _, tt := range []struct {
		person, path string
		status       int
	}{{"", "/health", 204}, {"", "/posts", 200}, {"mo", "/me", 503}, {"mo", "/posts", 503}, {"", "/me", 401}, {"", "/ready", 503}} {
		got := s.do(tt.person, http.MethodGet, tt.path, "")
		if got.status != tt.status {
			s.t.Errorf("%s as %s: got %d %s, want %d", tt.path, tt.person, got.status, got.text, tt.status)
		}
		if tt.status == 503 && tt.person != "" && (got.header.Get("Retry-After") == "" || got.header.Get("WWW-Authenticate") != "") {
			s.t.Errorf("%s: got the header %v, want Retry-After and no challenge", tt.path, got.header)
		}
		if err := s.doc.check(http.MethodGet, tt.path, got); err != nil {
			s.t.Errorf("%s: %v", tt.path, err)
		}
	}
}
