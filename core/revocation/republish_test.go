package revocation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/store"
)

// empty makes s lose everything.
func (s *switched) empty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Store = store.NewMemory(store.MemoryOptions{})
}

func inSession(id string) *core.Identity {
	return caller(func(d *core.IdentityData) { d.SessionID = id })
}

// wants checks that a replica that starts now knows n sessions.
func wants(t *testing.T, s store.Store, n int) {
	t.Helper()
	fresh := newList(t, on(s))
	for i := range n {
		is(t, fresh, inSession(fmt.Sprint("sess_", i)), true)
	}
}

// TestLostRevocationsAreWrittenAgain: a store that has lost everything gets what
// the running replicas know, once, and in its room.
func TestLostRevocationsAreWrittenAgain(t *testing.T) {
	const n = 3*republishRead + 7
	for _, replicas := range []int{1, 3} {
		t.Run(fmt.Sprint(replicas, " replicas"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSwitched()
				all := make([]*List, replicas)
				for i := range all {
					all[i] = newList(t, on(s), func(c *Config) { c.MaxEntries = n + 1 })
				}
				for i := range n {
					must(t, all[i%replicas].RevokeSession(t.Context(), iss, fmt.Sprint("sess_", i)))
				}
				time.Sleep(time.Second)
				for _, l := range all {
					is(t, l, inSession("none"), false)
				}
				for range 2 {
					s.empty()
					for range 4 {
						time.Sleep(time.Second)
						for _, l := range all {
							is(t, l, inSession("sess_0"), true)
						}
						synctest.Wait()
					}
					wants(t, s, n)
				}
				head, err := all[0].journal.Head(t.Context())
				must(t, err)
				if got := head.Last - head.First + 1; got != n {
					t.Errorf("the journal has %d entries, want each of %d once", got, n)
				}
				for i, l := range all {
					if got := len(l.known.queue); got != n {
						t.Errorf("replica %d has %d revocations in its queue, want %d", i, got, n)
					}
				}
				must(t, all[0].RevokeSession(t.Context(), iss, "one more"))
				if err := all[0].RevokeSession(t.Context(), iss, "too many"); !errors.Is(err, store.ErrFull) {
					t.Errorf("got %v, want ErrFull", err)
				}
			})
		})
	}
}

// TestRoomAfterAnotherReplicaWroteAgain: a replica that finds in the journal what
// the store had lost gives the room of its own entries back.
func TestRoomAfterAnotherReplicaWroteAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 5
		s := newSwitched()
		writer, reader := newList(t, on(s)), newList(t, on(s))
		for i := range n {
			must(t, writer.RevokeSession(t.Context(), iss, fmt.Sprint("sess_", i)))
		}
		must(t, reader.Ready(t.Context()))
		s.empty()
		for _, l := range []*List{writer, reader} { // the second has nothing left to write
			time.Sleep(2 * time.Second)
			is(t, l, inSession("sess_0"), true)
			synctest.Wait()
			if got := len(l.known.queue); got != n {
				t.Errorf("got %d revocations in the queue, want %d", got, n)
			}
		}
	})
}

// TestNumberThatIsUsedAgain: a store that lost its last entries, as one can that
// takes over from another, gives their numbers to others.
func TestNumberThatIsUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSwitched()
		a, b := newList(t, on(s)), newList(t, on(s))
		must(t, a.RevokeSession(t.Context(), iss, "sess_0"))
		before, err := a.journal.Head(t.Context())
		must(t, err)
		must(t, a.RevokeSession(t.Context(), iss, "sess_1"))
		is(t, b, inSession("sess_1"), true)
		time.Sleep(time.Second)

		must(t, s.Set(t.Context(), a.journal.HeadKey(), before.String(), time.Hour))
		must(t, s.Set(t.Context(), a.journal.EntryKey(before.Last+1), "", 0))
		must(t, newList(t, on(s)).RevokeSession(t.Context(), iss, "sess_2")) // has the number of sess_1
		for range 3 {
			for _, l := range []*List{a, b} {
				is(t, l, inSession("sess_2"), true)
				is(t, l, inSession("sess_1"), true)
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		wants(t, s, 3)
	})
}

