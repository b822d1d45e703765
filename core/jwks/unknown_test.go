package jwks_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/authkeel/authkeel/core/jwks"
)

// One shared fetch for a key ID that is not known; a key that was published a
// moment ago is accepted at the first request.
func TestUnknownKeyID(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		key(t, s, "a")
		f.answer(reply{body: setOf(jwkOf(testEC().Public(), "a"), jwkOf(otherEC().Public(), "b")), delay: 100 * time.Millisecond})
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { expect(t, s, "b", found, 100*time.Millisecond) })
			wg.Go(func() { expect(t, s, "c", unknown, 100*time.Millisecond) })
			wg.Go(func() { expect(t, s, "a", found, 0) })
		}
		wg.Wait()
		expectCount(t, f, 2)
		expect(t, s, "c", unknown, 0)
		expectCount(t, f, 2)
	})
}

// A fetch that began before the key was published says nothing about it: the
// question is worth another one, and is not remembered as unknown.
func TestFetchUnderWay(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		key(t, s, "a")
		f.answer(reply{body: setOf(jwkOf(testEC().Public(), "a")), delay: 100 * time.Millisecond})
		var wg sync.WaitGroup
		wg.Go(func() { expect(t, s, "made up", unknown, 100*time.Millisecond) })
		time.Sleep(50 * time.Millisecond)
		f.publish("a", "b")
		expect(t, s, "b", found, 50*time.Millisecond) // the rest of that fetch, and one at once
		wg.Wait()
		expectCount(t, f, 3)

		// Without budget the answer is unknown, which is forgotten at once.
		expect(t, s, "made up 2", unknown, 0)
		expectCount(t, f, 4)
		f.answer(reply{body: setOf(jwkOf(testEC().Public(), "a")), delay: 100 * time.Millisecond})
		time.Sleep(5 * time.Second)
		wg.Go(func() { expect(t, s, "made up 3", unknown, 100*time.Millisecond) })
		time.Sleep(50 * time.Millisecond)
		f.publish("a", "c")
		expect(t, s, "c", unknown, 50*time.Millisecond)
		if got := jwks.Unknown(s); slices.Contains(got, "c") {
			t.Errorf("remembered as unknown: %q", got)
		}
		wg.Wait()
		time.Sleep(5 * time.Second)
		expect(t, s, "c", found, 0)
	})
}

// Requests for unknown keys alone notice that the set is due for a refresh.
func TestUnknownKeyIDWhenARefreshIsDue(t *testing.T) {
	scene(t, jwks.Options{RefreshEvery: time.Minute, Cooldown: time.Hour}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		key(t, s, "a")
		for i := range 5 {
			expect(t, s, fmt.Sprint(i), unknown, 0)
		}
		expectCount(t, f, 4)
		f.publish("b")
		time.Sleep(time.Minute)
		expect(t, s, "b", found, 0)
		expectCount(t, f, 5)
	})
}

// A failed fetch is an outage, backs off, and does not use the budget.
func TestUnknownKeyIDDuringAnOutage(t *testing.T) {
	scene(t, jwks.Options{Cooldown: time.Hour}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		key(t, s, "a")
		f.fail()
		for i := range 6 {
			expect(t, s, "b", unavailable, 0)
			expect(t, s, "c", unavailable, 0)
			expect(t, s, "a", found, 0)
			expectCount(t, f, i+2)
			time.Sleep(time.Minute / 2)
		}
		f.publish("a", "b")
		expect(t, s, "b", found, 0)
		expectCount(t, f, 8)
		for i := range 5 {
			expect(t, s, fmt.Sprint(i), unknown, 0)
		}
		expectCount(t, f, 8+3)
	})
}

// An outage that begins when the budget is used up is one all the same.
func TestOutageWithoutBudget(t *testing.T) {
	scene(t, jwks.Options{RefreshEvery: time.Second, Cooldown: time.Hour}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		key(t, s, "a")
		for i := range 3 {
			expect(t, s, fmt.Sprint(i), unknown, 0)
		}
		f.fail()
		time.Sleep(time.Second)
		expect(t, s, "a", found, 0)
		expectCount(t, f, 5)
		expect(t, s, "b", unavailable, 0)
		time.Sleep(time.Second)
		expect(t, s, "b", unavailable, 0)
		expectCount(t, f, 6)
	})
}

func TestUnknownKeyIDOfASlowIssuer(t *testing.T) {
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

// A key ID that a fresh set lacked is not looked up again for a while.
func TestUnknownKeyIDsAreRemembered(t *testing.T) {
	scene(t, jwks.Options{Cooldown: time.Second}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		key(t, s, "a")
		expect(t, s, "b", unknown, 0)
		expectCount(t, f, 2)
		time.Sleep(10*time.Second - 1)
		expect(t, s, "b", unknown, 0)
		expectCount(t, f, 2)
		time.Sleep(1)
		expect(t, s, "b", unknown, 0)
		expectCount(t, f, 3)
		time.Sleep(2 * time.Second)
		f.publish("a", "b")
		expect(t, s, "c", unknown, 0) // this fetch empties the memory
		expect(t, s, "b", found, 0)
		expectCount(t, f, 4)
		// A key ID refused for want of budget is not remembered.
		time.Sleep(time.Minute)
		for i := range 3 {
			expect(t, s, fmt.Sprint(i), unknown, 0)
		}
		expect(t, s, "d", unknown, 0)
		f.publish("a", "b", "d")
		time.Sleep(time.Second)
		expect(t, s, "d", found, 0)
		// The memory is bounded, and what is over makes room.
		now := time.Now()
		for i := range 2 * jwks.MaxUnknown {
			jwks.Forget(s, fmt.Sprint(i), now)
		}
		if n := len(jwks.Unknown(s)); n != jwks.MaxUnknown {
			t.Errorf("got %d remembered key IDs, want %d", n, jwks.MaxUnknown)
		}
		jwks.Forget(s, "later", now.Add(jwks.UnknownFor))
		if n := len(jwks.Unknown(s)); n != 1 {
			t.Errorf("got %d remembered key IDs, want 1", n)
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
func TestRememberedKeyIDsAreCopies(t *testing.T) {
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
