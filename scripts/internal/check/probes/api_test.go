package probes

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/jwks"
	"github.com/authkeel/authkeel/core/webhook"
	"github.com/authkeel/authkeel/scripts/internal/check/tokens"
)

// api is a made-up server. Without mistakes it is protected as it should be.
type api struct {
	source   *tokens.Source
	issuer   string
	audience string
	party    string
	keys     []byte // the issuer's set
	auth     *core.Authenticator
	hook     http.Handler
	newHook  func() http.Handler
	deletes  atomic.Int32 // calls that got through to the handler that deletes

	// What mistakes replace.
	accept  func(a *api, r *http.Request) *core.Identity // lets a request in that core would refuse
	before  func(a *api, w http.ResponseWriter, r *http.Request) bool
	wrap    func(a *api, h http.Handler) http.Handler
	refuse  func(a *api, w http.ResponseWriter, r *http.Request, refusal *core.Refusal)
	role    core.Policy
	open    bool // GET /api/items is outside the group
	closed  bool // GET /healthz is inside it
	unnamed bool // no handler says who is calling
}

const (
	audience = "https://api.check.test"
	party    = "https://front.check.test"
)

// newAPI starts an issuer, and an API that trusts it.
func newAPI(t *testing.T, source *tokens.Source, change func(*api)) (*api, string) {
	t.Helper()
	a := &api{source: source, issuer: source.Fill("{issuer}"), audience: audience, party: party, role: core.Role("admin")}
	res, err := http.Get(source.Fill("{jwks}"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if a.keys, err = io.ReadAll(res.Body); err != nil {
		t.Fatal(err)
	}
	verifier, err := webhook.NewVerifier(webhook.VerifierConfig{Secrets: []string{hookSecret}})
	if err != nil {
		t.Fatal(err)
	}
	a.newHook = func() http.Handler {
		h, err := webhook.New(webhook.Config{Verifier: verifier, Logger: slog.New(slog.DiscardHandler),
			Handlers: webhook.Handlers{"user.updated": func(context.Context, *webhook.Event) error { return nil }}})
		if err != nil {
			t.Error(err)
		}
		return h
	}
	a.hook = a.newHook()
	if a.auth, err = a.authenticator(nil); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(a)
	}
	s := httptest.NewServer(a.handler())
	t.Cleanup(s.Close)
	return a, s.URL
}

// authenticator is what core makes of the issuer, with a change.
func (a *api) authenticator(change func(*core.Config)) (*core.Authenticator, error) {
	keys, err := jwks.Static(a.keys)
	if err != nil {
		return nil, err
	}
	cfg := core.Config{Issuers: []core.Issuer{{URL: a.issuer, Audiences: []string{a.audience}, AuthorizedParties: []string{a.party}, Keys: keys}}}
	if change != nil {
		change(&cfg)
	}
	return core.New(cfg)
}

// lenient is what core says of a request with another configuration: the mistake
// of an application that configures a verifier so.
func (a *api) lenient(r *http.Request, change func(*core.Config)) *core.Identity {
	auth, err := a.authenticator(change)
	if err != nil {
		return nil
	}
	id, err := auth.Authenticate(r.Context(), adapter.FromHTTP(r))
	if err != nil {
		return nil
	}
	return id
}

func (a *api) protect(h http.Handler) http.Handler {
	require := a.auth.RequireAuth()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.before != nil && a.before(a, w, r) {
			return
		}
		if a.accept != nil {
			if id := a.accept(a, r); id != nil {
				h.ServeHTTP(w, r.WithContext(core.WithIdentity(r.Context(), id)))
				return
			}
		}
		a.step(require, w, r, h)
	})
}

func (a *api) step(step adapter.Step, w http.ResponseWriter, r *http.Request, h http.Handler) {
	out := step(r.Context(), adapter.FromHTTP(r))
	switch {
	case out.Refusal != nil && a.refuse != nil:
		adapter.SetHeader(out.Refusal.Header, w.Header().Set, w.Header().Add)
		a.refuse(a, w, r, out.Refusal)
	case out.Refusal != nil:
		out.Refusal.Write(w)
	default:
		adapter.SetHeader(out.Header, w.Header().Set, w.Header().Add)
		if out.Context != nil {
			r = r.WithContext(out.Context)
		}
		h.ServeHTTP(w, r)
	}
}

func (a *api) handler() http.Handler {
	say := func(text string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if id, ok := core.IdentityFrom(r.Context()); ok && !a.unnamed {
				text = id.Subject()
			}
			fmt.Fprintf(w, `{"said":%q}`, text)
		})
	}
	items, health := a.protect(say("items")), say("well")
	if a.open {
		items = say("items")
	}
	if a.closed {
		health = a.protect(health)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /api/me", a.protect(say("hello")))
	mux.Handle("GET /api/items", items)
	mux.Handle("GET /healthz", health)
	mux.Handle("POST /hook", a.hook)
	mux.Handle("DELETE /api/items/{id}", a.protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { a.deletes.Add(1) })))
	mux.Handle("GET /api/admin", a.protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.step(core.Require(a.role), w, r, say("admin"))
	})))
	if a.wrap != nil {
		return a.wrap(a, mux)
	}
	return cors(a, mux)
}

// cors is what a CORS middleware does, mounted before everything else.
func cors(_ *api, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") == party {
			w.Header().Set("Access-Control-Allow-Origin", party)
			w.Header().Set("Access-Control-Allow-Headers", "Authorization")
		}
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// bearer is the only or the first token of a request, in its parts.
func bearer(r *http.Request) (token string, header, claims map[string]any) {
	token = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return token, nil, nil
	}
	for i, into := range []*map[string]any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(text, into) != nil {
			return token, nil, nil
		}
	}
	return token, header, claims
}

// believe is an identity out of claims that nobody verified.
func believe(claims map[string]any) *core.Identity {
	subject, _ := claims["sub"].(string)
	return core.NewIdentity(core.IdentityData{Subject: subject, Roles: []string{"member"}})
}

// at is core's clock at another time, in seconds, as a claim has it.
func at(claims map[string]any, name string) func(*core.Config) {
	seconds, _ := claims[name].(float64)
	return func(c *core.Config) { c.Now = func() time.Time { return time.Unix(int64(seconds), 0) } }
}

func hs256(token string, secret []byte) bool {
	i := strings.LastIndexByte(token, '.')
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(token[:i]))
	return token[i+1:] == base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
