package storetest

import (
	"math"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/store"
)

// wantAdvance tries one call. ahead may be short of want by the time that
// passed since start, when the clock was at the present.
func (f Fixture) wantAdvance(t *testing.T, start time.Time, by, limit, want time.Duration, wantOK bool) {
	t.Helper()
	ahead, ok, err := f.Store.Advance(t.Context(), "k", by, limit)
	if err != nil || ok != wantOK {
		t.Errorf("Advance(%v, %v) = %v, %v, want %v", by, limit, ok, err, wantOK)
	}
	if least := want - time.Since(start) - 2*time.Millisecond; ahead > want || ahead < max(0, least) {
		t.Errorf("Advance(%v, %v): %v ahead, want %v", by, limit, ahead, want)
	}
}

func advance(t *testing.T, f Fixture) {
	const hour = time.Hour
	start := time.Now()
	f.wantAdvance(t, start, hour, 3*hour, hour, true)
	f.wantAdvance(t, start, hour, 3*hour, 2*hour, true)
	f.wantAdvance(t, start, hour, 3*hour, 3*hour, true)
	f.wantAdvance(t, start, hour, 3*hour, 3*hour, false)
	f.wantAdvance(t, start, hour, 2*hour, 3*hour, false) // a limit that was lowered
	f.wantAdvance(t, start, hour, 4*hour, 4*hour, true)  // and raised
	f.wantAdvance(t, start, math.MaxInt64, store.MaxDuration, 4*hour, false)

	for _, by := range []time.Duration{2 * hour, math.MaxInt64} {
		ahead, ok, err := f.Store.Advance(t.Context(), "never", by, hour)
		if err != nil || ok || ahead != 0 {
			t.Errorf("Advance(%v) over the limit = %v, %v, %v, want 0, false", by, ahead, ok, err)
		}
	}
	ahead, ok, err := f.Store.Advance(t.Context(), "nothing", hour, 0)
	if err != nil || ok || ahead != 0 {
		t.Errorf("Advance with a limit of 0 = %v, %v, %v, want 0, false", ahead, ok, err)
	}
}

func advanceRecovers(t *testing.T, f Fixture) {
	for range 3 {
		if _, ok, err := f.Store.Advance(t.Context(), "k", 2*unit, 6*unit); err != nil || !ok {
			t.Fatalf("Advance within the limit: %v, %v, want true", ok, err)
		}
	}
	if _, ok, err := f.Store.Advance(t.Context(), "k", 2*unit, 6*unit); err != nil || ok {
		t.Errorf("Advance over the limit: %v, %v, want false", ok, err)
	}
	f.Elapse(3 * unit) // room for one, not for two
	for i, want := range []bool{true, false} {
		if _, ok, err := f.Store.Advance(t.Context(), "k", 2*unit, 6*unit); err != nil || ok != want {
			t.Errorf("Advance %d after a while: %v, %v, want %v", i, ok, err, want)
		}
	}
	f.Elapse(6 * unit) // the clock is behind: no credit for that
	ahead, ok, err := f.Store.Advance(t.Context(), "k", 6*unit, 6*unit)
	if err != nil || !ok || ahead > 6*unit || ahead < 5*unit {
		t.Errorf("Advance after a rest = %v, %v, %v, want %v, true", ahead, ok, err, 6*unit)
	}
	if _, ok, err := f.Store.Advance(t.Context(), "k", 2*unit, 6*unit); err != nil || ok {
		t.Errorf("Advance over the limit: %v, %v, want false", ok, err)
	}
}

func advanceLooks(t *testing.T, f Fixture) {
	start := time.Now()
	f.wantAdvance(t, start, 0, time.Hour, 0, true)
	f.wantAdvance(t, start, 0, 0, 0, true)
	f.wantAdvance(t, start, 30*time.Minute, time.Hour, 30*time.Minute, true)
	f.wantAdvance(t, start, 0, time.Hour, 30*time.Minute, true)
	f.wantAdvance(t, start, 0, time.Minute, 30*time.Minute, false)
	f.wantAdvance(t, start, 30*time.Minute, time.Hour, time.Hour, true)
}
