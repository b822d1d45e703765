package jwks

import (
	"context"
	"fmt"
	"time"
)

const (
	minBackoff = time.Second
	maxBackoff = time.Minute
	minSoft    = 30 * time.Second // what Cache-Control can shorten the soft limit to
	// Requests that come more often than that are traffic, and never held up in
	// an outage: after a long back-off, the attempt has to come before idleness.
	minTraffic = 15 * time.Second
)

// flight is a fetch under way, shared by all who wait for it.
type flight struct {
	done    chan struct{}
	err     error     // valid when done is closed
	started time.Time // by the clock of the machine
	charged bool      // to the budget for unknown key IDs
	cause   name      // what was unknown; empty for a refresh
}

var (
	errSlow     = fmt.Errorf("%w (timeout): the issuer takes longer than a request waits", ErrUnavailable)
	errOutdated = fmt.Errorf("%w: the keys are older than Options.KeepFor", ErrUnavailable)
)

// wait waits for the end of the fetch, the end of ctx, or as long as limit. A
// negative limit is no limit.
func (f *flight) wait(ctx context.Context, limit time.Duration) error {
	var late <-chan time.Time
	if limit >= 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	case <-late:
		return errSlow
	}
}

// refresh starts a fetch in the background.
func (r *remote) refresh(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.flight == nil && r.state.Load().due(now) {
		r.start(now, nil)
	}
}

// start begins a fetch, with a context of its own: it is shared, and must not end
// with the request that happened to need it first. cause is what a token named and
// the set lacks, nil for a refresh. mu is held, no other fetch is under way.
func (r *remote) start(now time.Time, cause *name) *flight {
	now = now.Round(0)
	s := *r.state.Load()
	if s.set != nil && s.held(now) {
		s.waitUntil = now.Add(maxWait)
	}
	s.fetching, s.attempt = true, now
	r.state.Store(&s)
	r.flight = &flight{done: make(chan struct{}), started: time.Now()}
	if cause != nil {
		r.flight.charged, r.flight.cause = true, cause.clone()
	}
	go r.run(r.flight, s.set, now)
	return r.flight
}

func (r *remote) run(f *flight, old *keySet, started time.Time) {
	l := fetchResult{fail: &failure{"panic", "the HTTP client ended its goroutine"}}
	defer func() { r.finish(f, &l, old, started) }()
	ctx, cancel := context.WithTimeout(context.Background(), r.o.Timeout)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			l = fetchResult{fail: &failure{"panic", logPanic("a transport of Options.HTTPClient", v)}}
		}
	}()
	l = r.fetch(ctx, old, f.charged)
}

// finish changes the state, and tells those who wait and those who listen.
func (r *remote) finish(f *flight, l *fetchResult, old *keySet, started time.Time) {
	now := r.nowSafely(started)
	r.mu.Lock()
	s := r.next(*r.state.Load(), l, now)
	if f.charged && l.fail == nil {
		s.spend(started, r.o.Cooldown)
	}
	r.state.Store(&s)
	r.flight = nil
	if l.fail == nil {
		clear(r.unknown)
	}
	r.add(r.event(l, old, now.Sub(started)))
	r.mu.Unlock()
	f.err = s.err
	close(f.done)
	r.tell()
}

func (r *remote) event(l *fetchResult, old *keySet, took time.Duration) Refresh {
	e := Refresh{Issuer: r.issuer, URL: l.url, Detail: l.note, Duration: took}
	if l.fail != nil {
		e.Err, e.Detail = l.fail.class, l.fail.detail
	}
	if l.set != nil {
		e.Keys, e.Dropped, e.Duplicates = len(l.set.keys), l.set.dropped, l.set.duplicates
		e.Algorithms = algorithmsOf(l.set.keys)
		e.Changed = l.fail == nil && l.set.differs(old)
	}
	return e
}

// nowSafely is now, or the time that was read before when the clock of
// Options.Now panics: those who wait for a fetch must not wait for ever.
func (r *remote) nowSafely(before time.Time) (now time.Time) {
	defer func() {
		if v := recover(); v != nil {
			logPanic("Options.Now", v)
			now = before
		}
	}()
	return r.now()
}

// next is the state after a fetch. It settles whether an empty set is believed,
// and notes it in l.
func (r *remote) next(s state, l *fetchResult, now time.Time) state {
	s.fetching, s.attempt, s.waitUntil = false, now, time.Time{}
	if l.fail == nil && len(l.set.keys) == 0 {
		l.fail = l.set.whyUnusable()
	}
	if l.fail == nil || l.fail.class != "empty" {
		s.empties = 0
	} else {
		s.empties++
		// The second of two answers in a row is believed, but not by a source
		// that never had keys, so that an empty set never causes valid tokens to be
		// refused before any key was known.
		if s.empties >= 2 && s.set != nil {
			l.fail = nil
		}
	}
	if l.fail != nil {
		s.failures++
		s.class = l.fail.class
		s.err = fmt.Errorf("%w (%s): %s", ErrUnavailable, l.fail.class, l.fail.detail)
		s.retryAt = now.Add(r.backoff(s.failures, l.fail.class == "empty" && s.set != nil))
		s.idleAt = now.Add(max(s.idleAfter, s.retryAt.Sub(now)+minTraffic))
		return s
	}
	soft, idle := r.softLimit(l.maxAge)
	s.set, s.fetched, s.idleAt = l.set, now, now.Add(idle)
	s.softUntil, s.hardUntil = now.Add(soft), now.Add(r.o.KeepFor)
	s.idleAfter, s.retryAt = idle, time.Time{}
	s.failures, s.class, s.err = 0, "", nil
	return s
}

// backoff is the time to leave the issuer alone after the n-th failure in a row,
// which the jitter only shortens. Where keys may have been withdrawn, the issuer is
// given a cooldown's time to publish others before the empty set is believed.
func (r *remote) backoff(n int, withdrawn bool) time.Duration {
	d := backoff(n)
	d -= time.Duration(r.random() / 4 * float64(d))
	if withdrawn {
		d = max(d, r.o.Cooldown)
	}
	return d
}

// backoff is the pause after the n-th failure in a row, without jitter.
func backoff(n int) time.Duration {
	return min(maxBackoff, minBackoff<<min(max(n-1, 0), 6))
}

// softLimit returns the time to the next refresh, and the idle time that goes
// with it.
func (r *remote) softLimit(maxAge time.Duration) (soft, idle time.Duration) {
	soft = r.o.RefreshEvery
	floor := min(minSoft, soft)
	if maxAge < 0 || max(maxAge, floor) >= soft {
		idle = max(3*soft, minIdle)
		return soft + time.Duration((r.random()-0.5)/5*float64(soft)), idle
	}
	// Shortened: never later than the server asked for, unless that is below the floor.
	soft = max(maxAge, floor)
	idle = max(3*soft, minIdle)
	return max(soft-time.Duration(r.random()/10*float64(soft)), floor), idle
}
