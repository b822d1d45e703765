package jwks

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/internal/keyid"
)

const (
	maxLookups   = 16 // at the same time
	maxAnswers   = 1024
	answerFor    = time.Minute // that an answer is remembered
	failureEvery = time.Minute // between two events of one outage
)

// Custom returns a source for a key store of your own: a database, a file, a
// signing service. It is an error when l is nil.
//
// An answer that has keys is remembered for a minute, which is also how long a key
// goes on verifying after l stopped returning it. Everything else asks l: each
// question once, however many requests wait for it, at most 16 questions at a
// time, and no request waits longer than 2 seconds. A panic in l is an outage and
// a line in the log.
//
// The source is ready once l answered without an error, and stays ready. Ready and
// WaitReady ask l with an empty kid and an empty alg. Events are sent for the first
// answer, for each key that was not there before, for the first error of an outage
// and then for one a minute ([Refresh].Err is "lookup"), and for its end.
//
// A type that embeds a *Source and replaces its Keys is treated as [Source.Wrap]
// would: nothing of the source is lost.
func Custom(l Lookup) (*Source, error) {
	if missing(l) {
		return nil, errors.New("jwks: Custom needs a Lookup, not nil")
	}
	if e, ok := l.(embedding); ok {
		s := e.embedded().Wrap(l)
		if err := s.Validate(); err != nil {
			return nil, err
		}
		return s, nil
	}
	return &Source{backend: &custom{
		lookup:  l,
		slots:   make(chan struct{}, maxLookups),
		calls:   make(map[question]*call),
		answers: make(map[question]answer),
		known:   make(map[keyIdentity]*Key),
		until:   make(map[*Key]time.Time),
	}}, nil
}

type question struct {
	name
	alg string
}

// call is a question under way, shared by all who wait for its answer.
type call struct {
	flight
	keys []*Key
}

type answer struct {
	keys  []*Key
	until time.Time
}

// custom is a source that asks a Lookup of the user's.
type custom struct {
	lookup Lookup
	slots  chan struct{} // has a value for each call that has begun
	listeners

	mu      sync.RWMutex
	calls   map[question]*call
	answers map[question]answer
	known   map[keyIdentity]*Key // the keys of answers, so that an equal key keeps its pointer
	until   map[*Key]time.Time   // until when each of them counts

	answered   time.Time // the last answer; zero: there was none
	failures   int       // since then
	failed     time.Time // the last failure that was told
	prefetched time.Time // the last call of prefetch that asked
	class      string
}

// wallClock reads the time without the monotonic clock, which stands still while a
// machine is suspended.
func wallClock() time.Time { return time.Now().Round(0) }

// keys leaves a thumbprint to the Lookup, which finds it in the context.
func (c *custom) keys(ctx context.Context, n name, alg string) ([]*Key, error) {
	if !keyid.Valid(n.kid) {
		return nil, nil
	}
	if keys, ok := c.remembered(question{n, alg}); ok {
		return keys, nil
	}
	return c.ask(ctx, question{n, alg}, maxWait)
}

func (c *custom) remembered(q question) ([]*Key, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	a, ok := c.answers[q]
	return a.keys, ok && wallClock().Before(a.until)
}

// ask asks the Lookup, or joins somebody who does.
func (c *custom) ask(ctx context.Context, q question, limit time.Duration) ([]*Key, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	c.mu.Lock()
	under := c.calls[q]
	if under == nil {
		// The strings may be slices of a request's memory.
		q := question{q.clone(), strings.Clone(q.alg)}
		under = &call{flight: flight{done: make(chan struct{})}}
		c.calls[q] = under
		// The call is shared: it must not end with the request that began it.
		go c.run(context.WithoutCancel(ctx), under, q)
	}
	c.mu.Unlock()
	if err := under.wait(ctx, limit); err != nil {
		return nil, err
	}
	return under.keys, nil
}

var errBusy = fmt.Errorf("%w (lookup): too many calls of Lookup.Keys have not returned", ErrUnavailable)

func (c *custom) run(ctx context.Context, under *call, q question) {
	started := wallClock()
	keys, err := []*Key(nil), fmt.Errorf("%w: Lookup.Keys ended its goroutine", ErrUnavailable)
	defer func() { c.finish(under, q, keys, err, started) }()
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
		keys, err = ask(ctx, c.lookup, q.kid, q.alg)
	case <-ctx.Done():
		err = errBusy
	}
}

