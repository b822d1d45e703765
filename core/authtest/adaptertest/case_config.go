package adaptertest

import (
	"context"

	"github.com/authkeel/authkeel/core"
)

func (s *suite) headerTokens() {
	r := s.get(requireAuth(s.authenticator(func(cfg *core.Config) {
		cfg.Extractors = []core.Extractor{core.FromHeader("X-Proxy-Token")}
	})))
	s.add("a header of its own contains the token alone", func(c *client) {
		good := s.token("proxy")
		c.accepted(c.send(r, "X-Proxy-Token", good), "proxy")
		c.accepted(c.raw(r, "x-proxy-TOKEN:   "+good+"  "), "proxy")
		c.refused(c.send(r), unauthorized)
		c.refused(c.send(r, bearer(good)...), unauthorized)
		c.refused(c.send(r, "X-Proxy-Token", ""), unauthorized)
		c.refused(c.send(r, "X-Proxy-Token", "Bearer "+good), invalidRequest)
		c.refused(c.send(r, "X-Proxy-Token", "not-a-token"), invalidToken)
		c.refused(c.raw(r, "X-Proxy-Token: "+good, "X-Proxy-Token: "+good), invalidRequest)
		c.rejected(c.raw(r, "X-Proxy-To\u212Aen: "+good)) // the Kelvin sign, which equals k without regard to case
	})
}

func (s *suite) webSockets() {
	r := s.get(requireAuth(s.authenticator(func(cfg *core.Config) {
		cfg.Extractors = []core.Extractor{core.FromWebSocketProtocol()}
	})))
	handshake := func(protocols ...string) []string {
		header := []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-Websocket-Version", "13"}
		for _, p := range protocols {
			header = append(header, "Sec-Websocket-Protocol", p)
		}
		return header
	}
	s.add("a WebSocket handshake has its token as a subprotocol, and the answer does not", func(c *client) {
		good := s.token("socket")
		for _, protocols := range [][]string{
			{"authkeel.bearer, " + good},
			{"chat, authkeel.bearer," + good + ", superchat"},
			{"chat", "authkeel.bearer", good},
		} {
			a := c.send(r, handshake(protocols...)...)
			c.accepted(a, "socket")
			if a == nil {
				continue
			}
			if got := a.Header.Values("Sec-Websocket-Protocol"); len(got) != 1 || got[0] != "authkeel.bearer" {
				c.errorf("%s: got Sec-WebSocket-Protocol %q, want authkeel.bearer", a, got)
			}
		}
	})
	s.add("a WebSocket handshake without a good token is refused", func(c *client) {
		good := s.token("socket")
		for _, row := range []struct {
			protocols string
			want      refusal
		}{
			{"chat", unauthorized},
			{"authkeel.bearer", invalidRequest},
			{"authkeel.bearer, ", invalidRequest},
			{"authkeel.bearer, a b", invalidRequest},
			{"authkeel.bearer, " + good + ", authkeel.bearer, " + good, invalidRequest},
			{"authkeel.bearer, not-a-token", invalidToken},
		} {
			c.refused(c.send(r, handshake(row.protocols)...), row.want)
		}
	})
}

func (s *suite) challenges() {
	const start = `Bearer realm="orders", resource_metadata="https://orders.example.test/.well-known/oauth-protected-resource"`
	auth := s.authenticator(func(cfg *core.Config) {
		cfg.Realm = "orders"
		cfg.ResourceMetadataURL = "https://orders.example.test/.well-known/oauth-protected-resource"
	})
	r := s.get(requireAuth(auth), requireScope("orders:read"))
	s.add("challenges name realm and resource metadata", func(c *client) {
		c.refused(c.send(r), unauthorized.challenged(start))
		c.refused(c.send(r, "Authorization", "Bearer"), invalidRequest.challenged(start+`, error="invalid_request"`))
		c.refused(c.send(r, bearer("not-a-token")...), invalidToken.challenged(start+`, error="invalid_token"`))
		c.refused(c.send(r, bearer(s.token("other"))...), denied.challenged(start+`, error="insufficient_scope", scope="orders:read"`))
	})
}

func (s *suite) rewrittenRefusals() {
	auth := s.authenticator(func(cfg *core.Config) {
		cfg.RewriteRefusal = func(_ context.Context, r core.Refusal) core.Refusal {
			if r.Status == 403 { // as an API does that hides what exists
				r.Status = 404
				r.Header = [][2]string{{"Cache-Control", "no-store"}, {"X-Rewritten", "yes"}}
				r.Body = core.Body{Error: "not_found"}
			}
			return r
		}
	})
	r := s.get(requireAuth(auth), requireRole("role-editor"))
	s.add("a refusal that the application rewrites is sent as rewritten", func(c *client) {
		a := c.send(r, bearer(s.token("other"))...)
		if a != nil {
			if a.StatusCode != 404 || a.calls != 0 || a.Header.Get("X-Rewritten") != "yes" || a.Header.Get("Www-Authenticate") != "" {
				c.errorf("%s: got %s with %v", a, a.Status, a.Header)
			}
			c.body(a, map[string]any{"error": "not_found"})
		}
		c.refused(c.send(r), unauthorized)
	})
}

func (s *suite) earlierHeaders() {
	r := s.get(requireAuth(s.auth))
	r.header = [][2]string{{"Cache-Control", "public, max-age=60"}, {"WWW-Authenticate", "Basic"}, {"X-Request-Id", "42"}}
	s.add("a refusal replaces the headers of earlier middleware that it sets and keeps the others", func(c *client) {
		a := c.send(r)
		c.refused(a, unauthorized)
		if a != nil && a.Header.Get("X-Request-Id") != "42" {
			c.errorf("%s: got X-Request-Id %q, want 42", a, a.Header.Get("X-Request-Id"))
		}
	})
}
