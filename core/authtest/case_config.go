package authtest

import (
	"context"
	"errors"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

// places: other places for tokens.
func (s *suite) places() {
	header := s.get(requireAuth(s.authenticator(func(cfg *core.Config) {
		cfg.Extractors = []core.Extractor{core.FromHeader("X-Proxy-Token")}
	})))
	s.add("a header of its own holds the bare token", func(c *client) {
		good := s.token("proxy")
		c.accepted(c.send(header, "X-Proxy-Token", good), "proxy")
		c.accepted(c.raw(header, "x-proxy-TOKEN:   "+good+"  "), "proxy")
		c.refused(c.send(header), unauthorized)
		c.refused(c.send(header, bearer(good)...), unauthorized)
		c.refused(c.send(header, "X-Proxy-Token", ""), unauthorized)
		c.refused(c.send(header, "X-Proxy-Token", "Bearer "+good), invalidRequest)
		c.refused(c.send(header, "X-Proxy-Token", "not-a-token"), invalidToken)
		c.refused(c.raw(header, "X-Proxy-Token: "+good, "X-Proxy-Token: "+good), invalidRequest)
	})

	socket := s.get(requireAuth(s.authenticator(func(cfg *core.Config) {
		cfg.Extractors = []core.Extractor{core.FromWebSocketProtocol()}
	})))
	s.add("a WebSocket handshake carries its token as a subprotocol and the answer does not", func(c *client) {
		handshake := func(protocols ...string) []string {
			header := []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-Websocket-Version", "13"}
			for _, p := range protocols {
				header = append(header, "Sec-Websocket-Protocol", p)
			}
			return header
		}
		good := s.token("socket")
		for _, protocols := range [][]string{
			{"authkeel.bearer, " + good},
			{"chat, authkeel.bearer," + good + ", superchat"},
			{"chat", "authkeel.bearer", good},
		} {
			a := c.send(socket, handshake(protocols...)...)
			c.accepted(a, "socket")
			if a == nil {
				continue
			}
			if got := a.Header.Values("Sec-Websocket-Protocol"); len(got) != 1 || got[0] != "authkeel.bearer" {
				c.errorf("%s: got Sec-WebSocket-Protocol %q, want authkeel.bearer", a, got)
			}
		}
		c.refused(c.send(socket, handshake("chat")...), unauthorized)
		c.refused(c.send(socket, handshake("authkeel.bearer")...), invalidRequest)
		c.refused(c.send(socket, handshake("authkeel.bearer, ")...), invalidRequest)
		c.refused(c.send(socket, handshake("authkeel.bearer, a b")...), invalidRequest)
		c.refused(c.send(socket, handshake("authkeel.bearer, "+good+", authkeel.bearer, "+good)...), invalidRequest)
		c.refused(c.send(socket, handshake("authkeel.bearer, not-a-token")...), invalidToken)
	})
}

// configuration: what an application sets for all frameworks at once.
func (s *suite) configuration() {
	start := `Bearer realm="orders", resource_metadata="https://orders.example.test/.well-known/oauth-protected-resource"`
	named := s.authenticator(func(cfg *core.Config) {
		cfg.Realm = "orders"
		cfg.ResourceMetadataURL = "https://orders.example.test/.well-known/oauth-protected-resource"
	})
	r := s.get(requireAuth(named), requireScope("orders:read"))
	s.add("challenges name realm and resource metadata", func(c *client) {
		c.refused(c.send(r), unauthorized.challenged(start))
		c.refused(c.send(r, "Authorization", "Bearer"), invalidRequest.challenged(start+`, error="invalid_request"`))
		c.refused(c.send(r, bearer("not-a-token")...), invalidToken.challenged(start+`, error="invalid_token"`))
		c.refused(c.send(r, bearer(s.token("other"))...), denied.challenged(start+`, error="insufficient_scope", scope="orders:read"`))
	})

	shaped := s.authenticator(func(cfg *core.Config) {
		cfg.RewriteRefusal = func(_ context.Context, r core.Refusal) core.Refusal {
			if r.Status == 403 { // as an API does that hides what exists
				r.Status = 404
				r.Header = [][2]string{{"Cache-Control", "no-store"}, {"X-Reshaped", "yes"}}
				r.Body = core.Body{Error: "not_found"}
			}
			return r
		}
	})
	reshaped := s.get(requireAuth(shaped), requireRole("role-editor"))
	s.add("a refusal that the application reshapes is sent as it then is", func(c *client) {
		a := c.send(reshaped, bearer(s.token("other"))...)
		if a != nil {
			if a.StatusCode != 404 || a.ran != 0 || a.Header.Get("X-Reshaped") != "yes" || a.Header.Get("Www-Authenticate") != "" {
				c.errorf("%s: got %s with %v", a, a.Status, a.Header)
			}
			c.body(a, map[string]any{"error": "not_found"})
		}
		c.refused(c.send(reshaped), unauthorized)
	})

	earlier := s.get(requireAuth(s.auth))
	earlier.header = [][2]string{{"Cache-Control", "public, max-age=60"}, {"WWW-Authenticate", "Basic"}, {"X-Request-Id", "42"}}
	s.add("a refusal replaces the headers of earlier middleware that it sets and keeps the rest", func(c *client) {
		a := c.send(earlier)
		c.refused(a, unauthorized)
		if a != nil && a.Header.Get("X-Request-Id") != "42" {
			c.errorf("%s: the earlier X-Request-Id is gone", a)
		}
	})
}

// listed answers for a revocation list by the token's subject.
type listed struct{}

func (listed) Revoked(_ context.Context, id *core.Identity) (bool, error) {
	if id.Subject() == "outage" {
		return false, errors.New("dial tcp: the list is away")
	}
	return id.Subject() == "revoked", nil
}

// limiter lets nobody through while it is closed.
type limiter struct{ closed atomic.Bool }

func (l *limiter) Allow(context.Context, netip.Addr) (time.Duration, bool) {
	return 7 * time.Second, !l.closed.Load()
}
func (*limiter) Failed(context.Context, netip.Addr) {}

// clock is how far an Authenticator's clock is ahead.
type clock struct{ atomic.Int64 }

func (c *clock) set(cfg *core.Config) {
	cfg.Now = func() time.Time { return time.Now().Add(time.Duration(c.Load())) }
}

// outages: issuers and lists that do not answer, limits, and time that passes.
func (s *suite) outages() {
	gone := NewIssuer(s.t)
	gone.Down()
	down := s.get(requireAuth(NewAuthenticator(s.t, gone)))
	s.add("keys that cannot be had are an outage, not a bad token", func(c *client) {
		c.refused(c.send(down, bearer(gone.Token(nil))...), unavailable)
		c.refused(c.send(down, bearer(gone.Token(nil))...), unavailable)
		c.refused(c.send(down), unauthorized)
		c.refused(c.send(down, bearer("not-a-token")...), invalidToken)
	})

	rotating := NewIssuer(s.t)
	var sinceStart clock
	rotated := s.get(requireAuth(NewAuthenticator(s.t, rotating, sinceStart.set)))
	s.add("a token by the issuer's next key is accepted without a restart", func(c *client) {
		old := rotating.Token(devissuer.Claims{"sub": "old"})
		c.accepted(c.send(rotated, bearer(old)...), "old")
		rotating.Rotate("ES256")
		sinceStart.Store(int64(time.Minute)) // past the cooldown that follows a fetch
		c.accepted(c.send(rotated, bearer(rotating.Token(devissuer.Claims{"sub": "new"}))...), "new")
		c.accepted(c.send(rotated, bearer(old)...), "old")
	})

	revoking := s.get(requireAuth(s.authenticator(func(cfg *core.Config) { cfg.Revocations = listed{} })))
	s.add("a revoked token is not accepted and a list that is away is an outage", func(c *client) {
		for range 2 { // remembered the second time
			c.accepted(c.send(revoking, bearer(s.token("fine"))...), "fine")
			c.refused(c.send(revoking, bearer(s.token("revoked"))...), invalidToken)
			c.refused(c.send(revoking, bearer(s.token("outage"))...), unavailable)
		}
	})

	limit := new(limiter)
	limited := s.get(requireAuth(s.authenticator(func(cfg *core.Config) { cfg.FailureLimit = limit })))
	s.add("a client with too many failures is told when to come back", func(c *client) {
		good := s.token("served")
		c.accepted(c.send(limited, bearer(good)...), "served")
		limit.closed.Store(true)
		a := c.send(limited, bearer("not-a-token")...)
		c.refused(a, rateLimited)
		if a != nil && a.Header.Get("Retry-After") != "7" {
			c.errorf("%s: got Retry-After %q, want 7", a, a.Header.Get("Retry-After"))
		}
		c.accepted(c.send(limited, bearer(good)...), "served") // remembered tokens pass
		c.refused(c.send(limited), unauthorized)
	})

	var later clock
	aging := s.get(requireAuth(s.authenticator(later.set)))
	s.add("a remembered token is refused once it has expired", func(c *client) {
		token := s.issuer.Token(devissuer.Claims{"sub": "aging", "exp": time.Now().Add(time.Minute).Unix()})
		c.accepted(c.send(aging, bearer(token)...), "aging")
		c.accepted(c.send(aging, bearer(token)...), "aging")
		later.Store(int64(2 * time.Minute))
		c.refused(c.send(aging, bearer(token)...), expiredToken)
	})
}
