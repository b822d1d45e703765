package core_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

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
		all := log.take()
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
	refused(t, a, forge(token), core.ErrSignature, "bad_signature")

	_, off := remembering(t, func(c *core.Config) { c.CacheSize = -1 })
	if off(token) || off(token) {
		t.Error("got a hit from a cache that is off")
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

	for n, want := range map[int]bool{4096: true, 4097: false} {
		token := padded(t, n)
		cached(token)
		if got := cached(token); got != want {
			t.Errorf("%d bytes: got cached %v, want %v", n, got, want)
		}
	}
}

// moody is a source whose keys can be taken away.
type moody struct {
	jwks.Source
	gone  atomic.Bool
	asked atomic.Int32 // calls of Keys
	wait  func(context.Context) error
}

func (s *moody) Keys(ctx context.Context, kid, alg string) ([]*jwks.Key, error) {
	s.asked.Add(1)
	if s.wait != nil {
		if err := s.wait(ctx); err != nil {
			return nil, errors.Join(jwks.ErrUnavailable, err)
		}
	}
	if s.gone.Load() {
		return nil, nil
	}
	return s.Source.Keys(ctx, kid, alg)
}

func (s *moody) Has(k *jwks.Key) bool { return !s.gone.Load() && s.Source.Has(k) }

