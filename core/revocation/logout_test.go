package revocation

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/internal/forge"
	"github.com/authkeel/authkeel/core/jwks"
	"github.com/authkeel/authkeel/core/store"
)

var (
	issuerKey   = sync.OnceValue(func() *devissuer.Key { return devissuer.NewKey("k", "ES256") })
	strangerKey = sync.OnceValue(func() *devissuer.Key { return devissuer.NewKey("k", "ES256") })
)

// logoutTime is when the logout tokens are sent.
var logoutTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

const clientID = "web"

func logoutSet(t testing.TB, change ...func(*LogoutConfig)) (*List, *LogoutHandler) {
	t.Helper()
	now := func() time.Time { return logoutTime.Add(time.Second) }
	l := newList(t, func(c *Config) { c.Now = now })
	keys, err := jwks.Static(forge.Set(issuerKey().JWK()))
	must(t, err)
	cfg := LogoutConfig{List: l, Issuers: []core.Issuer{{URL: iss, Audiences: []string{"api"}, Keys: keys}},
		ClientIDs: []string{clientID}, Logger: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(&cfg)
	}
	h, err := NewLogoutHandler(cfg)
	must(t, err)
	return l, h
}

type object = map[string]any

func logoutClaims(change object) object {
	return devissuer.With(object{
		"iss": iss, "aud": clientID, "iat": logoutTime.Unix(), "exp": logoutTime.Add(2 * time.Minute).Unix(), "jti": "logout_1",
		"sub": "user_1", "sid": "sess_1", "events": object{logoutEvent: object{}},
	}, change)
}

func logoutText(t testing.TB, key *devissuer.Key, header, change object) string {
	t.Helper()
	h, err := json.Marshal(devissuer.With(object{"alg": "ES256", "kid": "k", "typ": "logout+jwt"}, header))
	must(t, err)
	c, err := json.Marshal(logoutClaims(change))
	must(t, err)
	return devissuer.SignRaw(key, "ES256", h, c)
}

func post(h http.Handler, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/logout", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func form(token string) string { return url.Values{"logout_token": {token}}.Encode() }

// issued is the identity of an access token from an hour before the logout.
func issued(change ...func(*core.IdentityData)) *core.Identity {
	return caller(append([]func(*core.IdentityData){func(d *core.IdentityData) {
		d.IssuedAt, d.ExpiresAt = logoutTime.Add(-time.Hour), logoutTime.Add(time.Hour)
	}}, change...)...)
}

func otherSession(d *core.IdentityData) { d.SessionID = "sess_2" }
func noSession(d *core.IdentityData)    { d.SessionID = "" }
func later(d *core.IdentityData)        { d.IssuedAt = logoutTime.Add(time.Second) }

func TestLogoutRevokes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		claims object
		want   map[string]bool // by the identities below
	}{
		{"session and subject", nil, map[string]bool{"session": true, "no session": true}},
		{"session alone", object{"sub": nil}, map[string]bool{"session": true}},
		{"subject alone", object{"sid": nil}, map[string]bool{"session": true, "other session": true, "no session": true}},
		{"null for the session", object{"sid": json.RawMessage("null")}, map[string]bool{"session": true, "other session": true, "no session": true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, h := logoutSet(t)
			w := post(h, form(logoutText(t, issuerKey(), nil, tt.claims)))
			if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" || w.Body.Len() != 0 {
				t.Fatalf("got %d %q %q", w.Code, w.Header(), w.Body)
			}
			for name, id := range map[string]*core.Identity{
				"session": issued(), "other session": issued(otherSession), "no session": issued(noSession),
				"a later token of another session": issued(otherSession, later), "a later token without session": issued(noSession, later),
				"another subject":        issued(otherSession, func(d *core.IdentityData) { d.Subject = "user_2" }),
				"of another issuer":      issued(func(d *core.IdentityData) { d.Issuer = "https://other.example" }),
				"another without either": issued(noSession, func(d *core.IdentityData) { d.Subject = "user_2" }),
			} {
				t.Log(name)
				is(t, l, id, tt.want[name])
			}
		})
	}
}

