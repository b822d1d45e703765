package clerk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/internal/journal"
	"github.com/authkeel/authkeel/core/internal/safelog"
	"github.com/authkeel/authkeel/core/store"
)

// syncEvery is how long a replica may not know of a change on another one.
const syncEvery = time.Second

// changes is the list of recent changes that the replicas share: the ID of a user
// or an organization each. A replica reads it once a second while it has requests.
//
// Entries live longer than anything that replicas remember. When the head is
// missing or lower than before, or an entry is missing or not the one that was
// read, nothing is certain and the replica forgets everything.
type changes struct {
	journal *journal.Journal
	now     func() time.Time
	logger  *slog.Logger

	mu      sync.Mutex
	reading *reading // one at a time
	checked time.Time
	warned  time.Time

	// The reading has the following to itself.
	known  bool   // the head was read at least once
	last   int64  // the newest entry that this replica knows; 0 for an empty journal
	lastID string // what it says
}

// reading is a reading of the journal for which requests wait.
type reading struct {
	done chan struct{}
	late <-chan struct{} // closed after journal.Timeout
}

func newChanges(s store.Store, name string, remembered time.Duration, now func() time.Time, logger *slog.Logger) *changes {
	ttl := remembered + time.Hour
	return &changes{journal: journal.New(s, "clerk:directory:"+name+":", ttl, ttl, now), now: now, logger: logger}
}

// add announces a change.
func (c *changes) add(ctx context.Context, id string) error {
	if err := c.journal.Add(ctx, id, 0); err != nil {
		return fmt.Errorf("clerk: DirectoryConfig.Store: the change was not announced to other replicas: %w", err)
	}
	return nil
}

// sync calls forget for each change since the last time, at most once a second,
// and with "" for everything. While the store does not answer, what is
// remembered counts until its MaxAge, as without a store. No request waits longer
// than journal.Timeout, also when the store ignores its context.
func (c *changes) sync(ctx context.Context, forget func(id string)) {
	c.mu.Lock()
	now := c.now().Round(0)
	r := c.reading
	if r == nil {
		if age := now.Sub(c.checked); age >= 0 && age < syncEvery {
			c.mu.Unlock()
			return
		}
		r = c.start(ctx, now, forget)
	}
	c.mu.Unlock()
	select {
	case <-r.done:
		return
	case <-ctx.Done():
		return
	case <-r.late:
	}
	select {
	case <-r.done: // both at once
	default:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.warn(ctx, now, errStoreHangs)
	}
}

var errStoreHangs = errors.New("clerk: DirectoryConfig.Store has not answered in time")

// start begins a reading on a goroutine of its own: the request that needs it first
// may end, and others wait. c.mu is held.
func (c *changes) start(ctx context.Context, now time.Time, forget func(id string)) *reading {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), journal.Timeout)
	r := &reading{done: make(chan struct{}), late: ctx.Done()}
	c.reading = r
	go func() {
		err := errors.New("clerk: DirectoryConfig.Store panicked, or ended its goroutine")
		defer func() {
			_ = recover() // here it would end the process; err says that it happened
			c.mu.Lock()
			c.reading, c.checked = nil, now
			if err != nil {
				c.warn(ctx, now, err)
			}
			c.mu.Unlock()
			close(r.done)
			cancel()
		}()
		err = c.read(ctx, forget)
	}()
	return r
}

// warn logs why the store was not read, from time to time. c.mu is held.
func (c *changes) warn(ctx context.Context, now time.Time, err error) {
	if now.Sub(c.warned) >= warnEvery {
		c.warned = now
		safelog.Log(ctx, c.logger, slog.LevelWarn, "clerk: changes on other replicas are not seen: rights count until MaxAge", slog.Any("error", err))
	}
}

func (c *changes) read(ctx context.Context, forget func(id string)) error {
	known, last := c.known, c.last
	head, lastID, err := c.journal.Look(ctx, last)
	if err != nil {
		return fmt.Errorf("clerk: DirectoryConfig.Store: %w", err)
	}
	switch {
	case !known, head.Last < last, lastID != c.lastID, head.Last-last > journal.MaxRead:
		if head.Last != last {
			if _, lastID, err = c.journal.Look(ctx, head.Last); err != nil {
				return fmt.Errorf("clerk: DirectoryConfig.Store: %w", err)
			}
		}
		c.known, c.last, c.lastID = true, head.Last, lastID
		forget("")
		return nil
	case head.Last == last:
		return nil
	}
	ids, err := c.journal.Entries(ctx, last+1, head.Last)
	if err != nil {
		return fmt.Errorf("clerk: DirectoryConfig.Store: %w", err)
	}
	c.last, c.lastID = head.Last, ids[len(ids)-1]
	for _, id := range ids {
		forget(id) // "" for an entry that is missing
	}
	return nil
}
