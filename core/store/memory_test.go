package store

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// clock is moved by hand.
type clock struct{ at time.Time }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) elapse(d time.Duration)  { c.at = c.at.Add(d) }
func newClock() *clock                   { return &clock{time.Unix(1_700_000_000, 0)} }
func set(m *Memory, key string) error    { return m.Set(context.Background(), key, "v", time.Hour) }
func (c *clock) memory(n, b int) *Memory { return NewMemory(MemoryOptions{n, b, c.now}) }

// small is the size of a record that set makes of a key of one byte.
var small = size("k", "v")

func TestRecordIsGoneWhenItsTimeIsOver(t *testing.T) {
	c := newClock()
	m := c.memory(0, 0)
	if err := m.Set(t.Context(), "k", "v", time.Second); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{0, "v"}, {time.Second - 1, "v"}, {1, ""}, {time.Hour, ""}} {
		c.elapse(step.after)
		if got, err := m.Get(t.Context(), "k"); err != nil || got[0] != step.want {
			t.Errorf("at %v: %q, %v, want %q", c.at, got[0], err, step.want)
		}
	}
}

func TestFullOfRecords(t *testing.T) {
	for _, bounds := range []struct {
		name           string
		entries, bytes int
	}{{"entries", 3, 0}, {"bytes", 0, 3*small + 1}} {
		t.Run(bounds.name, func(t *testing.T) {
			c := newClock()
			m := c.memory(bounds.entries, bounds.bytes)
			for _, key := range []string{"a", "b", "c"} {
				if err := set(m, key); err != nil {
					t.Fatal(err)
				}
				c.elapse(time.Second)
			}

			if err := set(m, "d"); !errors.Is(err, ErrFull) {
				t.Errorf("Set on a full store: %v, want ErrFull", err)
			}
			if current, swapped, err := m.Swap(t.Context(), "d", "", "v", time.Hour); !errors.Is(err, ErrFull) || swapped || current != "" {
				t.Errorf("Swap on a full store: %q, %v, %v, want ErrFull", current, swapped, err)
			}
			// A replay must still be known as one.
			if current, swapped, err := m.Swap(t.Context(), "a", "", "x", time.Hour); err != nil || swapped || current != "v" {
				t.Errorf("Swap of a key that is taken: %q, %v, %v, want v, false", current, swapped, err)
			}
			// Rate limits go on.
			if _, ok, err := m.Advance(t.Context(), "d", 1, time.Hour); err != nil || !ok {
				t.Errorf("Advance beside a full store of records: %v, %v, want true", ok, err)
			}
			// What is there can be changed, and let go.
			if current, swapped, err := m.Swap(t.Context(), "b", "v", "w", time.Hour); err != nil || !swapped || current != "w" {
				t.Errorf("Swap v for w: %q, %v, %v", current, swapped, err)
			}
			if err := m.Set(t.Context(), "c", "", 0); err != nil {
				t.Error(err)
			}
			if err := set(m, "d"); err != nil {
				t.Errorf("Set after another was removed: %v", err)
			}

			c.elapse(time.Hour - 3*time.Second) // a is due
			if err := set(m, "e"); err != nil {
				t.Errorf("Set after another expired: %v", err)
			}
			if err := set(m, "f"); !errors.Is(err, ErrFull) {
				t.Errorf("Set on a full store: %v, want ErrFull", err)
			}
		})
	}
}

