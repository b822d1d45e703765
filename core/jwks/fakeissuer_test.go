package jwks_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

const testURL = "https://issuer.example/keys"

// reply is what a made-up issuer does with a request.
type reply struct {
	status int // 0: 200
	body   string
	header http.Header
	delay  time.Duration
	hang   bool // until the client gives up
	err    error
}

// fakeIssuer stands in for the network, so that a test in a synctest bubble has
// all of time in its hands.
type fakeIssuer struct {
	mu       sync.Mutex
	now      reply
	requests []time.Time
	tags     []string // If-None-Match of each request
	events   []jwks.Refresh
}

func (f *fakeIssuer) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	now := f.now
	f.requests = append(f.requests, time.Now())
	f.tags = append(f.tags, r.Header.Get("If-None-Match"))
	f.mu.Unlock()
	if now.hang {
		now.delay = time.Hour
	}
	select {
	case <-time.After(now.delay):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if now.err != nil {
		return nil, now.err
	}
	if now.status == 0 {
		now.status = http.StatusOK
	}
	if now.header == nil {
		now.header = http.Header{}
	}
	if tag := now.header.Get("ETag"); tag != "" && tag == r.Header.Get("If-None-Match") {
		now.status, now.body = http.StatusNotModified, ""
	}
	return &http.Response{StatusCode: now.status, Header: now.header, Body: io.NopCloser(strings.NewReader(now.body)), Request: r}, nil
}

func (f *fakeIssuer) answer(r reply) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = r
}

// publish answers with the test keys of these ids from now on.
func (f *fakeIssuer) publish(kids ...string) {
	keys := []jwkMap{}
	for _, kid := range kids {
		keys = append(keys, jwkOf(testEC().Public(), kid))
	}
	f.answer(reply{body: setOf(keys...)})
}

func (f *fakeIssuer) fail() { f.answer(reply{status: http.StatusInternalServerError}) }

func (f *fakeIssuer) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.requests)
}

func (f *fakeIssuer) last() jwks.Refresh {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.events) == 0 {
		return jwks.Refresh{Err: "no event"}
	}
	return f.events[len(f.events)-1]
}

// scene runs a test in a bubble, with a source whose jitter is nil and an issuer
// that publishes key a. A goroutine that outlives its fetch fails it.
func scene(t *testing.T, o jwks.Options, test func(t *testing.T, f *fakeIssuer, r *jwks.Source)) {
	t.Helper()
	testEC() // outside the bubble
	synctest.Test(t, func(t *testing.T) {
		f := &fakeIssuer{}
		f.publish("a")
		o.HTTPClient = &http.Client{Transport: f}
		r, err := jwks.Remote(testURL, o)
		if err != nil {
			t.Fatal(err)
		}
		jwks.SetJitter(r, func() float64 { return 0.5 })
		r.Subscribe(func(e jwks.Refresh) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.events = append(f.events, e)
		})
		test(t, f, r)
		time.Sleep(max(o.Timeout, 5*time.Second)) // a fetch that hangs ends by then; the bubble fails on what is left
	})
}

// answers are the ways in which Keys can answer.
const (
	found       = "found"
	unknown     = "unknown"
	unavailable = "unavailable"
)

// ask asks for an ES256 key and says how it went and how long it took.
func ask(r *jwks.Source, kid string) (string, time.Duration) {
	start := time.Now()
	keys, err := r.Keys(context.Background(), kid, "ES256")
	took := time.Since(start)
	switch {
	case err != nil:
		return unavailable, took
	case len(keys) == 0:
		return unknown, took
	}
	return found, took
}

func expect(t *testing.T, r *jwks.Source, kid, want string, within time.Duration) {
	t.Helper()
	got, took := ask(r, kid)
	if got != want || took != within {
		t.Errorf("key %q: got %s after %v, want %s after %v", kid, got, took, want, within)
	}
}

func expectCount(t *testing.T, f *fakeIssuer, want int) {
	t.Helper()
	synctest.Wait()
	if got := f.count(); got != want {
		t.Errorf("got %d fetches, want %d", got, want)
	}
}

// key returns the key of an id that is known.
func key(t *testing.T, r *jwks.Source, kid string) *jwks.Key {
	t.Helper()
	keys, err := r.Keys(t.Context(), kid, "ES256")
	if err != nil || len(keys) != 1 {
		t.Fatalf("key %q: got %v, %v", kid, keys, err)
	}
	return keys[0]
}
