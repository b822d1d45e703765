// Package storetest proves that an implementation of [store.Store] keeps the
// promises that rate limits, replay protection, webhooks and revocations rely
// on.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) storetest.Fixture {
//			return storetest.Fixture{Store: open(t), Elapse: time.Sleep}
//		})
//	}
//
// Run it with the race detector. For tests only: it imports testing.
package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/store"
)

// Fixture is a store to be tried.
type Fixture struct {
	Store store.Store
	// Elapse lets d pass on the store's clock. Pass time.Sleep for a store whose
	// clock cannot be moved: the suite asks for two seconds in all.
	Elapse func(d time.Duration)
	// Second is another client of the same data, as another replica has it. nil:
	// the store is not shared.
	Second store.Store
}

// Run tries the stores that open returns. Each must be empty, and is closed by
// open with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	cases := []struct {
		name string
		run  func(*testing.T, Fixture)
	}{
		{"Get", get},
		{"Set", set},
		{"Set expires", setExpires},
		{"Swap", swap},
		{"Swap leases", swapLeases},
		{"Swap once", swapOnce},
		{"Swap hands over", swapHandsOver},
		{"Advance", advance},
		{"Advance recovers", advanceRecovers},
		{"Advance looks", advanceLooks},
		{"Advance once", advanceOnce},
		{"separate key spaces", keySpaces},
		{"any bytes", anyBytes},
		{"limits", limits},
		{"done context", doneContext},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// unit is long enough for a store behind a network to answer within, and short
// enough to wait for.
const unit = 100 * time.Millisecond

func (f Fixture) wantRecord(t *testing.T, key, want string) {
	t.Helper()
	got, err := f.Store.Get(t.Context(), key)
	if err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("Get(%q) = %q, %v, want %q", key, got, err, want)
	}
}

func (f Fixture) set(t *testing.T, key, value string, ttl time.Duration) {
	t.Helper()
	if err := f.Store.Set(t.Context(), key, value, ttl); err != nil {
		t.Fatalf("Set(%q, %q, %v): %v", key, value, ttl, err)
	}
}

func (f Fixture) wantSwap(t *testing.T, key, old, value string, ttl time.Duration, wantCurrent string, want bool) {
	t.Helper()
	current, swapped, err := f.Store.Swap(t.Context(), key, old, value, ttl)
	if err != nil || current != wantCurrent || swapped != want {
		t.Errorf("Swap(%q, %q -> %q) = %q, %v, %v, want %q, %v", key, old, value, current, swapped, err, wantCurrent, want)
	}
}

func get(t *testing.T, f Fixture) {
	got, err := f.Store.Get(t.Context())
	if err != nil || len(got) != 0 {
		t.Errorf("Get() = %q, %v, want nothing", got, err)
	}
	f.set(t, "a", "1", time.Hour)
	f.set(t, "b", "2", time.Hour)
	got, err = f.Store.Get(t.Context(), "b", "none", "a", "b")
	if want := []string{"2", "", "1", "2"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("Get = %q, %v, want %q", got, err, want)
	}
}

func set(t *testing.T, f Fixture) {
	f.set(t, "k", "1", time.Hour)
	f.wantRecord(t, "k", "1")
	f.set(t, "k", "a longer value", time.Hour)
	f.wantRecord(t, "k", "a longer value")
	f.wantRecord(t, "K", "")
	f.set(t, "k", "", 0)
	f.wantRecord(t, "k", "")
	f.set(t, "k", "", 0)
	if f.Second != nil {
		f.set(t, "shared", "1", time.Hour)
		got, err := f.Second.Get(t.Context(), "shared")
		if err != nil || len(got) != 1 || got[0] != "1" {
			t.Errorf("Get on the second replica = %q, %v, want 1", got, err)
		}
	}
}

func setExpires(t *testing.T, f Fixture) {
	f.set(t, "short", "1", unit)
	f.set(t, "longer", "1", unit)
	f.set(t, "longer", "2", time.Hour)
	f.set(t, "shorter", "1", time.Hour)
	f.set(t, "shorter", "2", unit)
	f.wantRecord(t, "longer", "2")
	f.Elapse(unit + unit/2)
	f.wantRecord(t, "short", "")
	f.wantRecord(t, "longer", "2")
	f.wantRecord(t, "shorter", "")
	f.wantSwap(t, "short", "1", "x", time.Hour, "", false)
	f.wantSwap(t, "short", "", "x", time.Hour, "x", true)
}

func swap(t *testing.T, f Fixture) {
	f.wantSwap(t, "k", "1", "2", time.Hour, "", false)
	f.wantRecord(t, "k", "")
	f.wantSwap(t, "k", "", "1", time.Hour, "1", true)
	f.wantSwap(t, "k", "", "2", time.Hour, "1", false)
	f.wantSwap(t, "k", "3", "2", time.Hour, "1", false)
	f.wantSwap(t, "k", "3", "", 0, "1", false)
	f.wantRecord(t, "k", "1")
	f.wantSwap(t, "k", "1", "a longer value", time.Hour, "a longer value", true)
	f.wantRecord(t, "k", "a longer value")
	f.wantSwap(t, "k", "a longer value", "", 0, "", true)
	f.wantRecord(t, "k", "")
	f.wantSwap(t, "k", "", "", 0, "", true)
}

