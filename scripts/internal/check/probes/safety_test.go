package probes

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/scripts/internal/check/report"
	"github.com/authkeel/authkeel/scripts/internal/check/routes"
	"github.com/authkeel/authkeel/scripts/internal/check/tokens"
)

// TestOrigin: no request leaves the server that is checked, whatever a document says.
func TestOrigin(t *testing.T) {
	var stolen []string
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { stolen = append(stolen, r.Header.Get("Authorization")) }))
	t.Cleanup(thief.Close)
	host := strings.TrimPrefix(thief.URL, "http://")
	source := newSource(t)
	for _, path := range []string{"@" + host + "/steal", ".evil.example/x", ":80@" + host + "/x", "/%zz", "", "x"} {
		_, r, _ := try(t, source, nil, false, routes.Route{Method: "GET", Path: path, Access: routes.Protected, Bearer: true, From: "openapi.yaml"})
		if r.Verdict() != report.Incomplete || r.Gaps() != 1 {
			t.Errorf("%q: got %s with %d gaps", path, r.Verdict(), r.Gaps())
		}
	}
	for _, path := range []string{"//" + host + "/steal", "/\\" + host, "/@" + host, "/..//" + host} { // on the server, however odd
		try(t, source, nil, false, routes.Route{Method: "GET", Path: path, Access: routes.Protected, Bearer: true, From: "openapi.yaml"})
	}
	if len(stolen) > 0 {
		t.Errorf("another server got %v", stolen)
	}
	client := newClient(mustParse(t, "http://api.example.test"))
	if _, err := client.Get(thief.URL); err == nil || len(stolen) > 0 {
		t.Errorf("the client called another server: %v", err)
	}
}

// TestGivenTokenIsNotInURLs: URLs are logged, so a token of the user's is not in one.
func TestGivenTokenIsNotInURLs(t *testing.T) {
	source := newSource(t)
	given := tokens.Given(source.Valid(), source.Admin())
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for part := range strings.SplitSeq(source.Valid(), ".") {
			if len(part) > 60 && strings.Contains(r.URL.String(), part[:60]) {
				t.Errorf("got %s", r.URL)
			}
		}
		if len(r.URL.RawQuery) > 0 {
			t.Errorf("got %s", r.URL)
		}
		w.Header().Set("WWW-Authenticate", "Bearer")
		if r.Header.Get("Authorization") == "" || len(r.Header["Authorization"]) > 1 {
			w.WriteHeader(401)
		}
	}))
	t.Cleanup(s.Close)
	r := &Run{Base: s.URL, Tokens: given, Report: &report.Report{}, Say: func(string, ...any) {}, Routes: []routes.Route{found("GET", "/me")}}
	if err := r.All(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestCookies: an API that accepts a token in a cookie has to refuse other sites.
func TestCookies(t *testing.T) {
	source := newSource(t)
	for name, row := range map[string]struct {
		crossSite bool // requests of other sites are accepted
		verified  bool
		want      string
	}{
		"as it should be":              {false, true, ""},
		"requests of other sites":      {true, true, "cross-site"},
		"cookies that nobody verifies": {false, false, "cookie-forged"},
	} {
		t.Run(name, func(t *testing.T) {
			byCookie := func(h http.Handler) http.Handler {
				protected := protect(t, source, h)
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					cookie, err := r.Cookie("session")
					if err != nil || r.Header.Get("Authorization") != "" {
						protected.ServeHTTP(w, r)
						return
					}
					if !row.crossSite && r.Method != http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "cross-site" {
						w.WriteHeader(403)
						return
					}
					if !row.verified {
						h.ServeHTTP(w, r)
						return
					}
					r.Header.Set("Authorization", "Bearer "+cookie.Value)
					protected.ServeHTTP(w, r)
				})
			}
			s := http.NewServeMux()
			s.Handle("GET /me", byCookie(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if id, ok := core.IdentityFrom(r.Context()); ok {
					fmt.Fprint(w, id.Subject())
				}
			})))
			s.Handle("POST /notes", byCookie(says(200, "")))
			running := httptest.NewServer(s)
			t.Cleanup(running.Close)
			r := &Run{Base: running.URL, Tokens: source, Report: &report.Report{}, Origin: party, Say: func(string, ...any) {},
				Routes: []routes.Route{route(t, "GET:/me", routes.Protected, true), route(t, "POST:/notes", routes.Protected, true)}}
			if err := r.All(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(bad(r.Report), " "); got != row.want {
				var table strings.Builder
				r.Report.Text(&table)
				t.Errorf("got %s, want %s\n%s", got, row.want, table.String())
			}
		})
	}
}

func mustParse(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
