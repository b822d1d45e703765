package jwks_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

// site is an issuer on loopback: a document for each path, a status otherwise.
type site struct {
	*httptest.Server
	mu    sync.Mutex
	pages map[string]string
	codes map[string]int
	hits  map[string]int
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{pages: map[string]string{}, codes: map[string]int{}, hits: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.hits[r.URL.Path]++
		page, ok := s.pages[r.URL.Path]
		code := s.codes[r.URL.Path]
		s.mu.Unlock()
		switch {
		case code == -1:
			<-r.Context().Done()
		case code != 0:
			w.WriteHeader(code)
		case !ok:
			w.WriteHeader(http.StatusNotFound)
		default:
			write(w, []byte(page))
		}
	}))
	t.Cleanup(s.Close)
	s.page("/keys", setOf(jwkOf(testEC().Public(), "a")))
	return s
}

func (s *site) page(path, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = text
	delete(s.codes, path)
}

func (s *site) code(path string, code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[path] = code
}

func (s *site) metadata(issuer, uri string) string {
	return `{"issuer":"` + issuer + `","jwks_uri":"` + uri + `","id_token_signing_alg_values_supported":["none"],"x":{"a":1,"a":2}}`
}

const (
	openIDPath = "/.well-known/openid-configuration"
	oauthPath  = "/.well-known/oauth-authorization-server"
)

