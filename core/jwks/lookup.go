package jwks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/authkeel/authkeel/core/internal/safelog"
)

// Lookup finds keys. Implement it for a key store of your own ([Custom]) or to
// add something to a source ([Source.Wrap]); a *Source is a Lookup too.
type Lookup interface {
	// Keys returns the keys that may have signed a token with this key ID and
	// algorithm, in the order in which they are to be tried. kid is empty for a
	// token without a key ID; a question with an empty alg only wants to know
	// whether keys can be looked up. An unknown key is no error: return no keys
	// and nil. Every error is an outage. Keys must return when ctx ends.
	Keys(ctx context.Context, kid, alg string) ([]*Key, error)
}

// LookupFunc is a function that is a [Lookup].
type LookupFunc func(ctx context.Context, kid, alg string) ([]*Key, error)

// Keys calls f.
func (f LookupFunc) Keys(ctx context.Context, kid, alg string) ([]*Key, error) {
	return f(ctx, kid, alg)
}

// Wrap returns a source that is s in everything but Keys, which it asks of l: to
// count or log questions, or to withhold keys. l is expected to ask s. Readiness,
// health, key events and [Source.SoleKey] are those of s.
//
// Has knows the keys of s only. A key that l adds is asked for again with every
// token, and one that l begins to withhold goes on verifying tokens that were
// verified before, until s loses it.
func (s *Source) Wrap(l Lookup) *Source {
	if err := s.Validate(); err != nil {
		return &Source{invalid: err}
	}
	if missing(l) {
		return &Source{invalid: errors.New("jwks: Wrap needs a Lookup, not nil")}
	}
	return &Source{backend: s.backend, lookup: l}
}

// missing reports whether l is nothing to be asked.
func missing(l Lookup) bool {
	f, isFunc := l.(LookupFunc)
	return l == nil || isFunc && f == nil
}

// embedded is the Source that a type embeds, for Custom: such a type has this
// method although it cannot be named outside of the package.
func (s *Source) embedded() *Source { return s }

// embedding is a Lookup that embeds a Source.
type embedding interface {
	Lookup
	embedded() *Source
}

var _ embedding = (*Source)(nil)

// ask asks a Lookup of the user's and holds its answer to what Keys promises.
func ask(ctx context.Context, l Lookup, kid, alg string) (keys []*Key, err error) {
	defer func() {
		if v := recover(); v != nil {
			keys, err = nil, fmt.Errorf("%w: %s", ErrUnavailable, logPanic("Lookup.Keys", v))
		}
	}()
	if keys, err = l.Keys(ctx, kid, alg); err != nil {
		if !errors.Is(err, ErrUnavailable) {
			err = fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		return nil, err
	}
	return fitting(keys, alg), nil
}

// fitting returns those of keys that may verify alg, at most 4.
func fitting(keys []*Key, alg string) []*Key {
	n := 0
	for n < len(keys) && n < maxSameID && keys[n] != nil && keys[n].Fits(alg) {
		n++
	}
	if n == len(keys) || n == maxSameID {
		return keys[:n:n]
	}
	var fit []*Key
	for _, k := range keys {
		if k != nil && k.Fits(alg) && len(fit) < maxSameID {
			fit = append(fit, k)
		}
	}
	return fit
}

// logPanic reports a panic in a function of the user's, which must not end the
// process when it happens on a goroutine of ours. It returns what to call it.
func logPanic(where string, v any) string {
	safelog.Log(context.Background(), slog.Default(), slog.LevelError, "authkeel: "+where+" panicked",
		slog.String("panic", fmt.Sprint(v)), slog.String("stack", string(debug.Stack())))
	return where + " panicked"
}
