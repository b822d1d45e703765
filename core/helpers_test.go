package core_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/internal/forge"
	"github.com/authkeel/authkeel/core/jwks"
)

const (
	issuerURL = "https://issuer.example"
	apiURL    = "https://api.example"
)

// epoch is when the tests take place, unless they move the clock.
var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// trusted are the keys of the issuer. They are made once, as RSA takes time.
var trusted = sync.OnceValue(func() (k struct{ rs, ps, es, ed *devissuer.Key }) {
	k.rs, k.ps = devissuer.NewKey("rs", "RS256"), devissuer.NewKey("ps", "PS256")
	k.es, k.ed = devissuer.NewKey("es", "ES256"), devissuer.NewKey("ed", "EdDSA")
	return k
})

// clock is a clock that a test sets.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

func newClock() *clock { return &clock{at: epoch} }

// config trusts the issuer, its keys and this API, at epoch.
func config(t testing.TB) core.Config {
	t.Helper()
	k := trusted()
	return core.Config{
		Issuers: []core.Issuer{{
			URL: issuerURL, Audiences: []string{apiURL},
			Keys: static(t, k.rs.JWK(), k.ps.JWK(), k.es.JWK(), k.ed.JWK()),
		}},
		Now:      newClock().now,
		Observer: core.Silent,
	}
}

