package store

import (
	"strings"
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
	t.queue.push(e)
	t.bytes += size(e.key, e.value)
}

func (t *table) change(e *entry, value string, due time.Time) {
	t.bytes += len(value) - len(e.value)
	e.value, e.due = value, due
	t.queue.fix(e)
}

func (t *table) remove(e *entry) {
	delete(t.entries, e.key)
	t.queue.remove(e)
	t.bytes -= size(e.key, e.value)
}

// expirePerCall is enough to get ahead, because a call adds one entry at most. No call
// has to clear up after all others.
const expirePerCall = 4

// expire takes out what is due, up to a number of entries.
func (t *table) expire(now time.Time, most int) {
	for n := 0; n < most && t.due(now); n++ {
		t.remove(t.queue[0])
	}
}

// get returns a record, "" for none.
func (t *table) get(key string, now time.Time) string {
	if e := t.entries[key]; e != nil && e.due.After(now) {
		return e.value
	}
	return ""
}

// put replaces a record, or leaves everything as it is when there is no room.
func (t *table) put(key, value string, ttl time.Duration, now time.Time) error {
	e := t.entries[key]
	if e != nil && (value == "" || !e.due.After(now)) {
		t.remove(e)
		e = nil
	}
	switch {
	case value == "":
	case e != nil:
		if grown := len(value) - len(e.value); grown > 0 && !t.room(0, grown, now) {
			return ErrFull
		}
		t.change(e, strings.Clone(value), now.Add(ttl))
	case !t.room(1, size(key, value), now):
		return ErrFull
	default:
		// The caller's strings may be part of something large, or of memory that a
		// framework uses again.
		t.add(&entry{key: strings.Clone(key), value: strings.Clone(value), due: now.Add(ttl)})
	}
	return nil
}

// advance moves a clock; see [Store.Advance].
func (t *table) advance(key string, by, limit time.Duration, now time.Time) (ahead time.Duration, ok bool, err error) {
	e := t.entries[key]
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
		t.change(e, "", now.Add(ahead))
	default:
		for !t.room(1, size(key, ""), now) {
			if len(t.queue) == 0 {
				return 0, false, ErrFull // bounds that hold not even one
			}
			t.remove(t.queue[0])
		}
		t.add(&entry{key: strings.Clone(key), due: now.Add(ahead)})
	}
	return ahead, true, nil
}

// queue is a binary heap: each entry is due no later than the two below it, so the
// first is due first. It is not container/heap, whose calls through an interface take
// a fifth of the time of a decision with many clocks (BenchmarkAdvance).
type queue []*entry

func (q *queue) push(e *entry) {
	e.at = len(*q)
	*q = append(*q, e)
	q.up(e)
}

func (q *queue) remove(e *entry) {
	all, end := *q, len(*q)-1
	last := all[end]
	all[end] = nil // or the array would keep it alive
	*q = all[:end]
	if last != e {
		all[e.at], last.at = last, e.at
		q.fix(last)
	}
}

// fix moves an entry whose due has changed to its place.
func (q *queue) fix(e *entry) {
	q.up(e)
	q.down(e)
}

func (q *queue) up(e *entry) {
	all, at := *q, e.at
	for at > 0 {
		above := (at - 1) / 2
		if !e.due.Before(all[above].due) {
			break
		}
		all[at], all[above].at = all[above], at
		at = above
	}
	all[at], e.at = e, at
}

func (q *queue) down(e *entry) {
	all, at := *q, e.at
	for {
		below := 2*at + 1
		if below >= len(all) {
			break
		}
		if right := below + 1; right < len(all) && all[right].due.Before(all[below].due) {
			below = right
		}
		if !all[below].due.Before(e.due) {
			break
		}
		all[at], all[below].at = all[below], at
		at = below
	}
	all[at], e.at = e, at
}
