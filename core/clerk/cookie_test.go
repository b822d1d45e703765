package clerk

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// chooser is the choice of cookies for an instance, at epoch.
func chooser(t testing.TB, key string) *cookies {
	t.Helper()
	k, err := parsePublishableKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return &cookies{key: k, issuer: "https://" + k.host, session: "__session_" + k.suffix, clientUAT: "__client_uat_" + k.suffix,
		now: func() time.Time { return epoch }}
}

// replaceToken puts a token where a vector has tok.
func replaceToken(header, token string) string { return strings.ReplaceAll(header, "tok", token) }

// unsigned is a token as the choice of cookies sees it.
func unsigned(t testing.TB, claims object) string {
	t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	return b64([]byte(`{"alg":"RS256"}`)) + "." + b64(mustJSON(t, claims)) + ".c2ln"
}

func TestChooseCookie(t *testing.T) {
	const live, dev = "https://clerk.example.com", "https://foo-bar-13.clerk.accounts.dev"
	token := func(iss string, iat, exp int64) string {
		return unsigned(t, object{"iss": iss, "iat": iat, "exp": exp})
	}
	future, past := epoch.Unix()+60, epoch.Unix()
	tests := []struct {
		name              string
		key               string
		s, u, own, ownUAT string // plain and suffixed session and client_uat
		suffixed          bool
	}{
		{"1: the plain one is not a token", liveKey, "x", "9", token(live, 1, future), "9", false},
		{"1: not JSON", liveKey, "eA.eA.eA", "9", token(live, 1, future), "9", false},
		{"1: not an object", liveKey, "bnVsbA.bnVsbA.eA", "9", token(live, 1, future), "9", false},
		{"1: iss is not a string", liveKey, unsigned(t, object{"iss": 5}), "9", token(live, 1, future), "9", false},
		{"2: of another instance, suffixed there", liveKey, token("https://clerk.evil.example", 9, future), "9", token(live, 1, future), "9", true},
		{"2: of another instance, suffixed missing", liveKey, token("https://clerk.evil.example", 9, future), "9", "", "", true},
		{"2: a host with the same beginning", liveKey, token(live+".evil.example", 9, future), "9", "", "", true},
		{"2: the scheme does not count", liveKey, token("http://clerk.example.com", 9, future), "", "", "", false},
		{"2: no scheme at all", liveKey, token("clerk.example.com", 9, future), "", "", "", false},
		{"2: another scheme", liveKey, token("ftp://clerk.example.com", 9, future), "", "", "", true},
		{"3: nothing suffixed", liveKey, token(live, 1, future), "", "", "", false},
		{"3: nothing at all", liveKey, "", "", "", "", false},
		{"4: the plain one is newer", liveKey, token(live, 2, future), "9", token(live, 1, future), "9", false},
		{"4: equally old", liveKey, token(live, 1, future), "9", token(live, 1, future), "9", true},
		{"4: the suffixed one is newer", liveKey, token(live, 1, future), "9", token(live, 2, future), "9", true},
		{"4: newer, but signed out", liveKey, token(live, 2, future), "0", token(live, 1, future), "9", true},
		{"4: no client_uat counts as signed in", liveKey, token(live, 2, future), "", token(live, 1, future), "9", false},
		{"4: the suffixed one is not a token", liveKey, token(live, 2, future), "9", "x", "9", false},
		{"5: signed out by the suffixed one alone", liveKey, "", "9", "", "0", false},
		{"5: signed out by both", liveKey, "", "0", "", "0", true},
		{"6: development, suffixed expired", testKey, "", "0", token(dev, 1, past), "9", false},
		{"6: development, suffixed live", testKey, "", "0", token(dev, 1, future), "9", true},
		{"6: development, no suffixed session", testKey, "", "0", "", "9", true},
		{"6: production, suffixed expired", liveKey, "", "0", token(live, 1, past), "9", true},
		{"7: suffixed session without client_uat", liveKey, "", "", token(live, 1, future), "", false},
		{"7: with a plain client_uat of 0", liveKey, "", "0", token(live, 1, future), "", false},
		{"8: suffixed", liveKey, "", "", token(live, 1, future), "9", true},
		{"8: signed in, session not set yet", liveKey, "", "", "", "9", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := chooser(t, tt.key)
			jar := map[string]string{"__session": tt.s, "__client_uat": tt.u, c.session: tt.own, c.clientUAT: tt.ownUAT}
			if got := c.suffixed(func(name string) string { return jar[name] }); got != tt.suffixed {
				t.Errorf("got suffixed %v, want %v", got, tt.suffixed)
			}
		})
	}
}

