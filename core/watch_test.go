package core_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/revocation"
	"github.com/authkeel/authkeel/core/store"
)

// signedIn is the context of a request with a token that lives for a minute, behind
// an Authenticator on the bubble's clock.
func signedIn(t *testing.T, list core.RevocationList, claims ...string) context.Context {
	t.Helper()
	a := build(t, func(c *core.Config) { c.Now, c.Revocations = nil, list })
	now := time.Now()
	claims = append([]string{"iat", fmt.Sprint(now.Unix()), "exp", fmt.Sprint(now.Add(time.Minute).Unix()), "sid", `"sess_1"`}, claims...)
	id, err := a.Verify(t.Context(), quick(claims...))
	if err != nil {
		t.Fatal(err)
	}
	return a.WithIdentity(t.Context(), id)
}

// ends waits for the end of the watch and checks its cause.
func ends(ctx context.Context, t *testing.T, after time.Duration, class error, reason string) {
	t.Helper()
	from := time.Now()
	<-ctx.Done()
	if took := time.Since(from); took > after {
		t.Errorf("it ended after %v, want %v at most", took, after)
	}
	isRefusal(t, nil, context.Cause(ctx), class, reason)
}

func newRevocations(t *testing.T, s store.Store) *revocation.List {
	t.Helper()
	l, err := revocation.New(revocation.Config{Store: s})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestWatchExpiry(t *testing.T) {
	for name, list := range map[string]core.RevocationList{"no list": nil, "a list": &revocations{}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := core.Watch(signedIn(t, list))
				defer stop()
				time.Sleep(time.Minute + 4*time.Second)
				if err := context.Cause(ctx); err != nil {
					t.Errorf("it ended before exp and leeway: %v", err)
				}
				ends(ctx, t, time.Second, core.ErrExpired, "expired")
				if id, ok := core.IdentityFrom(ctx); !ok || id.Subject() != "user_1" {
					t.Error("the context has lost the identity")
				}
			})
		})
	}
}

// TestWatchRevocation: a revocation on another replica ends the connections of its
// session within a second, and no others, without any request.
func TestWatchRevocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory(store.MemoryOptions{})
		here, there := newRevocations(t, s), newRevocations(t, s)
		request := signedIn(t, here)
		var watched []context.Context
		for range 100 {
			ctx, stop := core.Watch(request)
			defer stop()
			watched = append(watched, ctx)
		}
		other, stop := core.Watch(signedIn(t, here, "sid", `"sess_2"`))
		defer stop()
		time.Sleep(20*time.Second + 123*time.Millisecond)
		if err := there.RevokeSession(t.Context(), issuerURL, "sess_1"); err != nil {
			t.Fatal(err)
		}
		from := time.Now()
		for _, ctx := range watched {
			ends(ctx, t, time.Second, core.ErrRevoked, "revoked")
		}
		if took := time.Since(from); took > time.Second {
			t.Errorf("it took %v", took)
		}
		if err := context.Cause(other); err != nil {
			t.Errorf("the connection of another session ended: %v", err)
		}
	})
}

// TestWatchIsReleased: when nobody watches any longer the list is not asked, and
// the next watch is served.
func TestWatchIsReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := &countedList{}
		request := signedIn(t, list)
		for range 2 {
			ctx, stop := core.Watch(request)
			parent, cancel := context.WithCancel(request)
			byParent, stopChild := core.Watch(parent)
			defer stopChild()
			time.Sleep(5 * time.Second)
			if n := list.asked(); n < 18 {
				t.Errorf("the list was asked %d times in 5 seconds for two connections", n)
			}
			stop()
			cancel()
			if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("after stop: got %v, want Canceled", err)
			}
			<-byParent.Done()
			time.Sleep(time.Second)
			list.asked()
			time.Sleep(10 * time.Second)
			if n := list.asked(); n != 0 {
				t.Errorf("the list was asked %d times for nobody", n)
			}
		}
	})
}

