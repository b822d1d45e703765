package ratelimit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/internal/audit"
	"github.com/authkeel/authkeel/core/store"
)

// Limit is how many requests one key may send.
type Limit struct {
	Requests int           // at least 1
	Per      time.Duration // such as time.Second; Per/Requests is at least a microsecond
	Burst    int           // how many at once, of a key that was idle; 0 = Requests
}

// Config says what a [Limiter] counts, and for whom.
type Config struct {
	// Authenticator answers for the Limiter: its TrustedProxies and ForwardedHeader
	// say what the client's address is, its RewriteRefusal changes the refusals, and
	// its Observer is told of them. Required, also for a limit before authentication.
	Authenticator *core.Authenticator

	Limits []Limit // at least one, each with another Per; a request needs all of them
	Key    Key     // whom a request counts for; required

	// Store has the counts. nil: this process's memory. Use one that replicas share
	// when there are several.
	Store store.Store
	// Name keeps the counts of Limiters that share a store apart, and names the
	// policy to clients: 1 to 64 letters, digits, dots, dashes and underscores.
	// Default "default", without a Store alone.
	Name string

	// HeaderOnRefusalOnly leaves the RateLimit and RateLimit-Policy fields out of
	// the answers to requests that go on.
	HeaderOnRefusalOnly bool

	Now func() time.Time // the clock of the memory, not of Store; default time.Now
}

// Limiter limits requests. It is safe for concurrent use. Make it with [New].
type Limiter struct {
	auth     *core.Authenticator
	key      Key
	counter  *counter
	limits   []*limit // the fastest first
	policy   [2]string
	onAccept bool // the answers to requests that go on have the fields
}

// limit is a Limit, as the store counts it.
type limit struct {
	name   string
	prefix string        // of keys
	each   time.Duration // what one request moves the clock
	most   time.Duration // how far ahead the clock may be
	fields fieldCache
}

// New checks the configuration and returns a Limiter, or an error that names the
// wrong field and what to do about it.
func New(cfg Config) (*Limiter, error) {
	if cfg.Authenticator == nil {
		return nil, configError("Authenticator", "is nil: set the one of the routes that are limited; refusals and client addresses come from it")
	}
	if len(cfg.Key.parts) == 0 {
		return nil, configError("Key", "is not set: say whom requests count for, such as ratelimit.ByUser() or ratelimit.ByAddress()")
	}
	if cfg.Key.err != nil {
		return nil, configError("Key", "%v", cfg.Key.err)
	}
	name, err := nameFor("Name", cfg.Name, "default", cfg.Store)
	if err != nil {
		return nil, err
	}
	l := &Limiter{auth: cfg.Authenticator, key: cfg.Key, onAccept: !cfg.HeaderOnRefusalOnly}
	if l.counter, err = newCounter(cfg.Store, cfg.Now, cfg.Authenticator); err != nil {
		return nil, err
	}
	if l.limits, err = newLimits(name, cfg.Limits); err != nil {
		return nil, err
	}
	l.policy = policyField(l.limits, cfg.Limits)
	slices.SortFunc(l.limits, func(x, y *limit) int { return cmp.Compare(x.each, y.each) })
	return l, nil
}

// configError names the field that is wrong and how to fix it.
func configError(field, format string, args ...any) error {
	return fmt.Errorf("authkeel: ratelimit: Config.%s %s", field, fmt.Sprintf(format, args...))
}

func newLimits(name string, all []Limit) ([]*limit, error) {
	if len(all) == 0 {
		return nil, configError("Limits", "is empty: set at least one, such as {Requests: 100, Per: time.Minute}")
	}
	limits := make([]*limit, len(all))
	for i, given := range all {
		field := fmt.Sprintf("Limits[%d]", i)
		if slices.ContainsFunc(all[:i], func(earlier Limit) bool { return earlier.Per == given.Per }) {
			return nil, configError(field+".Per", "is %v, as in an earlier limit: write the stricter one alone, or another Per", given.Per)
		}
		l, err := newLimit(field, given)
		if err != nil {
			return nil, err
		}
		window := shortDuration(given.Per)
		l.prefix = "rl:" + name + ":" + window + ":"
		if l.name = name; len(all) > 1 {
			l.name += "-" + window
		}
		l.fields.prepare(l)
		limits[i] = l
	}
	return limits, nil
}

func newLimit(field string, given Limit) (*limit, error) {
	switch {
	case given.Requests < 1:
		return nil, configError(field+".Requests", "is %d: at least 1", given.Requests)
	case given.Per <= 0:
		return nil, configError(field+".Per", "is %v: set the time for that many requests, such as time.Minute", given.Per)
	case given.Burst < 0:
		return nil, configError(field+".Burst", "is negative: leave it 0 for as many as Requests")
	}
	if given.Burst == 0 {
		given.Burst = given.Requests
	}
	each := given.Per / time.Duration(given.Requests)
	switch {
	case each < time.Microsecond:
		return nil, configError(field+".Requests", "is %d in %v: at most one in a microsecond", given.Requests, given.Per)
	case each > store.MaxDuration/time.Duration(given.Burst):
		return nil, configError(field+".Burst", "of %d takes longer than %v to come back: set a smaller one, or a shorter Per", given.Burst, store.MaxDuration)
	}
	return &limit{each: each, most: each * time.Duration(given.Burst)}, nil
}

// Step returns the step that refuses requests over the limit, for adapters. It
// panics on a nil Limiter: handle the error of [New] first.
func (l *Limiter) Step() adapter.Step {
	if l == nil {
		panic("authkeel: RateLimit(nil): handle the error of ratelimit.New before mounting")
	}
	return func(ctx context.Context, r adapter.Request) adapter.Outcome {
		if audit.Exempt(r) { // a test of the application asks every route for its checks
			return adapter.Outcome{}
		}
		state, admitted := l.take(ctx, r)
		switch {
		case !admitted:
			return adapter.Outcome{Refusal: l.auth.TooManyRequests(ctx, r, state.reset, l.policy, state.field())}
		case l.onAccept:
			return adapter.Outcome{Header: state.header(l.policy)}
		}
		return adapter.Outcome{}
	}
}

// take counts a request. It returns the state of the limit that refuses it, or of
// the one that is the nearest to its end.
func (l *Limiter) take(ctx context.Context, r adapter.Request) (nearest state, admitted bool) {
	var buffer [maxPrefixBytes + maxKeyBytes]byte // on the stack
	// Each limit writes its prefix in front of the key, which is made once.
	n := copy(buffer[maxPrefixBytes:], l.key.appendTo(ctx, buffer[maxPrefixBytes:maxPrefixBytes], r, l.auth))
	for i, one := range l.limits {
		from := maxPrefixBytes - len(one.prefix)
		copy(buffer[from:], one.prefix)
		ahead, ok := l.counter.advance(buffer[from:maxPrefixBytes+n], one.each, one.most)
		now := one.at(ahead)
		if !ok {
			return now, false
		}
		if i == 0 || now.remaining < nearest.remaining || now.remaining == nearest.remaining && now.reset > nearest.reset {
			nearest = now
		}
	}
	return nearest, true
}
