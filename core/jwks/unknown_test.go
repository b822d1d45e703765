package jwks_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/authkeel/authkeel/core/jwks"
)

// Rule 4: one shared fetch, then a cooldown.
func TestUnknownID(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		key(t, r, "a")
		expect(t, r, "b", unknown, 0) // the first fetch has started the cooldown
		expectCount(t, f, 1)
		time.Sleep(10 * time.Second)
		f.answer(reply{body: setOf(jwkOf(testEC().Public(), "a"), jwkOf(otherEC().Public(), "b")), delay: 100 * time.Millisecond})
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { expect(t, r, "b", found, 100*time.Millisecond) })
			wg.Go(func() { expect(t, r, "c", unknown, 100*time.Millisecond) })
			wg.Go(func() { expect(t, r, "a", found, 0) })
		}
		wg.Wait()
		expectCount(t, f, 2)
		expect(t, r, "c", unknown, 0)
		expect(t, r, "d", unknown, 0)
		expectCount(t, f, 2)
	})
}

// 20 clients make up key ids for 3 s, the issuer answers in 50 ms; meanwhile it
// rotates for good, and the new key counts within 10 s.
func TestFlood(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		key(t, r, "a")
		time.Sleep(time.Minute)
		f.answer(reply{body: setOf(jwkOf(testEC().Public(), "a")), delay: 50 * time.Millisecond})
		before := f.count()
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				for n := 0; time.Since(start) < 3*time.Second; n++ {
					if got, _ := ask(r, fmt.Sprintf("made up %d %d", i, n)); got != unknown {
						t.Errorf("a made-up id: got %s", got)
					}
					expect(t, r, "a", found, 0)
					time.Sleep(time.Millisecond)
				}
			})
		}
		time.Sleep(2 * time.Second)
		f.publish("a", "b")
		rotated := time.Now()
		for got := ""; got != found; got, _ = ask(r, "b") {
			time.Sleep(100 * time.Millisecond)
		}
		if took := time.Since(rotated); took > 10*time.Second {
			t.Errorf("the second rotation was accepted after %v", took)
		}
		wg.Wait()
		expectCount(t, f, before+2)
		if n := len(jwks.Unknown(r)); n > jwks.MaxUnknown {
			t.Errorf("got %d remembered ids", n)
		}
	})
}

// A failed fetch is an outage, backs off, and does not use up the cooldown.
func TestUnknownIDDuringAnOutage(t *testing.T) {
	scene(t, jwks.Options{Cooldown: time.Minute}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		key(t, r, "a")
		time.Sleep(time.Minute)
		f.fail()
		expect(t, r, "b", unavailable, 0)
		expectCount(t, f, 2)
		expect(t, r, "b", unavailable, 0)
		expect(t, r, "c", unavailable, 0)
		expect(t, r, "a", found, 0)
		expectCount(t, f, 2)
		time.Sleep(time.Second)
		f.publish("a", "b")
		expect(t, r, "b", found, 0)
		expectCount(t, f, 3)
		expect(t, r, "c", unknown, 0)
		expectCount(t, f, 3)
	})
}

// An outage that begins within the cooldown is one all the same.
func TestOutageInTheCooldown(t *testing.T) {
	scene(t, jwks.Options{RefreshEvery: time.Second}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		key(t, r, "a")
		f.fail()
		time.Sleep(time.Second)
		expect(t, r, "a", found, 0)
		expectCount(t, f, 2)
		expect(t, r, "b", unavailable, 0)
		time.Sleep(time.Second)
		expect(t, r, "b", unavailable, 0)
		expectCount(t, f, 3)
	})
}

func TestUnknownIDOfASlowIssuer(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		key(t, r, "a")
		time.Sleep(time.Minute)
		f.answer(reply{body: setOf(jwkOf(testEC().Public(), "b")), delay: 3 * time.Second})
		expect(t, r, "b", unavailable, 2*time.Second)
		expect(t, r, "a", found, 0)
		expect(t, r, "b", found, time.Second)
		expectCount(t, f, 2)
	})
}

func TestBackoff(t *testing.T) {
	for _, tt := range []struct {
		random float64
		want   []time.Duration
	}{
		{0, []time.Duration{1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000}},
		{0.9999999, []time.Duration{750, 1500, 3000, 6000, 12000, 24000, 45000, 45000}},
	} {
		scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
			jwks.SetJitter(r, func() float64 { return tt.random })
			f.fail()
			for i, want := range tt.want {
				want *= time.Millisecond
				ask(r, "a")
				expectCount(t, f, i+1)
				retry := jwks.RetryAfter(r)
				if got := retry.Round(time.Millisecond); got != want {
					t.Errorf("failure %d, jitter %v: got %v, want %v", i+1, tt.random, got, want)
				}
				time.Sleep(retry - 1)
				expect(t, r, "a", unavailable, 0)
				expectCount(t, f, i+1)
				time.Sleep(time.Nanosecond)
			}
		})
	}
}

