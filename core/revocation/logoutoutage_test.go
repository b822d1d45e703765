package revocation

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/store"
)

func stale(c *Config) { c.AllowStale = time.Minute }

// lateStore makes the first change, and its answer comes too late.
type lateStore struct {
	store.Store
	late atomic.Bool
}

func (s *lateStore) Swap(ctx context.Context, key, old, value string, ttl time.Duration) (string, bool, error) {
	current, swapped, err := s.Store.Swap(ctx, key, old, value, ttl)
	if err == nil && s.late.CompareAndSwap(true, false) {
		return "", false, store.ErrUnavailable
	}
	return current, swapped, err
}

// TestLogoutWithALateAnswer: the issuer's next attempt is no replay of one that
// failed, and the one after that is.
func TestLogoutWithALateAnswer(t *testing.T) {
	s := &lateStore{Store: store.NewMemory(store.MemoryOptions{Now: func() time.Time { return logoutTime }})}
	l, h := logoutSet(t, func(c *LogoutConfig) { c.Store = s })
	s.late.Store(true)
	token := form(logoutText(t, issuerKey(), nil, nil))
	for i, want := range []int{503, 200, 400} {
		if w := post(h, token); w.Code != want {
			t.Errorf("delivery %d: got %d, want %d", i, w.Code, want)
		}
	}
	is(t, l, issued(), true)
}

// TestLogoutInAnOutage: an issuer that does not deliver again has signed its user out
// all the same: at once on the replica that it reached, and on the others when the
// store answers.
func TestLogoutInAnOutage(t *testing.T) {
	for name, err := range map[string]error{"down": store.ErrUnavailable, "full": store.ErrFull} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, start := newSwitched(), time.Now()
				clock := func(c *Config) { c.Now = func() time.Time { return logoutTime.Add(time.Since(start)) } }
				here, there := newList(t, on(s), stale, clock), newList(t, on(s), stale, clock)
				_, h := logoutSet(t, func(c *LogoutConfig) { c.List, c.Store, c.Now = here, s, here.Now })
				tokens := []*core.Identity{issued(), issued(noSession)}
				for _, id := range tokens {
					is(t, here, id, false)
					is(t, there, id, false)
				}
				s.set(err, 0)
				if w := post(h, form(logoutText(t, issuerKey(), nil, nil))); w.Code != 503 {
					t.Errorf("got %d, want 503", w.Code)
				}
				for _, id := range tokens {
					is(t, here, id, true)
				}
				s.set(nil, 0)
				time.Sleep(retryEvery + time.Second)
				for _, id := range tokens {
					is(t, there, id, true)
				}
			})
		})
	}
}
