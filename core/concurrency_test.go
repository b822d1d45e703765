package core_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// hooked is an Authenticator whose Map runs a function.
func hooked(t *testing.T, source *jwks.Source, f func() error) *core.Authenticator {
	t.Helper()
	return build(t, func(c *core.Config) {
		c.Issuers[0].MapClaims = func(core.Token, *core.IdentityData) error { return f() }
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
	source := newFlakySource(t)
	source.wait = func(ctx context.Context) error {
		if ctx.Value(leaderKey{}) == nil {
			return nil
		}
		close(entered)
		<-ctx.Done()
		return ctx.Err()
	}
	a := hooked(t, source.Source, func() error { return nil })
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

// TestReadyPanics: issuers are asked on goroutines of our own, where a panic would
// end the process.
func TestReadyPanics(t *testing.T) {
	for name, mistake := range map[string]func(){"panic": func() { panic("mistake") }, "Goexit": runtime.Goexit} {
		var armed atomic.Bool
		source, err := jwks.Remote("http://127.0.0.1:1/keys", jwks.Options{Now: func() time.Time {
			if armed.Load() {
				mistake()
			}
			return time.Now()
		}})
		if err != nil {
			t.Fatal(err)
		}
		a := hooked(t, source, func() error { return nil })
		armed.Store(true)
		if err := a.Ready(t.Context()); !errors.Is(err, core.ErrUnavailable) {
			t.Errorf("%s: got %v, want an outage", name, err)
		}
	}
}

// TestMapHangs: the requests that wait for a check that never ends get an answer,
// also when their contexts never end, and do not hang in a check of their own.
func TestMapHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var mapped atomic.Int32
		a := hooked(t, nil, func() error {
			mapped.Add(1)
			<-release
			return nil
		})
		token := quick()
		leader := make(chan error, 1)
		go func() {
			_, err := a.Verify(context.Background(), token)
			leader <- err
		}()
		synctest.Wait()
		begin := time.Now()
		waiters := make(chan error, 20)
		for range cap(waiters) {
			go func() {
				_, err := a.Verify(context.Background(), token)
				waiters <- err
			}()
		}
		for range cap(waiters) {
			if err := <-waiters; !errors.Is(err, core.ErrUnavailable) {
				t.Errorf("got %v, want an outage", err)
			}
		}
		if took := time.Since(begin); took != 10*time.Second || mapped.Load() != 1 {
			t.Errorf("after %v, %d checks; want 10s and 1", took, mapped.Load())
		}
		close(release)
		if err := <-leader; err != nil {
			t.Errorf("the first request: got %v", err)
		}
	})
}

// TestBorrowedMemory does what fasthttp does: the token's memory is another
// request's as soon as the call returns.
func TestBorrowedMemory(t *testing.T) {
	var kept []string
	a := build(t, func(c *core.Config) {
		c.Issuers[0].MapClaims = func(token core.Token, d *core.IdentityData) error {
			d.ProviderData = token // IdentityData outlives the request, so this must too
			return nil
		}
		c.TokenVerifiers = []core.TokenVerifier{verifier(func(_ context.Context, token string) (*core.Identity, error) {
			kept = append(kept, token)
			return core.NewIdentity(core.IdentityData{Subject: token}), nil
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
	if got := id.ProviderData().(core.Token); got.KeyID() != "ed" || string(got.Claim("sub")) != `"one"` || string(got.Header("typ")) != `"JWT"` {
		t.Errorf("the kept Token became %+v", got)
	}
	var claims struct {
		Sub string `json:"sub"`
	}
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
	keys := &rotation{}
	a := build(t, func(c *core.Config) { c.Issuers[0].Keys, c.CacheSize = keys.source(t), 20 })
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
					keys.withdraw(n%100 == 0)
				}
			}
		})
	}
	all.Wait()
	keys.withdraw(false)
	for i, token := range tokens {
		if got := accepted(t, a, token).Subject(); got != fmt.Sprint(i) {
			t.Errorf("token %d: got identity %q", i, got)
		}
	}
}
