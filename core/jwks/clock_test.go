package jwks_test

import (
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

func TestInjectedClock(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	scene(t, jwks.Options{Now: func() time.Time { return now }}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		k := key(t, r, "a")
		if !r.HasAt(k, now.Add(48*time.Hour)) {
			t.Error("the caller's clock was believed beside an injected one")
		}
		now = now.Add(24 * time.Hour)
		if r.Has(k) || r.HasAt(k, now.Add(-24*time.Hour)) {
			t.Error("the injected clock was not believed")
		}
		if got := r.Health().LastSuccess; !got.Equal(now.Add(-24 * time.Hour)) {
			t.Errorf("got %v", got)
		}
	})
}

// A machine that boots with a clock far ahead must not wait for it.
func TestClockSetBack(t *testing.T) {
	now := time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)
	scene(t, jwks.Options{Now: func() time.Time { return now }}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		f.fail()
		expect(t, r, "a", unavailable, 0)
		now = now.AddDate(-20, 0, 0)
		f.publish("a")
		expect(t, r, "a", found, 0)
		k := key(t, r, "a")
		now = now.AddDate(-1, 0, 0)
		f.publish("b")
		if r.Has(k) {
			t.Error("the key was trusted by a clock that was set back")
		}
		expect(t, r, "a", unknown, 0)
		expectCount(t, f, 3)
	})
}
