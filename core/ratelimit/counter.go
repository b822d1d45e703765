package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/store"
)

const (
	maxWait     = 100 * time.Millisecond // for an answer of the store
	pause       = time.Second            // between two questions to a store that fails
	reportEvery = time.Minute
	maxAsked    = 512 // questions to the store under way; more than that it does not answer
)

// counter moves clocks in a store that replicas share, as long as it answers, and
// else in memory.
type counter struct {
	memory   *store.Memory
	shared   store.Store // nil: memory is all
	now      func() time.Time
	observer core.Observer

	askAgain    atomic.Int64 // when a store that failed is asked again, in ns since 1970; 0: it answers
	reportAgain atomic.Int64
	asked       atomic.Int32 // questions under way
}

func newCounter(shared store.Store, now func() time.Time, observer core.Observer) (*counter, error) {
	if now == nil {
		now = time.Now
	}
	c := &counter{now: now, observer: observer}
	for field, value := range map[string]any{"Store": shared, "Observer": observer} {
		if v := reflect.ValueOf(value); v.Kind() == reflect.Pointer && v.IsNil() {
			return nil, configError(field, "holds a nil %T: leave the field out, or set the value it comes from", value)
		}
	}
	if m, ok := shared.(*store.Memory); ok { // it never blocks
		c.memory = m
		return c, nil
	}
	c.shared, c.memory = shared, store.NewMemory(store.MemoryOptions{Now: now})
	return c, nil
}

// advance is [store.Store.Advance], and always has an answer. It keeps nothing of
// key.
func (c *counter) advance(key []byte, by, limit time.Duration) (ahead time.Duration, ok bool) {
	if c.shared != nil && c.mayAsk() {
		ahead, ok, err := c.ask(string(key), by, limit)
		if err == nil {
			c.askAgain.Store(0)
			return ahead, ok
		}
		c.failed(err)
	}
	// A memory store copies the keys that it keeps, so it can be lent memory that is
	// used again. The caller's context does not matter to it: a request whose client
	// has gone counts like any other.
	ahead, ok, err := c.memory.Advance(context.Background(), unsafe.String(unsafe.SliceData(key), len(key)), by, limit)
	if err != nil { // a memory store with room for nothing
		return limit, false
	}
	return ahead, ok
}

// mayAsk reports whether the store is to be asked. One request in each pause is the
// first to find out that the store answers again.
func (c *counter) mayAsk() bool {
	again := c.askAgain.Load()
	if again == 0 {
		return true
	}
	now := c.now().UnixNano()
	return now >= again && c.askAgain.CompareAndSwap(again, now+int64(pause))
}

// ask asks the store, and waits no longer than maxWait also for one that does not
// look at its context. That context is not the request's: a client that goes away
// must not look like an outage of the store.
func (c *counter) ask(key string, by, limit time.Duration) (time.Duration, bool, error) {
	if c.asked.Add(1) > maxAsked {
		c.asked.Add(-1)
		return 0, false, fmt.Errorf("%w: %d calls have not come back", store.ErrUnavailable, maxAsked)
	}
	type answer struct {
		ahead time.Duration
		ok    bool
		err   error
	}
	answers := make(chan answer, 1)
	ctx, cancel := context.WithTimeout(context.Background(), maxWait)
	go func() {
		a := answer{err: errPanicked}
		defer func() {
			_ = recover() // a panic of the store is an outage, never the end of the process
			c.asked.Add(-1)
			cancel()
			answers <- a
		}()
		a.ahead, a.ok, a.err = c.shared.Advance(ctx, key, by, limit)
	}()
	timer := time.NewTimer(maxWait)
	defer timer.Stop()
	select {
	case a := <-answers:
		return a.ahead, a.ok, a.err
	case <-timer.C:
		return 0, false, fmt.Errorf("%w: no answer after %v", store.ErrUnavailable, maxWait)
	}
}

var errPanicked = errors.New("the store panicked")

// failed remembers that the store could not count, and reports it once a minute.
func (c *counter) failed(err error) {
	now := c.now()
	if !errors.Is(err, store.ErrFull) { // a full store answers
		c.askAgain.Store(now.Add(pause).UnixNano())
	}
	again := c.reportAgain.Load()
	if now.UnixNano() >= again && c.reportAgain.CompareAndSwap(again, now.Add(reportEvery).UnixNano()) {
		c.observer.Observe(context.Background(), core.StoreUnavailable(err))
	}
}
