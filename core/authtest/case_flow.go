package authtest

import (
	"context"
	"sync/atomic"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

// flow: how guards stand in a row, and in a request without a token.
func (s *suite) flow() {
	optional := s.get(optionalAuth(s.auth))
	s.add("optional authentication lets requests without a token through as nobody", func(c *client) {
		c.anonymous(c.send(optional))
		c.anonymous(c.send(optional, "Authorization", "Basic dXNlcjpwYXNz"))
		c.accepted(c.send(optional, bearer(s.token("optional"))...), "optional")
		c.anonymous(c.send(optional))
	})
	s.add("optional authentication refuses a bad token", func(c *client) {
		c.refused(c.send(optional, bearer("not-a-token")...), invalidToken)
		c.refused(c.send(optional, "Authorization", "Bearer"), invalidRequest)
		c.refused(c.raw(optional, "Authorization: Bearer "+s.token("two"), "Authorization:"), invalidRequest)
	})
	checked := s.get(optionalAuth(s.auth), requireRole("role-editor"))
	s.add("a check behind optional authentication asks nobody to authenticate", func(c *client) {
		c.refused(c.send(checked), unauthorized)
		c.refused(c.send(checked, bearer("not-a-token")...), invalidToken)
		c.refused(c.send(checked, bearer(s.token("other"))...), denied)
		c.accepted(c.send(checked, bearer(s.issuer.Token(devissuer.Claims{"sub": "editor", "roles": "role-editor"}))...), "editor")
	})

	var asked atomic.Int64
	count := require(func(context.Context, *core.Identity) error {
		asked.Add(1)
		return nil
	})
	stopped := s.get(requireAuth(s.auth), requireRole("role-editor"), count, count)
	s.add("a refusal stops the guards behind it", func(c *client) {
		for _, header := range [][]string{nil, bearer("not-a-token"), bearer(s.token("other"))} {
			before := asked.Load()
			if a := c.send(stopped, header...); a != nil && a.StatusCode < 400 {
				c.errorf("%s: got %s", a, a.Status)
			}
			if n := asked.Load() - before; n != 0 {
				c.errorf("with %q: later guards ran %d times, want never", header, n)
			}
		}
		before := asked.Load()
		c.accepted(c.send(stopped, bearer(s.issuer.Token(devissuer.Claims{"sub": "editor", "roles": "role-editor"}))...), "editor")
		if n := asked.Load() - before; n != 2 {
			c.errorf("accepted: two later guards ran %d times, want each once", n)
		}
	})

	second := NewIssuer(s.t)
	inner := NewAuthenticator(s.t, second, func(cfg *core.Config) {
		cfg.Extractors = []core.Extractor{core.FromHeader("X-Inner-Token")}
		cfg.Realm = "second"
	})
	both := s.get(requireAuth(s.auth), requireAuth(inner), requireRole("role-inner"))
	s.add("of two authentications both must accept and the inner one counts", func(c *client) {
		outer := bearer(s.issuer.Token(devissuer.Claims{"sub": "outer", "roles": "role-outer"}))
		with := func(token string) []string { return append([]string{"X-Inner-Token", token}, outer...) }
		c.accepted(c.send(both, with(second.Token(devissuer.Claims{"sub": "inner", "roles": "role-inner"}))...), "inner")
		c.refused(c.send(both, outer...), unauthorized.challenged(`Bearer realm="second"`))
		c.refused(c.send(both, with(s.token("outer"))...), invalidToken.challenged(`Bearer realm="second", error="invalid_token"`))
		c.refused(c.send(both, with(second.Token(devissuer.Claims{"sub": "inner", "roles": "role-outer"}))...),
			denied.challenged(`Bearer realm="second", error="insufficient_scope"`))
		c.refused(c.send(both, "X-Inner-Token", second.Token(nil)), unauthorized)
	})
	twice := s.get(requireAuth(s.auth), requireAuth(s.auth))
	s.add("the same authentication may be mounted twice", func(c *client) {
		c.accepted(c.send(twice, bearer(s.token("twice"))...), "twice")
		c.refused(c.send(twice), unauthorized)
	})
}
