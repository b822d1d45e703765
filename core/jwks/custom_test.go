package jwks_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/authkeel/authkeel/core/jwks"
)

// store is a key store of one's own, with faults.
type store struct {
	mu     sync.Mutex
	keys   map[string]*jwks.Key
	err    error
	panics bool
	delay  time.Duration
	deaf   bool // it does not notice that ctx ends
	asked  int
	most   int // questions at one time
	now    int
	events []jwks.Refresh
}

func (s *store) Keys(ctx context.Context, kid, _ string) ([]*jwks.Key, error) {
	s.mu.Lock()
	s.asked++
	s.now++
	s.most = max(s.most, s.now)
	err, panics, delay, deaf := s.err, s.panics, s.delay, s.deaf
	// A store that reads a database makes a new value each time.
	var keys []*jwks.Key
	if k := s.keys[kid]; k != nil {
		keys = append(keys, must(jwks.NewKey(k.ID(), k.Algorithm(), k.Public())))
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.now--
		s.mu.Unlock()
	}()
	if panics {
		panic("nil name of one tenant")
	}
	if deaf {
		time.Sleep(delay)
		return keys, err
	}
	select {
	case <-time.After(delay):
		return keys, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// set changes the store while its lock is held.
func (s *store) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *store) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func (s *store) take() []jwks.Refresh {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	events := s.events
	s.events = nil
	return events
}

func customScene(t *testing.T, test func(t *testing.T, db *store, s *jwks.Source)) {
	t.Helper()
	a := must(jwks.NewKey("a", "", testEC().Public()))
	synctest.Test(t, func(t *testing.T) {
		db := &store{keys: map[string]*jwks.Key{"a": a}}
		s, err := jwks.Custom(db)
		if err != nil {
			t.Fatal(err)
		}
		s.Subscribe(func(e jwks.Refresh) { db.set(func() { db.events = append(db.events, e) }) })
		test(t, db, s)
	})
}

func TestCustom(t *testing.T) {
	customScene(t, func(t *testing.T, db *store, s *jwks.Source) {
		if h := s.Health(); h != (jwks.Health{}) || s.SoleKey() != nil {
			t.Errorf("got %+v before the first answer", h)
		}
		k := key(t, s, "a")
		if !s.Has(k) || !s.HasAt(k, time.Now()) || s.Has(testKey()) || s.Has(nil) {
			t.Error("Has does not know the key, or knows others")
		}
		if h := s.Health(); !h.Ready || h.Keys != 1 || h.LastSuccess.IsZero() || h.Age != 0 {
			t.Errorf("got %+v", h)
		}
		if events := db.take(); len(events) != 1 || !events[0].Changed || events[0].Keys != 1 || events[0].Err != "" {
			t.Errorf("got events %+v, want one for the new key", events)
		}
		for range 3 { // remembered for a minute
			expect(t, s, "a", found, 0)
		}
		expect(t, s, "b", unknown, 0)
		expect(t, s, strings.Repeat("k", 257), unknown, 0)
		expect(t, s, "a\nb", unknown, 0)
		if n := db.count(); n != 2 {
			t.Errorf("got %d questions, want 2", n)
		}
		time.Sleep(time.Minute)
		if s.Has(k) {
			t.Error("a key is trusted for more than a minute without asking")
		}
		if again := key(t, s, "a"); again != k || !s.Has(k) {
			t.Error("the same key has another pointer")
		}
		if events := db.take(); len(events) != 0 {
			t.Errorf("got events %+v, want none when nothing is new", events)
		}
		db.set(func() { delete(db.keys, "a") })
		time.Sleep(time.Minute)
		expect(t, s, "a", unknown, 0)
		if s.Has(k) || s.Health().Keys != 0 {
			t.Error("a withdrawn key is still trusted")
		}
	})
}

// It is not ready before the store has answered, and says why.
func TestCustomReady(t *testing.T) {
	customScene(t, func(t *testing.T, db *store, s *jwks.Source) {
		db.set(func() { db.err = errors.New("database is away") })
		if err := s.Ready(t.Context()); !errors.Is(err, jwks.ErrUnavailable) || !strings.Contains(err.Error(), "database is away") {
			t.Errorf("got %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := s.WaitReady(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "database is away") {
			t.Errorf("got %v", err)
		}
		if n := db.count(); n < 3 || n > 6 {
			t.Errorf("got %d attempts in 10 s", n)
		}
		if h := s.Health(); h.Ready || h.LastError != "lookup" || h.Failures < 3 {
			t.Errorf("got %+v", h)
		}
		expect(t, s, "a", unavailable, 0)
		db.set(func() { db.err = nil })
		if err := s.WaitReady(t.Context()); err != nil || !s.Health().Ready || s.Health().LastError != "" {
			t.Errorf("got %v, %+v", err, s.Health())
		}
		if events := db.take(); len(events) != 2 || events[0].Err != "lookup" || !strings.Contains(events[0].Detail, "away") || events[1].Err != "" {
			t.Errorf("got events %+v, want one for the outage and one for its end", events)
		}
		// An outage later on does not take the pod out of service: nobody would ask again.
		db.set(func() { db.err = errors.New("away again") })
		expect(t, s, "b", unavailable, 0)
		for range 10 {
			time.Sleep(30 * time.Second)
			expect(t, s, "b", unavailable, 0)
		}
		if h := s.Health(); !h.Ready || h.Failures != 11 {
			t.Errorf("got %+v", h)
		}
		if events := db.take(); len(events) != 6 {
			t.Errorf("got %d events in 5 minutes of an outage, want one a minute", len(events))
		}
	})
}

// A panic in the store is an outage and not the end of the process.
func TestCustomPanics(t *testing.T) {
	customScene(t, func(t *testing.T, db *store, s *jwks.Source) {
		db.set(func() { db.panics = true })
		logged := captureLog(t)
		_, err := s.Keys(t.Context(), "a", "ES256")
		if !errors.Is(err, jwks.ErrUnavailable) || !strings.Contains(err.Error(), "panicked") {
			t.Errorf("got %v", err)
		}
		if got := logged(); !strings.Contains(got, "Lookup.Keys panicked") || !strings.Contains(got, "nil name of one tenant") {
			t.Errorf("logged %q", got)
		}
		if err := s.Ready(t.Context()); !errors.Is(err, jwks.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		db.set(func() { db.panics = false })
		expect(t, s, "a", found, 0)
	})
}

// Goexit is what t.FailNow does in a test's store.
func TestCustomGoexit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := must(jwks.Custom(jwks.LookupFunc(func(context.Context, string, string) ([]*jwks.Key, error) {
			runtime.Goexit()
			return nil, nil
		})))
		expect(t, s, "a", unavailable, 0)
	})
}

