package revocation

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/store"
)

const iss = "https://issuer.example"

// switched is a store that a test breaks.
type switched struct {
	store.Store
	mu    sync.Mutex
	err   error
	delay time.Duration
	calls int
}

func (s *switched) set(err error, delay time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err, s.delay = err, delay
}

func (s *switched) reads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

func (s *switched) ask(ctx context.Context) error {
	s.mu.Lock()
	s.calls++
	err, delay := s.err, s.delay
	s.mu.Unlock()
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return errors.Join(store.ErrUnavailable, ctx.Err())
		}
	}
	return err
}

func (s *switched) Get(ctx context.Context, keys ...string) ([]string, error) {
	if err := s.ask(ctx); err != nil {
		return nil, err
	}
	return s.Store.Get(ctx, keys...)
}

func (s *switched) Swap(ctx context.Context, key, old, value string, ttl time.Duration) (string, bool, error) {
	if err := s.ask(ctx); err != nil {
		return "", false, err
	}
	return s.Store.Swap(ctx, key, old, value, ttl)
}

func newSwitched() *switched { return &switched{Store: store.NewMemory(store.MemoryOptions{})} }

func newList(t testing.TB, change ...func(*Config)) *List {
	t.Helper()
	cfg := Config{Logger: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(&cfg)
	}
	l, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func on(s store.Store) func(*Config) { return func(c *Config) { c.Store = s } }

// caller is the identity of a token that was issued now.
func caller(change ...func(*core.IdentityData)) *core.Identity {
	d := core.IdentityData{
		Issuer: iss, Subject: "user_1", SessionID: "sess_1", TokenID: "tok_1", AuthorizedParty: "app_1",
		Organization: core.Organization{ID: "org_1"}, IssuedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour),
	}
	for _, c := range change {
		c(&d)
	}
	return core.NewIdentity(d)
}

func is(t testing.TB, l *List, id *core.Identity, want bool) {
	t.Helper()
	got, err := l.Revoked(t.Context(), id)
	if err != nil {
		t.Errorf("got error %v", err)
	} else if got != want {
		t.Errorf("got revoked = %v, want %v", got, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
