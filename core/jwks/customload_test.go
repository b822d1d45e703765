package jwks_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

// Nobody waits longer than 2 seconds, also for a store that ignores its context.
func TestCustomThatHangs(t *testing.T) {
	customScene(t, func(t *testing.T, db *store, s *jwks.Source) {
		db.set(func() { db.delay, db.deaf = time.Hour, true })
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() { expect(t, s, fmt.Sprint("k", i%5), unavailable, 2*time.Second) })
		}
		wg.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Keys(ctx, "a", "ES256"); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, jwks.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		if n := db.count(); n != 6 {
			t.Errorf("got %d questions, want one for each key ID", n)
		}
		time.Sleep(2 * time.Hour) // until the store has returned
	})
}

// A flood of made-up key IDs asks the store a bounded number of questions at once.
func TestCustomFlood(t *testing.T) {
	customScene(t, func(t *testing.T, db *store, s *jwks.Source) {
		key(t, s, "a")
		db.set(func() { db.delay = 50 * time.Millisecond })
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				if got, _ := ask(s, fmt.Sprint("made up ", i)); got != unknown {
					t.Errorf("got %s", got)
				}
			})
			wg.Go(func() { expect(t, s, "a", found, 0) })
		}
		wg.Wait()
		if db.most > 16 {
			t.Errorf("got %d questions at once, want at most 16", db.most)
		}
	})
}
