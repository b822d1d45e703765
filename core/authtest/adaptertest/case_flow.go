package adaptertest

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
)

func (s *suite) optionalAuthentication() {
	optional := s.get(optionalAuth(s.auth))
	s.add("optional authentication lets requests without a token through, without an identity", func(c *client) {
		c.anonymous(c.send(optional))
		c.anonymous(c.send(optional, "Authorization", "Basic dXNlcjpwYXNz"))
		c.accepted(c.send(optional, bearer(s.token("optional"))...), "optional")
		c.anonymous(c.send(optional))
	})
	s.add("optional authentication refuses an invalid token", func(c *client) {
		c.refused(c.send(optional, bearer("not-a-token")...), invalidToken)
		c.refused(c.send(optional, "Authorization", "Bearer"), invalidRequest)
		c.refused(c.raw(optional, "Authorization: Bearer "+s.token("two"), "Authorization:"), invalidRequest)
	})

	checked := s.get(optionalAuth(s.auth), requireRole("role-editor"))
	s.add("a check after optional authentication answers 401 to requests without a token", func(c *client) {
		c.refused(c.send(checked), unauthorized)
		c.refused(c.send(checked, bearer("not-a-token")...), invalidToken)
		c.refused(c.send(checked, bearer(s.token("other"))...), denied)
		c.accepted(c.send(checked, bearer(s.issuer.Token(devissuer.Claims{"sub": "editor", "roles": "role-editor"}))...), "editor")
	})
}

func (s *suite) stoppedByRefusal() {
	var calls atomic.Int64
	count := require(func(context.Context, *core.Identity) error {
		calls.Add(1)
		return nil
	})
	r := s.get(requireAuth(s.auth), requireRole("role-editor"), count, count)
	s.add("a refusal stops the middleware after it", func(c *client) {
		for _, header := range [][]string{nil, bearer("not-a-token"), bearer(s.token("other"))} {
			calls.Store(0)
			c.rejected(c.send(r, header...))
			if n := calls.Load(); n != 0 {
				c.errorf("with %.32q: later middleware ran %d times, want never", header, n)
			}
		}
		calls.Store(0)
		c.accepted(c.send(r, bearer(s.issuer.Token(devissuer.Claims{"sub": "editor", "roles": "role-editor"}))...), "editor")
		if n := calls.Load(); n != 2 {
			c.errorf("accepted: the two later functions ran %d times together, want 2", n)
		}
	})
}

func (s *suite) twoAuthentications() {
	second := authtest.NewIssuer(s.t)
	inner := authtest.NewAuthenticator(s.t, second, func(cfg *core.Config) {
		cfg.Extractors = []core.Extractor{core.FromHeader("X-Inner-Token")}
		cfg.Realm = "second"
	})
	both := s.get(requireAuth(s.auth), requireAuth(inner), requireRole("role-inner"))
	s.add("of two authentications both must accept, and the inner identity counts", func(c *client) {
		outer := bearer(s.issuer.Token(devissuer.Claims{"sub": "outer", "roles": "role-outer"}))
		with := func(token string) []string { return append([]string{"X-Inner-Token", token}, outer...) }
		innerToken := func(role string) string {
			return second.Token(devissuer.Claims{"sub": "inner", "roles": role})
		}
		c.accepted(c.send(both, with(innerToken("role-inner"))...), "inner")
		c.refused(c.send(both, outer...), unauthorized.challenged(`Bearer realm="second"`))
		c.refused(c.send(both, with(s.token("outer"))...), invalidToken.challenged(`Bearer realm="second", error="invalid_token"`))
		c.refused(c.send(both, with(innerToken("role-outer"))...), denied.challenged(`Bearer realm="second", error="insufficient_scope"`))
		c.refused(c.send(both, "X-Inner-Token", second.Token(nil)), unauthorized)
	})
	twice := s.get(requireAuth(s.auth), requireAuth(s.auth))
	s.add("the same authentication may be mounted twice", func(c *client) {
		c.accepted(c.send(twice, bearer(s.token("twice"))...), "twice")
		c.refused(c.send(twice), unauthorized)
	})
}

func (s *suite) checksWithoutAuthentication() {
	before := []*route{
		s.get(requireRole("role-editor")),
		s.get(require(outage)),
		s.get(requireScope("orders:read")),
		s.get(requireRole("role-editor"), requireAuth(s.auth)),
	}
	s.add("a check without authentication before it answers 500", func(c *client) {
		good := bearer(s.issuer.Token(devissuer.Claims{"roles": "role-editor", "scope": "orders:read"}))
		for _, r := range before {
			c.refused(c.send(r), noAuthentication)
			c.refused(c.send(r, good...), noAuthentication)
		}
	})
	open := s.get()
	s.add("without middleware there is no identity", func(c *client) {
		c.anonymous(c.send(open))
		c.anonymous(c.send(open, bearer(s.token("open"))...))
	})
}

// checkMounting requires that middleware with a useless argument panics when it
// is mounted.
func checkMounting(t testing.TB, serve Serve) {
	for _, m := range []Middleware{
		requireAuth(nil), optionalAuth(nil), require(nil), requireRole(""), requireAnyRole(""),
		requireAnyRole("reader", ""), requirePermission(""), requireScope(""), requireScope("two scopes"),
		requireOrganization(""), requireParam(core.ParamPolicy{}), rateLimit(nil),
	} {
		app := App{Routes: []Route{{
			Method: "GET", Path: "/t000/api/me", Groups: []string{"/t000/api"}, Last: "/me", Middleware: []Middleware{m},
			Handle: func(context.Context, *core.Identity, bool, func(string) string) []byte { return nil },
		}}}
		if !panics(func() { serve(t, app) }) {
			t.Errorf("%s with the argument %q, or nil, does not panic", m, append([]string{m.name}, m.more...))
		}
	}
}

func panics(f func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	f()
	return false
}