// TestRevokedInAnOutage: a revocation that the store did not take reaches the other
// replicas when it answers again, and so does one that extends another.
func TestRevokedInAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSwitched()
		here, there := newList(t, on(s), stale), newList(t, on(s), stale)
		must(t, here.RevokeSubject(t.Context(), iss, "user_2", time.Now()))
		is(t, there, caller(), false)
		time.Sleep(10 * time.Second)
		later := caller(func(d *core.IdentityData) { d.Subject = "user_2" })
		is(t, here, later, false)
		is(t, there, later, false)

		s.set(store.ErrUnavailable, 0)
		for _, err := range []error{
			here.RevokeSession(t.Context(), iss, "sess_1"), here.RevokeSubject(t.Context(), iss, "user_2", time.Now()),
		} {
			if !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("got %v, want the outage of the store", err)
			}
		}
		time.Sleep(10 * time.Second)
		is(t, there, caller(), false)
		s.set(nil, 0)
		for range 3 {
			time.Sleep(time.Second)
			is(t, here, caller(), true)
			_, err := there.Revoked(t.Context(), caller())
			must(t, err)
			synctest.Wait()
		}
		is(t, there, caller(), true)
		is(t, there, later, true)
	})
}

// TestRevokedInAnOutageWithoutRequests: the replica that was asked writes by itself
// what the store did not take, although it gets no more requests.
func TestRevokedInAnOutageWithoutRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSwitched()
		here, there := newList(t, on(s)), newList(t, on(s))
		is(t, here, caller(), false)
		s.set(store.ErrUnavailable, 0)
		if err := here.RevokeSession(t.Context(), iss, "sess_1"); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("got %v, want the outage of the store", err)
		}
		time.Sleep(time.Minute)
		s.set(nil, 0)
		time.Sleep(retryEvery + time.Millisecond)
		is(t, there, caller(), true)
		before := s.reads()
		time.Sleep(time.Minute)
		if got := s.reads() - before; got != 0 {
			t.Errorf("the store was asked %d times after it had taken the revocation", got)
		}
	})
}

// TestWritingAgainEnds when nothing is in force that the store does not have.
func TestWritingAgainEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSwitched()
		l := newList(t, on(s), func(c *Config) { c.MaxTokenLife = time.Second })
		s.set(store.ErrUnavailable, 0)
		if err := l.RevokeSession(t.Context(), iss, "sess_1"); err == nil {
			t.Error("no error in an outage")
		}
		time.Sleep(lifeReserve + 2*time.Second + retryEvery)
		before := s.reads()
		if before < 10 {
			t.Errorf("the store was asked %d times in %v", before, lifeReserve)
		}
		time.Sleep(time.Hour)
		if got := s.reads() - before; got != 0 {
			t.Errorf("the store was asked %d times after the revocation was over", got)
		}
	})
}

// TestRepeatedRevocationIsShared: one that failed is written when it is repeated,
// although this replica knows it.
func TestRepeatedRevocationIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSwitched()
		l := newList(t, on(s))
		must(t, l.RevokeSubject(t.Context(), iss, "user_1", time.Now().Add(-time.Hour)))
		s.set(store.ErrUnavailable, 0)
		if err := l.RevokeSubject(t.Context(), iss, "user_1", time.Now()); err == nil {
			t.Error("no error in an outage")
		}
		s.set(nil, 0)
		must(t, l.RevokeSubject(t.Context(), iss, "user_1", time.Now()))
		is(t, newList(t, on(s)), caller(), true)
	})
}

// halting is a store that fails when it is to be written again.
type halting struct {
	store.Store
	mu   sync.Mutex
	fail func() error
}

func (h *halting) Swap(ctx context.Context, key, old, value string, ttl time.Duration) (string, bool, error) {
	h.mu.Lock()
	fail := h.fail
	h.mu.Unlock()
	if fail != nil {
		if err := fail(); err != nil {
			return "", false, err
		}
	}
	return h.Store.Swap(ctx, key, old, value, ttl)
}

// TestWritingAgainGoesOn after a store that fails, is full or panics meanwhile.
func TestWritingAgainGoesOn(t *testing.T) {
	for name, fail := range map[string]func() error{
		"down": func() error { return store.ErrUnavailable }, "full": func() error { return store.ErrFull }, "panic": func() error { panic("boom") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSwitched()
				h := &halting{Store: s}
				l := newList(t, on(h))
				for i := range 3 {
					must(t, l.RevokeSession(t.Context(), iss, fmt.Sprint("sess_", i)))
				}
				set := func(f func() error) { h.mu.Lock(); defer h.mu.Unlock(); h.fail = f }
				set(fail)
				s.empty()
				for range 5 {
					time.Sleep(time.Second)
					is(t, l, inSession("sess_0"), true)
					synctest.Wait()
				}
				set(nil)
				for range 3 {
					time.Sleep(time.Second)
					is(t, l, inSession("sess_0"), true)
					synctest.Wait()
				}
				wants(t, s, 3)
			})
		})
	}
}
