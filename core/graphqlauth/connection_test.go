package graphqlauth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/graphqlauth"
	"github.com/authkeel/authkeel/core/revocation"
	"github.com/authkeel/authkeel/core/store"
)

// failures is a limit that refuses the client of the test once it has failed.
type failures struct{ client netip.Addr }

func (f *failures) Allow(_ context.Context, client netip.Addr) (time.Duration, bool) {
	return time.Minute, client != f.client
}

func (f *failures) Failed(_ context.Context, client netip.Addr) { f.client = client }

// connect runs a handshake behind OptionalAuth and gives it to f, whose context is
// that of the connection.
func connect(t *testing.T, auth *core.Authenticator, change func(*http.Request), f func(ctx context.Context)) {
	t.Helper()
	handler := graphqlauth.Handshake(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { f(r.Context()) }))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example/graphql", http.NoBody)
	r.Header.Set("Upgrade", "websocket")
	r.Header.Set("Connection", "Upgrade")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	next, ok := adapter.Serve(auth.OptionalAuth(), w, r)
	if !ok {
		t.Fatalf("the handshake is refused: %d %s", w.Code, w.Body)
	}
	handler.ServeHTTP(w, next)
}

func TestConnect(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer, func(c *core.Config) {
		c.Extractors = []core.Extractor{core.FromBearer(), core.FromCookie("session")}
		c.TrustedOrigins = []string{"https://api.example"}
		c.Observer = core.Silent
	})
	token, other := issuer.Token(devissuer.Claims{"sub": "user_mo"}), issuer.Token(devissuer.Claims{"sub": "user_ada"})
	expired := issuer.Token(devissuer.Claims{"exp": time.Now().Add(-time.Hour).Unix()})
	cookie := func(r *http.Request) {
		r.Header.Set("Cookie", "session="+other)
		r.Header.Set("Origin", "https://api.example")
	}
	for _, tt := range []struct {
		name      string
		handshake func(*http.Request)
		payload   map[string]any
		caller    string // "": anonymous, or refused with code
		code      string
		close     int
		reason    string
	}{
		{"token", nil, map[string]any{"Authorization": "Bearer " + token}, "user_mo", "", 0, ""},
		{"token, lower case", nil, map[string]any{"authorization": "bearer " + token}, "user_mo", "", 0, ""},
		{"no payload", nil, nil, "", "", 0, ""},
		{"another payload", nil, map[string]any{"client": "ios"}, "", "", 0, ""},
		{"cookie of the handshake", cookie, nil, "user_ada", "", 0, ""},
		{"token instead of the cookie", cookie, map[string]any{"Authorization": "Bearer " + token}, "user_mo", "", 0, ""},
		{"bad token instead of the cookie", cookie, map[string]any{"Authorization": "Bearer x.y.z"}, "", "UNAUTHENTICATED", 4403, "the token is not accepted"},
		{"expired", nil, map[string]any{"Authorization": "Bearer " + expired}, "", "UNAUTHENTICATED", 4403, "token expired"},
		{"two tokens", nil, map[string]any{"Authorization": "Bearer " + token, "authorization": "Bearer " + token}, "", "BAD_REQUEST", 4403, "one bearer token"},
		{"empty token", nil, map[string]any{"Authorization": "Bearer "}, "", "BAD_REQUEST", 4403, "one bearer token"},
		{"no scheme", nil, map[string]any{"Authorization": token}, "", "UNAUTHENTICATED", 4403, "authentication is required"},
		{"no string", nil, map[string]any{"Authorization": []any{"Bearer " + token}}, "", "UNAUTHENTICATED", 4403, "authentication is required"},
	} {
		connect(t, auth, tt.handshake, func(ctx context.Context) {
			ctx, err := graphqlauth.Connect(ctx, auth, tt.payload)
			if tt.code != "" {
				refused, ok := graphqlauth.ErrorOf(err)
				if !ok || refused.Code() != tt.code {
					t.Errorf("%s: got %v, want %s", tt.name, err, tt.code)
				}
				if code, reason := graphqlauth.CloseReason(err); code != tt.close || !strings.Contains(reason, tt.reason) || len(reason) > 123 {
					t.Errorf("%s: closed with %d %q, want %d %q", tt.name, code, reason, tt.close, tt.reason)
				}
				return
			}
			if err != nil {
				t.Errorf("%s: got %v", tt.name, err)
				return
			}
			if caller, _ := graphqlauth.CallerFrom(ctx); caller.UserID() != tt.caller || ctx.Err() != nil {
				t.Errorf("%s: got caller %q, %v, want %q", tt.name, caller.UserID(), ctx.Err(), tt.caller)
			}
		})
	}
}

