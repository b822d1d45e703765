package jwks_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

func TestLazy(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		expectCount(t, f, 0)
		if h := r.Health(); h.Ready || h.Keys != 0 || !h.LastSuccess.IsZero() || h.Age != 0 {
			t.Errorf("got %+v", h)
		}
		expect(t, r, "a", found, 0)
		expectCount(t, f, 1)
	})
}

// A request whose key is known never waits.
func TestSoftLimit(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		k := key(t, r, "a")
		time.Sleep(10*time.Minute - 1)
		expect(t, r, "a", found, 0)
		expectCount(t, f, 1)
		f.answer(reply{hang: true})
		time.Sleep(time.Nanosecond)
		for range 100 {
			expect(t, r, "a", found, 0)
			if !r.Has(k) {
				t.Error("the key is gone during a refresh")
			}
		}
		expectCount(t, f, 2)
		time.Sleep(5 * time.Second) // the fetch gives up
		synctest.Wait()
		if h := r.Health(); !h.Ready || h.LastError != "timeout" || h.Failures != 1 || h.Age != 10*time.Minute+5*time.Second {
			t.Errorf("got %+v", h)
		}
	})
}

// Traffic that consists of cache hits alone still notices a withdrawn key.
func TestHasStartsTheRefresh(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		k := key(t, r, "a")
		f.publish("b")
		time.Sleep(10 * time.Minute)
		if !r.HasAt(k, time.Now()) {
			t.Error("the key is gone before the refresh")
		}
		expectCount(t, f, 2)
		if r.Has(k) {
			t.Error("a withdrawn key is still there")
		}
		expect(t, r, "a", unknown, 0)
		expect(t, r, "b", found, 0)
	})
}

func TestKeysSurviveARefresh(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		k := key(t, r, "a")
		f.publish("b", "a")
		time.Sleep(10 * time.Minute)
		r.Has(k)
		synctest.Wait()
		if !r.Has(k) || key(t, r, "a") != k {
			t.Error("the same key has another pointer after a refresh")
		}
		if r.Has(testKey()) || r.Has(nil) {
			t.Error("has a key of another source")
		}
	})
}

func TestHardLimit(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		k := key(t, r, "a")
		start := time.Now()
		f.fail()
		for time.Since(start) < 24*time.Hour {
			if got, took := ask(r, "a"); got != found || took != 0 {
				t.Fatalf("after %v: got %s after %v", time.Since(start), got, took)
			}
			time.Sleep(10 * time.Second)
		}
		if r.Has(k) {
			t.Error("the key is still there after the hard limit")
		}
		expect(t, r, "a", unavailable, 0)
		if h := r.Health(); h.Ready || h.Keys != 0 || h.LastError != "status" {
			t.Errorf("got %+v", h)
		}
		f.publish("a")
		time.Sleep(time.Minute)
		expect(t, r, "a", found, 0)
		if !r.Has(k) {
			t.Error("the same key has another pointer after an outage")
		}
	})
}

// Cache-Control shortens the soft limit and never lengthens it.
func TestCacheControl(t *testing.T) {
	for _, tt := range []struct {
		name    string
		header  http.Header
		every   time.Duration
		refresh time.Duration
	}{
		{"none", nil, 0, 10 * time.Minute},
		{"shorter", http.Header{"Cache-Control": {"public, max-age=120"}}, 0, 2 * time.Minute},
		{"longer", http.Header{"Cache-Control": {"max-age=86400"}}, 0, 10 * time.Minute},
		{"very short", http.Header{"Cache-Control": {"max-age=1"}}, 0, 30 * time.Second},
		{"zero", http.Header{"Cache-Control": {"max-age=0"}}, 0, 30 * time.Second},
		{"no-store", http.Header{"Cache-Control": {"no-store, max-age=3600"}}, 0, 30 * time.Second},
		{"configured shorter", http.Header{"Cache-Control": {"max-age=1"}}, 5 * time.Second, 5 * time.Second},
		{"between", http.Header{"Cache-Control": {"max-age=7"}}, 10 * time.Second, 10 * time.Second},
		{"minus its age", http.Header{"Cache-Control": {"max-age=300"}, "Age": {"200"}}, 0, 100 * time.Second},
		{"quoted, in capitals", http.Header{"Cache-Control": {`MAX-AGE="60"`}}, 0, time.Minute},
		{"two lines", http.Header{"Cache-Control": {"max-age=300", "max-age=60"}}, 0, time.Minute},
		{"negative", http.Header{"Cache-Control": {"max-age=-1"}}, 0, 10 * time.Minute},
		{"out of range", http.Header{"Cache-Control": {"max-age=99999999999999999999"}}, 0, 10 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, random := range []float64{0, 0.5, 0.9999} {
				scene(t, jwks.Options{RefreshEvery: tt.every}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
					jwks.SetJitter(r, func() float64 { return random })
					f.answer(reply{body: setOf(jwkOf(testEC().Public(), "a")), header: tt.header})
					key(t, r, "a")
					soft := jwks.RefreshAfter(r)
					low, high := tt.refresh*9/10, tt.refresh*11/10
					if tt.refresh == 30*time.Second {
						low = tt.refresh
					}
					if soft < low || soft > high || random == 0.5 && tt.header == nil && soft != tt.refresh {
						t.Errorf("jitter %v: got refresh after %v, want about %v", random, soft, tt.refresh)
					}
				})
			}
		})
	}
}