// Behind a proxy a token of the instance may name the proxy.
func TestChooseCookieBehindProxy(t *testing.T) {
	c := chooser(t, liveKey)
	c.issuer = "https://app.example.com/__clerk"
	jar := map[string]string{"__session": unsigned(t, object{"iss": c.issuer})}
	if c.suffixed(func(name string) string { return jar[name] }) {
		t.Error("got the suffixed cookie, which is not there")
	}
}

// request is a browser's, with this method, these cookies and headers.
func request(t testing.TB, method, cookie string, header http.Header) adapter.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "https://api.example.com/", nil)
	for name, values := range header {
		r.Header[name] = values
	}
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	return adapter.FromHTTP(r)
}

func TestCookie(t *testing.T) {
	good, other := sign(t, nil, nil), sign(t, nil, object{"sub": "user_2"})
	bearer := func(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }
	tests := []struct {
		name    string
		method  string
		cookie  string
		header  http.Header
		subject string
		class   error
	}{
		{"plain", "GET", "__session=" + good, nil, "user_1", nil},
		{"suffixed", "GET", "__client_uat_naoXFJnI=9; __session_naoXFJnI=" + good, nil, "user_1", nil},
		{"of another suffix", "GET", "__client_uat_nx2hSE6I=9; __session_nx2hSE6I=" + good, nil, "", core.ErrNoToken},
		{"the header wins", "GET", "__session=" + good, bearer(other), "user_2", nil},
		{"a bad header is not rescued", "GET", "__session=" + good, bearer("x.y.z"), "", core.ErrMalformed},
		{"given to another front end", "GET", "__session=" + sign(t, nil, object{"azp": "https://evil.example"}), nil, "", core.ErrAuthorizedParty},
		{"given to nobody", "GET", "__session=" + sign(t, nil, object{"azp": nil}), nil, "", core.ErrAuthorizedParty},
		{"not a session", "GET", "__session=" + sign(t, object{"cat": "cl_B7d4PD222AAA"}, nil), nil, "", ErrNotSession},
		{"of another instance", "GET", "__session=" + sign(t, nil, object{"iss": "https://clerk.other.example"}), nil, "", core.ErrNoToken},
		{"twice", "GET", "__session=" + good + "; __session=" + other, nil, "", core.ErrInvalidRequest},
		{"another site writes", "POST", "__session=" + good, http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}}, "", core.ErrCrossSite},
		{"a sibling writes", "POST", "__session=" + good, http.Header{"Sec-Fetch-Site": {"same-site"}}, "", core.ErrCrossSite},
		{"nobody says who writes", "POST", "__session=" + good, nil, "", core.ErrCrossSite},
		{"its own site writes", "POST", "__session=" + good, http.Header{"Sec-Fetch-Site": {"same-origin"}}, "user_1", nil},
	}
	cfg := pemConfig()
	cfg.AllowCookie, cfg.AuthorizedParties = true, []string{origin}
	a := mustNew(t, cfg)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id, err := a.Authenticate(t.Context(), request(t, tt.method, tt.cookie, tt.header))
			if !errors.Is(err, tt.class) || (err == nil) != (tt.class == nil) {
				t.Fatalf("got error %v, want %v", err, tt.class)
			}
			if id.Subject() != tt.subject {
				t.Errorf("got %q, want %q", id.Subject(), tt.subject)
			}
		})
	}
}

func TestCookieIsOff(t *testing.T) {
	cfg := pemConfig()
	cfg.AuthorizedParties = []string{origin}
	_, err := mustNew(t, cfg).Authenticate(t.Context(), request(t, "GET", "__session="+sign(t, nil, nil), nil))
	if !errors.Is(err, core.ErrNoToken) {
		t.Errorf("got %v, want the cookie ignored", err)
	}
}

// The caller's own places stay, and the cookie is the last.
func TestCookieBesideExtract(t *testing.T) {
	cfg := pemConfig()
	cfg.AllowCookie, cfg.AuthorizedParties = true, []string{origin}
	cfg.Core.Extractors = []core.Extractor{core.FromHeader("X-Session")}
	a := mustNew(t, cfg)
	other := http.Header{"X-Session": {sign(t, nil, object{"sub": "user_2"})}}
	for _, tt := range []struct {
		name    string
		header  http.Header
		subject string
	}{
		{"both", other, "user_2"},
		{"the cookie alone", nil, "user_1"},
		{"Authorization is not read", http.Header{"Authorization": {"Bearer x"}}, "user_1"},
	} {
		id, err := a.Authenticate(t.Context(), request(t, "GET", "__session="+sign(t, nil, nil), tt.header))
		if err != nil || id.Subject() != tt.subject {
			t.Errorf("%s: got %q, %v; want %q", tt.name, id.Subject(), err, tt.subject)
		}
	}
}
