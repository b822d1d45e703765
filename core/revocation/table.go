package revocation

import (
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// table is the set of revocations that this process knows: a hash table whose
// chains are read without a lock, and a queue in the order of the journal, in
// which they expire.
type table struct {
	seed    maphash.Seed
	buckets []atomic.Pointer[record]
	counts  [kinds]atomic.Int64 // of records; most lists have none of most kinds
	max     int

	mu    sync.Mutex // guards queue and all changes of chains
	queue []queued
}

// record is what is revoked under one key. Only next, before and until change
// while readers see it, and the times only grow.
type record struct {
	next   atomic.Pointer[record]
	hash   uint64
	key    key
	before atomic.Int64 // tokens issued in this second or earlier, in seconds since 1970
	until  atomic.Int64 // forgotten from this second on
	shared bool         // the journal has it with these times; guarded by table.mu
}

// queued is one revocation that was made. A key that was revoked twice is queued
// twice.
type queued struct {
	record *record
	number int64 // in the journal; 0: it is not there
	until  int64
}

func newTable(limit int) *table {
	buckets := 64
	for buckets < limit && buckets < 1<<16 {
		buckets *= 2
	}
	return &table{seed: maphash.MakeSeed(), buckets: make([]atomic.Pointer[record], buckets), max: limit}
}

// revoked reports whether a token with this key that was issued at the given time
// is revoked. It takes no lock and writes nothing.
func (t *table) revoked(k kind, issuer, value string, issued, now time.Time) bool {
	if value == "" || t.counts[k].Load() == 0 {
		return false
	}
	r := t.find(t.hash(value), k, issuer, value)
	if r == nil {
		return false
	}
	if !issued.IsZero() && issued.Unix() > r.before.Load() {
		return false
	}
	return now.Unix() < r.until.Load()
}

// hash is over the value alone, which is nearly always different for different
// keys.
func (t *table) hash(value string) uint64 { return maphash.String(t.seed, value) }

func (t *table) bucket(hash uint64) *atomic.Pointer[record] {
	return &t.buckets[hash&uint64(len(t.buckets)-1)]
}

func (t *table) find(hash uint64, k kind, issuer, value string) *record {
	for r := t.bucket(hash).Load(); r != nil; r = r.next.Load() {
		if r.hash == hash && r.key.kind == k && r.key.value == value && r.key.issuer == issuer {
			return r
		}
	}
	return nil
}

// put adds a revocation, or extends the one with its key. number is its place in
// the journal, 0 for none.
func (t *table) put(e entry, number int64, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire(now)
	if e.until <= now.Unix() {
		return
	}
	hash := t.hash(e.value)
	r := t.find(hash, e.kind, e.issuer, e.value)
	if r == nil {
		r = &record{hash: hash, key: e.key}
		r.before.Store(e.before)
		r.until.Store(e.until)
		bucket := t.bucket(hash)
		r.next.Store(bucket.Load())
		bucket.Store(r)
		t.counts[e.kind].Add(1)
	}
	grows := e.before > r.before.Load() || e.until > r.until.Load()
	r.before.Store(max(r.before.Load(), e.before))
	r.until.Store(max(r.until.Load(), e.until))
	if number == 0 {
		r.shared = r.shared && !grows
	} else if e.before == r.before.Load() && e.until == r.until.Load() {
		r.shared = true
	}
	t.queue = append(t.queue, queued{r, number, e.until})
}

// covers reports whether the revocation is in force already, for all replicas
// where shared is asked for, and for about as long as a new one would be.
func (t *table) covers(e entry, shared bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.find(t.hash(e.value), e.kind, e.issuer, e.value)
	return r != nil && (r.shared || !shared) && r.before.Load() >= e.before && r.until.Load() >= e.until-60
}

// room reports whether another revocation fits in.
func (t *table) room(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire(now)
	return len(t.queue) < t.max
}

// needed returns the lowest number in the journal of a revocation that is in force,
// 0 when there is none.
func (t *table) needed(now time.Time) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire(now)
	for _, q := range t.queue {
		if q.number > 0 {
			return q.number
		}
	}
	return 0
}

// forgetNumbers makes the numbers of a journal that is gone count for nothing.
func (t *table) forgetNumbers() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.queue {
		t.queue[i].number = 0
		t.queue[i].record.shared = false
	}
}

// hasUnshared reports whether something is in force and not in the journal.
func (t *table) hasUnshared(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire(now)
	return slices.ContainsFunc(t.queue, func(q queued) bool { return !q.record.shared && q.record.until.Load() > now.Unix() })
}

// unshared returns what is in force and not in the journal, in the order in which
// it was revoked.
func (t *table) unshared(now time.Time) []entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire(now)
	var list []entry
	listed := make(map[*record]bool)
	for _, q := range t.queue {
		if r := q.record; !r.shared && !listed[r] && r.until.Load() > now.Unix() {
			listed[r] = true
			list = append(list, entry{r.key, r.before.Load(), r.until.Load()})
		}
	}
	return list
}

// dropUnnumbered gives the room back of revocations that are queued a second time,
// with the number that they got when they were written again.
func (t *table) dropUnnumbered() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queue = slices.DeleteFunc(t.queue, func(q queued) bool { return q.number == 0 && q.record.shared })
}

// expire takes out what is over. t.mu is held. A revocation that ends before one
// that was made earlier waits for it.
func (t *table) expire(now time.Time) {
	n := 0
	for n < len(t.queue) && t.queue[n].until <= now.Unix() {
		if r := t.queue[n].record; r.until.Load() <= now.Unix() {
			t.remove(r)
		}
		t.queue[n] = queued{}
		n++
	}
	t.queue = t.queue[n:]
}

// remove takes a record out of its chain. A concurrent reader that holds it can
// still follow r.next.
func (t *table) remove(r *record) {
	link := t.bucket(r.hash)
	for at := link.Load(); at != r; at = link.Load() {
		if at == nil {
			return // removed with an earlier entry of the queue
		}
		link = &at.next
	}
	link.Store(r.next.Load())
	t.counts[r.key.kind].Add(-1)
}
