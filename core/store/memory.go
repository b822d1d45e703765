package store

import (
	"context"
	"fmt"
	"time"
)

// MemoryOptions are the bounds of a memory store. Records and clocks have them
// each for themselves, so that neither crowds out the other: the addresses that
// a rate limit counts cannot use up the room of replay protection.
//
// A store with room for 2048 entries or more divides that room by key into up to 32
// equal parts, so the first of them is full when the store as a whole is not quite:
// with the defaults, when it holds about 96 000 entries.
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
// the process. The time of a call is that of its beginning.
//
// When the part of it that a key belongs to is full of records that have not expired,
// a new one is refused with [ErrFull]: forgetting one would let a revoked token or a
// replayed request pass, and an attacker could bring that about. When that part is
// full of clocks, the one that is least ahead of time is forgotten, which gives its
// owner no more than was about to come back anyway; those who are at their limit keep
// it. Nobody can choose which part a key belongs to.
type Memory struct {
	now     func() time.Time
	records *shards // due = when the record expires
	clocks  *shards // due = the time that the clock shows
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
	return &Memory{now: o.Now, records: newShards(o.MaxEntries, o.MaxBytes), clocks: newShards(o.MaxEntries, o.MaxBytes)}
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
	for i, key := range keys {
		values[i] = m.records.of(key).get(key, now)
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
	one, now := m.records.of(key), m.now()
	one.mu.Lock()
	defer m.records.unlock(one, now)
	one.table.expire(now, expirePerCall)
	return one.table.put(key, value, ttl, now)
}

// Swap implements [Store].
func (m *Memory) Swap(ctx context.Context, key, old, value string, ttl time.Duration) (string, bool, error) {
	if err := CheckRecord(key, value, ttl); err != nil {
		return "", false, err
	}
	if err := given(ctx); err != nil {
		return "", false, err
	}
	one, now := m.records.of(key), m.now()
	one.mu.Lock()
	defer m.records.unlock(one, now)
	one.table.expire(now, expirePerCall)
	if current := one.table.get(key, now); current != old {
		return current, false, nil
	}
	if err := one.table.put(key, value, ttl, now); err != nil {
		return "", false, err
	}
	return value, true, nil
}

// Advance implements [Store].
func (m *Memory) Advance(ctx context.Context, key string, by, limit time.Duration) (time.Duration, bool, error) {
	if err := CheckAdvance(key, by, limit); err != nil {
		return 0, false, err
	}
	if err := given(ctx); err != nil {
		return 0, false, err
	}
	one, now := m.clocks.of(key), m.now()
	one.mu.Lock()
	ahead, ok, err := one.table.advance(key, by, limit, now)
	// At the end: the entry of a caller who comes now and then is used again, instead
	// of being taken out and made anew for each request.
	one.table.expire(now, expirePerCall)
	m.clocks.unlock(one, now)
	return ahead, ok, err
}

// given reports a caller who has given up, so that a memory store behaves like
// one behind a network.
func given(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}