func TestLogoutTokens(t *testing.T) {
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	for _, tt := range []struct {
		name           string
		header, claims object
		want           int
	}{
		{"typ with application/", object{"typ": "application/LOGOUT+jwt"}, nil, 200},
		{"several audiences", nil, object{"aud": []string{"other", clientID}}, 200},
		{"more events", nil, object{"events": object{logoutEvent: object{"x": 1}, "other": object{}}}, 200},
		{"no typ", object{"typ": nil}, nil, 400},
		{"typ JWT", object{"typ": "JWT"}, nil, 400},
		{"typ at+jwt", object{"typ": "at+jwt"}, nil, 400},
		{"no alg", object{"alg": "none"}, nil, 400},
		{"another alg", object{"alg": "HS256"}, nil, 400},
		{"an unknown key", object{"kid": "other"}, nil, 400},
		{"crit", object{"crit": []string{"x"}, "x": 1}, nil, 400},
		{"another issuer", nil, object{"iss": "https://other.example"}, 400},
		{"no issuer", nil, object{"iss": nil}, 400},
		{"the audience of the API", nil, object{"aud": "api"}, 400},
		{"no audience", nil, object{"aud": nil}, 400},
		{"no iat", nil, object{"iat": nil}, 400},
		{"iat in the future", nil, object{"iat": logoutTime.Add(time.Hour).Unix()}, 400},
		{"no exp", nil, object{"exp": nil}, 400},
		{"expired", nil, object{"exp": logoutTime.Add(-time.Minute).Unix()}, 400},
		{"exp in a month", nil, object{"exp": logoutTime.AddDate(0, 1, 0).Unix()}, 400},
		{"not yet valid", nil, object{"nbf": logoutTime.Add(time.Hour).Unix()}, 400},
		{"no jti", nil, object{"jti": nil}, 400},
		{"an empty jti", nil, object{"jti": ""}, 400},
		{"jti is a number", nil, object{"jti": 1}, 400},
		{"a long jti", nil, object{"jti": strings.Repeat("x", 600)}, 400},
		{"no events", nil, object{"events": nil}, 400},
		{"events is an array", nil, object{"events": []string{logoutEvent}}, 400},
		{"events is a string", nil, object{"events": logoutEvent}, 400},
		{"events is null", nil, object{"events": raw("null")}, 400},
		{"another event", nil, object{"events": object{"http://schemas.openid.net/event/other": object{}}}, 400},
		{"the event is null", nil, object{"events": object{logoutEvent: nil}}, 400},
		{"the event is true", nil, object{"events": object{logoutEvent: true}}, 400},
		{"the event is a string", nil, object{"events": object{logoutEvent: "{}"}}, 400},
		{"two equal events", nil, object{"events": raw(`{"` + logoutEvent + `":{},"` + logoutEvent + `":{}}`)}, 400},
		{"neither sub nor sid", nil, object{"sub": nil, "sid": nil}, 400},
		{"empty sub and sid", nil, object{"sub": "", "sid": ""}, 400},
		{"sub is a number", nil, object{"sub": 7}, 400},
		{"sid is a number", nil, object{"sid": 7}, 400},
		{"a nonce", nil, object{"nonce": "n"}, 400},
		{"a nonce that is null", nil, object{"nonce": raw("null")}, 400},
		{"bound to a key", nil, object{"cnf": object{"jkt": "x"}}, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, h := logoutSet(t)
			w := post(h, form(logoutText(t, issuerKey(), tt.header, tt.claims)))
			if w.Code != tt.want {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, tt.want)
			}
			is(t, l, issued(), tt.want == 200)
		})
	}
	l, h := logoutSet(t)
	if w := post(h, form(logoutText(t, strangerKey(), nil, nil))); w.Code != 400 {
		t.Errorf("the signature of a stranger: got %d, want 400", w.Code)
	}
	is(t, l, issued(), false)
	_, h = logoutSet(t, func(c *LogoutConfig) { c.AllowUntyped = true })
	for i, typ := range []any{nil, "JWT", "logout+jwt"} {
		if w := post(h, form(logoutText(t, issuerKey(), object{"typ": typ}, object{"jti": string(rune('a' + i))}))); w.Code != 200 {
			t.Errorf("AllowUntyped, typ %v: got %d", typ, w.Code)
		}
	}
	if w := post(h, form(logoutText(t, issuerKey(), object{"typ": "at+jwt"}, nil))); w.Code != 400 {
		t.Errorf("AllowUntyped, typ at+jwt: got %d", w.Code)
	}
}

