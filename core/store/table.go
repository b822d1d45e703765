package store

import (
	"container/heap"
	"time"
)

// entryOverhead is what an entry takes beside its texts: the entry, its place
// in the queue and in the map.
const entryOverhead = 200

// table is a bounded set of entries that are found by key and leave in the
// order in which they are due.
type table struct {
	entries              map[string]*entry
	queue                queue
	bytes                int
	maxEntries, maxBytes int
}

type entry struct {
	key, value string
	due        time.Time
	at         int // index in the queue
}

func size(key, value string) int { return len(key) + len(value) + entryOverhead }

// room reports whether a new entry, or grown more bytes of an old one, fits in,
// and takes out what is due until it does.
func (t *table) room(entries, grown int, now time.Time) bool {
	for len(t.queue)+entries > t.maxEntries || t.bytes+grown > t.maxBytes {
		if !t.due(now) {
			return false
		}
		t.remove(t.queue[0])
	}
	return true
}

// due reports whether the first entry is.
func (t *table) due(now time.Time) bool {
	return len(t.queue) > 0 && !t.queue[0].due.After(now)
}

func (t *table) add(e *entry) {
	t.entries[e.key] = e
	heap.Push(&t.queue, e)
	t.bytes += size(e.key, e.value)
}

func (t *table) change(e *entry, value string, due time.Time) {
	t.bytes += len(value) - len(e.value)
	e.value, e.due = value, due
	heap.Fix(&t.queue, e.at)
}

func (t *table) remove(e *entry) {
	delete(t.entries, e.key)
	heap.Remove(&t.queue, e.at)
	t.bytes -= size(e.key, e.value)
}

// expire takes out some of what is due. A call adds one entry at most, so a few
// are enough to get ahead, and no call has to clear up after all others.
func (t *table) expire(now time.Time) {
	for n := 0; n < 4 && t.due(now); n++ {
		t.remove(t.queue[0])
	}
}

// queue is a heap (container/heap) whose first entry is due first.
type queue []*entry

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].at, q[j].at = i, j
}

// Push appends x, an *entry.
func (q *queue) Push(x any) {
	e := x.(*entry)
	e.at = len(*q)
	*q = append(*q, e)
}

// Pop removes the last entry.
func (q *queue) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	(*q)[last] = nil // or the array would keep it alive
	*q = (*q)[:last]
	return e
}
