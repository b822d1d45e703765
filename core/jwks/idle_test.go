package jwks_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

// A key withdrawn while nobody asked is not trusted on return.
func TestIdle(t *testing.T) {
	t.Run("withdrawn", func(t *testing.T) {
		scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
			k := key(t, r, "a")
			f.publish("b")
			time.Sleep(30 * time.Minute)
			if r.Has(k) {
				t.Error("a cached token was accepted after an idle time")
			}
			expect(t, r, "a", unknown, 0)
			expectCount(t, f, 2)
		})
	})
	t.Run("not yet idle", func(t *testing.T) {
		scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
			k := key(t, r, "a")
			f.answer(reply{hang: true})
			time.Sleep(30*time.Minute - 1)
			if !r.Has(k) {
				t.Error("the key is gone before the idle time is over")
			}
			expect(t, r, "a", found, 0)
		})
	})
	t.Run("issuer hangs", func(t *testing.T) {
		scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
			k := key(t, r, "a")
			f.answer(reply{hang: true})
			time.Sleep(time.Hour)
			var wg sync.WaitGroup
			for i := range 10 { // one fetch for all; the wait ends for all at once
				wg.Go(func() {
					time.Sleep(time.Duration(i) * 100 * time.Millisecond)
					if r.Has(k) {
						t.Error("a cached token was accepted during the wait")
					}
					expect(t, r, "a", found, 2*time.Second-time.Duration(i)*100*time.Millisecond)
				})
			}
			wg.Wait()
			expect(t, r, "a", found, 0)
			if !r.Has(k) {
				t.Error("the key is gone after the wait")
			}
			expectCount(t, f, 2)
		})
	})
	t.Run("issuer is away", func(t *testing.T) {
		scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
			key(t, r, "a")
			f.answer(reply{status: http.StatusBadGateway, delay: 500 * time.Millisecond})
			time.Sleep(time.Hour)
			expect(t, r, "a", found, 500*time.Millisecond)
			for range 3600 { // with traffic, attempts are recent, and nobody waits again
				time.Sleep(time.Second)
				expect(t, r, "a", found, 0)
			}
		})
	})
	t.Run("at least a minute", func(t *testing.T) {
		scene(t, jwks.Options{RefreshEvery: time.Second}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
			key(t, r, "a")
			f.answer(reply{hang: true})
			time.Sleep(time.Minute - 1)
			expect(t, r, "a", found, 0)
		})
	})
	t.Run("context ends", func(t *testing.T) {
		scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
			key(t, r, "a")
			f.answer(reply{hang: true})
			time.Sleep(time.Hour)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := r.Keys(ctx, "a", "ES256")
			if !errors.Is(err, jwks.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	})
}

// During an outage with traffic nobody waits, whatever the soft limit, the
// timeout and the jitter.
func TestOutageWithTraffic(t *testing.T) {
	for _, random := range []float64{0, 0.5, 0.999} {
		for _, o := range []jwks.Options{{RefreshEvery: time.Second}, {RefreshEvery: time.Second, Timeout: 3 * time.Minute}, {}} {
			scene(t, o, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
				jwks.SetJitter(r, func() float64 { return random })
				k := key(t, r, "a")
				f.answer(reply{hang: true})
				for i := range 3000 {
					time.Sleep(time.Duration(i%14) * time.Second)
					if got, took := ask(r, "a"); got != found || took != 0 || !r.Has(k) {
						t.Fatalf("%v, jitter %v: got %s after %v", o.RefreshEvery, random, got, took)
					}
				}
			})
		}
	}
}
