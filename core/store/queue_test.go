package store

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestQueue makes random changes: after each of them every entry knows its place and is
// due no later than those below it.
func TestQueue(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	start := time.Unix(1_700_000_000, 0)
	due := func() time.Time { return start.Add(time.Duration(random.IntN(50)) * time.Second) }
	var q queue
	var all []*entry
	for step := range 5000 {
		switch pick := random.IntN(4); {
		case pick == 0 && len(all) > 0:
			i := random.IntN(len(all))
			q.remove(all[i])
			all = slices.Delete(all, i, i+1)
		case pick == 1 && len(all) > 0:
			e := all[random.IntN(len(all))]
			e.due = due()
			q.fix(e)
		case len(all) < 200:
			e := &entry{due: due()}
			q.push(e)
			all = append(all, e)
		}
		if len(q) != len(all) {
			t.Fatalf("step %d: %d entries in the queue, want %d", step, len(q), len(all))
		}
		for i, e := range q {
			if e.at != i || q[(i-1)/2*min(i, 1)].due.After(e.due) {
				t.Fatalf("step %d: the entry at %d is out of place", step, i)
			}
		}
	}
	for last := start; len(q) > 0; {
		if e := q[0]; e.due.Before(last) {
			t.Fatalf("an entry is due %v before the one that left earlier", last.Sub(e.due))
		}
		last = q[0].due
		q.remove(q[0])
	}
}
