package jwks

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/internal/keyid"
)

// Static returns a source for a JSON Web Key Set in memory, under the same rules
// for each key as a remote one. It is an error when no key can be used; the text
// then names the reason for each. The document is never read again, so that a
// rotation needs a restart: where the issuer can be reached, use [Discover] or
// [Remote].
func Static(set []byte) (*Source, error) {
	if len(set) > maxBody {
		return nil, errors.New("jwks: the set is larger than 512 KiB")
	}
	s, fail := parseSet(string(set), nil)
	if fail != nil {
		return nil, errors.New("jwks: " + fail.detail)
	}
	if len(s.keys) == 0 {
		return nil, errors.New("jwks: " + s.whyUnusable().detail)
	}
	return &Source{backend: &static{set: s}}, nil
}

// whyUnusable explains a set without a usable key.
func (s *keySet) whyUnusable() *failure {
	if len(s.dropped) == 0 {
		return &failure{"empty", `"keys" is empty: the issuer publishes a set without keys`}
	}
	var b strings.Builder
	b.WriteString("no usable key in the set:")
	for i, d := range s.dropped {
		if i == 8 {
			b.WriteString(" and others")
			break
		}
		b.WriteString(" " + d.String())
		if i < len(s.dropped)-1 {
			b.WriteByte(',')
		}
	}
	return &failure{"no_usable_key", b.String()}
}

// static holds keys that do not change.
type static struct {
	fixed
	set *keySet
}

func (s *static) keys(_ context.Context, n name, alg string) ([]*Key, error) {
	if !keyid.Valid(n.kid) {
		return nil, nil
	}
	keys, _ := s.set.find(n, alg)
	return keys, nil
}

func (s *static) has(k *Key) bool { return s.set.has(k) }

func (s *static) hasAt(k *Key, _ time.Time) bool { return s.set.has(k) }

func (s *static) health() Health {
	return Health{Ready: true, Keys: len(s.set.keys), Dropped: len(s.set.dropped)}
}

// fixed is what sources without a network have in common: they are ready, and they
// never change.
type fixed struct{}

func (fixed) ready(context.Context) error { return nil }

func (fixed) prefetch() {}

func (fixed) pause() time.Duration { return 0 }

func (fixed) subscribe(func(Refresh)) func() { return func() {} }

func (fixed) refetch(context.Context, string, string, []*Key) []*Key { return nil }

func (fixed) soleKey() *Key { return nil }