// finish hands the result to those who wait and remembers it.
func (c *custom) finish(under *call, q question, keys []*Key, err error, started time.Time) {
	now := wallClock()
	c.mu.Lock()
	delete(c.calls, q)
	e := Refresh{Duration: now.Sub(started)}
	worth := false
	if err != nil {
		worth = c.fail(now)
		e.Err, e.Detail = "lookup", fmt.Sprintf("%.200s", err)
	} else {
		keys, e.Changed = c.remember(q, keys, now)
		worth = e.Changed || c.answered.IsZero() || c.failures > 0
		c.answered, c.failures, c.class, c.failed = now, 0, "", time.Time{}
	}
	e.Keys = c.count(now)
	if worth {
		c.add(e)
	}
	under.keys, under.err = keys, err
	c.mu.Unlock()
	close(under.done)
	c.tell()
}

// fail counts a failure and reports whether it is to be told. mu is held.
func (c *custom) fail(now time.Time) bool {
	c.failures++
	c.class = "lookup"
	if !c.failed.IsZero() && now.Sub(c.failed) < failureEvery && !now.Before(c.failed) {
		return false
	}
	c.failed = now
	return true
}

// remember keeps an answer for a while. It returns the keys with the pointers that
// equal keys had before, and whether there is one that was not known. mu is held.
func (c *custom) remember(q question, keys []*Key, now time.Time) (same []*Key, changed bool) {
	if len(keys) == 0 {
		delete(c.answers, q)
		return nil, false
	}
	if len(c.answers) >= maxAnswers || len(c.known) >= maxAnswers {
		c.forget(now)
	}
	until := now.Add(answerFor)
	for _, k := range keys {
		old := c.known[k.identity()]
		if old == nil {
			changed = true
			if old = k; len(c.known) < maxAnswers {
				c.known[k.identity()] = k
			}
		}
		if c.known[k.identity()] != nil {
			c.until[old] = until
		}
		same = append(same, old)
	}
	if _, ok := c.answers[q]; ok || len(c.answers) < maxAnswers {
		c.answers[q] = answer{same, until}
	}
	return same, changed
}

// forget drops what is over. mu is held.
func (c *custom) forget(now time.Time) {
	maps.DeleteFunc(c.answers, func(_ question, a answer) bool { return !now.Before(a.until) })
	maps.DeleteFunc(c.known, func(_ keyIdentity, k *Key) bool {
		over := !now.Before(c.until[k])
		if over {
			delete(c.until, k)
		}
		return over
	})
}

func (c *custom) has(k *Key) bool { return c.hasAt(k, wallClock()) }

func (c *custom) hasAt(k *Key, now time.Time) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return now.Round(0).Before(c.until[k])
}

func (c *custom) health() Health {
	now := wallClock()
	c.mu.RLock()
	defer c.mu.RUnlock()
	h := Health{Ready: !c.answered.IsZero(), LastSuccess: c.answered, Failures: c.failures, LastError: c.class}
	h.Keys = c.count(now)
	if h.Ready {
		h.Age = now.Sub(c.answered)
	}
	return h
}

// count is how many keys may be trusted now. mu is held.
func (c *custom) count(now time.Time) (n int) {
	for _, until := range c.until {
		if now.Before(until) {
			n++
		}
	}
	return n
}

func (c *custom) ready(ctx context.Context) error {
	if c.health().Ready {
		return nil
	}
	_, err := c.ask(ctx, question{}, -1)
	return err
}

// prefetch begins a call, and waits for nothing. A source that has answered once stays
// ready, so there is nothing to repeat.
func (c *custom) prefetch() {
	now := wallClock()
	c.mu.Lock()
	due := c.answered.IsZero() && (now.Sub(c.prefetched) >= minBackoff || now.Before(c.prefetched))
	if due {
		c.prefetched = now
	}
	c.mu.Unlock()
	if due {
		_, _ = c.ask(context.Background(), question{}, 0)
	}
}

func (c *custom) pause() time.Duration {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return backoff(c.failures)
}

func (c *custom) refetch(context.Context, string, string, []*Key) []*Key { return nil }

func (c *custom) soleKey() *Key { return nil }