func TestWatchOutage(t *testing.T) {
	for name, list := range map[string]*countedList{
		"an error": {err: errors.New("down")}, "a panic": {panics: true},
	} {
		t.Run(name, func(t *testing.T) {
			log := captureSlog(t)
			synctest.Test(t, func(t *testing.T) {
				a := build(t, func(c *core.Config) { c.Now, c.Revocations = nil, list })
				id := core.NewIdentity(core.IdentityData{Issuer: issuerURL, Subject: "user_1"}) // without exp
				ctx, stop := core.Watch(a.WithIdentity(t.Context(), id))
				defer stop()
				ends(ctx, t, time.Second, core.ErrUnavailable, "revocations_unavailable")
			})
			if list.panics != strings.Contains(log.String(), "panicked") {
				t.Errorf("got log %q", log)
			}
		})
	}
}

// badHandler expects a value in the context of every record.
type badHandler struct{ slog.Handler }

func (badHandler) Handle(ctx context.Context, _ slog.Record) error {
	panic("no request ID: " + ctx.Value(badHandler{}).(string))
}

// TestWatchAndLogHandlerThatPanics: the list is asked on a goroutine of ours.
func TestWatchAndLogHandlerThatPanics(t *testing.T) {
	captureSlog(t) // restores the default
	slog.SetDefault(slog.New(badHandler{slog.NewTextHandler(io.Discard, nil)}))
	synctest.Test(t, func(t *testing.T) {
		a := build(t, func(c *core.Config) { c.Now, c.Revocations = nil, &countedList{panics: true} })
		ctx, stop := core.Watch(a.WithIdentity(t.Context(), core.NewIdentity(core.IdentityData{Issuer: issuerURL, Subject: "user_1"})))
		defer stop()
		ends(ctx, t, time.Second, core.ErrUnavailable, "revocations_unavailable")
	})
}

func TestWatchWithoutToken(t *testing.T) {
	log := captureSlog(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := core.Watch(t.Context())
		defer stop()
		ends(ctx, t, 0, core.ErrNoAuthentication, "no_authentication_mounted")
		if !strings.Contains(log.String(), "Watch is called without authentication") {
			t.Errorf("got log %q", log)
		}
		a := build(t)
		out := a.OptionalAuth()(t.Context(), adapter.FromHTTP(request()))
		if out.Context == nil {
			t.Fatal("no context")
		}
		anonymous, stop := core.Watch(out.Context)
		time.Sleep(time.Hour)
		if err := context.Cause(anonymous); err != nil {
			t.Errorf("anonymous: ended with %v", err)
		}
		stop()
		if err := context.Cause(anonymous); !errors.Is(err, context.Canceled) {
			t.Errorf("after stop: got %v", err)
		}
		expired, stop := core.Watch(core.WithIdentity(t.Context(), core.NewIdentity(core.IdentityData{ExpiresAt: time.Now().Add(-time.Minute)})))
		defer stop()
		ends(expired, t, 0, core.ErrExpired, "expired")
	})
}

// TestRevocationListOfReplicas: a token that one replica remembers is refused
// within a second of its revocation on another.
func TestRevocationListOfReplicas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory(store.MemoryOptions{})
		here, there := newRevocations(t, s), newRevocations(t, s)
		a := build(t, func(c *core.Config) { c.Now, c.Revocations = nil, here })
		now := time.Now()
		token := quick("iat", fmt.Sprint(now.Unix()), "exp", fmt.Sprint(now.Add(time.Hour).Unix()), "sid", `"sess_1"`)
		accepted(t, a, token)
		accepted(t, a, token)
		if err := there.RevokeSession(t.Context(), issuerURL, "sess_1"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		refused(t, a, token, core.ErrRevoked, "revoked")
	})
}

// countedList counts questions and answers as a test says.
type countedList struct {
	mu     sync.Mutex
	n      int
	err    error
	panics bool
}

func (l *countedList) Revoked(context.Context, *core.Identity) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	if l.panics {
		panic("boom")
	}
	return false, l.err
}

// asked returns how often the list was asked since the last call.
func (l *countedList) asked() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.n
	l.n = 0
	return n
}