func TestDiscover(t *testing.T) {
	other := newSite(t)
	for _, tt := range []struct {
		name  string
		path  string // of the issuer
		setup func(s *site, issuer string)
		class string
		want  string // in the error
	}{
		{"OpenID Connect", "", func(s *site, i string) { s.page(openIDPath, s.metadata(i, s.URL+"/keys")) }, "", ""},
		{"with a slash", "/", func(s *site, i string) { s.page(openIDPath, s.metadata(i, s.URL+"/keys")) }, "", ""},
		{"with a path", "/realms/x", func(s *site, i string) { s.page("/realms/x"+openIDPath, s.metadata(i, s.URL+"/keys")) }, "", ""},
		{"with a path and a slash", "/realms/x/", func(s *site, i string) { s.page("/realms/x"+openIDPath, s.metadata(i, s.URL+"/keys")) }, "", ""},
		{"RFC 8414", "", func(s *site, i string) { s.page(oauthPath, s.metadata(i, s.URL+"/keys")) }, "", ""},
		{"RFC 8414 with a path", "/t/1", func(s *site, i string) { s.page(oauthPath+"/t/1", s.metadata(i, s.URL+"/keys")) }, "", ""},
		{"RFC 8414 with a slash", "/t/", func(s *site, i string) { s.page(oauthPath+"/t", s.metadata(i, s.URL+"/keys")) }, "", ""},
		{"RFC 8414 after 401", "", func(s *site, i string) {
			s.code(openIDPath, 401)
			s.page(oauthPath, s.metadata(i, s.URL+"/keys"))
		}, "", ""},
		{"no RFC 8414 after 500", "", func(s *site, i string) {
			s.code(openIDPath, 500)
			s.page(oauthPath, s.metadata(i, s.URL+"/keys"))
		}, "status", "status 500"},
		{"neither", "", func(*site, string) {}, "status", "status 404, oauth-authorization-server 404"},
		{"keys on another host", "", func(s *site, i string) { s.page(openIDPath, s.metadata(i, other.URL+"/keys")) }, "", ""},
		{"no keys there", "", func(s *site, i string) { s.page(openIDPath, s.metadata(i, s.URL+"/nothing")) }, "status", "status 404"},
		{"issuer with a slash too many", "", func(s *site, i string) { s.page(openIDPath, s.metadata(i+"/", s.URL+"/keys")) }, "metadata", "with a slash at the end: configure it so"},
		{"issuer without the slash", "/", func(s *site, i string) {
			s.page(openIDPath, s.metadata(strings.TrimSuffix(i, "/"), s.URL+"/keys"))
		}, "metadata", "without a slash at the end: configure it so"},
		{"issuer in other case", "/A", func(s *site, i string) {
			s.page("/A"+openIDPath, s.metadata(strings.TrimSuffix(i, "A")+"a", s.URL+"/keys"))
		}, "metadata", "byte for byte"},
		{"another issuer", "", func(s *site, _ string) { s.page(openIDPath, s.metadata(other.URL, s.URL+"/keys")) }, "metadata", "byte for byte"},
		{"template", "", func(s *site, _ string) {
			s.page(openIDPath, s.metadata("https://login.example/{tenantid}/v2.0", s.URL+"/keys"))
		}, "metadata", "tenant"},
		{"no issuer", "", func(s *site, _ string) { s.page(openIDPath, `{"jwks_uri":"`+s.URL+`/keys"}`) }, "metadata", "no issuer"},
		{"issuer a number", "", func(s *site, _ string) { s.page(openIDPath, `{"issuer":7,"jwks_uri":"`+s.URL+`/keys"}`) }, "metadata", "no issuer"},
		{"issuer twice", "", func(s *site, i string) {
			s.page(openIDPath, `{"issuer":"https://evil.example","issuer":"`+i+`","jwks_uri":"`+s.URL+`/keys"}`)
		}, "metadata", "twice"},
		{"no jwks_uri", "", func(s *site, i string) { s.page(openIDPath, `{"issuer":"`+i+`"}`) }, "metadata", "jwks_uri"},
		{"jwks_uri by http", "", func(s *site, i string) { s.page(openIDPath, s.metadata(i, "http://10.0.0.1/keys")) }, "metadata", "jwks_uri: plain http"},
		{"jwks_uri relative", "", func(s *site, i string) { s.page(openIDPath, s.metadata(i, "/keys")) }, "metadata", "jwks_uri: not an absolute"},
		{"jwks_uri a file", "", func(s *site, i string) { s.page(openIDPath, s.metadata(i, "file://host/keys")) }, "metadata", "jwks_uri: neither"},
		{"HTML", "", func(s *site, _ string) { s.page(openIDPath, "<html>") }, "metadata", "not an object"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			issuer := s.URL + tt.path
			tt.setup(s, issuer)
			var event jwks.Refresh
			done := make(chan struct{})
			src, err := jwks.Discover(issuer, jwks.Options{OnRefresh: func(e jwks.Refresh) { event = e; close(done) }})
			if err != nil {
				t.Fatal(err)
			}
			_, err = src.Keys(t.Context(), "a", "ES256")
			<-done
			if h := src.Health(); h.LastError != tt.class || event.Err != tt.class || event.Issuer != issuer {
				t.Errorf("got %+v, %+v, want %q", h, event, tt.class)
			}
			if tt.want == "" {
				if err != nil || event.Keys != 1 || !strings.HasSuffix(event.URL, "/keys") {
					t.Errorf("got %v, %+v", err, event)
				}
				return
			}
			if !errors.Is(err, jwks.ErrUnavailable) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}

// step is a source whose clock the test moves past the cooldown and the soft
// limit with each question.
func step(t *testing.T, issuer string) (next func(kid string) string, last func() jwks.Refresh) {
	t.Helper()
	var mu sync.Mutex
	now := time.Now()
	events := make(chan jwks.Refresh, 100)
	src, err := jwks.Discover(issuer, jwks.Options{
		Now:       func() time.Time { mu.Lock(); defer mu.Unlock(); return now },
		Timeout:   time.Second,
		OnRefresh: func(e jwks.Refresh) { events <- e },
	})
	if err != nil {
		t.Fatal(err)
	}
	next = func(kid string) string {
		mu.Lock()
		now = now.Add(time.Hour) // idle: the question waits for the fetch
		mu.Unlock()
		got, _ := ask(src, kid)
		return got
	}
	return next, func() jwks.Refresh { return <-events }
}

// The metadata is read with each refresh; the last good address outlives it.
func TestMetadataAgain(t *testing.T) {
	s := newSite(t)
	s.page(openIDPath, s.metadata(s.URL, s.URL+"/keys"))
	next, last := step(t, s.URL)
	check := func(what, kid, want, class, detail string) {
		t.Helper()
		if got := next(kid); got != want {
			t.Errorf("%s: key %s: got %s, want %s", what, kid, got, want)
		}
		if e := last(); e.Err != class || !strings.Contains(e.Detail, detail) || (detail == "") != (e.Detail == "") {
			t.Errorf("%s: got %+v, want %q, %q", what, e, class, detail)
		}
	}
	check("start", "a", found, "", "")

	s.page("/new", setOf(jwkOf(testEC().Public(), "b")))
	s.page(openIDPath, s.metadata(s.URL, s.URL+"/new"))
	check("the keys have moved, and the old ones still answer", "b", found, "", "")

	s.page("/new", setOf(jwkOf(testEC().Public(), "c")))
	s.code(openIDPath, 500)
	check("the metadata is away", "c", found, "", "used the jwks_uri from before")
	s.page("/new", setOf(jwkOf(testEC().Public(), "d")))
	s.code(openIDPath, -1)
	check("the metadata hangs", "d", found, "", "used the jwks_uri from before")
	s.page("/new", setOf(jwkOf(testEC().Public(), "e")))
	s.page(openIDPath, "<html>")
	check("the metadata is a page", "e", found, "", "used the jwks_uri from before")

	s.page("/new", setOf(jwkOf(testEC().Public(), "f")))
	s.page(openIDPath, s.metadata("https://evil.example", s.URL+"/new"))
	check("the metadata is another's", "e", found, "metadata", "byte for byte")
	s.page(openIDPath, s.metadata(s.URL, "http://10.0.0.1/keys"))
	check("the metadata leads astray", "e", found, "metadata", "jwks_uri")
	s.page(openIDPath, s.metadata(s.URL, s.URL+"/new"))
	check("all is well again", "f", found, "", "")
}

func TestIssuerURL(t *testing.T) {
	for _, tt := range []struct{ issuer, want string }{
		{"https://tenant.eu.auth0.com/", ""},
		{"https://login.microsoftonline.com/6babcaad-604b-40ac-a9d7-9fd97c0b779f/v2.0", ""},
		{"https://keycloak.example/realms/common", ""},
		{"http://127.0.0.1:8080", ""},
		{"https://login.microsoftonline.com/{tenantid}/v2.0", "tenant"},
		{"https://login.microsoftonline.com/common/v2.0", "your tenant's ID"},
		{"https://login.microsoftonline.com/organizations/v2.0", "your tenant's ID"},
		{"https://login.microsoftonline.com/consumers/v2.0", "your tenant's ID"},
		{"https://login.microsoftonline.us/common", "your tenant's ID"},
		{"http://issuer.example", "AllowHTTP"},
		{"https://issuer.example?a=b", "query"},
		{"https://issuer.example?", "query"},
		{"https://issuer.example/#", "fragment"},
		{"https://u@issuer.example", "user name"},
		{"issuer.example", "absolute"},
		{"", "is empty"},
	} {
		src, err := jwks.Discover(tt.issuer, jwks.Options{})
		if tt.want == "" {
			if err != nil || src == nil {
				t.Errorf("%s: got %v", tt.issuer, err)
			}
		} else if err == nil || src != nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q in it", tt.issuer, err, tt.want)
		}
	}
	if _, err := jwks.Discover("https://issuer.example", jwks.Options{Timeout: -1}); err == nil || !strings.Contains(err.Error(), "Timeout") {
		t.Errorf("got %v", err)
	}
}
