package jwks_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

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
		time.Sleep(5*time.Second - 1)
		expect(t, r, "a", found, 0)
		expectCount(t, f, 2)
		time.Sleep(time.Nanosecond)
		expect(t, r, "a", found, 0)
		expectCount(t, f, 3)
		if r.Has(k) {
			t.Error("the key is still there after two empty answers")
		}
		if h := r.Health(); h.LastError != "" || h.Keys != 0 || h.Ready {
			t.Errorf("got %+v", h)
		}
		if e := f.last(); e.Err != "" || !e.Changed || e.Keys != 0 {
			t.Errorf("got %+v", e)
		}
		expect(t, r, "a", unknown, 0)
		f.publish("a", "b")
		expect(t, r, "b", found, 0)
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

// An issuer that has no keys yet is asked again soon.
func TestEmptySetAtTheFirstFetch(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		f.publish()
		expect(t, s, "a", unavailable, 0)
		f.publish("a")
		expect(t, s, "a", unavailable, 0)
		time.Sleep(time.Second)
		expect(t, s, "a", found, 0)
		expectCount(t, f, 2)
	})
}

// "keys": null is no key set, and never taken for one whose keys were withdrawn.
func TestNullSet(t *testing.T) {
	scene(t, jwks.Options{RefreshEvery: time.Minute}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		key(t, s, "a")
		f.answer(reply{body: `{"keys":null}`})
		for range 5 {
			time.Sleep(time.Minute)
			expect(t, s, "a", found, 0)
			synctest.Wait()
		}
		if h := s.Health(); h.LastError != "null" || h.Failures != 5 || h.Keys != 1 || !strings.Contains(f.last().Detail, "is null") {
			t.Errorf("got %+v, %+v", h, f.last())
		}
	})
}

// The first 128 keys of a larger set count, and it is reported.
func TestManyKeys(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		many := func(n int) {
			kids := make([]string, n)
			for i := range kids {
				kids[i] = fmt.Sprint(i)
			}
			f.publish(kids...)
		}
		for _, tt := range []struct{ n, dropped int }{{128, 0}, {129, 1}, {256, 128}, {1000, 128}} {
			many(tt.n)
			if err := jwks.Fetch(s); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			e := f.last()
			if e.Err != "" || e.Keys != 128 || len(e.Dropped) != tt.dropped || s.Health().Dropped != tt.dropped {
				t.Errorf("%d keys: got %d, dropped %d, error %q", tt.n, e.Keys, len(e.Dropped), e.Err)
			}
			if want := fmt.Sprintf("the set has %d keys, of which the first 128 count", tt.n); (e.Detail == want) != (tt.n > 128) {
				t.Errorf("%d keys: got detail %q", tt.n, e.Detail)
			}
			if tt.n > 128 && e.Dropped[0] != (jwks.Dropped{KeyID: "128", Reason: "too_many"}) {
				t.Errorf("%d keys: got dropped %v", tt.n, e.Dropped[0])
			}
			expect(t, s, "0", found, 0)
			expect(t, s, "127", found, 0)
		}
		before := f.count()
		expect(t, s, "128", unknown, 0) // known to be there and not usable: no fetch
		expectCount(t, f, before)
	})
}

func TestEmptySetBeforeTheFirstKey(t *testing.T) {
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

// A set without a usable key is a failure, as often as it comes.
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