func TestRecordDoesNotGrowBeyondTheBound(t *testing.T) {
	m := newClock().memory(0, 2*small)
	for _, key := range []string{"a", "b"} {
		if err := set(m, key); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Set(t.Context(), "a", "longer", time.Hour); !errors.Is(err, ErrFull) {
		t.Errorf("Set of a longer value: %v, want ErrFull", err)
	}
	if got, err := m.Get(t.Context(), "a", "b"); err != nil || got[0] != "v" || got[1] != "v" {
		t.Errorf("Get = %q, %v, want the old values", got, err)
	}
}

func TestFullOfClocksForgetsTheLeastAhead(t *testing.T) {
	for _, bounds := range []struct {
		name           string
		entries, bytes int
	}{{"entries", 3, 0}, {"bytes", 0, 3*size("k", "") + 1}} {
		t.Run(bounds.name, func(t *testing.T) {
			m := newClock().memory(bounds.entries, bounds.bytes)
			ahead := func(key string, by time.Duration) time.Duration {
				d, _, err := m.Advance(t.Context(), key, by, time.Hour)
				if err != nil {
					t.Errorf("Advance(%q, %v): %v", key, by, err)
				}
				return d
			}
			ahead("a", time.Hour) // at its limit
			ahead("b", time.Minute)
			ahead("c", 2*time.Minute)
			ahead("d", 3*time.Minute)
			for key, want := range map[string]time.Duration{"a": time.Hour, "b": 0, "c": 2 * time.Minute, "d": 3 * time.Minute} {
				if got := ahead(key, 0); got != want {
					t.Errorf("%q is %v ahead, want %v", key, got, want)
				}
			}
			for i := range 100 { // many addresses, one request each
				ahead(strconv.Itoa(i%10), time.Second)
			}
			if got := ahead("a", 0); got != time.Hour {
				t.Errorf("the one at its limit is %v ahead, want an hour", got)
			}
			if err := set(m, "a"); err != nil {
				t.Errorf("Set beside a full store of clocks: %v", err)
			}
		})
	}
}

func TestBoundsThatHoldNothing(t *testing.T) {
	m := newClock().memory(1, 1)
	if err := set(m, "k"); !errors.Is(err, ErrFull) {
		t.Errorf("Set: %v, want ErrFull", err)
	}
	if _, ok, err := m.Advance(t.Context(), "k", 1, 1); !errors.Is(err, ErrFull) || ok {
		t.Errorf("Advance: %v, %v, want ErrFull", ok, err)
	}
}

// TestManyExpiredAtOnce has more entries due than one call takes out: those
// that are still in memory must count for nothing.
func TestManyExpiredAtOnce(t *testing.T) {
	const n = 50
	c := newClock()
	m := c.memory(0, n*small)
	for i := range n {
		key := string(rune('A' + i))
		due := time.Second + time.Duration(i)*time.Millisecond // one after the other
		if err := m.Set(t.Context(), key, "v", due); err != nil {
			t.Fatal(err)
		}
		if _, _, err := m.Advance(t.Context(), key, due, due); err != nil {
			t.Fatal(err)
		}
	}
	c.elapse(time.Minute)
	last := string(rune('A' + n - 1))
	if current, swapped, err := m.Swap(t.Context(), last, "v", "w", time.Hour); current != "" || swapped || err != nil {
		t.Errorf("Swap of an expired record: %q, %v, %v, want none", current, swapped, err)
	}
	if ahead, ok, err := m.Advance(t.Context(), last, 2*time.Second, 2*time.Second); ahead != 2*time.Second || !ok || err != nil {
		t.Errorf("Advance of a clock that is behind: %v, %v, %v, want 2s, true", ahead, ok, err)
	}
	if _, swapped, err := m.Swap(t.Context(), last, "", strings.Repeat("v", MaxValueBytes), time.Hour); !swapped || err != nil {
		t.Errorf("Swap of an expired record for a longer one: %v, %v", swapped, err)
	}
	checkBooks(t, m)
}

// TestExpiredRecordMakesNoRoomForItself has a new value for an expired record
// that does not fit in even when all others are gone.
func TestExpiredRecordMakesNoRoomForItself(t *testing.T) {
	c := newClock()
	m := c.memory(0, 6*small)
	for i := range 6 {
		if err := m.Set(t.Context(), strconv.Itoa(i), "v", time.Duration(i+1)*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	c.elapse(time.Minute)
	if err := m.Set(t.Context(), "5", strings.Repeat("v", MaxValueBytes), time.Hour); !errors.Is(err, ErrFull) {
		t.Errorf("Set: %v, want ErrFull", err)
	}
	checkBooks(t, m)
}

func checkBooks(t *testing.T, m *Memory) {
	t.Helper()
	total, records := 0, only(t, m.records)
	for _, e := range records.entries {
		total += size(e.key, e.value)
	}
	if total != records.bytes || len(records.entries) != len(records.queue) {
		t.Errorf("%d bytes in %d entries, the books say %d in %d", total, len(records.entries), records.bytes, len(records.queue))
	}
}

func TestTheNextDueIsFoundAfterAChange(t *testing.T) {
	c := newClock()
	m := c.memory(2, 0)
	for key, ttl := range map[string]time.Duration{"a": time.Second, "b": time.Minute} {
		if err := m.Set(t.Context(), key, "v", ttl); err != nil {
			t.Fatal(err)
		}
	}
	if err := set(m, "a"); err != nil { // from first to last
		t.Fatal(err)
	}
	c.elapse(time.Minute)
	if err := set(m, "c"); err != nil {
		t.Errorf("Set when b is due: %v", err)
	}
	if got, err := m.Get(t.Context(), "a", "b", "c"); err != nil || strings.Join(got, ",") != "v,,v" {
		t.Errorf("Get = %q, %v, want a and c", got, err)
	}
}

// TestStoreKeepsItsOwnText changes the memory of what it was given, as
// frameworks do that use it again.
func TestStoreKeepsItsOwnText(t *testing.T) {
	m := newClock().memory(0, 0)
	memory := []byte("key value other")
	text := unsafe.String(unsafe.SliceData(memory), len(memory))
	if err := m.Set(t.Context(), text[:3], text[4:9], time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, swapped, err := m.Swap(t.Context(), "key", "value", text[10:], time.Hour); err != nil || !swapped {
		t.Fatalf("Swap: %v, %v", swapped, err)
	}
	if err := m.Set(t.Context(), "new", text[4:9], time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.Advance(t.Context(), text[:3], time.Minute, time.Hour); err != nil {
		t.Fatal(err)
	}
	copy(memory, "XXXXXXXXXXXXXXX")
	if got, err := m.Get(t.Context(), "key", "new"); err != nil || got[0] != "other" || got[1] != "value" {
		t.Errorf("Get = %q, %v, want other and value", got, err)
	}
	if ahead, _, err := m.Advance(t.Context(), "key", 0, time.Hour); err != nil || ahead != time.Minute {
		t.Errorf("the clock is %v ahead, %v, want a minute", ahead, err)
	}
}

// TestMemoryIsGivenBack fills the store and lets everything expire: calls that
// come after clear up, and the books are right at the end.
func TestMemoryIsGivenBack(t *testing.T) {
	c := newClock()
	m := c.memory(0, 0)
	const n = 1000
	for i := range n {
		key := strconv.Itoa(i)
		if err := m.Set(t.Context(), key, strings.Repeat("v", i%7+1), time.Duration(i+1)*time.Second); err != nil {
			t.Fatal(err)
		}
		if _, _, err := m.Advance(t.Context(), key, time.Duration(i+1)*time.Second, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n / 2 { // in other orders and sizes
		if err := m.Set(t.Context(), strconv.Itoa(i*2), "longer value", time.Duration(n-i)*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	c.elapse(time.Hour)
	for range n {
		if err := m.Set(t.Context(), "last", "v", time.Hour); err != nil {
			t.Fatal(err)
		}
		if _, _, err := m.Advance(t.Context(), "last", 1, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	for name, s := range map[string]*shards{"records": m.records, "clocks": m.clocks} {
		entries, queued, bytes := held(s)
		if want := size("last", map[string]string{"records": "v"}[name]); entries != 1 || queued != 1 || bytes != want {
			t.Errorf("%s: %d entries, %d in the queue, %d bytes, want 1, 1 and %d", name, entries, queued, bytes, want)
		}
	}
}
