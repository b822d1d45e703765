package clerk

import (
	"container/list"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	retryFor  = time.Second // after a failure, before a question is asked again
	patience  = time.Second // of a request that could be served with the last answer
	warnEvery = 10 * time.Second
)

// memo remembers answers of the Backend API by key, for a while and up to a
// number, and asks once however many wait for an answer.
type memo[V any] struct {
	// keep says how long an answer is fresh, and whether it is one that made-up
	// keys have too: those are bounded by themselves, so that a flood of them
	// pushes out no good one.
	keep     func(V) (fresh time.Duration, madeUp bool)
	staleFor time.Duration // how long, after fresh, the last answer serves in an outage
	timeout  time.Duration // of a question
	max      int           // of each sort
	logger   *slog.Logger
	now      func() time.Time

	mu      sync.Mutex
	entries map[string]*memoEntry[V]
	good    list.List // of *memoEntry, the latest answer at the back
	madeUp  list.List // likewise, and those that have no answer yet
	warned  time.Time
}

// memoEntry is what is known about one key. All of it is guarded by memo.mu.
type memoEntry[V any] struct {
	key     string
	in      *list.List
	place   *list.Element
	known   bool // answer is one
	answer  V
	until   time.Time // answer is fresh
	stale   time.Time // answer serves in an outage
	retryAt time.Time // nobody asks before
	err     error     // why the last question failed
	flight  *memoFlight[V]
}

// memoFlight is a question under way, of everybody who waits for it.
type memoFlight[V any] struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	slow    bool // somebody lost patience: who has a fallback does not wait at all
	answer  V    // set before done is closed
	err     error
}

// get returns the answer for the key, asking when what is known is too old.
func (m *memo[V]) get(ctx context.Context, key string, ask func(context.Context) (V, error)) (V, error) {
	m.mu.Lock()
	now := m.now()
	e := m.entry(key)
	canFallBack := e.known && now.Before(e.stale)
	fallback, failed := e.answer, e.err
	switch {
	case e.known && now.Before(e.until):
		m.mu.Unlock()
		return fallback, nil
	case e.flight == nil && now.Before(e.retryAt):
		m.mu.Unlock()
		if canFallBack {
			return fallback, nil
		}
		var none V
		return none, failed
	}
	if e.flight == nil {
		m.depart(ctx, e, ask)
	}
	f := e.flight
	if f.slow && canFallBack {
		m.mu.Unlock()
		return fallback, nil
	}
	f.waiting++
	m.mu.Unlock()
	return m.wait(ctx, e, f, canFallBack, fallback)
}

// entry finds or makes the entry. m.mu is held.
func (m *memo[V]) entry(key string) *memoEntry[V] {
	if e := m.entries[key]; e != nil {
		return e
	}
	if m.entries == nil {
		m.entries = make(map[string]*memoEntry[V])
	}
	e := &memoEntry[V]{key: key}
	m.entries[key] = e
	m.put(e, &m.madeUp)
	return e
}

// put makes e the latest of a list and keeps the number. m.mu is held.
func (m *memo[V]) put(e *memoEntry[V], in *list.List) {
	if e.place != nil {
		e.in.Remove(e.place)
	}
	e.in, e.place = in, in.PushBack(e)
	for in.Len() > m.max {
		m.drop(in.Front().Value.(*memoEntry[V]))
	}
}

// drop lets go of an entry. Whoever waits gets the answer of the question under
// way; nobody else does. m.mu is held.
func (m *memo[V]) drop(e *memoEntry[V]) {
	e.in.Remove(e.place)
	delete(m.entries, e.key)
}

// depart asks in a goroutine, so that the end of the request that began is not
// the end for those who joined it. m.mu is held.
func (m *memo[V]) depart(ctx context.Context, e *memoEntry[V], ask func(context.Context) (V, error)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.timeout)
	f := &memoFlight[V]{done: make(chan struct{}), cancel: cancel}
	e.flight = f
	go func() {
		defer cancel()
		answer, err := ask(ctx)
		m.land(ctx, e, f, answer, err)
	}()
}

// land writes the answer down, unless everybody left.
func (m *memo[V]) land(ctx context.Context, e *memoEntry[V], f *memoFlight[V], answer V, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer close(f.done)
	f.answer, f.err = answer, err
	if e.flight != f {
		return
	}
	e.flight = nil
	now := m.now()
	if err != nil {
		e.err, e.retryAt = err, now.Add(retryFor)
		if e.known && now.Before(e.stale) {
			f.answer, f.err = e.answer, nil
			m.warn(ctx, now, err)
		}
		return
	}
	fresh, madeUp := m.keep(answer)
	e.known, e.answer, e.until, e.stale = true, answer, now.Add(fresh), now.Add(fresh+m.staleFor)
	if m.entries[e.key] == e {
		in := &m.good
		if madeUp {
			in = &m.madeUp
		}
		m.put(e, in)
	}
}

func (m *memo[V]) warn(ctx context.Context, now time.Time, err error) {
	if now.Sub(m.warned) >= warnEvery {
		m.warned = now
		m.logger.WarnContext(ctx, "clerk: the Backend API cannot be asked; the last known answers are served", "error", err)
	}
}

// wait waits for the answer, and with a fallback not for long. When the last one
// leaves because his request ended, the question ends too.
func (m *memo[V]) wait(ctx context.Context, e *memoEntry[V], f *memoFlight[V], canFallBack bool, fallback V) (V, error) {
	var enough <-chan time.Time
	if canFallBack {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		enough = timer.C
	}
	select {
	case <-f.done:
		return f.answer, f.err
	case <-enough:
		m.mu.Lock()
		defer m.mu.Unlock()
		f.slow = true
		return fallback, nil
	case <-ctx.Done():
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if f.waiting--; f.waiting == 0 && !f.slow && e.flight == f {
		e.flight = nil // nobody may join a question that is being dropped
		f.cancel()
	}
	var none V
	return none, fmt.Errorf("clerk: the request ended before the answer came: %w", ctx.Err())
}

// forget drops what is known about the key.
func (m *memo[V]) forget(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.entries[key]; e != nil {
		m.drop(e)
	}
}

// forgetAll drops the answers that are concerned, and what is being asked, whose
// answers may be.
func (m *memo[V]) forgetAll(concerned func(V) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.entries {
		if e.flight != nil || e.known && concerned(e.answer) {
			m.drop(e)
		}
	}
}
