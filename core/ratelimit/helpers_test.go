package ratelimit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/store"
)

// clock is a clock that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Unix(1_700_000_000, 0)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) elapse(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// events is an Observer that keeps what it is told.
type events struct {
	mu  sync.Mutex
	all []core.Event
}

func (o *events) Observe(_ context.Context, e core.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, e)
}

func (o *events) take(kind core.EventKind) (found []core.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.all {
		if e.Kind == kind {
			found = append(found, e)
		}
	}
	o.all = nil
	return found
}

// verifiesNothing is a TokenVerifier, for an Authenticator without issuers.
type verifiesNothing struct{}

func (verifiesNothing) VerifyToken(context.Context, string) (*core.Identity, error) {
	return nil, core.ErrOtherToken
}

func authenticator(t testing.TB, change ...func(*core.Config)) *core.Authenticator {
	t.Helper()
	cfg := core.Config{TokenVerifiers: []core.TokenVerifier{verifiesNothing{}}, Observer: core.Silent}
	for _, c := range change {
		c(&cfg)
	}
	auth, err := core.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return auth
}

// limiter makes one that counts by address and has one request an hour, unless
// changed.
func limiter(t testing.TB, change ...func(*Config)) *Limiter {
	t.Helper()
	cfg := Config{Limits: []Limit{{Requests: 1, Per: time.Hour}}, Key: ByAddress()}
	for _, c := range change {
		c(&cfg)
	}
	if cfg.Authenticator == nil {
		cfg.Authenticator = authenticator(t)
	}
	l, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// from is a request of a client with these headers.
func from(peer string, header ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = peer
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

// as is a request of a user.
func as(d core.IdentityData) *http.Request {
	r := from("192.0.2.1:1")
	return r.WithContext(core.WithIdentity(r.Context(), core.NewIdentity(d)))
}

func run(l *Limiter, r *http.Request) adapter.Outcome {
	return l.Step()(r.Context(), adapter.FromHTTP(r))
}

func admitted(l *Limiter, r *http.Request) bool { return run(l, r).Refusal == nil }

// count returns how many of n requests are admitted.
func count(l *Limiter, r *http.Request, n int) (admits int) {
	for range n {
		if admitted(l, r) {
			admits++
		}
	}
	return admits
}

func headerOf(header [][2]string, name string) string {
	for _, h := range header {
		if h[0] == name {
			return h[1]
		}
	}
	return ""
}

// advancer is a Store of which only Advance is used.
type advancer struct {
	store.Store
	advance func(ctx context.Context, key string, by, limit time.Duration) (time.Duration, bool, error)
}

func (a advancer) Advance(ctx context.Context, key string, by, limit time.Duration) (time.Duration, bool, error) {
	return a.advance(ctx, key, by, limit)
}

func hexSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
