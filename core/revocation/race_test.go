package revocation

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// TestReadingThatIsOver: a request that comes right after a reading, by a clock on
// which much time has passed, begins another one, and does not take the one that is
// over for one that takes too long.
func TestReadingThatIsOver(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4)) // so that readings are interrupted
	var now atomic.Int64
	l := newList(t, func(c *Config) { c.Store, c.Now = newSwitched(), func() time.Time { return time.Unix(0, now.Load()) } })
	id := caller()
	for i := range 50_000 {
		if _, err := l.Revoked(t.Context(), id); err != nil {
			t.Fatalf("request %d: got %v", i, err)
		}
		now.Add(int64(2 * time.Second))
	}
}