// Rule 5: an id that a fresh set lacked is not looked up again for a while.
func TestUnknownIDsAreRemembered(t *testing.T) {
	scene(t, jwks.Options{Cooldown: time.Second}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		key(t, r, "a")
		time.Sleep(time.Second)
		expect(t, r, "b", unknown, 0)
		expectCount(t, f, 2)
		time.Sleep(9 * time.Second)
		expect(t, r, "b", unknown, 0)
		expectCount(t, f, 2)
		time.Sleep(time.Second)
		expect(t, r, "b", unknown, 0)
		expectCount(t, f, 3)
		time.Sleep(2 * time.Second)
		f.publish("a", "b")
		expect(t, r, "c", unknown, 0) // this refresh empties the memory
		expect(t, r, "b", found, 0)
		expectCount(t, f, 4)
		// An id refused in the cooldown is not remembered.
		expect(t, r, "d", unknown, 0)
		f.publish("a", "b", "d")
		time.Sleep(time.Second)
		expect(t, r, "d", found, 0)
		// The memory is bounded, and expired entries make room.
		now := time.Now()
		for i := range 2 * jwks.MaxUnknown {
			jwks.Forget(r, fmt.Sprint(i), now)
		}
		if n := len(jwks.Unknown(r)); n != jwks.MaxUnknown {
			t.Errorf("got %d remembered ids, want %d", n, jwks.MaxUnknown)
		}
		jwks.Forget(r, "later", now.Add(jwks.UnknownFor))
		if n := len(jwks.Unknown(r)); n != 1 {
			t.Errorf("got %d remembered ids, want 1", n)
		}
	})
}

// A refresh that someone else caused empties the memory.
func TestARefreshEmptiesTheMemory(t *testing.T) {
	scene(t, jwks.Options{Cooldown: time.Second}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		key(t, r, "a")
		for _, kid := range []string{"b", "c", "b"} {
			time.Sleep(time.Second)
			expect(t, r, kid, unknown, 0)
		}
		expectCount(t, f, 4)
	})
}

// The id of a question may lie in memory that the server uses again.
func TestRememberedIDsAreCopies(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, _ *fakeIssuer, r *jwks.Source) {
		request := []byte("b")
		expect(t, r, unsafe.String(&request[0], len(request)), unknown, 0)
		request[0] = 'x'
		if got := jwks.Unknown(r); !slices.Equal(got, []string{"b"}) {
			t.Errorf("got remembered key IDs %q, want b", got)
		}
	})
}

// Ids that say nothing, or that a key has which does not fit, cause no fetch.
func TestNoFetch(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		f.answer(reply{body: setOf(jwkOf(testEC().Public(), "a"), with(jwkOf(testEC().Public(), "e"), jwkMap{"use": "enc"}))})
		key(t, r, "a")
		time.Sleep(time.Minute)
		for range 3 {
			expect(t, r, strings.Repeat("k", 257), unknown, 0)
			expect(t, r, "e", unknown, 0)
			expect(t, r, "", found, 0)
			for _, alg := range []string{"RS256", "HS256", "none", ""} {
				if keys, err := r.Keys(t.Context(), "a", alg); err != nil || len(keys) != 0 {
					t.Errorf("alg %q: got %v, %v", alg, keys, err)
				}
			}
		}
		expectCount(t, f, 1)
	})
}

// Rule 6 and its exception.
func TestKeyReuse(t *testing.T) {
	t.Run("off", func(t *testing.T) {
		scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
			k := key(t, r, "a")
			time.Sleep(time.Minute)
			if got := r.Refetch(t.Context(), "a", "ES256", []*jwks.Key{k}); got != nil {
				t.Errorf("got %v", got)
			}
			expectCount(t, f, 1)
		})
	})
	t.Run("on", func(t *testing.T) {
		scene(t, jwks.Options{AllowKeyReuse: true}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
			k := key(t, r, "a")
			tried := []*jwks.Key{k}
			refetch := func(want int) {
				t.Helper()
				if got := r.Refetch(t.Context(), "a", "ES256", tried); len(got) != want {
					t.Errorf("got %v, want %d", got, want)
				}
			}
			f.answer(reply{body: setOf(jwkOf(otherEC().Public(), "a"))})
			refetch(0) // cooldown
			expectCount(t, f, 1)
			time.Sleep(10 * time.Second)
			refetch(1)
			expectCount(t, f, 2)
			refetch(1) // a request that tried the old key, and comes late
			expectCount(t, f, 2)
			if r.Has(k) {
				t.Error("the replaced key is still there")
			}
			tried = []*jwks.Key{key(t, r, "a")}
			refetch(0)
			time.Sleep(10 * time.Second)
			refetch(0) // a bad signature, and no new key
			expectCount(t, f, 3)
			f.fail()
			time.Sleep(10 * time.Second)
			refetch(0)
			refetch(0)
			expectCount(t, f, 4)
		})
	})
}

