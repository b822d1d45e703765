package store

import (
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"
)

// only returns the table of a store that has one shard.
func only(t *testing.T, s *shards) *table {
	t.Helper()
	if len(s.all) != 1 {
		t.Fatalf("got %d shards, want 1", len(s.all))
	}
	return &s.all[0].table
}

// held counts what all shards hold together.
func held(s *shards) (entries, queued, bytes int) {
	for i := range s.all {
		one := &s.all[i].table
		entries, queued, bytes = entries+len(one.entries), queued+len(one.queue), bytes+one.bytes
	}
	return entries, queued, bytes
}

func TestShards(t *testing.T) {
	for _, tt := range []struct{ entries, bytes, want int }{
		{1, defaultMaxBytes, 1},
		{2*minShardEntries - 1, defaultMaxBytes, 1},
		{2 * minShardEntries, defaultMaxBytes, 2},
		{defaultMaxEntries, defaultMaxBytes, maxShards},
		{defaultMaxEntries, 1, 1},
		{defaultMaxEntries, 5 * minShardEntries * entryOverhead, 4},
		{1 << 40, 1 << 50, maxShards},
	} {
		s := newShards(tt.entries, tt.bytes)
		if len(s.all) != tt.want {
			t.Errorf("%d entries, %d bytes: got %d shards, want %d", tt.entries, tt.bytes, len(s.all), tt.want)
		}
		if one := &s.all[0].table; one.maxEntries*len(s.all) > tt.entries || one.maxBytes*len(s.all) > tt.bytes {
			t.Errorf("%d entries, %d bytes: %d shards may have %d entries and %d bytes each", tt.entries, tt.bytes, len(s.all), one.maxEntries, one.maxBytes)
		}
	}
}

// TestBoundsOfManyShards fills a store from several goroutines: it never holds more
// than its bounds, takes nearly as much, and forgets no record that it took.
func TestBoundsOfManyShards(t *testing.T) {
	const entries, workers = 8 * minShardEntries, 4
	for _, bounds := range []struct {
		name           string
		entries, bytes int
	}{{"entries", entries, 0}, {"bytes", 0, entries * (entryOverhead + 8)}} {
		t.Run(bounds.name, func(t *testing.T) {
			m := newClock().memory(bounds.entries, bounds.bytes)
			if len(m.records.all) != 8 || len(m.clocks.all) != 8 {
				t.Fatalf("got %d shards, want 8", len(m.records.all))
			}
			taken := make([][]string, workers)
			var all sync.WaitGroup
			for w := range workers {
				all.Go(func() {
					for i := range entries {
						key := strconv.Itoa(w*entries + i)
						switch err := set(m, key); {
						case err == nil:
							taken[w] = append(taken[w], key)
						case !errors.Is(err, ErrFull):
							t.Errorf("Set: %v", err)
						}
						if _, ok, err := m.Advance(t.Context(), key, time.Second, time.Hour); err != nil || !ok {
							t.Errorf("Advance: %v, %v", ok, err)
						}
					}
				})
			}
			all.Wait()
			for name, s := range map[string]*shards{"records": m.records, "clocks": m.clocks} {
				n, queued, bytes := held(s)
				if bounds.entries > 0 && n > bounds.entries || bounds.bytes > 0 && bytes > bounds.bytes {
					t.Errorf("%s: %d entries, %d bytes, beyond the bounds", name, n, bytes)
				}
				if n < entries*9/10 || queued != n {
					t.Errorf("%s: %d entries, %d in the queue, want nearly %d", name, n, queued, entries)
				}
			}
			for _, keys := range taken {
				for _, key := range keys {
					if got, err := m.Get(t.Context(), key); err != nil || got[0] != "v" {
						t.Fatalf("Get(%s) = %q, %v: a record that was taken is gone", key, got, err)
					}
				}
			}
		})
	}
}

// TestFloodFreesNobody: in every shard the clocks of those at their limit outlast a
// flood of others.
func TestFloodFreesNobody(t *testing.T) {
	const entries = 4 * minShardEntries
	m := newClock().memory(entries, 0)
	for i := range 100 {
		if _, _, err := m.Advance(t.Context(), "at its limit "+strconv.Itoa(i), time.Hour, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 * entries {
		if _, _, err := m.Advance(t.Context(), strconv.Itoa(i), time.Second, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 100 {
		if _, ok, err := m.Advance(t.Context(), "at its limit "+strconv.Itoa(i), time.Second, time.Hour); err != nil || ok {
			t.Errorf("%d was forgotten: %v, %v", i, ok, err)
		}
	}
}

// TestClockThatPanics leaves no lock behind.
func TestClockThatPanics(t *testing.T) {
	c := newClock()
	panics := false
	m := NewMemory(MemoryOptions{Now: func() time.Time {
		if panics {
			panic("no time")
		}
		return c.at
	}})
	for _, call := range []func() error{
		func() error { return set(m, "k") },
		func() error { _, _, err := m.Swap(t.Context(), "k", "v", "w", time.Hour); return err },
		func() error { _, _, err := m.Advance(t.Context(), "k", 1, 1); return err },
		func() error { _, err := m.Get(t.Context(), "k"); return err },
	} {
		panics = true
		func() {
			defer func() { _ = recover() }()
			_ = call()
			t.Error("no panic")
		}()
		panics = false
		if err := call(); err != nil {
			t.Error(err)
		}
	}
}
