package core_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// remembering is an Authenticator and a question: does it remember the token?
func remembering(t *testing.T, change ...func(*core.Config)) (*core.Authenticator, func(token string) bool) {
	t.Helper()
	log := &events{}
	a := build(t, append(change, func(c *core.Config) { c.Observer = log })...)
	return a, func(token string) bool {
		t.Helper()
		log.take()
		accepted(t, a, token)
		all := slices.DeleteFunc(log.take(), func(e core.Event) bool { return e.Kind == core.EventKeys })
		if len(all) != 1 || all[0].Kind != core.EventAccepted {
			t.Fatalf("got events %+v", all)
		}
		return all[0].Cached
	}
}

func TestCacheHit(t *testing.T) {
	a, cached := remembering(t)
	token := quick("jti", `"j1"`)
	if cached(token) || !cached(token) || !cached(token) {
		t.Error("got no hit at the second sight, or one at the first")
	}
	if one, two := accepted(t, a, token), accepted(t, a, token); one != two {
		t.Error("got another Identity for the same token")
	}
	if id, err := a.Verify(t.Context(), token); err != nil || id != accepted(t, a, token) {
		t.Errorf("Verify: got %v, want the same Identity", err)
	}
	if cached(quick("jti", `"j2"`)) {
		t.Error("got a hit for a token never seen")
	}
	refused(t, a, withBadSignature(token), core.ErrSignature, "bad_signature")

	_, off := remembering(t, func(c *core.Config) { c.CacheSize = -1 })
	for range 2 {
		if off(token) {
			t.Error("got a hit from a cache that is off")
		}
	}
}

func TestCacheSizes(t *testing.T) {
	const size = 8
	_, cached := remembering(t, func(c *core.Config) { c.CacheSize = size })
	tokens := make([]string, size+1)
	for i := range tokens {
		tokens[i] = quick("jti", fmt.Sprintf(`"j%d"`, i))
	}
	for _, token := range tokens[:size] {
		cached(token)
	}
	for i, token := range tokens[:size] {
		if !cached(token) {
			t.Errorf("token %d of %d is not resident", i, size)
		}
	}
	cached(tokens[size])
	for i, token := range tokens[1:] {
		if !cached(token) {
			t.Errorf("token %d is not among the last %d", i+1, size)
		}
	}
	if cached(tokens[0]) {
		t.Error("the oldest token is still resident")
	}

	for n, want := range map[int]bool{8192: true, 8193: false} {
		token := padded(t, n)
		cached(token)
		if got := cached(token); got != want {
			t.Errorf("%d bytes: got cached %v, want %v", n, got, want)
		}
	}
}

func TestCacheAsksTheSource(t *testing.T) {
	keys := &rotation{}
	source := newFlakySource(t, keys.source(t))
	a, cached := remembering(t, func(c *core.Config) { c.Issuers[0].Keys = source.Source })
	token := quick()
	cached(token)
	if !cached(token) || source.asked.Load() != 1 {
		t.Errorf("asked %d times for keys, want once", source.asked.Load())
	}
	keys.withdraw(true)
	refused(t, a, token, core.ErrUnknownKey, "unknown_key")
	keys.withdraw(false)
	if cached(token) {
		t.Error("the token was still remembered after its key was withdrawn")
	}

	source.wait = func(context.Context) error { return errBackend }
	if !cached(token) {
		t.Error("an outage of the source reached a remembered token whose key it has")
	}
	refused(t, a, quick("jti", `"new"`), core.ErrUnavailable, "keys_unavailable")
}

// TestCacheAndRotation is the same with an issuer and a source over the network.
func TestCacheAndRotation(t *testing.T) {
	issuer := benchIssuer(t, "ES256")
	clock := newClock()
	source, err := jwks.Remote(issuer.JWKSURL(), jwks.Options{Now: clock.now})
	if err != nil {
		t.Fatal(err)
	}
	a := build(t, func(c *core.Config) { c.Issuers[0].Keys, c.Now = source, clock.now })
	old := issuer.Key("ES256")
	token := signedBy(old, payload("exp", unix(24*hour)))
	accepted(t, a, token)
	issuer.Retire(old.ID)
	next := issuer.Rotate("ES256")
	issuer.Retire(old.ID)
	clock.set(epoch.Add(2 * hour)) // long after the last fetch, so that the next request waits for one
	refused(t, a, token, core.ErrUnknownKey, "unknown_key")
	accepted(t, a, signedBy(next, payload("exp", unix(24*hour))))
}

func TestCacheAndRevocation(t *testing.T) {
	list := &revocations{}
	a := build(t, func(c *core.Config) { c.Revocations = list })
	token := quick("jti", `"j1"`)
	accepted(t, a, token)
	accepted(t, a, token)
	if list.asked != 2 {
		t.Errorf("asked %d times about 2 uses", list.asked)
	}
	list.revoke("j1")
	refused(t, a, token, core.ErrRevoked, "revoked")
	list.err = errBackend
	refused(t, a, token, core.ErrUnavailable, "revocations_unavailable")
	list.err, list.revoked = nil, nil
	accepted(t, a, token)
}