// A set without keys is believed at the second time, one cooldown later.
func TestEmptySet(t *testing.T) {
	scene(t, jwks.Options{RefreshEvery: time.Minute}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		k := key(t, r, "a")
		f.publish()
		time.Sleep(time.Minute)
		expect(t, r, "a", found, 0)
		expectCount(t, f, 2)
		if h := r.Health(); h.LastError != "empty" || h.Keys != 1 || f.last().Err != "empty" {
			t.Errorf("got %+v, %+v", h, f.last())
		}
		time.Sleep(10*time.Second - 1)
		expect(t, r, "a", found, 0)
		expectCount(t, f, 2)
		time.Sleep(time.Nanosecond)
		expect(t, r, "a", found, 0)
		expectCount(t, f, 3)
		if r.Has(k) {
			t.Error("the key is still there after two empty answers")
		}
		expect(t, r, "a", unknown, 0)
		if h := r.Health(); h.LastError != "" || h.Keys != 0 || h.Ready {
			t.Errorf("got %+v", h)
		}
		if e := f.last(); e.Err != "" || !e.Changed || e.Keys != 0 {
			t.Errorf("got %+v", e)
		}
		f.publish("a")
		time.Sleep(10 * time.Second)
		expect(t, r, "a", found, 0)
	})
}

func TestEmptySetNeedsTwoInARow(t *testing.T) {
	scene(t, jwks.Options{RefreshEvery: time.Minute}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		key(t, r, "a")
		for range 3 {
			f.publish()
			time.Sleep(time.Minute)
			expect(t, r, "a", found, 0)
			synctest.Wait()
			f.fail()
			time.Sleep(time.Minute)
			expect(t, r, "a", found, 0)
			synctest.Wait()
		}
		expect(t, r, "a", found, 0)
		expectCount(t, f, 7)
	})
}

func TestEmptySetOfAnIssuerNeverSeen(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		f.publish()
		for range 5 {
			expect(t, r, "a", unavailable, 0)
			time.Sleep(time.Minute)
		}
		expectCount(t, f, 5)
		f.publish("a")
		expect(t, r, "a", found, 0)
	})
}

// Rule 8: nothing to be used is a failure, as often as it comes.
func TestNoUsableKey(t *testing.T) {
	scene(t, jwks.Options{RefreshEvery: time.Minute}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		key(t, r, "a")
		f.answer(reply{body: setOf(jwkMap{"kty": "oct", "kid": "h", "k": "c2VjcmV0"})})
		for range 5 {
			time.Sleep(time.Minute)
			expect(t, r, "a", found, 0)
			synctest.Wait()
		}
		e := f.last()
		if e.Err != "no_usable_key" || len(e.Dropped) != 1 || e.Dropped[0] != (jwks.Dropped{"h", "symmetric"}) || e.Changed {
			t.Errorf("got %+v", e)
		}
		if strings.Contains(e.Detail, "c2VjcmV0") {
			t.Errorf("the event holds key material: %s", e.Detail)
		}
	})
}

func TestTransportErrors(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		for _, tt := range []struct {
			reply reply
			want  string
		}{
			{reply{err: errors.New("refused")}, "connect"},
			{reply{hang: true}, "timeout"},
			{reply{status: http.StatusNotFound}, "status"},
			{reply{status: http.StatusNoContent}, "status"},
			{reply{body: "<html>"}, "parse"},
			{reply{body: strings.Repeat(" ", jwks.MaxBody+1)}, "too_large"},
			{reply{body: setOf(), header: http.Header{"Content-Encoding": {"br"}}}, "encoding"},
			{reply{body: setOf()}, "empty"},
		} {
			f.answer(tt.reply)
			if err := r.Ready(t.Context()); !errors.Is(err, jwks.ErrUnavailable) || !strings.Contains(err.Error(), "("+tt.want+")") {
				t.Errorf("%s: got %v", tt.want, err)
			}
			synctest.Wait()
			if h := r.Health(); h.LastError != tt.want || f.last().Err != tt.want {
				t.Errorf("%s: got %+v, %+v", tt.want, h, f.last())
			}
		}
	})
}