func TestLogoutRequests(t *testing.T) {
	token := logoutText(t, issuerKey(), nil, nil)
	good := form(token)
	const kind = "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		name, method, contentType, target, body string
		want                                    int
	}{
		{"as it should be", "POST", kind, "/", good, 200},
		{"with a charset", "POST", kind + "; charset=utf-8", "/", good, 200},
		{"other parameters", "POST", kind, "/", "a=b&" + good + "&c", 200},
		{"GET", "GET", "", "/?" + good, "", 405},
		{"HEAD", "HEAD", "", "/?" + good, "", 405},
		{"PUT", "PUT", kind, "/", good, 405},
		{"in the query", "POST", kind, "/?" + good, "", 400},
		{"twice", "POST", kind, "/", good + "&" + good, 400},
		{"empty", "POST", kind, "/", "logout_token=", 400},
		{"no body", "POST", kind, "/", "", 400},
		{"another name", "POST", kind, "/", "token=" + token, 400},
		{"not a form", "POST", "application/json", "/", `{"logout_token":"` + token + `"}`, 400},
		{"no type", "POST", "", "/", good, 400},
		{"bad escapes", "POST", kind, "/", good + "&x=%zz", 400},
		{"semicolons", "POST", kind, "/", "a=b;" + good, 400},
		{"too large", "POST", kind, "/", good + "&x=" + strings.Repeat("y", maxLogoutBody), 413},
		{"a long token", "POST", kind, "/", "logout_token=" + strings.Repeat("y", 20<<10), 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, announced := range []bool{true, false} {
				_, h := logoutSet(t)
				r := httptest.NewRequest(tt.method, tt.target, io.NopCloser(strings.NewReader(tt.body)))
				if announced {
					r.ContentLength = int64(len(tt.body))
				}
				if tt.contentType != "" {
					r.Header.Set("Content-Type", tt.contentType)
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != tt.want || w.Header().Get("Cache-Control") != "no-store" {
					t.Errorf("got %d %q, want %d", w.Code, w.Header(), tt.want)
				}
				if w.Code == 405 && w.Header().Get("Allow") != "POST" {
					t.Errorf("got Allow %q", w.Header().Get("Allow"))
				}
				if w.Code != 200 && !json.Valid(w.Body.Bytes()) {
					t.Errorf("the body is not JSON: %s", w.Body)
				}
			}
		})
	}
}

// TestLogoutReplay: a logout token works once, on all replicas, and again when the
// first time failed.
func TestLogoutReplay(t *testing.T) {
	s := newSwitched()
	s.Store = store.NewMemory(store.MemoryOptions{Now: func() time.Time { return logoutTime }})
	_, one := logoutSet(t, func(c *LogoutConfig) { c.Store = s })
	_, two := logoutSet(t, func(c *LogoutConfig) { c.Store = s })
	token := form(logoutText(t, issuerKey(), nil, nil))
	s.set(store.ErrUnavailable, 0)
	if w := post(one, token); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("store down: got %d %q, want 503", w.Code, w.Header())
	}
	s.set(nil, 0)
	for i, want := range []int{200, 400, 400} {
		if w := post([]http.Handler{one, two, one}[i], token); w.Code != want {
			t.Errorf("delivery %d: got %d, want %d", i, w.Code, want)
		}
	}
	full, again := logoutSet(t, func(c *LogoutConfig) { c.List.known.max = 0 })
	if w := post(again, token); w.Code != 503 {
		t.Errorf("full: got %d, want 503", w.Code)
	}
	full.known.max = 10
	if w := post(again, token); w.Code != 200 {
		t.Errorf("the repetition: got %d, want 200", w.Code)
	}
}

