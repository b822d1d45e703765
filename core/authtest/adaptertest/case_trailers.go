package adaptertest

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core"
)

// sendTrailers sends a chunked request that has these lines in its head and one
// as a trailer (RFC 9112 section 7.1.2), on a connection of its own, because a
// server may end it without having read the body.
func (c *client) sendTrailers(r *route, head []string, trailer string) *answer {
	c.t.Helper()
	c.hangUp()
	return c.sendRaw(r, rawRequest{
		lines: append([]string{"Transfer-Encoding: chunked"}, head...),
		body:  "1\r\nx\r\n0\r\n" + trailer + "\r\n\r\n",
	})
}

// rejectedByServer reports whether the server rejected the request without asking
// the adapter, as it may do when a field is not allowed as a trailer.
func (a *answer) rejectedByServer() bool {
	return a != nil && a.calls == 0 && a.StatusCode == 400 && a.Header.Get("Content-Type") != "application/json"
}

// trailers checks that fields which a client sends after the body do not count
// as headers (RFC 9110 section 6.5.1). A proxy removes and adds headers, not
// trailers.
func (s *suite) trailers() {
	post := s.route("POST", requireAuth(s.cookieAuth()))
	header := s.route("POST", requireAuth(s.authenticator(func(cfg *core.Config) {
		cfg.Extractors = []core.Extractor{core.FromHeader("X-Proxy-Token"), core.FromWebSocketProtocol()}
	})))
	s.add("a token in a trailer is ignored", func(c *client) {
		good := s.token("trailer")
		for _, row := range []struct {
			route *route
			line  string
		}{
			{post, "Cookie: session=" + good},
			{post, "cookie: other=1; session=" + good},
			{header, "X-Proxy-Token: " + good},
			{header, "Sec-WebSocket-Protocol: authkeel.bearer, " + good},
			{post, "Authorization: Bearer " + good},
		} {
			if a := c.sendTrailers(row.route, nil, row.line); !a.rejectedByServer() {
				c.refused(a, unauthorized)
			}
		}
	})
	s.add("a trailer does not change what the head says", func(c *client) {
		cookie, token := "Cookie: session="+s.token("head"), "X-Proxy-Token: "+s.token("head")
		same, cross := "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"
		for _, row := range []struct {
			route   *route
			head    []string
			trailer string
			want    refusal // zero: accepted
		}{
			{post, []string{cookie}, same, crossSite},
			{post, []string{cookie, cross, "Origin: https://evil.example"}, same, crossSite},
			{post, []string{cookie, same}, cross, refusal{}},
			{post, []string{cookie, same}, "Origin: https://evil.example", refusal{}},
			{post, []string{cookie, same}, "Cookie: session=" + s.token("trailer"), refusal{}},
			{header, []string{token}, "X-Proxy-Token: " + s.token("trailer"), refusal{}},
			{header, []string{token}, "x-proxy-token: not-a-token", refusal{}},
		} {
			switch a := c.sendTrailers(row.route, row.head, row.trailer); {
			case a.rejectedByServer():
			case row.want.status == 0:
				c.accepted(a, "head")
			default:
				c.refused(a, row.want)
			}
		}
	})

	seen := new(addresses)
	limited := s.route("POST", requireAuth(s.authenticator(func(cfg *core.Config) {
		cfg.FailureLimit = seen
		cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		cfg.ForwardedHeader = "X-Forwarded-For"
	})))
	s.add("a trailer does not change the address of the client", func(c *client) {
		for _, trailer := range []string{"X-Other: 1", "X-Forwarded-For: 198.51.100.66", "x-forwarded-for: 198.51.100.66"} {
			head := []string{"Authorization: Bearer not-a-token", "X-Forwarded-For: 203.0.113.7"}
			a := c.sendTrailers(limited, head, trailer)
			if a.rejectedByServer() {
				continue
			}
			c.refused(a, invalidToken)
			if got, want := seen.last(), netip.MustParseAddr("203.0.113.7"); got != want {
				c.errorf("with the trailer %q: got client %v, want %v", trailer, got, want)
			}
		}
	})
}

// addresses is a failure limiter that keeps the last address and limits nothing.
type addresses struct {
	mu      sync.Mutex
	address netip.Addr
}

func (a *addresses) Allow(_ context.Context, client netip.Addr) (time.Duration, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.address = client
	return 0, true
}

func (*addresses) Failed(context.Context, netip.Addr) {}

func (a *addresses) last() netip.Addr {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.address
}