// The first request to ask does not take its answer with it when it leaves.
func TestCustomSharesAnAnswer(t *testing.T) {
	customScene(t, func(t *testing.T, db *store, s *jwks.Source) {
		db.set(func() { db.delay = time.Second })
		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, leave)
		if _, err := s.Keys(ctx, "a", "ES256"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		expect(t, s, "a", found, 900*time.Millisecond)
		if n := db.count(); n != 1 {
			t.Errorf("got %d questions, want 1", n)
		}
	})
}

// What is remembered is bounded, and does not lie in memory of a request.
func TestCustomMemory(t *testing.T) {
	rsaKey := testRSA().Public()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		s := must(jwks.Custom(jwks.LookupFunc(func(_ context.Context, kid, _ string) ([]*jwks.Key, error) {
			asked++
			return []*jwks.Key{must(jwks.NewKey(kid, "RS256", rsaKey))}, nil
		})))
		request := []byte("kid 1")
		if _, err := s.Keys(t.Context(), unsafe.String(&request[0], len(request)), "RS256"); err != nil {
			t.Fatal(err)
		}
		copy(request, "other")
		if keys, err := s.Keys(t.Context(), "kid 1", "RS256"); err != nil || len(keys) != 1 || asked != 1 {
			t.Errorf("got %v, %v after %d questions", keys, err, asked)
		}
		for i := range 3000 {
			keys, err := s.Keys(t.Context(), fmt.Sprint(i), "RS256")
			if err != nil || len(keys) != 1 || keys[0].ID() != fmt.Sprint(i) {
				t.Fatalf("key %d: got %v, %v", i, keys, err)
			}
		}
		if n := s.Health().Keys; n != 1024 {
			t.Errorf("got %d remembered keys, want 1024", n)
		}
	})
}

func TestCustomRefused(t *testing.T) {
	var none *jwks.Source
	for name, l := range map[string]jwks.Lookup{"nil": nil, "a nil function": jwks.LookupFunc(nil), "a nil Source": none, "a type with a nil Source": counted{}} {
		if s, err := jwks.Custom(l); err == nil || s != nil {
			t.Errorf("%s: got %v, %v; want an error", name, s, err)
		}
	}
}
