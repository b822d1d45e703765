package store

import (
	"context"
	"testing"
	"time"
)

// TestClockThatRanOut: a caller who stays below the rate costs no allocation.
func TestClockThatRanOut(t *testing.T) {
	c := newClock()
	m := c.memory(minShardEntries, 0) // one shard
	call := func() {
		c.elapse(time.Second)
		if ahead, ok, err := m.Advance(context.Background(), "k", time.Second, time.Second); ahead != time.Second || !ok || err != nil {
			t.Errorf("got %v, %v, %v", ahead, ok, err)
		}
	}
	call()
	if n := testing.AllocsPerRun(100, call); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
	c.elapse(time.Second)
	if _, _, err := m.Advance(context.Background(), "other", 0, time.Second); err != nil {
		t.Error(err)
	}
	if n := len(only(t, m.clocks).entries); n != 0 {
		t.Errorf("%d clocks are kept after they ran out", n)
	}
}
