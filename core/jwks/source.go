package jwks

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrUnavailable says that the keys are unavailable: the issuer does not answer, or
// its answer is not a key set. It is an outage, to be answered with status 503, and
// says nothing about the token. When the caller's context ended first, the error
// wraps its Err as well.
var ErrUnavailable = errors.New("jwks: keys unavailable")

// Source finds the keys of one issuer. [Discover], [Remote], [Static], [PEM] and
// [Custom] make one; its methods may be called from many goroutines. A source
// belongs to one issuer: two issuers that share one accept each other's
// signatures.
//
// The zero value and a nil Source have no keys: Keys and Ready fail with
// [ErrUnavailable], and Validate says why.
type Source struct {
	backend backend
	lookup  Lookup // what Wrap laid over the backend; nil: nothing
	invalid error  // why there is no backend
}

// backend is one kind of source.
type backend interface {
	keys(ctx context.Context, n name, alg string) ([]*Key, error)
	has(k *Key) bool
	hasAt(k *Key, now time.Time) bool
	health() Health
	ready(ctx context.Context) error
	prefetch()
	pause() time.Duration // between two attempts of WaitReady
	subscribe(fn func(Refresh)) (unsubscribe func())
	refetch(ctx context.Context, kid, alg string, tried []*Key) []*Key
	soleKey() *Key
}

var errZero = errors.New("jwks: the Source is empty: make one with Discover, Remote, Static, PEM or Custom")

// Validate returns nil for a source that one of this package's functions made, and
// otherwise an error that says what is wrong. It does not ask the network.
func (s *Source) Validate() error {
	switch {
	case s != nil && s.invalid != nil:
		return s.invalid
	case s == nil || s.backend == nil:
		return errZero
	}
	return nil
}

// Keys returns the keys that may have signed a token with this key ID and
// algorithm, at most 4; an empty kid stands for a token without one. No keys and
// no error means that the issuer has no such key: refuse the token. The slice
// belongs to the source and must not be changed.
//
// Keys waits only where it has no answer, at most 2 seconds and not beyond ctx.
// Its errors wrap [ErrUnavailable]: they are outages and say nothing about the
// token.
func (s *Source) Keys(ctx context.Context, kid, alg string) ([]*Key, error) {
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if s.lookup != nil {
		return ask(ctx, s.lookup, kid, alg)
	}
	n := name{kid: kid}
	if kid == "" {
		n.x5t, _ = ctx.Value(thumbprintKey{}).(string)
	}
	return s.backend.keys(ctx, n, alg)
}

// KeysByThumbprint is Keys for a token without a key ID whose header names the
// signer's certificate: x5t is its x5t#S256 or x5t parameter (RFC 7515 sections
// 4.1.7 and 4.1.8). It returns the keys whose certificate has that thumbprint; a
// thumbprint that the set lacks may cause a fetch, as an unknown key ID does.
// Where the issuer names no certificates, and where x5t is no thumbprint, it
// returns what Keys returns for a token that names nothing.
//
// What wraps the source is asked by Keys with an empty kid; the thumbprint is in
// the context.
func (s *Source) KeysByThumbprint(ctx context.Context, x5t, alg string) ([]*Key, error) {
	if raw, ok := parseThumbprint(x5t); ok {
		ctx = context.WithValue(ctx, thumbprintKey{}, raw)
	}
	return s.Keys(ctx, "", alg)
}

// thumbprintKey is the key of a thumbprint in a context.
type thumbprintKey struct{}

// Has reports whether k, which Keys returned earlier, may still be trusted. It
// never waits and is cheap enough to be asked on every request. False also means
// "not without asking again": call Keys.
func (s *Source) Has(k *Key) bool {
	return s.Validate() == nil && s.backend.has(k)
}

// HasAt is Has for a caller that has just read the wall clock, which saves a
// second reading. A source with a clock of its own ([Options].Now) ignores now.
func (s *Source) HasAt(k *Key, now time.Time) bool {
	return s.Validate() == nil && s.backend.hasAt(k, now)
}

// Health says how the source is doing. It never waits and fetches nothing.
func (s *Source) Health() Health {
	if s.Validate() != nil {
		return Health{}
	}
	return s.backend.health()
}

// Ready makes one attempt when there are no usable keys, whatever the back-off,
// and returns why it failed. The source recovers by itself afterwards, so that
// the error is no reason not to start.
func (s *Source) Ready(ctx context.Context) error {
	if err := s.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return s.backend.ready(ctx)
}

// Prefetch begins a fetch in the background where none is under way and the source
// has no keys, or has keys that are due for a refresh, unless the last attempt failed
// a moment ago. It never waits. A readiness probe needs it, because keys are fetched
// when tokens come, and no tokens come before the probe succeeds; core's
// Authenticator.Health calls it. [Static] and [PEM] fetch nothing.
func (s *Source) Prefetch() {
	if s.Validate() == nil {
		s.backend.prefetch()
	}
}

// Subscribe calls fn after every fetch of keys from now on, until unsubscribe is
// called: on a goroutine of the source, one event after the other. fn must not block
// for long, since it holds up the events behind it, though no request. A panic in fn
// is logged, and fn is called again the next time. [Static] and [PEM] fetch nothing
// and never call fn.
func (s *Source) Subscribe(fn func(Refresh)) (unsubscribe func()) {
	if s.Validate() != nil || fn == nil {
		return func() {}
	}
	return s.backend.subscribe(fn)
}

// Refetch is for the caller that found the signature bad under all of tried, the
// keys that Keys returned. It returns other candidates where
// [Options].AllowKeyReuse is set, and causes no fetch that an unknown key ID
// would not cause. Everywhere else it returns none.
func (s *Source) Refetch(ctx context.Context, kid, alg string, tried []*Key) []*Key {
	if s.Validate() != nil {
		return nil
	}
	others := s.backend.refetch(ctx, kid, alg, tried)
	if s.lookup == nil || len(others) == 0 {
		return others
	}
	// What wraps the source may withhold keys: it has the last word here as well.
	keys, err := ask(ctx, s.lookup, kid, alg)
	if err != nil {
		return nil
	}
	return except(keys, tried)
}

// SoleKey returns the key of a [PEM] source, which answers every key ID and says
// nothing about its algorithm: the verifier has to choose one. It returns nil for
// all other sources.
func (s *Source) SoleKey() *Key {
	if s.Validate() != nil {
		return nil
	}
	return s.backend.soleKey()
}
