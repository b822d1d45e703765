package core_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

func TestTooManyRequests(t *testing.T) {
	log := &events{}
	a := build(t, func(c *core.Config) {
		c.Observer = log
		c.RewriteRefusal = func(_ context.Context, r core.Refusal) core.Refusal {
			r.Header = append(r.Header, [2]string{"X-Rewritten", "yes"})
			return r
		}
	})
	r := a.TooManyRequests(t.Context(), adapter.FromHTTP(request()), 1500*time.Millisecond, [2]string{"X-Limit", "1"})
	want := [][2]string{{"Cache-Control", "no-store"}, {"Retry-After", "2"}, {"X-Limit", "1"}, {"X-Rewritten", "yes"}}
	if r.Status != 429 || r.Body.Error != "rate_limited" || !slices.Equal(r.Header, want) {
		t.Errorf("got %d %s %q, want 429 with %q", r.Status, r.Body.Error, r.Header, want)
	}
	all := log.take()
	if len(all) != 1 || all[0].Kind != core.EventRateLimited || all[0].Reason != "too_many_requests" ||
		all[0].Status != 429 || all[0].Client != netip.MustParseAddr("192.0.2.1") {
		t.Errorf("got %+v", all)
	}
}

func TestObserveReachesTheObserver(t *testing.T) {
	log := &events{}
	a := build(t, func(c *core.Config) { c.Observer = log })
	a.Observe(t.Context(), core.StoreUnavailable(errBackend))
	if all := log.take(); len(all) != 1 || all[0].Kind != core.EventStore || all[0].Reason != "store_unavailable" || !errors.Is(all[0].Err, errBackend) {
		t.Errorf("got %+v", all)
	}
}

// TestHintAboutProxies: when a limit by address refuses a request that names a
// forwarding header, the log names the setting, once for each peer.
func TestHintAboutProxies(t *testing.T) {
	const untrusted, trusts = "192.0.2.1:1", "10.0.0.1:1"
	behind := func(c *core.Config) {
		c.TrustedProxies, c.ForwardedHeader = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, "X-Forwarded-For"
	}
	plain := func(*core.Config) {}
	for _, tt := range []struct {
		name, peer string
		change     func(*core.Config)
		header     []string
		member     string // "": no hint
		advice     string
	}{
		{"no header", untrusted, plain, nil, "", ""},
		{"X-Forwarded-For", untrusted, plain, []string{"X-Forwarded-For", "203.0.113.9"}, "X-Forwarded-For", "Config.TrustedProxies"},
		{"Forwarded", untrusted, plain, []string{"Forwarded", "for=203.0.113.9"}, "Forwarded", "Config.ForwardedHeader to Forwarded"},
		{"X-Real-IP", untrusted, plain, []string{"X-Real-Ip", "203.0.113.9"}, "X-Real-Ip", "Config.ForwardedHeader to X-Real-Ip"},
		{"another header", untrusted, plain, []string{"X-Other", "203.0.113.9"}, "", ""},
		{"Unix socket", "@", plain, []string{"X-Forwarded-For", "203.0.113.9"}, "X-Forwarded-For", "Config.TrustUnixSocket"},
		{"a peer that is not among the proxies", untrusted, behind, []string{"X-Forwarded-For", "203.0.113.9"}, "X-Forwarded-For", "Config.TrustedProxies"},
		{"trusted proxy", trusts, behind, []string{"X-Forwarded-For", "203.0.113.9"}, "", ""},
		{"trusted proxy with two headers", trusts, behind, []string{"X-Forwarded-For", "203.0.113.9", "Forwarded", "for=203.0.113.9"}, "", ""},
		{"trusted proxy with another header", trusts, behind, []string{"Forwarded", "for=203.0.113.9"}, "Forwarded", "names another header"},
		{"trusted proxy with a header that cannot be read", trusts, behind, []string{"X-Forwarded-For", "unknown"}, "", ""},
		{"trusted proxy itself", trusts, behind, nil, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log, limit := &events{}, &limiter{deny: true}
			a := build(t, func(c *core.Config) { c.Observer, c.FailureLimit = log, limit }, tt.change)
			r := bearer("not-a-token")
			r.RemoteAddr = tt.peer
			for i := 0; i < len(tt.header); i += 2 {
				r.Header.Add(tt.header[i], tt.header[i+1])
			}
			refusedRequest(t, a, r, core.ErrRateLimited, "too_many_failures")
			a.TooManyRequests(t.Context(), adapter.FromHTTP(r), time.Second) // told already
			hints := slices.DeleteFunc(log.take(), func(e core.Event) bool { return e.Kind != core.EventHint })
			switch {
			case tt.member == "" && len(hints) != 0:
				t.Errorf("got %+v, want no hint", hints)
			case tt.member == "":
			case len(hints) != 1:
				t.Errorf("got %d hints, want 1", len(hints))
			case hints[0].Reason != "forwarding_header_not_trusted" || hints[0].Member != tt.member || !strings.Contains(hints[0].Advice, tt.advice):
				t.Errorf("got %+v, want %s and %q", hints[0], tt.member, tt.advice)
			}
		})
	}
}

// TestHintsAboutStrangersAreBounded: made-up headers of strangers do not use up the
// hint about the proxy in one's own network, nor fill memory.
func TestHintsAboutStrangersAreBounded(t *testing.T) {
	log := &events{}
	a := build(t, func(c *core.Config) { c.Observer = log })
	hints := func(network string, n int) (told int) {
		for i := range n {
			r := request("X-Forwarded-For", "203.0.113.9")
			r.RemoteAddr = fmt.Sprintf("%s.%d:1", network, i)
			a.TooManyRequests(t.Context(), adapter.FromHTTP(r), time.Second)
		}
		for _, e := range log.take() {
			if e.Kind == core.EventHint {
				told++
			}
		}
		return told
	}
	if got := hints("198.51.100", 200); got != 8 {
		t.Errorf("got %d hints about strangers, want 8", got)
	}
	if got := hints("10.0.0", 1); got != 1 {
		t.Errorf("got %d hints about a peer in the own network, want 1", got)
	}
	if got := hints("10.0.0", 200); got != 7 {
		t.Errorf("got %d further hints about the own network, want 7", got)
	}
}
