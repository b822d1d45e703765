package revocation

import (
	"bytes"
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
	"github.com/authkeel/authkeel/core/internal/journal"
	"github.com/authkeel/authkeel/core/store"
)

// TestReplicas: what one replica revokes is refused by all a second later, with
// requests in between and without.
func TestReplicas(t *testing.T) {
	for name, pause := range map[string]time.Duration{"idle": 0, "busy": 50 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSwitched()
				all := []*List{newList(t, on(s)), newList(t, on(s)), newList(t, on(s))}
				for round := range 20 {
					id := caller(func(d *core.IdentityData) { d.SessionID = fmt.Sprint("sess_", round) })
					for _, l := range all {
						is(t, l, id, false)
					}
					time.Sleep(time.Duration(round) * 37 * time.Millisecond)
					must(t, all[round%3].RevokeSession(t.Context(), iss, id.SessionID()))
					is(t, all[round%3], id, true) // at once
					for end := time.Now().Add(time.Second); pause > 0 && time.Now().Before(end.Add(-pause)); {
						time.Sleep(pause)
						for _, l := range all {
							if _, err := l.Revoked(t.Context(), id); err != nil {
								t.Fatal(err)
							}
						}
					}
					if pause == 0 {
						time.Sleep(time.Second)
					} else {
						time.Sleep(pause)
					}
					for i, l := range all {
						if revoked, err := l.Revoked(t.Context(), id); !revoked || err != nil {
							t.Fatalf("round %d, replica %d: got %v, %v a second later", round, i, revoked, err)
						}
					}
				}
			})
		})
	}
}

// TestNewReplica knows everything that is in force, however much it is, and
// nothing that is over is kept in the journal.
func TestNewReplica(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory(store.MemoryOptions{})
		life := func(c *Config) { c.MaxTokenLife = time.Hour }
		old := newList(t, on(s), life)
		const n = 3*journal.MaxRead + 1
		revokeAll := func(prefix string) {
			for i := range n {
				must(t, old.RevokeSession(t.Context(), iss, fmt.Sprint(prefix, i)))
			}
		}
		knowsAll := func(l *List, prefix string, want bool) {
			t.Helper()
			for i := range n {
				is(t, l, caller(func(d *core.IdentityData) { d.SessionID = fmt.Sprint(prefix, i) }), want)
			}
		}
		revokeAll("a")
		time.Sleep(45 * time.Minute)
		revokeAll("b")
		fresh := newList(t, on(s), life)
		must(t, fresh.Ready(t.Context()))
		knowsAll(fresh, "a", true)
		knowsAll(fresh, "b", true)
		time.Sleep(45 * time.Minute)
		revokeAll("c")
		head, err := old.journal.Head(t.Context())
		must(t, err)
		if got := head.Last - head.First + 1; got != 2*n {
			t.Errorf("the journal has %d entries, want the %d that are in force", got, 2*n)
		}
		fresh = newList(t, on(s), life) // without Ready
		knowsAll(fresh, "b", true)
		knowsAll(fresh, "a", false)
	})
}

// TestMissedMany: a replica that was idle reads everything it missed.
func TestMissedMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory(store.MemoryOptions{})
		writer, idle := newList(t, on(s)), newList(t, on(s))
		is(t, idle, caller(), false)
		for i := range 5*journal.MaxRead + 7 {
			must(t, writer.RevokeSession(t.Context(), iss, fmt.Sprint("sess_", i)))
		}
		time.Sleep(time.Minute)
		for i := range 5*journal.MaxRead + 7 {
			is(t, idle, caller(func(d *core.IdentityData) { d.SessionID = fmt.Sprint("sess_", i) }), true)
		}
	})
}

// TestReadingsAreShared: however many requests come, the store is asked for the
// head about twice a second.
func TestReadingsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSwitched()
		s.set(nil, 10*time.Millisecond)
		l := newList(t, on(s))
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				for range 100 {
					is(t, l, caller(), false)
					time.Sleep(20 * time.Millisecond)
				}
			})
		}
		wg.Wait() // 2 seconds
		if n := s.reads(); n < 3 || n > 6 {
			t.Errorf("%d reads in 2 seconds, want about 4", n)
		}
	})
}