// static is the source of a key set that holds these keys, maps or raw JSON.
func static(t testing.TB, keys ...any) *jwks.Source {
	t.Helper()
	source, err := jwks.Static(forge.Set(keys...))
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// build is New of config, changed.
func build(t testing.TB, change ...func(*core.Config)) *core.Authenticator {
	t.Helper()
	cfg := config(t)
	for _, c := range change {
		c(&cfg)
	}
	a, err := core.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// replaceToken puts a token where a table says TOKEN.
func replaceToken(s, token string) string { return strings.ReplaceAll(s, "TOKEN", token) }

// rawJSON stands as it is in a document.
func rawJSON(s string) json.RawMessage { return json.RawMessage(s) }

// members is a JSON object of name and value pairs, in order. Later pairs
// replace earlier ones; a value of "" removes the member.
func members(pairs ...string) string {
	var names []string
	values := make(map[string]string)
	for i := 0; i < len(pairs); i += 2 {
		if !slices.Contains(names, pairs[i]) {
			names = append(names, pairs[i])
		}
		values[pairs[i]] = pairs[i+1]
	}
	var b strings.Builder
	for _, name := range names {
		if values[name] != "" {
			b.WriteString("," + strconv.Quote(name) + ":" + values[name])
		}
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}

// header is a token's header, with pairs as in members laid over the default.
func header(pairs ...string) string {
	return members(append([]string{"alg", `"RS256"`, "kid", `"rs"`, "typ", `"JWT"`}, pairs...)...)
}

// headerOf is the header for a key.
func headerOf(k *devissuer.Key, pairs ...string) string {
	return header(append([]string{"alg", strconv.Quote(k.Algorithm), "kid", strconv.Quote(k.ID)}, pairs...)...)
}

// payload is a token's claims, with pairs as in members laid over the default.
func payload(pairs ...string) string {
	return members(append([]string{
		"iss", strconv.Quote(issuerURL), "aud", strconv.Quote(apiURL), "sub", `"user_1"`,
		"iat", unix(0), "exp", unix(time.Hour),
	}, pairs...)...)
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// unix is a NumericDate relative to epoch.
func unix(d time.Duration) string { return strconv.FormatInt(epoch.Add(d).Unix(), 10) }

// first puts raw members before those of an object, last behind them.
func first(object, raw string) string { return "{" + raw + "," + object[1:] }
func last(object, raw string) string  { return object[:len(object)-1] + "," + raw + "}" }

// signed is a token of the trusted RS256 key.
func signed(header, payload string) string {
	return devissuer.SignRaw(trusted().rs, "RS256", []byte(header), []byte(payload))
}

// signedBy is a token of another key, with its own header.
func signedBy(k *devissuer.Key, payload string) string {
	return devissuer.SignRaw(k, k.Algorithm, []byte(headerOf(k)), []byte(payload))
}

// quick is a token of the trusted key that signs fastest.
func quick(pairs ...string) string { return signedBy(trusted().ed, payload(pairs...)) }

// request is a GET with these headers, name and value.
func request(headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for i := 0; i < len(headers); i += 2 {
		name := http.CanonicalHeaderKey(headers[i])
		r.Header[name] = append(r.Header[name], headers[i+1])
	}
	return r
}

func bearer(token string) *http.Request { return request("Authorization", "Bearer "+token) }

// attempt is the path of a request. A panic is a failure of its own.
func attempt(t testing.TB, a *core.Authenticator, r *http.Request) (id *core.Identity, err error) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return a.Authenticate(context.Background(), adapter.FromHTTP(r))
}

func accepted(t testing.TB, a *core.Authenticator, token string) *core.Identity {
	t.Helper()
	return acceptedRequest(t, a, bearer(token))
}

func acceptedRequest(t testing.TB, a *core.Authenticator, r *http.Request) *core.Identity {
	t.Helper()
	id, err := attempt(t, a, r)
	if err != nil {
		t.Fatalf("got refusal %v, want an identity", err)
	}
	if id == nil {
		t.Fatal("got neither identity nor error")
	}
	return id
}

// refused tries twice, so that a refusal which leaves something behind in the
// cache shows.
func refused(t testing.TB, a *core.Authenticator, token string, class error, reason string) {
	t.Helper()
	refusedRequest(t, a, bearer(token), class, reason)
	refusedRequest(t, a, bearer(token), class, reason)
}

func refusedRequest(t testing.TB, a *core.Authenticator, r *http.Request, class error, reason string) {
	t.Helper()
	id, err := attempt(t, a, r)
	isRefusal(t, id, err, class, reason)
}

func isRefusal(t testing.TB, id *core.Identity, err, class error, reason string) {
	t.Helper()
	if id != nil {
		t.Errorf("got identity %q beside error %v, want nil", id.Subject(), err)
	}
	if !errors.Is(err, class) {
		t.Errorf("got %v, want class %v", err, class)
	}
	var e *core.Error
	if !errors.As(err, &e) || e.Reason != reason {
		t.Errorf("got reason %v, want %s", err, reason)
	}
}

// row is a token and what becomes of it; no class stands for acceptance.
type row struct {
	name, token string
	class       error
	reason      string
}

func runRows(t *testing.T, a *core.Authenticator, rows []row) {
	t.Helper()
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			if tt.class == nil {
				accepted(t, a, tt.token)
			} else {
				refused(t, a, tt.token, tt.class, tt.reason)
			}
			explainAgrees(t, a, tt.token)
		})
	}
}

// explainAgrees holds Explain against Verify: they decide the same for the same
// reason, and a refusal has exactly one failed step.
func explainAgrees(t *testing.T, a *core.Authenticator, token string) {
	t.Helper()
	_, err := a.Verify(t.Context(), token)
	e := a.Explain(t.Context(), token)
	if (err == nil) != (e.Err == nil) || err != nil && err.Error() != e.Err.Error() {
		t.Errorf("Explain says %v, Verify %v", e.Err, err)
	}
	failed := 0
	for _, s := range e.Steps {
		if s.Result == core.StepFailed {
			failed++
		}
	}
	if want := map[bool]int{true: 0, false: 1}[err == nil]; failed != want {
		t.Errorf("got %d failed steps, want %d:\n%s", failed, want, e)
	}
}

// captureSlog has the default logger write into memory until the test ends.
func captureSlog(t *testing.T) *bytes.Buffer {
	t.Helper()
	var buf bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&buf, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &buf
}
