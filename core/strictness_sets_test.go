package core_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/internal/forge"
	"github.com/authkeel/authkeel/core/jwks"
)

// strictManyKeys are key sets that make one token cost many signature checks.
func strictManyKeys(t *testing.T) {
	many := func(n int, kid func(int) string) []any {
		keys := make([]any, n)
		for i := range keys {
			keys[i] = devissuer.NewKey(kid(i), "EdDSA").JWK()
		}
		return keys
	}
	own := func(i int) string { return fmt.Sprintf("k%d", i) }
	right := devissuer.NewKey("same", "EdDSA")
	noKid := devissuer.SignRaw(right, "EdDSA", []byte(headerOf(right, "kid", "")), []byte(payload()))
	t.Run("43_many_keys/500", func(t *testing.T) {
		source, err := jwks.Static(forge.Set(append(many(500, own), right.JWK())...))
		if err != nil {
			t.Fatal(err)
		}
		if got := source.Health().Keys; got != 128 {
			t.Errorf("got %d keys of a set of 501, want the first 128", got)
		}
		a := build(t, func(c *core.Config) { c.Issuers[0].Keys = source })
		refused(t, a, signedBy(right, payload()), core.ErrUnknownKey, "unknown_key")
	})
	t.Run("43_many_keys/no_kid", func(t *testing.T) {
		a := withKeys(t, nil, append(many(4, own), right.JWK())...)
		refused(t, a, noKid, core.ErrSignature, "bad_signature") // the fifth key that fits is not tried
		accepted(t, a, signedBy(right, payload()))
		accepted(t, withKeys(t, nil, append(many(3, own), right.JWK())...), noKid)
		accepted(t, withKeys(t, nil, right.JWK()), noKid)
	})
	t.Run("43_many_keys/one_kid", func(t *testing.T) {
		same := func(int) string { return "same" }
		accepted(t, withKeys(t, nil, append(many(3, same), right.JWK())...), signedBy(right, payload()))
		refused(t, withKeys(t, nil, append(many(4, same), right.JWK(), trusted().ed.JWK())...), signedBy(right, payload()), core.ErrUnknownKey, "unknown_key")
	})
	t.Run("04_algorithm_of_key/own_source", func(t *testing.T) { // core does not rely on the source
		all := static(t, trusted().rs.JWK(), devissuer.With(right.JWK(), devissuer.Claims{"kid": "k0"}))
		a := build(t, func(c *core.Config) { c.Issuers[0].Keys = all.Wrap(mixed{all}) })
		accepted(t, a, signedBy(right, payload()))
		refused(t, a, devissuer.SignRaw(right, "EdDSA", []byte(headerOf(right, "kid", `"odd"`)), []byte(payload())), core.ErrUnknownKey, "unknown_key")
	})
	// A source of somebody else's is held to the limit too: the fifth key is right
	// and is not tried.
	t.Run("43_many_keys/own_source", func(t *testing.T) {
		keys := func(n int) *jwks.Source {
			source := static(t, append(many(n, own), right.JWK())...)
			return source.Wrap(keysOf{source, n})
		}
		a := build(t, func(c *core.Config) { c.Issuers[0].Keys = keys(3) })
		accepted(t, a, signedBy(right, payload()))
		a = build(t, func(c *core.Config) { c.Issuers[0].Keys = keys(4) })
		refused(t, a, signedBy(right, payload()), core.ErrSignature, "bad_signature")
	})
}

// mixed answers with an RSA key whatever the algorithm, and with the EdDSA key
// behind it unless the id is odd.
type mixed struct{ *jwks.Source }

func (s mixed) Keys(ctx context.Context, kid, _ string) ([]*jwks.Key, error) {
	keys, err := s.Source.Keys(ctx, "rs", "RS256")
	if err != nil || kid == "odd" {
		return keys, err
	}
	more, err := s.Source.Keys(ctx, "k0", "EdDSA")
	return append(slices.Clone(keys), more...), err
}

// keysOf answers every question with k0 to k(n-1), then the key asked for.
type keysOf struct {
	*jwks.Source
	n int
}

func (s keysOf) Keys(ctx context.Context, kid, alg string) ([]*jwks.Key, error) {
	var all []*jwks.Key
	for i := range s.n + 1 {
		id := fmt.Sprintf("k%d", i)
		if i == s.n {
			id = kid
		}
		keys, err := s.Source.Keys(ctx, id, alg)
		if err != nil {
			return nil, err
		}
		all = append(all, keys...)
	}
	return all, nil
}
