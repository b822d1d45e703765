package jwks_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

// prefetch begins a fetch and lets it end.
func prefetch(s *jwks.Source) {
	s.Prefetch()
	synctest.Wait()
}

// TestPrefetch: a probe gets keys without a token, keeps them fresh, and asks an
// issuer that fails no more often than requests do.
func TestPrefetch(t *testing.T) {
	scene(t, jwks.Options{RefreshEvery: 10 * time.Minute}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		f.fail()
		for range 10 {
			prefetch(r)
		}
		expectCount(t, f, 1)
		if h := r.Health(); h.Ready || h.LastError != "status" {
			t.Errorf("got %+v while the issuer fails", h)
		}
		f.publish("a")
		time.Sleep(2 * time.Second) // the first back-off and its jitter
		for range 10 {
			prefetch(r)
		}
		expectCount(t, f, 2)
		expect(t, r, "a", found, 0)
		// A probe every minute, and no token.
		for range 60 {
			time.Sleep(time.Minute)
			prefetch(r)
			if h := r.Health(); !h.Ready || h.Age > 11*time.Minute {
				t.Fatalf("got %+v with a probe every minute", h)
			}
		}
		if n := f.count(); n < 6 || n > 9 {
			t.Errorf("got %d fetches in an hour, want one every 10 minutes", n)
		}
	})
}

// TestPrefetchAfterNoProbe: keys that are too old to be trusted come back.
func TestPrefetchAfterNoProbe(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, _ *fakeIssuer, r *jwks.Source) {
		prefetch(r)
		time.Sleep(30 * 24 * time.Hour)
		if r.Health().Ready {
			t.Error("keys of a month ago are trusted")
		}
		prefetch(r)
		if h := r.Health(); !h.Ready {
			t.Errorf("got %+v after a probe", h)
		}
	})
}

// TestPrefetchDoesNotWait: also when the issuer never answers.
func TestPrefetchDoesNotWait(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		f.answer(reply{hang: true})
		start := time.Now()
		r.Prefetch()
		r.Prefetch()
		if waited := time.Since(start); waited > 0 {
			t.Errorf("waited %v", waited)
		}
		synctest.Wait()
		expectCount(t, f, 1)
	})
}

func TestPrefetchOfCustom(t *testing.T) {
	customScene(t, func(t *testing.T, db *store, s *jwks.Source) {
		db.set(func() { db.err = errors.New("database is away") })
		for range 10 {
			prefetch(s)
		}
		if n := db.count(); n != 1 || s.Health().Ready {
			t.Errorf("got %d questions and %+v in an outage, want one question", n, s.Health())
		}
		db.set(func() { db.err = nil })
		time.Sleep(time.Second)
		for range 10 {
			prefetch(s)
		}
		if n := db.count(); n != 2 || !s.Health().Ready {
			t.Errorf("got %d questions and %+v, want two", n, s.Health())
		}
	})
	(&jwks.Source{}).Prefetch() // which has nothing to fetch
	(*jwks.Source)(nil).Prefetch()
	s, err := jwks.Static([]byte(setOf(jwkOf(testEC().Public(), "a"))))
	if err != nil {
		t.Fatal(err)
	}
	s.Prefetch()
}