func TestOutageRefuses(t *testing.T) {
	for name, broken := range map[string]struct {
		err   error
		delay time.Duration
	}{"down": {store.ErrUnavailable, 0}, "hanging": {nil, time.Hour}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSwitched()
				var log bytes.Buffer
				l := newList(t, on(s), func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
				is(t, l, caller(), false)
				s.set(broken.err, broken.delay)
				time.Sleep(900 * time.Millisecond)
				is(t, l, caller(), false)
				time.Sleep(100 * time.Millisecond)
				for range 40 {
					from := time.Now()
					if revoked, err := l.Revoked(t.Context(), caller()); revoked || err == nil {
						t.Errorf("got %v, %v, want an error", revoked, err)
					}
					if took := time.Since(from); took > journal.Timeout {
						t.Errorf("a request waited %v", took)
					}
					time.Sleep(25 * time.Millisecond)
				}
				s.set(nil, 0)
				time.Sleep(time.Second)
				is(t, l, caller(), false)
				synctest.Wait()
				if got := strings.Count(log.String(), "\n"); got != 2 {
					t.Errorf("got %d lines, want the beginning and the end of the outage:\n%s", got, log.String())
				}
			})
		})
	}
}

func TestAllowStale(t *testing.T) {
	for name, broken := range map[string]struct {
		err   error
		delay time.Duration
	}{"down": {store.ErrUnavailable, 0}, "hanging": {nil, time.Hour}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSwitched()
				var log bytes.Buffer
				l := newList(t, on(s), func(c *Config) {
					c.AllowStale, c.Logger = time.Minute, slog.New(slog.NewTextHandler(&log, nil))
				})
				gone := caller(func(d *core.IdentityData) { d.SessionID = "gone" })
				must(t, l.RevokeSession(t.Context(), iss, "gone"))
				s.set(broken.err, broken.delay)
				waited := 0
				for range 500 {
					time.Sleep(100 * time.Millisecond)
					from := time.Now()
					is(t, l, caller(), false)
					is(t, l, gone, true)
					if time.Since(from) > 0 {
						waited++
					}
				}
				if waited > 3 {
					t.Errorf("%d requests waited for the store in a known outage", waited)
				}
				time.Sleep(12 * time.Second)
				if _, err := l.Revoked(t.Context(), caller()); err == nil {
					t.Error("no error after AllowStale")
				}
				if got := strings.Count(log.String(), "\n"); got != 1 {
					t.Errorf("got %d lines, want 1:\n%s", got, log.String())
				}
				s.set(nil, 0)
				time.Sleep(time.Second)
				is(t, l, caller(), false)
				fresh := newList(t, on(s), func(c *Config) { c.AllowStale = time.Minute })
				s.set(store.ErrUnavailable, 0)
				if _, err := fresh.Revoked(t.Context(), caller()); err == nil {
					t.Error("a replica that never read the store knows nothing: want an error")
				}
			})
		})
	}
}

// TestRevokingInAnOutage counts on the replica that was asked, says that it
// counts nowhere else, and can be repeated.
func TestRevokingInAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSwitched()
		stale := func(c *Config) { c.AllowStale = time.Minute }
		here, there := newList(t, on(s), stale), newList(t, on(s), stale)
		is(t, here, caller(), false)
		is(t, there, caller(), false)
		s.set(store.ErrUnavailable, 0)
		if err := here.RevokeSession(t.Context(), iss, "sess_1"); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("got %v, want the store's outage", err)
		}
		is(t, here, caller(), true)
		s.set(nil, 0)
		time.Sleep(time.Second)
		is(t, there, caller(), false)
		must(t, here.RevokeSession(t.Context(), iss, "sess_1"))
		time.Sleep(time.Second)
		is(t, there, caller(), true)
	})
}

// TestStoreLosesEverything: running replicas forget nothing, and what is revoked
// afterwards reaches all of them.
func TestStoreLosesEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSwitched()
		a, b := newList(t, on(s)), newList(t, on(s))
		must(t, a.RevokeSession(t.Context(), iss, "sess_1"))
		is(t, b, caller(), true)
		s.mu.Lock()
		s.Store = store.NewMemory(store.MemoryOptions{})
		s.mu.Unlock()
		time.Sleep(2 * time.Second)
		is(t, a, caller(), true)
		is(t, b, caller(), true)
		must(t, b.RevokeToken(t.Context(), iss, "tok_9"))
		time.Sleep(time.Second)
		is(t, a, caller(func(d *core.IdentityData) { d.SessionID, d.TokenID = "", "tok_9" }), true)
		is(t, a, caller(), true)
	})
}

func TestDamagedJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory(store.MemoryOptions{})
		l := newList(t, on(s))
		must(t, l.RevokeSession(t.Context(), iss, "sess_1"))
		head, err := l.journal.Head(t.Context())
		must(t, err)
		must(t, s.Set(t.Context(), l.journal.EntryKey(head.Last), "of a later version", time.Hour))
		fresh := newList(t, on(s))
		_, err = fresh.Revoked(t.Context(), caller())
		if err == nil || !strings.Contains(err.Error(), l.journal.EntryKey(head.Last)) {
			t.Errorf("got %v, want an error with the key of the record", err)
		}
	})
}

// panicking is a store that panics when it is read.
type panicking struct{ store.Store }

func (panicking) Get(context.Context, ...string) ([]string, error) { panic("boom") }

func TestStoreThatPanics(t *testing.T) {
	l := newList(t, on(panicking{store.NewMemory(store.MemoryOptions{})}))
	if _, err := l.Revoked(t.Context(), caller()); err == nil {
		t.Error("no error")
	}
}

// badHandler expects a value in the context of every record.
type badHandler struct{ slog.Handler }

func (badHandler) Handle(ctx context.Context, _ slog.Record) error {
	panic("no request ID: " + ctx.Value(badHandler{}).(string))
}

// TestLogHandlerThatPanics: outages, their end and lost revocations are logged on
// goroutines of the list.
func TestLogHandlerThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSwitched()
		l := newList(t, on(s), func(c *Config) { c.Logger = slog.New(badHandler{slog.NewTextHandler(io.Discard, nil)}) })
		must(t, l.RevokeSession(t.Context(), iss, "sess_1"))
		is(t, l, caller(), true)
		s.set(store.ErrUnavailable, 0)
		for range 3 { // the outage is logged
			time.Sleep(time.Second)
			if _, err := l.Revoked(t.Context(), caller()); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("got %v, want the store's outage", err)
			}
		}
		s.mu.Lock()
		s.Store = store.NewMemory(store.MemoryOptions{})
		s.mu.Unlock()
		s.set(nil, 0)
		time.Sleep(time.Second)
		is(t, l, caller(), true) // the loss and the end are logged
	})
}

func TestRequestThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSwitched()
		s.set(nil, 100*time.Millisecond)
		l := newList(t, on(s))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if _, err := l.Revoked(ctx, caller()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the end of the request", err)
		}
		is(t, l, caller(), false) // the reading went on
		if n := s.reads(); n != 1 {
			t.Errorf("%d reads, want 1", n)
		}
	})
}

// TestClockSetBack: a clock without a monotonic reading that is set back does not
// make old knowledge look fresh.
func TestClockSetBack(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var mu sync.Mutex
	now := func() time.Time { mu.Lock(); defer mu.Unlock(); return at }
	s := newSwitched()
	l := newList(t, on(s), func(c *Config) { c.Now = now })
	id := caller(func(d *core.IdentityData) { d.IssuedAt, d.ExpiresAt = at, at.Add(time.Hour) })
	is(t, l, id, false)
	mu.Lock()
	at = at.Add(-time.Hour)
	mu.Unlock()
	before := s.reads()
	is(t, l, id, false)
	if s.reads() == before {
		t.Error("the store was not read")
	}
}

func TestConcurrently(t *testing.T) {
	s := store.NewMemory(store.MemoryOptions{})
	lists := []*List{newList(t, on(s)), newList(t, on(s))}
	var wg sync.WaitGroup
	for w := range 4 {
		l := lists[w%2]
		wg.Go(func() {
			for i := range 50 {
				id := caller(func(d *core.IdentityData) { d.SessionID = fmt.Sprint(w, "_", i) })
				is(t, l, id, false)
				must(t, l.RevokeSession(context.Background(), iss, id.SessionID()))
				is(t, l, id, true)
			}
		})
	}
	wg.Wait()
}
