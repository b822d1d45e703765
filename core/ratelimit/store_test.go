package ratelimit

import (
	"context"
	"errors"
	"net/netip"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/store"
)

// flaky is a shared store that a test takes down.
type flaky struct {
	store.Store
	memory *store.Memory
	down   atomic.Pointer[func(context.Context) error] // what happens instead; nil: it works
	asked  atomic.Int64
}

func newFlaky() *flaky { return &flaky{memory: store.NewMemory(store.MemoryOptions{})} }

func (f *flaky) set(down func(context.Context) error) {
	if down == nil {
		f.down.Store(nil)
		return
	}
	f.down.Store(&down)
}

func (f *flaky) Advance(ctx context.Context, key string, by, limit time.Duration) (time.Duration, bool, error) {
	f.asked.Add(1)
	if down := f.down.Load(); down != nil {
		if err := (*down)(ctx); err != nil {
			return 0, false, err
		}
	}
	return f.memory.Advance(ctx, key, by, limit)
}

func TestStoreIsShared(t *testing.T) {
	shared := newFlaky()
	replica := func() *Limiter {
		return limiter(t, func(c *Config) {
			c.Store, c.Name, c.Limits = shared, "api", []Limit{{Requests: 5, Per: time.Hour}}
		})
	}
	one, two := replica(), replica()
	r := from("192.0.2.1:1")
	if got := count(one, r, 3) + count(two, r, 10) + count(one, r, 10); got != 5 {
		t.Errorf("got %d requests through two replicas, want 5", got)
	}
}

// TestStoreOutages: whatever a store does, the limit holds in the memory of the
// process, no request waits for longer than maxWait, the outage is reported once a
// minute, and the store counts again when it is back.
func TestStoreOutages(t *testing.T) {
	for name, down := range map[string]func(context.Context) error{
		"an error":              func(context.Context) error { return store.ErrUnavailable },
		"an error of another":   func(context.Context) error { return errors.New("READONLY") },
		"a mistake":             func(context.Context) error { return store.ErrInvalid },
		"waits for its context": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"does not look at its context": func(context.Context) error {
			time.Sleep(10 * time.Minute)
			return store.ErrUnavailable
		},
		"a panic":                  func(context.Context) error { panic("nil map") },
		"the end of its goroutine": func(context.Context) error { runtime.Goexit(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log, shared := &events{}, newFlaky()
				l := limiter(t, func(c *Config) {
					c.Authenticator = authenticator(t, func(c *core.Config) { c.Observer = log })
					c.Store, c.Name, c.Limits = shared, "api", []Limit{{Requests: 3, Per: time.Hour}}
				})
				if got := count(l, from("192.0.2.1:1"), 5); got != 3 {
					t.Errorf("got %d before the outage, want 3", got)
				}
				shared.set(down)
				start, admits := time.Now(), 0
				for range 100 {
					before := time.Now()
					admits += count(l, from("192.0.2.2:1"), 1)
					if waited := time.Since(before); waited > maxWait {
						t.Errorf("a request waited for %v", waited)
					}
					time.Sleep(time.Second)
				}
				if admits != 3 {
					t.Errorf("got %d in the outage, want 3 from the memory of the process", admits)
				}
				reported := log.take(core.EventStore)
				if want := int(time.Since(start)/time.Minute) + 1; len(reported) != want {
					t.Errorf("got %d reports in %v, want %d", len(reported), time.Since(start), want)
				}
				if len(reported) > 0 && (reported[0].Reason != "store_unavailable" || reported[0].Err == nil) {
					t.Errorf("got %+v", reported[0])
				}
				shared.set(nil)
				time.Sleep(2 * pause)
				if got := count(l, from("192.0.2.1:1"), 5); got != 0 {
					t.Errorf("got %d after the outage, want 0: the store knows the address", got)
				}
				time.Sleep(time.Hour) // calls that hang come to their end
			})
		})
	}
}

