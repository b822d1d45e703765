package clerk

import (
	"container/list"
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/internal/safelog"
)

const (
	retryAfterFailure = time.Second // before the same lookup is tried again
	maxStaleWait      = time.Second // how long a request waits that could use a stale answer
	warnEvery         = 10 * time.Second
	// maxRunning limits the lookups of one key that ignore the end of their
	// context. A second one may start while a canceled one returns.
	maxRunning = 2
)

// lookupCache remembers answers of the Backend API by key, for a limited time
// and up to a limited number. However many requests need one answer, it runs one
// lookup.
type lookupCache[V any] struct {
	// keep says how long an answer is fresh, and whether it is negative. Made-up
	// keys have negative answers, so these are limited separately: a flood of them
	// evicts no positive answer.
	keep     func(V) (fresh time.Duration, negative bool)
	staleFor time.Duration // how long, after fresh, the last answer is used in an outage
	timeout  time.Duration // of a lookup, also when it ignores its context
	max      int           // number of answers, positive and negative each
	// slots limits how many lookups run at once for keys without a positive answer;
	// nil: no limit. A lookup waits for a slot within its timeout.
	slots  chan struct{}
	logger *slog.Logger
	now    func() time.Time

	mu       sync.Mutex
	entries  map[string]*cacheEntry[V]
	positive list.List // of *cacheEntry, the latest answer at the back
	negative list.List // likewise, and entries without an answer yet
	warned   time.Time
}

// cacheEntry is what is known about one key. lookupCache.mu guards all of it.
type cacheEntry[V any] struct {
	key     string
	in      *list.List
	element *list.Element
	known   bool // answer is set
	answer  V
	asked   time.Time // when answer came
	until   time.Time // answer is fresh
	stale   time.Time // answer is used in an outage
	retryAt time.Time // no lookup starts before
	err     error     // why the last lookup failed
	lookup  *lookup[V]
	running int // lookups that have not returned, those that nobody waits for included
}

// lookup is a running lookup and the requests that wait for it.
type lookup[V any] struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	slow    bool // a caller timed out on this lookup; callers with a stale answer return it at once
	over    bool // done is closed
	answer  V    // set before done is closed
	err     error
}

var (
	errTimeout = fmt.Errorf("clerk: the lookup took too long: %w", core.ErrUnavailable)
	errEnded   = fmt.Errorf("clerk: the lookup ended its goroutine: %w", core.ErrUnavailable)
)

// wall returns the time without its monotonic part, which stands still while the
// machine is suspended: an answer would seem fresh hours later.
func (m *lookupCache[V]) wall() time.Time { return m.now().Round(0) }

// get returns the answer for the key. It calls ask when no fresh answer is known.
func (m *lookupCache[V]) get(ctx context.Context, key string, ask func(context.Context) (V, error)) (V, error) {
	m.mu.Lock()
	now := m.wall()
	e := m.entry(key)
	// A clock that was set back does not make an answer fresh for longer.
	usable := e.known && !now.Before(e.asked)
	hasStale := usable && now.Before(e.stale)
	stale, failed := e.answer, e.err
	switch {
	case usable && now.Before(e.until):
		m.mu.Unlock()
		return stale, nil
	case e.lookup == nil && (now.Before(e.retryAt) || e.running >= maxRunning):
		m.mu.Unlock()
		if hasStale {
			return stale, nil
		}
		if failed == nil {
			failed = errTimeout
		}
		var none V
		return none, failed
	}
	if e.lookup == nil {
		m.start(ctx, e, ask)
	}
	l := e.lookup
	if l.slow && hasStale {
		m.mu.Unlock()
		return stale, nil
	}
	l.waiting++
	m.mu.Unlock()
	return m.wait(ctx, e, l, hasStale, stale)
}

// entry finds or makes the entry. m.mu is held.
func (m *lookupCache[V]) entry(key string) *cacheEntry[V] {
	if e := m.entries[key]; e != nil {
		return e
	}
	if m.entries == nil {
		m.entries = make(map[string]*cacheEntry[V])
	}
	e := &cacheEntry[V]{key: key}
	m.entries[key] = e
	m.put(e, &m.negative)
	return e
}

// put makes e the latest of a list and evicts the oldest beyond the limit. m.mu
// is held.
func (m *lookupCache[V]) put(e *cacheEntry[V], in *list.List) {
	if e.element != nil {
		e.in.Remove(e.element)
	}
	e.in, e.element = in, in.PushBack(e)
	for in.Len() > m.max {
		m.drop(in.Front().Value.(*cacheEntry[V]))
	}
}

