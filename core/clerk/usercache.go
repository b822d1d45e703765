package clerk

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core"
)

const (
	goneFor   = 10 * time.Second // that a user does not exist is remembered
	retryFor  = time.Second      // after a failure, before the user is asked for again
	patience  = time.Second      // of a request that could be served with the last answer
	warnEvery = 10 * time.Second
)

// record is what is known of one user. user is nil for one who does not exist.
type record struct {
	user   *User
	rights core.Rights
}

// userCache remembers records, the oldest answer is the first to go.
type userCache struct {
	load func(context.Context, string) (*record, error)
	cfg  DirectoryConfig

	mu      sync.Mutex
	entries map[string]*userEntry
	order   list.List // of *userEntry, the latest asked for at the back
	warned  time.Time
}

// userEntry is one user. All of it is guarded by userCache.mu.
type userEntry struct {
	id      string
	place   *list.Element
	known   *record   // nil: nothing yet
	until   time.Time // known is fresh
	stale   time.Time // known serves in an outage
	retryAt time.Time // nobody asks before
	err     error     // why the last question failed
	flight  *userFlight
}

// userFlight is a question under way, of everybody who waits for it.
type userFlight struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	slow    bool    // somebody lost patience: who has a fallback does not wait at all
	record  *record // set before done is closed
	err     error
}

func newUserCache(load func(context.Context, string) (*record, error), cfg DirectoryConfig) *userCache {
	return &userCache{load: load, cfg: cfg, entries: make(map[string]*userEntry)}
}

// get returns what is known of the user, asking when that is too old.
func (c *userCache) get(ctx context.Context, id string) (*record, error) {
	c.mu.Lock()
	now := c.cfg.Now()
	e := c.entry(id)
	fallback := e.fallback(now)
	switch {
	case e.known != nil && now.Before(e.until):
		c.mu.Unlock()
		return e.known, nil
	case e.flight == nil && now.Before(e.retryAt):
		err := e.err
		c.mu.Unlock()
		if fallback != nil {
			return fallback, nil
		}
		return nil, err
	}
	if e.flight == nil {
		c.depart(ctx, e)
	}
	f := e.flight
	if f.slow && fallback != nil {
		c.mu.Unlock()
		return fallback, nil
	}
	f.waiting++
	c.mu.Unlock()
	return c.wait(ctx, e, f, fallback)
}

// fallback is the last answer, while it may still serve.
func (e *userEntry) fallback(now time.Time) *record {
	if e.known != nil && now.Before(e.stale) {
		return e.known
	}
	return nil
}

// entry finds or makes the entry and keeps the number of entries. c.mu is held.
func (c *userCache) entry(id string) *userEntry {
	if e := c.entries[id]; e != nil {
		return e
	}
	e := &userEntry{id: id}
	e.place = c.order.PushBack(e)
	c.entries[id] = e
	for len(c.entries) > c.cfg.MaxUsers {
		c.forget(c.order.Front().Value.(*userEntry))
	}
	return e
}

// forget lets go of an entry. Whoever waits gets the answer of the question
// under way; nobody else does. c.mu is held.
func (c *userCache) forget(e *userEntry) {
	c.order.Remove(e.place)
	delete(c.entries, e.id)
}

// depart asks for the user in a goroutine, so that the end of the request that
// began is not the end for those who joined it. c.mu is held.
func (c *userCache) depart(ctx context.Context, e *userEntry) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.cfg.Timeout)
	f := &userFlight{done: make(chan struct{}), cancel: cancel}
	e.flight = f
	go func() {
		defer cancel()
		record, err := c.load(ctx, e.id)
		c.land(ctx, e, f, record, err)
	}()
}

// land writes the answer down, unless everybody left.
func (c *userCache) land(ctx context.Context, e *userEntry, f *userFlight, r *record, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(f.done)
	f.record, f.err = r, err
	if e.flight != f {
		return
	}
	e.flight = nil
	now := c.cfg.Now()
	if err != nil {
		e.err, e.retryAt = err, now.Add(retryFor)
		if known := e.fallback(now); known != nil {
			f.record, f.err = known, nil
			c.warn(ctx, now, err)
		}
		return
	}
	fresh := c.cfg.MaxAge
	if r.user == nil {
		fresh = min(goneFor, fresh)
	}
	e.known, e.until, e.stale = r, now.Add(fresh), now.Add(c.cfg.MaxAge+c.cfg.StaleFor)
	if c.entries[e.id] == e {
		c.order.MoveToBack(e.place)
	}
}

func (c *userCache) warn(ctx context.Context, now time.Time, err error) {
	if now.Sub(c.warned) >= warnEvery {
		c.warned = now
		c.cfg.Logger.WarnContext(ctx, "clerk: users cannot be asked for; the last known rights are served", "error", err)
	}
}

// wait waits for the answer, and with a fallback not for long. When the last one
// leaves because his request ended, the question ends too.
func (c *userCache) wait(ctx context.Context, e *userEntry, f *userFlight, fallback *record) (*record, error) {
	var enough <-chan time.Time
	if fallback != nil {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		enough = timer.C
	}
	select {
	case <-f.done:
		return f.record, f.err
	case <-enough:
		c.mu.Lock()
		defer c.mu.Unlock()
		f.slow = true
		return fallback, nil
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.waiting--; f.waiting == 0 && !f.slow && e.flight == f {
		e.flight = nil // nobody may join a question that is being dropped
		f.cancel()
	}
	return nil, fmt.Errorf("clerk: the request ended before the answer came: %w", ctx.Err())
}
