package apiclient

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestRepeatedAs is about a request that the API answered with 401: it is sent
// again for the caller that it was made for and for nobody else.
func TestRepeatedAs(t *testing.T) {
	const ann = `"iss":"https://issuer.example","sub":"ann"`
	both, none, reads := "GET HEAD POST DELETE", "", "GET HEAD"
	for _, tt := range []struct{ name, before, after, repeated string }{
		{"the same caller", withClaims(`{` + ann + `}`), withClaims(`{` + ann + `,"jti":"2"}`), both},
		{"another subject", withClaims(`{` + ann + `}`), withClaims(`{"iss":"https://issuer.example","sub":"bob"}`), none},
		{"another issuer", withClaims(`{` + ann + `}`), withClaims(`{"iss":"https://other.example","sub":"ann"}`), none},
		{"an actor more", withClaims(`{` + ann + `}`), withClaims(`{` + ann + `,"act":{"sub":"support"}}`), none},
		{"another actor", withClaims(`{` + ann + `,"act":{"sub":"a"}}`), withClaims(`{` + ann + `,"act":{"sub":"b"}}`), none},
		{"the same actor", withClaims(`{` + ann + `,"act":{"sub":"a","iss":"i"}}`), withClaims(`{` + ann + `,"act":{"iss":"i","sub":"a"}}`), both},
		{"another organization, Clerk", withClaims(`{` + ann + `,"o":{"id":"org_1"}}`), withClaims(`{` + ann + `,"o":{"id":"org_2"}}`), none},
		{"another role in it", withClaims(`{` + ann + `,"o":{"id":"org_1","rol":"a"}}`), withClaims(`{` + ann + `,"o":{"id":"org_1","rol":"b"}}`), both},
		{"another organization, org_id", withClaims(`{` + ann + `,"org_id":"org_1"}`), withClaims(`{` + ann + `,"org_id":"org_2"}`), none},
		{"no organization any more", withClaims(`{` + ann + `,"org_id":"org_1"}`), withClaims(`{` + ann + `}`), none},
		{"opaque tokens", "opaque-1", "opaque-2", reads},
		{"no subject", withClaims(`{"iss":"i"}`), withClaims(`{"iss":"i","jti":"2"}`), reads},
		{"no issuer", withClaims(`{"sub":"ann"}`), withClaims(`{"sub":"ann","jti":"2"}`), reads},
		{"an opaque token after a JWT", withClaims(`{` + ann + `}`), "opaque-2", none},
		{"a JWT after an opaque token", "opaque-1", withClaims(`{` + ann + `}`), none},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, method := range strings.Fields(both) {
				var sent []string
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
					sent = append(sent, token)
					if token == tt.before {
						w.WriteHeader(http.StatusUnauthorized)
					}
				}))
				tokens := []string{tt.before, tt.after, tt.after}
				c, err := New(Config{Origin: server.URL, Source: func(context.Context) (Token, error) {
					next := tokens[0]
					tokens = tokens[1:]
					return Token{Value: next}, nil
				}})
				if err != nil {
					t.Fatal(err)
				}
				want, status := []string{tt.before}, http.StatusUnauthorized
				if slices.Contains(strings.Fields(tt.repeated), method) {
					want, status = []string{tt.before, tt.after}, http.StatusOK
				}
				got, _, err := send(t.Context(), c, method, server.URL, nil)
				server.Close()
				if err != nil || got != status || !slices.Equal(sent, want) {
					t.Errorf("%s: got %d, the error %v and the tokens %q; want %d and %q", method, got, err, sent, status, want)
				}
			}
		})
	}
}

// TestRedirectedIn sends a client to the API by another origin's redirect: the
// request arrives without a token, as a browser's does.
func TestRedirectedIn(t *testing.T) {
	var a *api
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, a.URL+r.URL.Query().Get("into"), http.StatusTemporaryRedirect)
	}))
	t.Cleanup(other.Close)
	a = newAPI(t, "token1")
	c := client(t, a, &source{})
	for _, tt := range []struct{ name, url, path string }{
		{"another origin", other.URL + "/?into=/admin/delete", "/admin/delete"},
		{"the API, another origin, the API", a.URL + "/out?to=" + other.URL + "/?into=/admin/drop", "/admin/drop"},
		{"another origin, twice in the API", other.URL + "/?into=/in?to=/admin/again", "/admin/again"},
	} {
		if _, _, err := send(t.Context(), c, "POST", tt.url, strings.NewReader("text")); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if got, ok := a.seen.Load(tt.path); !ok || got != "" {
			t.Errorf("%s: got Authorization %q (arrived: %v), want none", tt.name, got, ok)
		}
	}
}

// bare is a RoundTripper that does not set Response.Request.
type bare struct{}

func (bare) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		response.Request = nil
	}
	return response, err
}

func TestRedirectOfABareTransport(t *testing.T) {
	a := newAPI(t, "token1")
	c := client(t, a, &source{}, func(c *Config) { c.Base = bare{} })
	if _, _, err := send(t.Context(), c, "GET", a.URL+"/from?to=/again", nil); err != nil {
		t.Fatal(err)
	}
	if got, _ := a.seen.Load("/again"); got != "Bearer token1" {
		t.Errorf("got Authorization %q, want the token: the redirect stays in the API", got)
	}
}

// TestSourceThatPanics has the program go on: the request fails.
func TestSourceThatPanics(t *testing.T) {
	a := newAPI(t, "token1")
	var once sync.Once
	c := client(t, a, nil, func(c *Config) {
		c.Source = func(context.Context) (Token, error) {
			once.Do(func() { panic(errors.New("a nil somewhere")) })
			return Token{Value: "token1"}, nil
		}
	})
	if _, _, err := send(t.Context(), c, "GET", a.URL+"/", nil); err == nil || !strings.Contains(err.Error(), "Config.Source panicked: a nil somewhere") {
		t.Errorf("got the error %v, want it to tell of the panic", err)
	}
	if status, _, err := send(t.Context(), c, "GET", a.URL+"/", nil); err != nil || status != 200 {
		t.Errorf("the next request: got %d and the error %v, want 200", status, err)
	}
}

// TestDotSegments refuses a path that a server may resolve to another one.
func TestDotSegments(t *testing.T) {
	a, other := newAPI(t, "token1"), newAPI(t, "")
	c := client(t, a, &source{})
	for _, path := range []string{
		"/orgs/acme/members/..", "/orgs/./x", "/.", "/..", "/a/%2e%2e/b", "/a/%2E./b", "/a/..%2Fb", "/a/x%2F..%2F..%2Fb", "/a/..%5Cb", "/a/%252e%252e/b",
	} {
		if _, _, err := send(t.Context(), c, "DELETE", a.URL+path, strings.NewReader("text")); !errors.Is(err, ErrDotSegment) {
			t.Errorf("%s: got the error %v, want ErrDotSegment", path, err)
		}
	}
	for _, path := range []string{"/a/...", "/a/.well-known/x", "/a/b..", "/a//b", "/a/x%2Fy", "/?p=/../x"} {
		if status, _, err := send(t.Context(), c, "DELETE", a.URL+path, nil); err != nil || status != 200 {
			t.Errorf("%s: got %d and the error %v, want 200", path, status, err)
		}
	}
	if _, _, err := send(t.Context(), c, "GET", other.URL+"/a/../b", nil); err != nil {
		t.Errorf("another origin, which gets no token: %v", err)
	}
}
