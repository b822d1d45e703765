package jwks

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/authkeel/authkeel/core/internal/keyid"
)

const (
	maxWait     = 2 * time.Second // of a request for a fetch
	minIdle     = time.Minute
	maxUnknown  = 1024 // key ids remembered as unknown
	unknownFor  = 10 * time.Second
	clockJitter = time.Minute // a clock that steps back further has been set
)

// Remote returns a source for the JWKS document at an address. It needs no
// network to construct: the first question fetches. The address is https, or http
// to loopback. Prefer [Discover] for an OpenID Connect issuer, which finds the
// address and survives its change.
func Remote(url string, o Options) (*Source, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	if _, err := checkURL(url, o.AllowHTTP); err != nil {
		return nil, fmt.Errorf("jwks: key set address: %w", err)
	}
	f := newFetcher(o.HTTPClient)
	return &Source{backend: newRemote("", o, func(ctx context.Context, old *keySet) fetchResult {
		return f.keySet(ctx, url, old)
	})}, nil
}

// fetchResult is what one fetch brought: a set or a failure.
type fetchResult struct {
	set    *keySet
	fail   *failure
	maxAge time.Duration // how long the server calls it fresh; negative when it does not say
	url    string
	note   string // what did not go well in a success
}

// remote is a key set that is fetched. Requests read the state without a lock;
// mu guards the change of it, and is never held during a fetch.
type remote struct {
	issuer string
	o      Options
	fetch  func(ctx context.Context, old *keySet) fetchResult
	random func() float64 // in [0, 1)

	usesWallClock bool // so that the caller's reading of the clock is as good as ours

	state atomic.Pointer[state]

	listeners

	mu      sync.Mutex
	flight  *flight
	unknown map[string]time.Time // key IDs that the last set lacked, and until when that is believed
}

func newRemote(issuer string, o Options, fetch func(context.Context, *keySet) fetchResult) *remote {
	r := &remote{issuer: issuer, o: o, usesWallClock: o.Now == nil, fetch: fetch, random: rand.Float64, unknown: make(map[string]time.Time)}
	if r.usesWallClock {
		r.o.Now = time.Now
	}
	if o.OnRefresh != nil {
		r.subscribe(o.OnRefresh)
	}
	r.state.Store(&state{idleAfter: max(3*o.RefreshEvery, minIdle)})
	return r
}

// now reads the wall clock: the monotonic one stands still while a machine is
// suspended, and keys age all the same.
func (r *remote) now() time.Time { return r.o.Now().Round(0) }

func (r *remote) keys(ctx context.Context, kid, alg string) ([]*Key, error) {
	if !keyid.Valid(kid) || kid == "" && r.o.RequireKeyID {
		return nil, nil
	}
	now := r.now()
	s := r.state.Load()
	if s.usable(now) && !s.held(now) {
		if keys, known := s.set.find(kid, alg); known {
			if s.due(now) {
				r.refresh(now)
			}
			return keys, nil
		}
	}
	return r.ask(ctx, kid, alg, now)
}

// ask answers where the state does not, at the cost of at most one fetch and one
// wait.
func (r *remote) ask(ctx context.Context, kid, alg string, now time.Time) ([]*Key, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	r.mu.Lock()
	s, f := r.state.Load(), r.flight
	if f == nil {
		if s.backingOff(now) {
			r.mu.Unlock()
			return s.answer(kid, alg, now, s.err)
		}
		// Another request may have fetched since this one looked.
		usable := s.usable(now) && !s.held(now)
		if keys, known := s.set.find(kid, alg); usable && (known || r.absent(s, kid, now)) {
			r.mu.Unlock()
			return keys, nil
		}
		f = r.start(now)
	}
	s = r.state.Load()
	r.mu.Unlock()

	limit := maxWait
	if s.usable(now) && s.held(now) {
		limit = min(s.waitUntil.Sub(now), maxWait)
	}
	err := f.wait(ctx, limit)
	if ctx.Err() != nil && err != nil {
		return nil, err
	}
	now = r.now()
	keys, err := r.state.Load().answer(kid, alg, now, err)
	if err == nil && len(keys) == 0 {
		r.forget(kid, now)
	}
	return keys, err
}

// absent reports whether the issuer was asked recently enough to say that it
// does not have kid. During an outage nothing says so. mu is held.
func (r *remote) absent(s *state, kid string, now time.Time) bool {
	return s.err == nil && (now.Before(s.nextUnknownFetch) || now.Before(r.unknown[kid]))
}

// forget remembers that a fresh set lacks kid. Only then: an id that was merely
// refused during the cooldown must be looked up at the end of it.
func (r *remote) forget(kid string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.state.Load().set.find(kid, ""); known {
		return
	}
	if len(r.unknown) >= maxUnknown {
		maps.DeleteFunc(r.unknown, func(_ string, until time.Time) bool { return !now.Before(until) })
	}
	if len(r.unknown) >= maxUnknown {
		return
	}
	// The id may be a slice of a request's memory.
	r.unknown[strings.Clone(kid)] = now.Add(unknownFor)
}

// refetch implements Options.AllowKeyReuse: tried are the keys under which the
// signature was bad.
func (r *remote) refetch(ctx context.Context, kid, alg string, tried []*Key) []*Key {
	if !r.o.AllowKeyReuse || kid == "" || !keyid.Valid(kid) {
		return nil
	}
	now := r.now()
	r.mu.Lock()
	s, f := r.state.Load(), r.flight
	keys, _ := s.set.find(kid, alg)
	if others := except(keys, tried); len(others) > 0 || f == nil && (s.backingOff(now) || now.Before(s.nextUnknownFetch)) {
		r.mu.Unlock()
		return others
	}
	if f == nil {
		f = r.start(now)
	}
	r.mu.Unlock()
	if f.wait(ctx, maxWait) != nil {
		return nil
	}
	keys, _ = r.state.Load().set.find(kid, alg)
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

// soleKey is nil: the next fetch may bring another key.
func (r *remote) soleKey() *Key { return nil }
