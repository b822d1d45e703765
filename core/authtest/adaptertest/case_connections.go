package adaptertest

import (
	"context"
	"fmt"
	"sync"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/jwks"
)

func (s *suite) connections() {
	optional := s.get(optionalAuth(s.auth))
	s.add("the next request on a connection does not have the identity", func(c *client) {
		line := func(subject string) string { return "Authorization: Bearer " + s.token(subject) }
		for range 3 {
			c.accepted(c.raw(s.plain, line("first")), "first")
			c.refused(c.raw(s.plain), unauthorized)
			c.accepted(c.raw(s.plain, line("second")), "second")
			c.anonymous(c.raw(optional))
			c.accepted(c.raw(optional, line("third")), "third")
			c.refused(c.raw(optional, "Authorization: Bearer not-a-token"), invalidToken)
			c.anonymous(c.raw(optional))
			if c.conn == nil {
				c.errorf("the server does not keep connections, which this case needs")
			}
		}
	})

	s.add("many connections at once get each their own identity", func(c *client) {
		const clients, requests = 16, 24
		var wait sync.WaitGroup
		for i := range clients {
			wait.Go(func() {
				own := c.another()
				defer own.close()
				tokens := make(map[string]string)
				for j := range requests {
					subject := fmt.Sprintf("subject-%d-%d", i, j%5)
					if tokens[subject] == "" {
						tokens[subject] = s.token(subject)
					}
					r := []*route{s.plain, optional}[j%2]
					own.handledConcurrently(own.send(r, bearer(tokens[subject])...), subject)
				}
			})
		}
		wait.Wait()
	})
}

func (s *suite) sharedLists() {
	r := s.get(requireAuth(s.auth), requireRole("role-first"), requireScope("orders:read"))
	r.inHandler = func(id *core.Identity) {
		for _, list := range [][]string{id.Roles(), id.Scopes(), id.Permissions(), id.Audience()} {
			for i := range list {
				list[i] = "changed"
			}
			_ = append(list[:0], "changed")
		}
	}
	s.add("the next request does not see what a handler does to the lists of an identity", func(c *client) {
		token := s.issuer.Token(devissuer.Claims{"sub": "lists", "roles": []string{"role-first"}, "scope": "orders:read"})
		for range 3 {
			v := c.handled(c.send(r, bearer(token)...))
			if v != nil && (len(v.Roles) != 1 || v.Roles[0] != "role-first" || len(v.Scopes) != 1 || v.Scopes[0] != "orders:read") {
				c.errorf("the handler saw %+v, want role-first and orders:read", v)
			}
		}
	})
}

// cachedTokens checks that a framework which uses the memory of a request again
// does not change what core keeps of the request.
func (s *suite) cachedTokens() {
	events := make(decisions, 64)
	r := s.get(requireAuth(s.authenticator(func(cfg *core.Config) { cfg.Observer = events })))
	s.add("a token stays cached while other requests use its connection", func(c *client) {
		// The second connection has its own memory. On the first one a token that
		// core did not copy would be compared with itself.
		second := c.another()
		defer second.close()
		request := func(on *client, subject, token string, cached bool) bool {
			on.accepted(on.raw(r, "Authorization: Bearer "+token), subject)
			e, ok := wait(on, events, "the request is decided")
			if ok && e.Cached != cached {
				on.errorf("the token of %s was cached: %v, want %v", subject, e.Cached, cached)
			}
			return ok
		}
		tokens := make(map[string]string) // of equal length, so that they are stored in the same bytes
		for i := range 8 {
			subject := fmt.Sprintf("user-%d", i)
			tokens[subject] = s.token(subject)
			if !request(c, subject, tokens[subject], false) {
				return
			}
		}
		for subject, token := range tokens {
			request(second, subject, token, true)
		}
	})
}

// slowKeys is a source of keys that waits, as that of a slow issuer does.
type slowKeys struct {
	*jwks.Source
	asked   chan struct{} // receives a value for each call before release is closed
	release chan struct{}
}

func (k *slowKeys) Keys(ctx context.Context, kid, alg string) ([]*jwks.Key, error) {
	select {
	case <-k.release:
		return k.Source.Keys(ctx, kid, alg)
	default:
	}
	k.asked <- struct{}{}
	select {
	case <-k.release:
		return k.Source.Keys(ctx, kid, alg)
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", jwks.ErrUnavailable, ctx.Err())
	}
}

// decisions is an Observer that passes on the events of requests.
type decisions chan core.Event

func (d decisions) Observe(_ context.Context, e core.Event) {
	if e.Kind != core.EventKeys {
		d <- e
	}
}

func (s *suite) canceledRequests() {
	keys, err := jwks.Discover(s.issuer.URL(), jwks.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	slow := &slowKeys{Source: keys, asked: make(chan struct{}, 1), release: make(chan struct{})}
	events := make(decisions, 8)
	r := s.get(requireAuth(s.authenticator(func(cfg *core.Config) {
		cfg.Issuers[0].Keys = keys.Wrap(slow)
		cfg.Observer = events
	})))
	r.uncounted = true
	s.add("a request whose client left while the token was checked does not count as unauthorized", func(c *client) {
		token := s.token("impatient")
		ctx, leave := context.WithCancel(c.t.Context())
		leaving := c.another()
		defer leaving.close()
		left := make(chan struct{})
		go func() {
			defer close(left)
			_, _ = leaving.do(ctx, r, bearer(token)...) // it leaves before the answer
		}()
		_, asked := wait(c, slow.asked, "the token is checked")
		leave()
		if _, ok := wait(c, left, "the client has left"); !ok || !asked {
			return
		}
		close(slow.release)
		first, ok := wait(c, events, "the first request is decided")
		if ok && first.Kind != core.EventAccepted && first.Status != 503 {
			c.errorf("got %+v for the request of the client that left, want an outage, or accepted where the framework does not notice", first)
		}
		// The handler of the first request may still run, where it runs at all.
		c.handledConcurrently(c.send(r, bearer(token)...), "impatient")
	})
}
