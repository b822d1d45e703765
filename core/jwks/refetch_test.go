package jwks_test

import (
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

// A bad signature causes no fetch, unless AllowKeyReuse is set.
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
			refetch(1)
			expectCount(t, f, 2)
			refetch(1) // a request that tried the old key, and comes late
			expectCount(t, f, 2)
			if r.Has(k) {
				t.Error("the replaced key is still there")
			}
			tried = []*jwks.Key{key(t, r, "a")}
			for range 5 { // bad signatures, and no new key
				refetch(0)
			}
			expectCount(t, f, 4)
			f.fail()
			time.Sleep(5 * time.Second)
			refetch(0)
			refetch(0)
			expectCount(t, f, 5)
		})
	})
}
