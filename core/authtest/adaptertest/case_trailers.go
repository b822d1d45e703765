package adaptertest

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core"
)

// withTrailers returns a chunked request that has these lines in its head and
// the others as trailers (RFC 9112 section 7.1.2).
func withTrailers(head []string, trailers ...string) rawRequest {
	body := "1\r\nx\r\n0\r\n"
	for _, line := range trailers {
		body += line + "\r\n"
	}
	return rawRequest{lines: append([]string{"Transfer-Encoding: chunked"}, head...), body: body + "\r\n"}
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
		} {
			c.hangUp() // a server may end the connection without having read the body
			c.refused(c.sendRaw(row.route, withTrailers(nil, row.line)), unauthorized)
		}
		c.hangUp() // a server may reject the whole request, because this field is not allowed there
		c.rejected(c.sendRaw(post, withTrailers(nil, "Authorization: Bearer "+good)))
	})
	s.add("a trailer does not change what the head says", func(c *client) {
		cookie, token := "Cookie: session="+s.token("head"), "X-Proxy-Token: "+s.token("head")
		origin := []string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"}
		c.hangUp()
		c.refused(c.sendRaw(post, withTrailers([]string{cookie}, "Sec-Fetch-Site: same-origin")), crossSite)
		c.hangUp()
		c.refused(c.sendRaw(post, withTrailers(append(origin, cookie), "Sec-Fetch-Site: same-origin")), crossSite)
		for _, row := range []struct {
			route    *route
			head     []string
			trailers []string
		}{
			{header, []string{token}, []string{"X-Proxy-Token: " + s.token("trailer")}},
			{header, []string{token}, []string{"x-proxy-token: not-a-token"}},
			{post, []string{cookie, "Sec-Fetch-Site: same-origin"}, []string{"Cookie: session=" + s.token("trailer")}},
			{post, []string{cookie, "Sec-Fetch-Site: same-origin"}, origin},
		} {
			c.hangUp()
			c.accepted(c.sendRaw(row.route, withTrailers(row.head, row.trailers...)), "head")
		}
	})

	seen := new(addresses)
	limited := s.route("POST", requireAuth(s.authenticator(func(cfg *core.Config) {
		cfg.FailureLimit = seen
		cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		cfg.ForwardedHeader = "X-Forwarded-For"
	})))
	s.add("a trailer does not change the address of the client", func(c *client) {
		for _, trailers := range [][]string{nil, {"X-Forwarded-For: 198.51.100.66"}, {"x-forwarded-for: 198.51.100.66"}} {
			c.hangUp()
			head := []string{"Authorization: Bearer not-a-token", "X-Forwarded-For: 203.0.113.7"}
			c.refused(c.sendRaw(limited, withTrailers(head, trailers...)), invalidToken)
			if got, want := seen.last(), netip.MustParseAddr("203.0.113.7"); got != want {
				c.errorf("with the trailers %q: got client %v, want %v", trailers, got, want)
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