// An issuer that cannot be reached is an outage, and costs one shared
// fetch, and none during the back-off.
func TestNoKeysYet(t *testing.T) {
	t.Run("down", func(t *testing.T) {
		scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
			f.answer(reply{err: errors.New("connection refused"), delay: 100 * time.Millisecond})
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() { expect(t, r, "a", unavailable, 100*time.Millisecond) })
			}
			wg.Wait()
			expectCount(t, f, 1)
			expect(t, r, "a", unavailable, 0)
			expect(t, r, "b", unavailable, 0)
			expect(t, r, "", unavailable, 0)
			expectCount(t, f, 1)
			time.Sleep(time.Second)
			f.publish("a")
			expect(t, r, "a", found, 0)
		})
	})
	t.Run("hangs", func(t *testing.T) {
		scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
			f.answer(reply{hang: true})
			expect(t, r, "a", unavailable, 2*time.Second)
			expect(t, r, "a", unavailable, 2*time.Second)
			expect(t, r, "a", unavailable, time.Second) // the fetch ends after 5 s
			expect(t, r, "a", unavailable, 0)
			expectCount(t, f, 1)
		})
	})
	t.Run("context ends", func(t *testing.T) {
		scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
			f.answer(reply{body: setOf(jwkOf(testEC().Public(), "a")), delay: time.Second})
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(100*time.Millisecond, cancel)
			if _, err := r.Keys(ctx, "a", "ES256"); !errors.Is(err, jwks.ErrUnavailable) || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			if _, err := r.Keys(ctx, "a", "ES256"); !errors.Is(err, jwks.ErrUnavailable) || !errors.Is(err, context.Canceled) {
				t.Errorf("a context that has ended: got %v", err)
			}
			expect(t, r, "a", found, 900*time.Millisecond) // the fetch did not end with the request
			expectCount(t, f, 1)
		})
	})
	t.Run("key ID that cannot be valid", func(t *testing.T) {
		scene(t, jwks.Options{RequireKeyID: true}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
			expect(t, r, strings.Repeat("k", 257), unknown, 0)
			expect(t, r, "", unknown, 0)
			expectCount(t, f, 0)
		})
	})
}

// The fetch's own timeout must not look like the request's.
func TestTimeoutOfTheFetchIsNotTheRequests(t *testing.T) {
	scene(t, jwks.Options{Timeout: time.Second}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		f.answer(reply{hang: true})
		_, err := r.Keys(t.Context(), "a", "ES256")
		if !errors.Is(err, jwks.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if got := fmt.Sprint(err); strings.Contains(got, "issuer.example") {
			t.Errorf("the error names the address: %s", got)
		}
	})
}

func TestShortKeepForShortensTheSoftLimit(t *testing.T) {
	scene(t, jwks.Options{KeepFor: time.Minute}, func(t *testing.T, _ *fakeIssuer, r *jwks.Source) {
		key(t, r, "a")
		if got := jwks.RefreshAfter(r); got != 30*time.Second {
			t.Errorf("got refresh after %v, want 30s", got)
		}
	})
}

func TestHotPathAllocatesNothing(t *testing.T) {
	src, err := jwks.Remote(testURL, jwks.Options{HTTPClient: &http.Client{Transport: &fakeIssuer{now: reply{body: setOf(jwkOf(testEC().Public(), "a"))}}}})
	if err != nil {
		t.Fatal(err)
	}
	k := key(t, src, "a")
	ctx := t.Context()
	for name, fn := range map[string]func(){
		"Keys":            func() { _, _ = src.Keys(ctx, "a", "ES256") },
		"Keys without id": func() { _, _ = src.Keys(ctx, "", "ES256") },
		"Has":             func() { src.Has(k) },
		"Keys, unknown":   func() { _, _ = src.Keys(ctx, "b", "ES256") },
	} {
		if got := testing.AllocsPerRun(100, fn); got != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, got)
		}
	}
}

func BenchmarkHas(b *testing.B) {
	src, _ := jwks.Remote(testURL, jwks.Options{HTTPClient: &http.Client{Transport: &fakeIssuer{now: reply{body: setOf(jwkOf(testEC().Public(), "a"))}}}})
	keys, err := src.Keys(b.Context(), "a", "ES256")
	if err != nil || len(keys) != 1 {
		b.Fatalf("got %v, %v", keys, err)
	}
	now := time.Now()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if !src.HasAt(keys[0], now) {
				b.Error("the key is gone")
			}
		}
	})
}
