package jwks

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/authkeel/authkeel/core/internal/keyid"
)

const (
	maxWait     = 2 * time.Second // of a request for a fetch
	minIdle     = time.Minute
	maxUnknown  = 1024 // key IDs remembered as unknown
	unknownFor  = 10 * time.Second
	clockJitter = time.Minute // a clock that steps back further has been set

	unknownFetches = 3 // that unknown key IDs may cause at once
)

// Remote returns a source for the JSON Web Key Set at an address. Remote itself
// needs no network: the first question fetches. The address is https, or http on
// loopback; a query in it is kept out of events and errors. Prefer [Discover] for an
// OpenID Connect issuer: it finds the address and follows it when it changes.
func Remote(url string, o Options) (*Source, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	u, err := checkURL(url, o.AllowHTTP)
	if err != nil {
		return nil, fmt.Errorf("jwks: key set address: %w", err)
	}
	f := newFetcher(o.HTTPClient, u)
	return &Source{backend: newRemote("", o, func(ctx context.Context, old *keySet, conditional bool) fetchResult {
		return f.keySet(ctx, url, old, conditional)
	})}, nil
}

// fetchResult is what one fetch brought: a set or a failure.
type fetchResult struct {
	set    *keySet
	fail   *failure
	maxAge time.Duration // how long the server says it is fresh; negative when it does not say
	url    string
	note   string // what an operator should know of a success
}

// remote is a key set that is fetched. Requests read the state without a lock;
// mu guards the change of it, and is never held during a fetch.
type remote struct {
	issuer string
	o      Options
	fetch  func(ctx context.Context, old *keySet, conditional bool) fetchResult
	random func() float64 // in [0, 1)

	usesWallClock bool // so that the caller's reading of the clock is as good as ours

	state atomic.Pointer[state]

	listeners

	mu      sync.Mutex
	flight  *flight
	unknown map[name]time.Time // what the last set lacked, and until when that is believed
}

func newRemote(issuer string, o Options, fetch func(context.Context, *keySet, bool) fetchResult) *remote {
	r := &remote{issuer: issuer, o: o, usesWallClock: o.Now == nil, fetch: fetch, random: rand.Float64, unknown: make(map[name]time.Time)}
	if r.usesWallClock {
		r.o.Now = time.Now
	}
	if o.OnRefresh != nil {
		r.subscribe(o.OnRefresh)
	}
	r.state.Store(&state{idleAfter: max(3*o.RefreshEvery, minIdle)})
	return r
}

// now reads the wall clock: the monotonic clock stands still while a machine is
// suspended, and keys age all the same.
func (r *remote) now() time.Time { return r.o.Now().Round(0) }

func (r *remote) keys(ctx context.Context, n name, alg string) ([]*Key, error) {
	if !keyid.Valid(n.kid) || n.kid == "" && r.o.RequireKeyID {
		return nil, nil
	}
	now := r.now()
	s := r.state.Load()
	if s.usable(now) && !s.held(now) {
		if keys, known := s.set.find(n, alg); known {
			if s.due(now) {
				r.refresh(now)
			}
			return keys, nil
		}
	}
	return r.ask(ctx, n, alg, now)
}

// ask answers where the state does not. It waits for a fetch that is under way,
// and where that began before the question and knows nothing of it, for one more:
// the key may have been published in between.
func (r *remote) ask(ctx context.Context, n name, alg string, now time.Time) ([]*Key, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	asked := time.Now()
	for {
		r.mu.Lock()
		s, f := r.state.Load(), r.flight
		if f == nil {
			// Another request may have fetched since this one looked.
			keys, known := s.set.find(n, alg)
			usable := s.usable(now) && !s.held(now)
			switch unknown := usable && !known && !s.due(now) && s.err == nil; {
			case s.backingOff(now):
				r.mu.Unlock()
				keys, _, err := s.answer(n, alg, now, s.err)
				return keys, err
			case usable && known, unknown && (now.Before(r.unknown[n]) || !s.mayAsk(now, r.o.Cooldown)):
				r.mu.Unlock()
				return keys, nil
			case unknown:
				f = r.start(now, &n)
			default: // a refresh that is due anyway
				f = r.start(now, nil)
			}
		}
		s = r.state.Load()
		r.mu.Unlock()

		limit := maxWait - time.Since(asked)
		if s.usable(now) && s.held(now) {
			limit = min(s.waitUntil.Sub(now), limit)
		}
		err := f.wait(ctx, max(limit, 0))
		if ctx.Err() != nil && err != nil {
			return nil, err
		}
		now = r.now()
		keys, known, err := r.state.Load().answer(n, alg, now, err)
		if err != nil || known {
			return keys, err
		}
		if !f.started.Before(asked) || f.cause == n {
			r.forget(n, now)
			return keys, nil
		}
	}
}

// forget remembers that a fresh set lacks n. Only then: a name that was merely
// refused for want of budget must be looked up as soon as there is some.
func (r *remote) forget(n name, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.state.Load().set.find(n, ""); known {
		return
	}
	if len(r.unknown) >= maxUnknown {
		maps.DeleteFunc(r.unknown, func(_ name, until time.Time) bool { return !now.Before(until) })
	}
	if len(r.unknown) >= maxUnknown {
		return
	}
	r.unknown[n.clone()] = now.Add(unknownFor)
}

// refetch implements Options.AllowKeyReuse: tried are the keys under which the
// signature was bad.
func (r *remote) refetch(ctx context.Context, kid, alg string, tried []*Key) []*Key {
	if !r.o.AllowKeyReuse || kid == "" || !keyid.Valid(kid) {
		return nil
	}
	n, now := name{kid: kid}, r.now()
	r.mu.Lock()
	s, f := r.state.Load(), r.flight
	keys, _ := s.set.find(n, alg)
	if others := except(keys, tried); len(others) > 0 || f == nil && (s.backingOff(now) || !s.mayAsk(now, r.o.Cooldown)) {
		r.mu.Unlock()
		return others
	}
	if f == nil {
		f = r.start(now, &n)
	}
	r.mu.Unlock()
	if f.wait(ctx, maxWait) != nil {
		return nil
	}
	keys, _ = r.state.Load().set.find(n, alg)
	return except(keys, tried)
}

func (r *remote) has(k *Key) bool { return r.trusts(k, r.now()) }

func (r *remote) hasAt(k *Key, now time.Time) bool {
	if !r.usesWallClock {
		now = r.now()
	}
	return r.trusts(k, now)
}

func (r *remote) trusts(k *Key, now time.Time) bool {
	s := r.state.Load()
	if !s.set.has(k) || !s.usable(now) || s.held(now) {
		return false
	}
	if s.due(now) {
		r.refresh(now)
	}
	return true
}

func (r *remote) health() Health {
	now := r.now()
	s := r.state.Load()
	h := Health{LastSuccess: s.fetched, Failures: s.failures, LastError: s.class}
	if !s.fetched.IsZero() {
		h.Age = now.Sub(s.fetched)
	}
	if s.usable(now) {
		h.Keys, h.Dropped, h.Ready = len(s.set.keys), len(s.set.dropped), len(s.set.keys) > 0
	}
	return h
}

func (r *remote) prefetch() {
	if now := r.now(); r.state.Load().due(now) {
		r.refresh(now)
	}
}

// soleKey is nil: the next fetch may bring another key.
func (r *remote) soleKey() *Key { return nil }