// drop removes an entry. Requests that wait for its lookup get the answer, later
// ones do not. m.mu is held.
func (m *lookupCache[V]) drop(e *cacheEntry[V]) {
	e.in.Remove(e.element)
	delete(m.entries, e.key)
}

// start runs the lookup in its own goroutine, so that canceling the first caller
// does not cancel it for the others. m.mu is held.
func (m *lookupCache[V]) start(ctx context.Context, e *cacheEntry[V], ask func(context.Context) (V, error)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.timeout)
	l := &lookup[V]{done: make(chan struct{}), cancel: cancel}
	e.lookup = l
	e.running++
	// A known key needs no slot: a flood of unknown ones must not delay its renewal.
	limited := m.slots != nil && e.in == &m.negative
	stop := context.AfterFunc(ctx, func() { // after the timeout, or when every caller has left
		var none V
		m.finish(ctx, e, l, none, errTimeout)
	})
	go func() {
		var answer V
		err := errEnded
		defer func() {
			stop()
			m.finish(ctx, e, l, answer, err)
			cancel()
			m.mu.Lock()
			defer m.mu.Unlock()
			e.running--
		}()
		answer, err = m.run(ctx, limited, ask)
	}()
}

// run calls ask. A panic in it becomes an error: it may be the application's
// code, and nobody could recover from it in this goroutine.
func (m *lookupCache[V]) run(ctx context.Context, limited bool, ask func(context.Context) (V, error)) (answer V, err error) {
	defer func() {
		if r := recover(); r != nil {
			safelog.Log(ctx, m.logger, slog.LevelError, "clerk: a lookup panicked", slog.Any("panic", r), slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("clerk: a lookup panicked: %w", core.ErrUnavailable)
		}
	}()
	if limited {
		select {
		case m.slots <- struct{}{}:
			defer func() { <-m.slots }()
		case <-ctx.Done():
			return answer, fmt.Errorf("clerk: too many lookups of unknown keys at once: %w", ctx.Err())
		}
	}
	return ask(ctx)
}

// finish stores the answer and wakes those who wait, once. When every caller has
// left nothing is stored.
func (m *lookupCache[V]) finish(ctx context.Context, e *cacheEntry[V], l *lookup[V], answer V, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l.over {
		return
	}
	l.over, l.answer, l.err = true, answer, err
	defer close(l.done)
	if e.lookup != l {
		return
	}
	e.lookup = nil
	now := m.wall()
	if err != nil {
		e.err, e.retryAt = err, now.Add(retryAfterFailure)
		if e.known && !now.Before(e.asked) && now.Before(e.stale) {
			l.answer, l.err = e.answer, nil
			m.warn(ctx, now, err)
		}
		return
	}
	fresh, negative := m.keep(answer)
	e.known, e.answer, e.asked, e.until, e.stale = true, answer, now, now.Add(fresh), now.Add(fresh+m.staleFor)
	if m.entries[e.key] == e {
		in := &m.positive
		if negative {
			in = &m.negative
		}
		m.put(e, in)
	}
}

func (m *lookupCache[V]) warn(ctx context.Context, now time.Time, err error) {
	if now.Sub(m.warned) >= warnEvery {
		m.warned = now
		safelog.Log(ctx, m.logger, slog.LevelWarn, "clerk: the Backend API does not answer; the last known answers are used", slog.Any("error", err))
	}
}

// wait waits for the answer, and not for long when there is a stale one. When
// the last caller leaves because its request ended, the lookup ends too.
func (m *lookupCache[V]) wait(ctx context.Context, e *cacheEntry[V], l *lookup[V], hasStale bool, stale V) (V, error) {
	var enough <-chan time.Time
	if hasStale {
		timer := time.NewTimer(maxStaleWait)
		defer timer.Stop()
		enough = timer.C
	}
	select {
	case <-l.done:
		return l.answer, l.err
	case <-enough:
		m.mu.Lock()
		defer m.mu.Unlock()
		l.slow = true
		return stale, nil
	case <-ctx.Done():
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if l.waiting--; l.waiting == 0 && !l.slow && e.lookup == l {
		e.lookup = nil // nobody may join a lookup that is being canceled
		l.cancel()
	}
	var none V
	return none, fmt.Errorf("clerk: the request ended before the answer came: %w", ctx.Err())
}

// forget drops what is known about the key.
func (m *lookupCache[V]) forget(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.entries[key]; e != nil {
		m.drop(e)
	}
}

// forgetWhere drops the answers that are affected, and all running lookups,
// whose answers may be.
func (m *lookupCache[V]) forgetWhere(affected func(V) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.entries {
		if e.lookup != nil || e.known && affected(e.answer) {
			m.drop(e)
		}
	}
}
