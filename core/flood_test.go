package core_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/jwks"
)

// shiftedClock is the wall clock plus a shift that a test can change.
type shiftedClock struct{ by atomic.Int64 }

func (c *shiftedClock) now() time.Time          { return time.Now().Add(time.Duration(c.by.Load())) }
func (c *shiftedClock) forward(d time.Duration) { c.by.Add(int64(d)) }

// troubled is an issuer over HTTP and an Authenticator that remembers no tokens,
// so that every one of them asks the key source.
func troubled(tb testing.TB) (*devissuer.Issuer, *core.Authenticator, *shiftedClock) {
	tb.Helper()
	issuer, err := devissuer.Start(devissuer.Options{Algorithms: []string{"EdDSA"}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = issuer.Close() })
	clock := new(shiftedClock)
	keys, err := jwks.Discover(issuer.URL(), jwks.Options{Now: clock.now})
	if err != nil {
		tb.Fatal(err)
	}
	a, err := core.New(core.Config{
		Issuers:   []core.Issuer{{URL: issuer.URL(), Audiences: []string{issuer.Audience()}, Keys: keys}},
		CacheSize: -1,
	})
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := a.Verify(context.Background(), issuer.Token(nil)); err != nil {
		tb.Fatal(err)
	}
	return issuer, a, clock
}

// madeUp is a token by a key that the issuer never had, under an id never seen.
func madeUp(issuer *devissuer.Issuer, stranger *devissuer.Key, n int) string {
	return devissuer.SignRaw(stranger, "EdDSA",
		fmt.Appendf(nil, `{"alg":"EdDSA","kid":"made-up-%d"}`, n),
		fmt.Appendf(nil, `{"iss":%q,"aud":%q,"sub":"x","exp":%d}`, issuer.URL(), issuer.Audience(), time.Now().Add(time.Hour).Unix()))
}

// floodKeyIDs sends n made-up key ids from 20 clients while one more client sends a
// good token every millisecond. The good ones must all be accepted; the slowest
// is returned.
func floodKeyIDs(tb testing.TB, issuer *devissuer.Issuer, a *core.Authenticator, n int) (worst time.Duration) {
	tb.Helper()
	stranger, good := devissuer.NewKey("x", "EdDSA"), issuer.Token(nil)
	tokens := make([]string, n)
	for i := range tokens {
		tokens[i] = madeUp(issuer, stranger, i)
	}
	over := make(chan struct{})
	slowest := make(chan time.Duration)
	go func() {
		var worst time.Duration
		defer func() { slowest <- worst }()
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case <-tick.C:
			}
			start := time.Now()
			if _, err := a.Verify(context.Background(), good); err != nil {
				tb.Errorf("a good token during the flood: %v", err)
			}
			worst = max(worst, time.Since(start))
		}
	}()
	var clients sync.WaitGroup
	for client := range 20 {
		clients.Go(func() {
			for i := client; i < n; i += 20 {
				if _, err := a.Verify(context.Background(), tokens[i]); !errors.Is(err, core.ErrUnknownKey) {
					tb.Errorf("a made-up key id: got %v, want ErrUnknownKey", err)
				}
			}
		})
	}
	clients.Wait()
	close(over)
	return <-slowest
}

// TestFloodOfKeyIDs: 20,000 made-up key IDs cost the issuer three fetches, good
// tokens pass meanwhile, and a rotation counts after the cooldown at the latest.
func TestFloodOfKeyIDs(t *testing.T) {
	issuer, a, clock := troubled(t)
	issuer.SetFault(&devissuer.Fault{Delay: 50 * time.Millisecond})
	before := issuer.Counts()
	floodKeyIDs(t, issuer, a, 20_000)
	if got := issuer.Counts().JWKS - before.JWKS; got > 3 {
		t.Errorf("the flood caused %d fetches of the key set, want at most 3", got)
	}

	issuer.Rotate("EdDSA")
	clock.forward(5 * time.Second)
	if _, err := a.Verify(t.Context(), issuer.Token(nil)); err != nil {
		t.Errorf("a token by the new key, 5 s after the flood: %v", err)
	}
}

// TestExpiredSetAndFailingIssuer: with the set past its soft limit and an issuer
// that answers 500 after half a second, valid tokens are accepted all the same.
func TestExpiredSetAndFailingIssuer(t *testing.T) {
	issuer, a, clock := troubled(t)
	issuer.SetFault(&devissuer.Fault{Status: 500, Delay: 500 * time.Millisecond})
	clock.forward(20 * time.Minute)
	before := issuer.Counts()
	for i := range 10 {
		if _, err := a.Verify(t.Context(), issuer.Token(nil)); err != nil {
			t.Errorf("valid token %d: %v", i+1, err)
		}
	}
	after := issuer.Counts()
	if got := after.Metadata + after.JWKS - before.Metadata - before.JWKS; got > 2 {
		t.Errorf("10 tokens caused %d requests to the failing issuer, want one attempt", got)
	}

	clock.forward(24 * time.Hour)
	if _, err := a.Verify(t.Context(), issuer.Token(nil)); !errors.Is(err, core.ErrUnavailable) {
		t.Errorf("past the hard limit: got %v, want ErrUnavailable", err)
	}
	issuer.SetFault(nil)
	clock.forward(2 * time.Minute)
	if _, err := a.Verify(t.Context(), issuer.Token(nil)); err != nil {
		t.Errorf("the issuer is back: %v", err)
	}
}

// BenchmarkFlood reports what a good token waits at worst while strangers make
// up key ids, and what they cost the issuer.
func BenchmarkFlood(b *testing.B) {
	issuer, a, clock := troubled(b)
	clock.forward(time.Minute)
	issuer.SetFault(&devissuer.Fault{Delay: 50 * time.Millisecond})
	before := issuer.Counts()
	b.ResetTimer()
	worst := floodKeyIDs(b, issuer, a, max(b.N, 20))
	b.ReportMetric(float64(worst.Microseconds())/1000, "worst-good-ms")
	b.ReportMetric(float64(issuer.Counts().JWKS-before.JWKS), "fetches")
}

// BenchmarkOutage reports what a valid token waits at worst when the set is past
// its soft limit and the issuer fails after half a second.
func BenchmarkOutage(b *testing.B) {
	issuer, a, clock := troubled(b)
	issuer.SetFault(&devissuer.Fault{Status: 500, Delay: 500 * time.Millisecond})
	clock.forward(20 * time.Minute)
	token := issuer.Token(nil)
	var worst time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := a.Verify(context.Background(), token); err != nil {
			b.Fatal(err)
		}
		worst = max(worst, time.Since(start))
	}
	b.ReportMetric(float64(worst.Microseconds())/1000, "worst-ms")
}