// TestStoreThatFailsIsLeftAlone: one request in each pause asks it.
func TestStoreThatFailsIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newFlaky()
		shared.set(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		l := limiter(t, func(c *Config) { c.Store, c.Name = shared, "api" })
		start := time.Now()
		for range 1000 {
			run(l, from("192.0.2.1:1"))
		}
		if waited := time.Since(start); waited != maxWait || shared.asked.Load() != 1 {
			t.Errorf("got %d questions and %v of waiting for 1000 requests, want one question", shared.asked.Load(), waited)
		}
		time.Sleep(pause)
		for range 10 {
			go run(l, from("192.0.2.1:1"))
		}
		synctest.Wait()
		if got := shared.asked.Load(); got != 2 {
			t.Errorf("got %d questions after the pause, want one more", got)
		}
		time.Sleep(time.Minute)
	})
}

// TestCallsThatHang: a store that never answers holds a bounded number of
// goroutines.
func TestCallsThatHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newFlaky()
		release := make(chan struct{})
		shared.set(func(context.Context) error { <-release; return store.ErrUnavailable })
		l := limiter(t, func(c *Config) { c.Store, c.Name = shared, "api" })
		for range 3 * maxAsked {
			run(l, from("192.0.2.1:1"))
			time.Sleep(pause)
		}
		if got := shared.asked.Load(); got != maxAsked {
			t.Errorf("got %d calls that hang, want %d", got, maxAsked)
		}
		shared.set(nil)
		close(release)
		time.Sleep(2 * pause)
		before := shared.asked.Load()
		run(l, from("192.0.2.1:1"))
		if shared.asked.Load() == before {
			t.Error("the store is not asked again")
		}
	})
}

func TestFullStoreIsNotFree(t *testing.T) {
	log, shared := &events{}, newFlaky()
	shared.set(func(context.Context) error { return store.ErrFull })
	l := limiter(t, func(c *Config) {
		c.Authenticator = authenticator(t, func(c *core.Config) { c.Observer = log })
		c.Store, c.Name, c.Limits = shared, "api", []Limit{{Requests: 3, Per: time.Hour}}
	})
	if got := count(l, from("192.0.2.1:1"), 10); got != 3 {
		t.Errorf("got %d, want 3", got)
	}
	if got := log.take(core.EventStore); len(got) != 1 || !errors.Is(got[0].Err, store.ErrFull) {
		t.Errorf("got %+v, want one report", got)
	}
	if shared.asked.Load() != 10 {
		t.Errorf("got %d questions, want 10: a full store answers", shared.asked.Load())
	}

	nothing := store.NewMemory(store.MemoryOptions{MaxBytes: 1}) // room for no clock
	l = limiter(t, func(c *Config) { c.Store, c.Name = nothing, "api" })
	if admitted(l, from("192.0.2.1:1")) {
		t.Error("a memory store that has room for nothing admits")
	}
}

// TestMemoryIsBounded: a flood of addresses does not free the one that is at its
// limit.
func TestMemoryIsBounded(t *testing.T) {
	l := limiter(t, func(c *Config) {
		c.Store, c.Name, c.Key = store.NewMemory(store.MemoryOptions{MaxEntries: 100}), "api", ByAddress()
		c.Limits = []Limit{{Requests: 10, Per: time.Hour}}
	})
	count(l, from("192.0.2.1:1"), 10)
	addr := netip.MustParseAddr("198.18.0.0")
	for range 10_000 {
		addr = addr.Next()
		run(l, from(addr.String()+":1"))
	}
	if admitted(l, from("192.0.2.1:1")) {
		t.Error("an address at its limit was forgotten")
	}
}

// TestCanceledRequestCounts: a client that goes away has used its request, and is no
// outage of the store.
func TestCanceledRequestCounts(t *testing.T) {
	for name, shared := range map[string]store.Store{"memory": nil, "shared": newFlaky()} {
		log := &events{}
		l := limiter(t, func(c *Config) {
			c.Authenticator = authenticator(t, func(c *core.Config) { c.Observer = log })
			c.Store, c.Name = shared, "api"
		})
		r := from("192.0.2.1:1")
		ctx, cancel := context.WithCancel(r.Context())
		cancel()
		run(l, r.WithContext(ctx))
		if admitted(l, r) {
			t.Errorf("%s: a canceled request did not count", name)
		}
		if got := log.take(core.EventStore); len(got) != 0 {
			t.Errorf("%s: got %+v, want no report", name, got)
		}
	}
}
