package store

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxShards = 32 // more than enough for calls on 64 processors to meet rarely
	// minShardEntries is the least room of a shard. Keys fall into shards by chance: the
	// more there are in each, the more equally the shards fill.
	minShardEntries = 1024
	// tidyEvery is how many calls of one shard pay for a look at another.
	tidyEvery = 16
)

// shards are a table that is divided by key, so that calls on several processors
// rarely wait for each other.
//
// Each shard has an equal part of the bounds, so that the bounds hold for all
// together without a count that all calls share. A client cannot fill one shard and
// leave the others empty, because it would have to know the seed.
type shards struct {
	seed maphash.Seed
	all  []shard // a power of two
	turn atomic.Uint32
}

type shard struct {
	mu    sync.Mutex // guards what follows
	table table
	calls uint

	_ [64]byte // so that two locks do not share a cache line
}

func newShards(maxEntries, maxBytes int) *shards {
	n := 1
	for room := min(maxEntries, maxBytes/entryOverhead); n < maxShards && room/(2*n) >= minShardEntries; {
		n *= 2
	}
	s := &shards{seed: maphash.MakeSeed(), all: make([]shard, n)}
	for i := range s.all {
		s.all[i].table = table{entries: make(map[string]*entry), maxEntries: maxEntries / n, maxBytes: maxBytes / n}
	}
	return s
}

// of returns the shard of a key.
func (s *shards) of(key string) *shard {
	if len(s.all) == 1 {
		return &s.all[0]
	}
	return &s.all[maphash.String(s.seed, key)&uint64(len(s.all)-1)]
}

// get returns a record of the shard, "" for none.
func (one *shard) get(key string, now time.Time) string {
	one.mu.Lock()
	defer one.mu.Unlock()
	return one.table.get(key, now)
}

// unlock ends a call of one shard. From time to time it takes out what is due in
// another one, which may have no calls of its own any more.
func (s *shards) unlock(one *shard, now time.Time) {
	one.calls++
	others := one.calls%tidyEvery == 0 && len(s.all) > 1
	one.mu.Unlock()
	if !others {
		return
	}
	next := &s.all[s.turn.Add(1)&uint32(len(s.all)-1)] //nolint:gosec // maxShards at most
	next.mu.Lock()
	defer next.mu.Unlock()
	next.table.expire(now, tidyEvery*expirePerCall)
}
