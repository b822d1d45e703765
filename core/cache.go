package core

import (
	"context"
	"errors"
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/authkeel/authkeel/core/jwks"
)

// entryOverhead is what an entry takes beside the texts of token and claims.
const entryOverhead = 900

// providerOverhead is what IdentityData.ProviderData is taken to be.
const providerOverhead = 1 << 10

// cache remembers verified tokens: a hash table whose chains are read without
// a lock, and a queue in order of arrival. The oldest goes first, which for
// tokens of one lifetime is the next to expire, so that nothing is ever
// searched for something to evict.
//
// The text of a token is a memo key and nothing else: two texts can carry one
// signature (ECDSA), and revocation goes by claims.
type cache struct {
	seed    maphash.Seed
	buckets []atomic.Pointer[entry]
	limit   int

	mu             sync.Mutex // guards everything below and all changes of chains
	oldest, newest *entry
	count, bytes   int
	flights        map[uint64]*flight
}

// entry is a token that was verified. Only next changes while readers see it.
type entry struct {
	next atomic.Pointer[entry] // in the chain
	hash uint64
	text string
	verified

	older, newer *entry // in the queue
	resident     bool
}

// verified is what the cache keeps of a token: all that a later request with it
// has to check again.
type verified struct {
	id     *Identity
	issuer *issuer
	key    *jwks.Key
	until  time.Time
}

// size is what the entry takes in memory, so that maxCacheBytes holds for whatever
// the issuer puts into its tokens.
func (e *entry) size() int {
	d := &e.id.data
	size := len(e.text) + len(e.id.payload) + len(d.Claims) + entryOverhead
	// Strings without escapes are parts of the payload.
	escaped := strings.IndexByte(e.id.payload, '\\') >= 0
	for _, list := range [][]string{d.Audience, d.Roles, d.Permissions, d.Scopes} {
		size += len(list) * int(unsafe.Sizeof(""))
		for _, entry := range list {
			if escaped {
				size += len(entry)
			}
		}
	}
	if d.ProviderData != nil {
		size += providerOverhead
	}
	return size
}

// newCache makes a cache in which the last limit tokens are resident, within
// maxCacheBytes.
func newCache(limit int) *cache {
	buckets := 64
	for buckets < limit && buckets < 1<<16 {
		buckets *= 2
	}
	return &cache{
		seed:    maphash.MakeSeed(),
		buckets: make([]atomic.Pointer[entry], 2*buckets),
		limit:   limit,
		flights: make(map[uint64]*flight),
	}
}

// hashedBytes is how much of a token's end is hashed: its signature, as good as
// random. The rest would cost 60 ns per KB (BenchmarkVerify/RS256/cached) and
// spread the tokens no better; the whole text is compared in any case.
const hashedBytes = 128

func (c *cache) hash(token string) uint64 {
	return maphash.String(c.seed, token[max(0, len(token)-hashedBytes):])
}

func (c *cache) bucket(hash uint64) *atomic.Pointer[entry] {
	return &c.buckets[hash&uint64(len(c.buckets)-1)]
}

// get returns the entry of the token, or nil. It takes no lock and writes
// nothing, so that processors do not wait for each other.
func (c *cache) get(token string) *entry {
	if c == nil || len(token) > maxCachedTokenBytes {
		return nil
	}
	return c.find(c.hash(token), token)
}

func (c *cache) find(hash uint64, token string) *entry {
	for e := c.bucket(hash).Load(); e != nil; e = e.next.Load() {
		if e.hash == hash && e.text == token {
			return e
		}
	}
	return nil
}

// remove forgets an entry that no longer holds.
func (c *cache) remove(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(e)
}

// add makes an entry resident and lets go of what is over the limits. c.mu is held.
func (c *cache) add(e *entry) {
	if c.find(e.hash, e.text) != nil {
		return
	}
	bucket := c.bucket(e.hash)
	e.next.Store(bucket.Load())
	bucket.Store(e)
	e.resident = true
	if e.older = c.newest; e.older != nil {
		e.older.newer = e
	} else {
		c.oldest = e
	}
	c.newest = e
	c.count++
	c.bytes += e.size()
	for c.count > c.limit || c.bytes > maxCacheBytes {
		c.drop(c.oldest)
	}
}

// drop takes an entry out of chain and queue. c.mu is held. A concurrent reader
// that holds e can still follow e.next.
func (c *cache) drop(e *entry) {
	if !e.resident {
		return
	}
	e.resident = false
	link := c.bucket(e.hash)
	for at := link.Load(); at != e; at = link.Load() {
		link = &at.next
	}
	link.Store(e.next.Load())
	if e.older != nil {
		e.older.newer = e.newer
	} else {
		c.oldest = e.newer
	}
	if e.newer != nil {
		e.newer.older = e.older
	} else {
		c.newest = e.older
	}
	c.count--
	c.bytes -= e.size()
}

// flight is the verification of a token that others wait for.
type flight struct {
	hash  uint64
	token string        // may be the framework's memory: not to be kept after end
	done  chan struct{} // guarded by cache.mu; nil: nobody waits, as for nearly every token
	id    *Identity
	err   error
}

// maxFlightWait is how long requests wait for the check of another one. Keys come
// within it or not at all; only a function of the application takes longer, and
// contexts of some frameworks never end.
const maxFlightWait = 10 * time.Second

var errSlowCheck = errors.New("the check of another request took too long")

// wait returns the result of the flight, or an outage when ctx ends first or the
// leader takes too long, which wraps errSlowCheck. The caller's own check decides
// where the leader's ended in an outage or a panic.
func (f *flight) wait(ctx context.Context) (*Identity, error) {
	timer := time.NewTimer(maxFlightWait)
	defer timer.Stop()
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, unavailable("canceled", ctx.Err())
	case <-timer.C:
		return nil, unavailable("shared_check_failed", errSlowCheck)
	}
	if f.id == nil && f.err == nil {
		return nil, unavailable("shared_check_failed", nil)
	}
	return f.id, f.err
}

// begin returns the flight of the token and whether the caller leads it, and
// so has to end it. It returns nil for a token that is not cached, and when
// another token is in the way.
func (c *cache) begin(token string) (f *flight, leads bool) {
	if c == nil || len(token) > maxCachedTokenBytes {
		return nil, false
	}
	hash := c.hash(token)
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.flights[hash]; f != nil {
		if f.token != token {
			return nil, false
		}
		if f.done == nil {
			f.done = make(chan struct{})
		}
		return f, false
	}
	if e := c.find(hash, token); e != nil { // verified since the caller looked
		return &flight{done: closedChan, id: e.id}, false
	}
	f = &flight{hash: hash, token: token}
	c.flights[hash] = f
	return f, true
}

// closedChan is used for results that are already available.
var closedChan = func() chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}()

// end shares the result with those who wait and remembers a good one.
func (c *cache) end(f *flight, result verified, err error, now time.Time) {
	var e *entry
	if result.id != nil {
		// The only place where a token's text is kept, so the only one that copies
		// it: the framework may use its memory for the next request.
		e = &entry{hash: f.hash, text: string([]byte(f.token)), verified: result}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.flights, f.hash)
	f.id, f.err = result.id, err
	if f.done != nil {
		close(f.done)
	}
	if e == nil {
		return
	}
	for c.oldest != nil && !now.Before(c.oldest.until) {
		c.drop(c.oldest)
	}
	c.add(e)
}
