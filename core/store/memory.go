package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// MemoryOptions are the bounds of a memory store. Records and clocks have them
// each for themselves, so that neither crowds out the other: the addresses that
// a rate limit counts cannot use up the room of replay protection.
type MemoryOptions struct {
	MaxEntries int // most records, and most clocks; 0 or less = 100 000
	MaxBytes   int // most bytes of records, and of clocks, bookkeeping included; 0 or less = 32 MiB

	Now func() time.Time // default time.Now
}

const (
	defaultMaxEntries = 100_000
	defaultMaxBytes   = 32 << 20
)

// Memory is the [Store] of one process. It starts no goroutine: what has
// expired is taken out by the calls that come after. What it holds is lost with
// the process.
//
// When it is full of records that have not expired, a new one is refused with
// [ErrFull]: forgetting one would let a revoked token or a replayed request
// pass, and an attacker could bring that about. When it is full of clocks, the
// one that is least ahead of time is forgotten, which gives its owner no more
// than was about to come back anyway; those who are at their limit keep it.
type Memory struct {
	now func() time.Time

	mu      sync.RWMutex
	records table // due = when the record expires

	clockMu sync.Mutex // apart: rate limits and reads of revocations do not wait for each other
	clocks  table      // due = the time that the clock shows
}

// NewMemory makes an empty memory store.
func NewMemory(o MemoryOptions) *Memory {
	if o.MaxEntries <= 0 {
		o.MaxEntries = defaultMaxEntries
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultMaxBytes
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Memory{
		now:     o.Now,
		records: table{entries: make(map[string]*entry), maxEntries: o.MaxEntries, maxBytes: o.MaxBytes},
		clocks:  table{entries: make(map[string]*entry), maxEntries: o.MaxEntries, maxBytes: o.MaxBytes},
	}
}

// Get implements [Store].
func (m *Memory) Get(ctx context.Context, keys ...string) ([]string, error) {
	for _, key := range keys {
		if err := CheckKey(key); err != nil {
			return nil, err
		}
	}
	if err := given(ctx); err != nil {
		return nil, err
	}
	values := make([]string, len(keys))
	now := m.now()
	m.mu.RLock()
	defer m.mu.RUnlock()
	for i, key := range keys {
		if e := m.records.entries[key]; e != nil && e.due.After(now) {
			values[i] = e.value
		}
	}
	return values, nil
}

// Set implements [Store].
func (m *Memory) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	if err := CheckRecord(key, value, ttl); err != nil {
		return err
	}
	if err := given(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	m.records.expire(now)
	return m.put(key, value, ttl, now)
}

// Swap implements [Store].
func (m *Memory) Swap(ctx context.Context, key, old, value string, ttl time.Duration) (string, bool, error) {
	if err := CheckRecord(key, value, ttl); err != nil {
		return "", false, err
	}
	if err := given(ctx); err != nil {
		return "", false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	m.records.expire(now)
	var current string
	if e := m.records.entries[key]; e != nil && e.due.After(now) {
		current = e.value
	}
	if current != old {
		return current, false, nil
	}
	if err := m.put(key, value, ttl, now); err != nil {
		return "", false, err
	}
	return value, true, nil
}

// put replaces a record, or leaves everything as it is when there is no room.
// m.mu is held.
func (m *Memory) put(key, value string, ttl time.Duration, now time.Time) error {
	e := m.records.entries[key]
	if e != nil && (value == "" || !e.due.After(now)) {
		m.records.remove(e)
		e = nil
	}
	switch {
	case value == "":
	case e != nil:
		if grown := len(value) - len(e.value); grown > 0 && !m.records.room(0, grown, now) {
			return ErrFull
		}
		m.records.change(e, strings.Clone(value), now.Add(ttl))
	case !m.records.room(1, size(key, value), now):
		return ErrFull
	default:
		// The caller's strings may be part of something large, or of memory that a
		// framework uses again.
		m.records.add(&entry{key: strings.Clone(key), value: strings.Clone(value), due: now.Add(ttl)})
	}
	return nil
}

// Advance implements [Store].
func (m *Memory) Advance(ctx context.Context, key string, by, limit time.Duration) (time.Duration, bool, error) {
	if err := CheckAdvance(key, by, limit); err != nil {
		return 0, false, err
	}
	if err := given(ctx); err != nil {
		return 0, false, err
	}
	m.clockMu.Lock()
	defer m.clockMu.Unlock()
	now := m.now()
	// At the end: the entry of a caller who comes now and then is used again, instead
	// of being taken out and made anew for each request.
	defer m.clocks.expire(now)
	e := m.clocks.entries[key]
	var ahead time.Duration
	if e != nil {
		ahead = max(0, e.due.Sub(now))
	}
	if by > limit-ahead { // not ahead+by > limit, which a large by would overflow
		return ahead, false, nil
	}
	ahead += by
	switch {
	case by == 0: // nothing to remember
	case e != nil:
		m.clocks.change(e, "", now.Add(ahead))
	default:
		for !m.clocks.room(1, size(key, ""), now) {
			if len(m.clocks.queue) == 0 {
				return 0, false, ErrFull // bounds that hold not even one
			}
			m.clocks.remove(m.clocks.queue[0])
		}
		m.clocks.add(&entry{key: strings.Clone(key), due: now.Add(ahead)})
	}
	return ahead, true, nil
}

// given reports a caller who has given up, so that a memory store behaves like
// one behind a network.
func given(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}