func TestLogoutKeysUnavailable(t *testing.T) {
	down, err := jwks.Custom(jwks.LookupFunc(func(context.Context, string, string) ([]*jwks.Key, error) { return nil, errors.New("down") }))
	must(t, err)
	l, h := logoutSet(t, func(c *LogoutConfig) { c.Issuers[0].Keys = down })
	if w := post(h, form(logoutText(t, issuerKey(), nil, nil))); w.Code != 503 {
		t.Errorf("got %d, want 503", w.Code)
	}
	is(t, l, issued(), false)
}

func TestLogoutConfig(t *testing.T) {
	l := newList(t)
	issuers := []core.Issuer{{URL: iss}}
	for field, cfg := range map[string]LogoutConfig{
		"List":      {Issuers: issuers, ClientIDs: []string{clientID}},
		"Issuers":   {List: l, ClientIDs: []string{clientID}},
		"ClientIDs": {List: l, Issuers: issuers},
		"URL":       {List: l, Issuers: []core.Issuer{{}}, ClientIDs: []string{clientID}},
		"Audiences": {List: l, Issuers: issuers, ClientIDs: []string{""}},
	} {
		if _, err := NewLogoutHandler(cfg); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("got %v, want an error about %s", err, field)
		}
	}
}

func FuzzLogoutForm(f *testing.F) {
	token := logoutText(f, issuerKey(), nil, nil)
	for _, seed := range []string{form(token), form(token) + "&" + form(token), "logout_token=%", "", "a;b", "logout_token=" + token + "&x=%zz", "logout_token=a.b.c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		_, h := logoutSet(t)
		w := post(h, body)
		values, err := url.ParseQuery(body)
		if w.Code == 200 && (err != nil || len(values["logout_token"]) != 1 || values.Get("logout_token") != token) {
			t.Errorf("accepted %q", body)
		}
		if w.Code != 200 && w.Code != 400 && w.Code != 413 {
			t.Errorf("got %d", w.Code)
		}
	})
}

// FuzzLogoutToken signs any payload: what is accepted must have all that a logout
// token has, as another reader sees it.
func FuzzLogoutToken(f *testing.F) {
	for _, change := range []object{nil, {"nonce": "n"}, {"sid": nil}, {"sub": nil}, {"events": nil}, {"jti": nil}, {"aud": []string{clientID}}} {
		text, err := json.Marshal(logoutClaims(change))
		must(f, err)
		f.Add(string(text))
	}
	f.Add(`{"events":{"` + logoutEvent + `":{}},"events":{}}`)
	f.Fuzz(func(t *testing.T, payload string) {
		_, h := logoutSet(t)
		w := post(h, form(devissuer.SignRaw(issuerKey(), "ES256", []byte(`{"alg":"ES256","kid":"k","typ":"logout+jwt"}`), []byte(payload))))
		if w.Code != 200 {
			return
		}
		var c map[string]any
		must(t, json.Unmarshal([]byte(payload), &c))
		events, _ := c["events"].(map[string]any)
		_, event := events[logoutEvent].(map[string]any)
		_, nonce := c["nonce"]
		jti, _ := c["jti"].(string)
		sub, _ := c["sub"].(string)
		sid, _ := c["sid"].(string)
		if !event || nonce || jti == "" || sub+sid == "" || c["iss"] != iss || c["iat"] == nil || c["exp"] == nil {
			t.Errorf("accepted %s", payload)
		}
	})
}