func swapLeases(t *testing.T, f Fixture) {
	f.wantSwap(t, "lost", "", "first", unit, "first", true)
	f.wantSwap(t, "kept", "", "first", unit, "first", true)
	f.wantSwap(t, "kept", "first", "first", time.Hour, "first", true)
	f.Elapse(unit + unit/2)
	f.wantSwap(t, "lost", "", "second", time.Hour, "second", true)
	f.wantSwap(t, "lost", "first", "done", time.Hour, "second", false)
	f.wantSwap(t, "lost", "first", "", 0, "second", false)
	f.wantSwap(t, "kept", "", "second", time.Hour, "first", false)
	f.wantSwap(t, "kept", "first", "done", unit, "done", true)
	f.wantSwap(t, "kept", "", "third", time.Hour, "done", false)
	f.Elapse(unit + unit/2)
	f.wantSwap(t, "kept", "", "third", time.Hour, "third", true)
}

func keySpaces(t *testing.T, f Fixture) {
	f.set(t, "k", "1", time.Hour)
	if _, ok, err := f.Store.Advance(t.Context(), "k", time.Minute, time.Hour); err != nil || !ok {
		t.Errorf("Advance of a key that has a record: %v, %v, want true", ok, err)
	}
	f.wantRecord(t, "k", "1")
	f.set(t, "k", "", 0)
	ahead, _, err := f.Store.Advance(t.Context(), "k", 0, time.Hour)
	if err != nil || ahead < 50*time.Second {
		t.Errorf("the clock is %v ahead, %v, after its namesake was removed; want a minute", ahead, err)
	}
}

func anyBytes(t *testing.T, f Fixture) {
	var all [256]byte
	for i := range all {
		all[i] = byte(i)
	}
	long := strings.Repeat("k", store.MaxKeyBytes)
	value := strings.Repeat("v", store.MaxValueBytes)
	f.set(t, string(all[:]), string(all[:]), time.Hour)
	f.wantRecord(t, string(all[:]), string(all[:]))
	f.set(t, long, value, store.MaxDuration)
	f.wantRecord(t, long, value)
	f.wantRecord(t, long[1:], "")
	for _, key := range []string{"{a}", "a*", "a b", "a\r\nb", "ключ"} {
		f.wantSwap(t, key, "", key, time.Hour, key, true)
	}
}

func limits(t *testing.T, f Fixture) {
	ctx, s := t.Context(), f.Store
	long := strings.Repeat("k", store.MaxKeyBytes+1)
	value := strings.Repeat("v", store.MaxValueBytes+1)
	calls := map[string]func() error{
		"Get of no key":           func() error { _, err := s.Get(ctx, "a", ""); return err },
		"Get of a long key":       func() error { _, err := s.Get(ctx, long); return err },
		"Set of no key":           func() error { return s.Set(ctx, "", "v", time.Hour) },
		"Set of a long key":       func() error { return s.Set(ctx, long, "v", time.Hour) },
		"Set of a long value":     func() error { return s.Set(ctx, "k", value, time.Hour) },
		"Set without a ttl":       func() error { return s.Set(ctx, "k", "v", 0) },
		"Set with a negative ttl": func() error { return s.Set(ctx, "k", "v", -time.Second) },
		"Set with a tiny ttl":     func() error { return s.Set(ctx, "k", "v", time.Microsecond) },
		"Set for ever":            func() error { return s.Set(ctx, "k", "v", store.MaxDuration+1) },
		"Swap of no key":          func() error { _, _, err := s.Swap(ctx, "", "", "v", time.Hour); return err },
		"Swap to a long value":    func() error { _, _, err := s.Swap(ctx, "k", "", value, time.Hour); return err },
		"Swap without a ttl":      func() error { _, _, err := s.Swap(ctx, "k", "", "v", 0); return err },
		"Advance of no key":       func() error { _, _, err := s.Advance(ctx, "", 1, 1); return err },
		"Advance of a long key":   func() error { _, _, err := s.Advance(ctx, long, 1, 1); return err },
		"Advance backwards":       func() error { _, _, err := s.Advance(ctx, "k", -1, time.Hour); return err },
		"Advance below nothing":   func() error { _, _, err := s.Advance(ctx, "k", 0, -1); return err },
		"Advance without a limit": func() error { _, _, err := s.Advance(ctx, "k", 0, store.MaxDuration+1); return err },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	f.wantRecord(t, "k", "")
}

func doneContext(t *testing.T, f Fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, getErr := f.Store.Get(ctx, "k")
	_, _, swapErr := f.Store.Swap(ctx, "k", "", "v", time.Hour)
	_, _, advanceErr := f.Store.Advance(ctx, "k", 1, time.Hour)
	for name, err := range map[string]error{
		"Get": getErr, "Set": f.Store.Set(ctx, "k", "v", time.Hour), "Swap": swapErr, "Advance": advanceErr,
	} {
		if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want ErrUnavailable because of context.Canceled", name, err)
		}
	}
	f.wantRecord(t, "k", "")
}
