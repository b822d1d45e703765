package adaptertest

import (
	"context"
	"errors"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/revocation"
	"github.com/authkeel/authkeel/core/store"
)

// clock makes an Authenticator's clock run ahead by a duration.
type clock struct{ atomic.Int64 }

func (c *clock) set(cfg *core.Config) { cfg.Now = c.now }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.Load())) }

func (s *suite) unavailableKeys() {
	down := authtest.NewIssuer(s.t)
	down.Down()
	r := s.get(requireAuth(authtest.NewAuthenticator(s.t, down)))
	s.add("unavailable keys are an outage, not an invalid token", func(c *client) {
		for range 2 {
			c.refused(c.send(r, bearer(down.Token(nil))...), unavailable)
		}
		c.refused(c.send(r), unauthorized)
		c.refused(c.send(r, bearer("not-a-token")...), invalidToken)
	})
}

func (s *suite) rotatedKeys() {
	rotating := authtest.NewIssuer(s.t)
	var ahead clock
	r := s.get(requireAuth(authtest.NewAuthenticator(s.t, rotating, ahead.set)))
	s.add("a token with the issuer's next key is accepted without a restart", func(c *client) {
		old := rotating.Token(devissuer.Claims{"sub": "old"})
		c.accepted(c.send(r, bearer(old)...), "old")
		rotating.Rotate("ES256")
		ahead.Store(int64(time.Minute)) // longer than the pause between two fetches
		c.accepted(c.send(r, bearer(rotating.Token(devissuer.Claims{"sub": "new"}))...), "new")
		c.accepted(c.send(r, bearer(old)...), "old")
	})
}

// revocations is a revocation list that decides by the token's subject.
type revocations struct{}

func (revocations) Revoked(_ context.Context, id *core.Identity) (bool, error) {
	if id.Subject() == "outage" {
		return false, errors.New("dial tcp: the list is not reachable")
	}
	return id.Subject() == "revoked", nil
}

func (s *suite) revokedTokens() {
	r := s.get(requireAuth(s.authenticator(func(cfg *core.Config) { cfg.Revocations = revocations{} })))
	s.add("a revoked token is refused, and an unavailable revocation list is an outage", func(c *client) {
		for range 2 { // the second time the token is cached
			c.accepted(c.send(r, bearer(s.token("fine"))...), "fine")
			c.refused(c.send(r, bearer(s.token("revoked"))...), invalidToken)
			c.refused(c.send(r, bearer(s.token("outage"))...), unavailable)
		}
	})
}

// endedSessions has two replicas with one store.
func (s *suite) endedSessions() {
	shared := store.NewMemory(store.MemoryOptions{})
	var ahead clock
	list := func() *revocation.List {
		l, err := revocation.New(revocation.Config{Store: shared, Now: ahead.now})
		if err != nil {
			s.t.Fatal(err)
		}
		return l
	}
	here, there := list(), list()
	r := s.get(requireAuth(s.authenticator(func(cfg *core.Config) { cfg.Revocations = here })))
	s.add("a token whose session is revoked is refused from the next request on", func(c *client) {
		token := s.issuer.Token(devissuer.Claims{"sub": "ada", "sid": "sess_1"})
		other := s.issuer.Token(devissuer.Claims{"sub": "ada", "sid": "sess_2"})
		for range 2 { // the second time the token is cached
			c.accepted(c.send(r, bearer(token)...), "ada")
		}
		if err := here.RevokeSession(c.t.Context(), s.issuer.URL(), "sess_1"); err != nil {
			c.errorf("RevokeSession: %v", err)
		}
		c.refused(c.send(r, bearer(token)...), invalidToken)
		c.accepted(c.send(r, bearer(other)...), "ada")
		if err := there.RevokeSession(c.t.Context(), s.issuer.URL(), "sess_2"); err != nil {
			c.errorf("RevokeSession on another replica: %v", err)
		}
		ahead.Store(int64(time.Second))
		c.refused(c.send(r, bearer(other)...), invalidToken)
	})
}

// limiter is a failure limiter that allows nothing while it is closed.
type limiter struct{ closed atomic.Bool }

func (l *limiter) Allow(context.Context, netip.Addr) (time.Duration, bool) {
	return 7 * time.Second, !l.closed.Load()
}
func (*limiter) Failed(context.Context, netip.Addr) {}

func (s *suite) limitedFailures() {
	limit := new(limiter)
	r := s.get(requireAuth(s.authenticator(func(cfg *core.Config) { cfg.FailureLimit = limit })))
	s.add("a client with too many failures is told when to retry", func(c *client) {
		good := s.token("served")
		c.accepted(c.send(r, bearer(good)...), "served")
		limit.closed.Store(true)
		defer limit.closed.Store(false)
		a := c.send(r, bearer("not-a-token")...)
		c.refused(a, rateLimited)
		if a != nil && a.Header.Get("Retry-After") != "7" {
			c.errorf("%s: got Retry-After %q, want 7", a, a.Header.Get("Retry-After"))
		}
		c.accepted(c.send(r, bearer(good)...), "served") // cached tokens pass
		c.refused(c.send(r), unauthorized)
	})
}

func (s *suite) agingTokens() {
	var ahead clock
	r := s.get(requireAuth(s.authenticator(ahead.set)))
	s.add("a cached token is refused once it has expired", func(c *client) {
		token := s.issuer.Token(devissuer.Claims{"sub": "aging", "exp": time.Now().Add(time.Minute).Unix()})
		for range 2 {
			c.accepted(c.send(r, bearer(token)...), "aging")
		}
		ahead.Store(int64(2 * time.Minute))
		defer ahead.Store(0)
		c.refused(c.send(r, bearer(token)...), expiredToken)
	})
}
