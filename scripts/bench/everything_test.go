package main

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
	"github.com/authkeel/authkeel/core/ratelimit"
	"github.com/authkeel/authkeel/core/revocation"
	"github.com/authkeel/authkeel/core/store"
	"github.com/authkeel/authkeel/ginauth"
)

// counter is an observer that does what one for metrics does.
type counter struct{ accepted, other atomic.Int64 }

// Observe implements [core.Observer].
func (c *counter) Observe(_ context.Context, e core.Event) {
	if e.Kind == core.EventAccepted {
		c.accepted.Add(1)
	} else {
		c.other.Add(1)
	}
}

// everything is Gin behind authentication with an observer, a list of revocations
// that is shared and has some of every kind, and a limit by user with its header
// fields.
func everything(tb testing.TB, f *fixture) (mount, *counter) {
	tb.Helper()
	keys, err := jwks.Remote(f.issuer.JWKSURL(), jwks.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	list, err := revocation.New(revocation.Config{Store: store.NewMemory(store.MemoryOptions{})})
	if err != nil {
		tb.Fatal(err)
	}
	ctx, iss, now := tb.Context(), f.issuer.URL(), time.Now()
	for i := range 100 {
		id := fmt.Sprint("other_", i)
		for _, err := range []error{
			list.RevokeSession(ctx, iss, id), list.RevokeToken(ctx, iss, id), list.RevokeSubject(ctx, iss, id, now),
			list.RevokeOrganization(ctx, iss, id, now), list.RevokeClient(ctx, iss, id, now),
		} {
			if err != nil {
				tb.Fatal(err)
			}
		}
	}
	observer := &counter{}
	auth, err := core.New(core.Config{
		Issuers: []core.Issuer{{
			URL: iss, Audiences: []string{f.issuer.Audience()}, AuthorizedParties: []string{party}, Keys: keys,
		}},
		Observer: observer, Revocations: list,
	})
	if err != nil {
		tb.Fatal(err)
	}
	// A millisecond passes between two requests of the user, who may send 1000 a
	// second. The clock costs what the system's does.
	var elapsed time.Duration
	limit, err := ratelimit.New(ratelimit.Config{
		Authenticator: auth, Name: "api", Key: ratelimit.ByUser(),
		Limits: []ratelimit.Limit{{Requests: 1000, Per: time.Second}},
		Now:    func() time.Time { elapsed += time.Millisecond; return time.Now().Add(elapsed) },
	})
	if err != nil {
		tb.Fatal(err)
	}
	return onGin("everything", ginauth.RequireAuth(auth), ginauth.RateLimit(limit)), observer
}

// BenchmarkEverything measures a request in process: on the bare framework, with
// RequireAuth alone, and with everything on.
func BenchmarkEverything(b *testing.B) {
	f := openFixture(b)
	a, err := f.authenticator(0)
	if err != nil {
		b.Fatal(err)
	}
	all, _ := everything(b, f)
	for _, m := range []mount{onGin(bare), onGin("auth", ginauth.RequireAuth(a)), all} {
		b.Run(m.name, func(b *testing.B) {
			op := m.prepare(f.token("RS256", nil))
			if err := op(); err != nil { // fetches keys, and remembers the token
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := op(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestEverythingAllocates holds the allocations, and looks whether everything is
// on.
func TestEverythingAllocates(t *testing.T) {
	f := openFixture(t)
	all, observer := everything(t, f)
	token := f.token("RS256", nil)
	with, without := all.prepare(token), onGin(bare).prepare(token)
	count := func(op func() error) float64 {
		return testing.AllocsPerRun(1000, func() {
			if err := op(); err != nil {
				t.Error(err)
			}
		})
	}
	if over := count(with) - count(without); over > everythingAllocs+poolNoise {
		t.Errorf("got %v allocations over the bare framework, want %d at most", over, everythingAllocs)
	}
	w := &response{header: make(http.Header)}
	all.handler.ServeHTTP(w, request(token))
	if got := w.header["Ratelimit"]; len(got) != 1 || got[0] != `"api";r=999;t=1` {
		t.Errorf("got the field RateLimit %q", got)
	}
	if got := observer.accepted.Load(); got < 1000 {
		t.Errorf("the observer got %d events, want one for each request", got)
	}
}
