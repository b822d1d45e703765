package storetest

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/store"
)

const workers = 16

// all runs work in several goroutines at once, on both replicas if there are two.
func (f Fixture) all(work func(worker int, s store.Store)) {
	var ready, done sync.WaitGroup
	ready.Add(workers)
	for w := range workers {
		s := f.Store
		if f.Second != nil && w%2 == 1 {
			s = f.Second
		}
		done.Go(func() {
			ready.Done()
			ready.Wait()
			work(w, s)
		})
	}
	done.Wait()
}

// swapOnce is replay protection: of all who claim a key at once, one gets it.
func swapOnce(t *testing.T, f Fixture) {
	for round := range 20 {
		key := "k" + strconv.Itoa(round)
		var won atomic.Int32
		f.all(func(w int, s store.Store) {
			mine := strconv.Itoa(w)
			current, swapped, err := s.Swap(t.Context(), key, "", mine, time.Hour)
			if err != nil || current == "" || swapped != (current == mine) {
				t.Errorf("Swap to %q = %q, %v, %v", mine, current, swapped, err)
			}
			if swapped {
				won.Add(1)
			}
		})
		if n := won.Load(); n != 1 {
			t.Errorf("%d of %d claimed the same key, want 1", n, workers)
		}
	}
}

// swapHandsOver counts with Swap: no step may be lost or made twice.
func swapHandsOver(t *testing.T, f Fixture) {
	const steps = 5
	f.set(t, "n", "0", time.Hour)
	f.all(func(_ int, s store.Store) {
		current := "0"
		for made := 0; made < steps; {
			n, err := strconv.Atoi(current)
			if err != nil {
				t.Errorf("the record is %q, want a number", current)
				return
			}
			next, swapped, err := s.Swap(t.Context(), "n", current, strconv.Itoa(n+1), time.Hour)
			if err != nil {
				t.Errorf("Swap: %v", err)
				return
			}
			if swapped {
				made++
			}
			current = next
		}
	})
	f.wantRecord(t, "n", strconv.Itoa(workers*steps))
}

// advanceOnce is a rate limit under pressure: exactly as many pass as there is
// room for.
func advanceOnce(t *testing.T, f Fixture) {
	const room = 25
	var passed atomic.Int32
	f.all(func(_ int, s store.Store) {
		for range 5 {
			_, ok, err := s.Advance(t.Context(), "k", time.Hour, room*time.Hour)
			if err != nil {
				t.Errorf("Advance: %v", err)
			}
			if ok {
				passed.Add(1)
			}
		}
	})
	if n := passed.Load(); n != room {
		t.Errorf("%d passed a limit of %d", n, room)
	}
}