func TestCacheAsksTheSource(t *testing.T) {
	source := &moody{Source: static(t, trusted().ed.JWK())}
	a, cached := remembering(t, func(c *core.Config) { c.Issuers[0].Keys = source })
	token := quick()
	cached(token)
	if !cached(token) || source.asked.Load() != 1 {
		t.Errorf("asked %d times for keys, want once", source.asked.Load())
	}
	source.gone.Store(true)
	refused(t, a, token, core.ErrUnknownKey, "unknown_key")
	source.gone.Store(false)
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

// hooked is an Authenticator whose Map runs a function.
func hooked(t *testing.T, source jwks.Source, f func() error) *core.Authenticator {
	t.Helper()
	return build(t, func(c *core.Config) {
		c.Issuers[0].Map = func(core.Token, *core.Details) error { return f() }
		if source != nil {
			c.Issuers[0].Keys = source
		}
	})
}

func TestFirstSightsTogether(t *testing.T) {
	for name, outcome := range map[string]error{"good": nil, "refused": errors.New("no")} {
		t.Run(name, func(t *testing.T) {
			var mapped atomic.Int32
			entered, release := make(chan struct{}, 50), make(chan struct{})
			a := hooked(t, nil, func() error {
				mapped.Add(1)
				entered <- struct{}{}
				<-release
				return outcome
			})
			token := quick()
			results := make(chan *core.Identity, 50)
			go func() {
				id, _ := a.Verify(context.Background(), token)
				results <- id
			}()
			<-entered // one is at it; the others find it so
			for range 49 {
				go func() {
					id, err := a.Verify(context.Background(), token)
					if (err == nil) != (outcome == nil) {
						t.Errorf("got %v", err)
					}
					results <- id
				}()
			}
			// A context that has ended leaves at once: proof that this token waits.
			ended, cancel := context.WithCancel(context.Background())
			cancel()
			id, err := a.Verify(ended, token)
			isRefusal(t, id, err, core.ErrUnavailable, "canceled")
			close(release)
			first := <-results
			for range 49 {
				if id := <-results; id != first {
					t.Error("got another Identity")
				}
			}
			if got := mapped.Load(); outcome == nil && got != 1 {
				t.Errorf("verified %d times", got)
			}
		})
	}
}

// TestLeaderLeaves: the request that came first goes away while it waits for
// keys; the others go on by themselves.
func TestLeaderLeaves(t *testing.T) {
	entered := make(chan struct{})
	source := &moody{Source: static(t, trusted().ed.JWK())}
	source.wait = func(ctx context.Context) error {
		if ctx.Value(leaderKey{}) == nil {
			return nil
		}
		close(entered)
		<-ctx.Done()
		return ctx.Err()
	}
	a := hooked(t, source, func() error { return nil })
	token := quick()
	ctx, leave := context.WithCancel(context.WithValue(t.Context(), leaderKey{}, true))
	leader := make(chan error)
	go func() {
		_, err := a.Verify(ctx, token)
		leader <- err
	}()
	<-entered
	waiters := make(chan error, 10)
	for range cap(waiters) {
		go func() {
			_, err := a.Verify(context.Background(), token)
			waiters <- err
		}()
	}
	leave()
	if err := <-leader; !errors.Is(err, core.ErrUnavailable) {
		t.Errorf("leader: got %v", err)
	}
	for range cap(waiters) {
		if err := <-waiters; err != nil {
			t.Errorf("waiter: got %v", err)
		}
	}
	accepted(t, a, token)
}

type leaderKey struct{}

func TestMapPanics(t *testing.T) {
	calls := 0
	a := hooked(t, nil, func() error {
		if calls++; calls == 1 {
			panic("mistake")
		}
		return nil
	})
	token := quick()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = a.Verify(t.Context(), token)
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // only a wedged cache takes that long
	defer cancel()
	if _, err := a.Verify(ctx, token); err != nil {
		t.Errorf("after a panic: got %v", err)
	}
	accepted(t, a, quick("jti", `"other"`))
}

// TestBorrowedMemory does what fasthttp does: the token's memory is another
// request's as soon as the call returns.
func TestBorrowedMemory(t *testing.T) {
	var kept []string
	a := build(t, func(c *core.Config) {
		c.Issuers[0].Map = func(token core.Token, d *core.Details) error {
			d.Provider = token // Details outlive the request, so this must too
			return nil
		}
		c.Opaque = []core.TokenVerifier{verifier(func(_ context.Context, token string) (*core.Identity, error) {
			kept = append(kept, token)
			return core.NewIdentity(core.Details{Subject: token}), nil
		})}
	})
	one, two := quick("sub", `"one"`, "roles", `["r1"]`), quick("sub", `"two"`, "roles", `["r2"]`)
	memory := []byte(one)
	borrowed := unsafe.String(unsafe.SliceData(memory), len(memory))
	id, err := a.Verify(t.Context(), borrowed)
	if err != nil {
		t.Fatal(err)
	}
	if len(one) != len(two) {
		t.Fatalf("the tokens have %d and %d bytes", len(one), len(two))
	}
	copy(memory, two)
	if other, err := a.Verify(t.Context(), borrowed); err != nil || other.Subject() != "two" {
		t.Errorf("the next request got %q, %v, want two", other.Subject(), err)
	}
	for i := range memory {
		memory[i] = 'x'
	}
	for range 2 {
		if got := accepted(t, a, one); got != id || got.Subject() != "one" || !got.HasRole("r1") {
			t.Errorf("got %q, roles %q, want one's own Identity", got.Subject(), got.Roles())
		}
		if got := accepted(t, a, two); got.Subject() != "two" || !got.HasRole("r2") {
			t.Errorf("got %q, roles %q, want two", got.Subject(), got.Roles())
		}
	}
	if got := id.Provider().(core.Token); got.KeyID() != "ed" || string(got.Claim("sub")) != `"one"` || string(got.Header("typ")) != `"JWT"` {
		t.Errorf("the kept Token became %+v", got)
	}
	var claims struct{ Sub string }
	if err := id.Decode(&claims); err != nil || claims.Sub != "one" {
		t.Errorf("Decode: got %+v, %v", claims, err)
	}

	memory = []byte("ak_secret_1")
	opaque, err := a.Verify(t.Context(), unsafe.String(unsafe.SliceData(memory), len(memory)))
	if err != nil {
		t.Fatal(err)
	}
	copy(memory, "ak_secret_2")
	if kept[0] != "ak_secret_1" || opaque.Subject() != "ak_secret_1" {
		t.Errorf("what the verifier kept became %q", kept[0])
	}
}

// TestCacheTogether is for the race detector: adding, hitting, evicting and
// withdrawing at once, and every answer is the token's own.
func TestCacheTogether(t *testing.T) {
	source := &moody{Source: static(t, trusted().ed.JWK())}
	a := build(t, func(c *core.Config) { c.Issuers[0].Keys, c.CacheSize = source, 20 })
	tokens := make([]string, 60)
	for i := range tokens {
		tokens[i] = signedBy(trusted().ed, payload("sub", fmt.Sprintf(`"%d"`, i)))
	}
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for n := range 300 {
				i := (n*7 + worker*13) % len(tokens)
				switch id, err := a.Verify(context.Background(), tokens[i]); {
				case err == nil && id.Subject() != fmt.Sprint(i):
					t.Errorf("token %d: got identity %q", i, id.Subject())
				case err != nil && !errors.Is(err, core.ErrUnknownKey):
					t.Errorf("token %d: got %v", i, err)
				}
				if worker == 0 && n%50 == 0 {
					source.gone.Store(n%100 == 0)
				}
			}
		})
	}
	all.Wait()
	source.gone.Store(false)
	for i, token := range tokens {
		if got := accepted(t, a, token).Subject(); got != fmt.Sprint(i) {
			t.Errorf("token %d: got identity %q", i, got)
		}
	}
}