// TestConnectionEnds: the context ends with the token, and with the handler.
func TestConnectionEnds(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	list, err := revocation.New(revocation.Config{Store: store.NewMemory(store.MemoryOptions{})})
	if err != nil {
		t.Fatal(err)
	}
	auth := authtest.NewAuthenticator(t, issuer, func(c *core.Config) { c.Revocations, c.Observer = list, core.Silent })
	var left context.Context
	connect(t, auth, nil, func(ctx context.Context) {
		payload := map[string]any{"Authorization": "Bearer " + issuer.Token(devissuer.Claims{"sid": "sess_1"})}
		revoked, err := graphqlauth.Connect(ctx, auth, payload)
		if err != nil {
			t.Fatal(err)
		}
		payload["Authorization"] = "Bearer " + issuer.Token(nil)
		if left, err = graphqlauth.Connect(ctx, auth, payload); err != nil {
			t.Fatal(err)
		}
		if err := list.RevokeSession(t.Context(), issuer.URL(), "sess_1"); err != nil {
			t.Fatal(err)
		}
		<-revoked.Done()
		if code, reason := graphqlauth.CloseReason(context.Cause(revoked)); code != 4403 || reason != "sign in again" {
			t.Errorf("got %d %q", code, reason)
		}
		if left.Err() != nil {
			t.Errorf("the other token's context ended: %v", context.Cause(left))
		}
	})
	if left.Err() == nil {
		t.Error("the context outlives the handler")
	}
	if code, reason := graphqlauth.CloseReason(context.Cause(left)); code != 1001 || reason != "" {
		t.Errorf("got %d %q for a handler that is done", code, reason)
	}
}

// TestConnectCountsFailures: guessing by connection_init counts for the address of
// the handshake.
func TestConnectCountsFailures(t *testing.T) {
	limit := &failures{}
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer, func(c *core.Config) { c.FailureLimit, c.Observer = limit, core.Silent })
	connect(t, auth, nil, func(ctx context.Context) {
		bad := map[string]any{"Authorization": "Bearer x.y.z"}
		if _, err := graphqlauth.Connect(ctx, auth, bad); !errors.Is(err, core.ErrMalformed) {
			t.Errorf("got %v", err)
		}
		if limit.client != netip.MustParseAddr("192.0.2.1") {
			t.Errorf("the failure counts for %v", limit.client)
		}
		_, err := graphqlauth.Connect(ctx, auth, bad)
		refused, _ := graphqlauth.ErrorOf(err)
		if code, _ := graphqlauth.CloseReason(err); code != 1013 || refused.Code() != graphqlauth.CodeRateLimited || refused.Extensions()["retryAfter"] != int64(60) {
			t.Errorf("got %v, %v, closed with %d", err, refused.Extensions(), code)
		}
	})
}

// TestConnectMistakes: an order of middleware that cannot work is an error, and
// never an anonymous caller.
func TestConnectMistakes(t *testing.T) {
	log := captureLog(t)
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer, func(c *core.Config) { c.Observer = core.Silent })
	_, err := graphqlauth.Connect(t.Context(), auth, nil)
	if code, _ := graphqlauth.CloseReason(err); code != 4500 || !strings.Contains(log.String(), "wrap the GraphQL handler") {
		t.Errorf("without Handshake: got %v, closed with %d, log %s", err, code, log)
	}
	graphqlauth.Handshake(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := graphqlauth.Connect(r.Context(), auth, nil)
		if code, _ := graphqlauth.CloseReason(err); code != 4500 || !errors.Is(err, core.ErrNoAuthentication) {
			t.Errorf("without OptionalAuth: got %v, closed with %d", err, code)
		}
	})).ServeHTTP(httptest.NewRecorder(), func() *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql", http.NoBody)
		r.Header.Set("Upgrade", "websocket")
		return r
	}())

	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", http.NoBody)
	graphqlauth.Handshake(http.HandlerFunc(func(_ http.ResponseWriter, got *http.Request) {
		if got != r {
			t.Error("a request that is no handshake changed")
		}
	})).ServeHTTP(httptest.NewRecorder(), r)
}
