package authtest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/jwks"
)

// connections: that requests know nothing of each other.
func (s *suite) connections() {
	optional := s.get(optionalAuth(s.auth))
	s.add("an identity does not outlive its request on a connection", func(c *client) {
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
				own := newClient(c.t, c.base, c.patience)
				defer own.close()
				tokens := make(map[string]string)
				for j := range requests {
					subject := fmt.Sprintf("subject-%d-%d", i, j%5)
					if tokens[subject] == "" {
						tokens[subject] = s.token(subject)
					}
					r := []*route{s.plain, optional}[j%2]
					a := own.send(r, bearer(tokens[subject])...)
					if a != nil {
						a.ran = 1 // others use the route too: the sum is compared at the end
					}
					own.accepted(a, subject)
				}
				for _, problem := range own.problems() {
					c.errorf("%s", problem)
				}
			})
		}
		wait.Wait()
	})

	spoiled := s.get(requireAuth(s.auth), requireRole("role-first"), requireScope("orders:read"))
	spoiled.inHandler = func(id *core.Identity) {
		for _, list := range [][]string{id.Roles(), id.Scopes(), id.Permissions(), id.Audience()} {
			for i := range list {
				list[i] = "spoiled"
			}
			_ = append(list[:0], "spoiled")
		}
	}
	s.add("what a handler does to an identity's lists is not seen by the next request", func(c *client) {
		token := s.issuer.Token(devissuer.Claims{"sub": "lists", "roles": []string{"role-first"}, "scope": "orders:read"})
		for range 3 {
			a := c.send(spoiled, bearer(token)...)
			c.accepted(a, "lists")
			if a == nil {
				continue
			}
			if v := c.seenIn(a); v == nil || len(v.Roles) != 1 || v.Roles[0] != "role-first" || len(v.Scopes) != 1 || v.Scopes[0] != "orders:read" {
				c.errorf("the handler saw %+v, want role-first and orders:read", v)
			}
		}
	})
	s.remembered()
	s.canceled()
}

// remembered: a framework that uses a request's memory again must not change
// what is remembered of the request.
func (s *suite) remembered() {
	events := make(outcomes, 64)
	r := s.get(requireAuth(s.authenticator(func(cfg *core.Config) { cfg.Observer = events })))
	s.add("a token stays remembered while others use its connection", func(c *client) {
		// The second connection has memory of its own: on the first, a token that
		// is not copied would be compared with itself.
		second := newClient(c.t, c.base, c.patience)
		defer second.close()
		try := func(on *client, subject, token string, cached bool) bool {
			on.accepted(on.raw(r, "Authorization: Bearer "+token), subject)
			e, ok := wait(c, events, "the request is decided")
			if ok && e.Cached != cached {
				c.errorf("the token of %s counts as remembered: %v, want %v", subject, e.Cached, cached)
			}
			return ok
		}
		tokens := make(map[string]string) // of equal length, so that they land in the same bytes
		for i := range 8 {
			subject := fmt.Sprintf("user-%d", i)
			tokens[subject] = s.token(subject)
			if !try(c, subject, tokens[subject], false) {
				return
			}
		}
		for subject, token := range tokens {
			try(second, subject, token, true)
		}
		for _, problem := range second.problems() {
			c.errorf("%s", problem)
		}
	})
}

// held is a source of keys that waits, as a slow issuer makes it.
type held struct {
	*jwks.Source
	asked   chan struct{} // gets a value for each question, while open is not closed
	release chan struct{}
}

func (h *held) Keys(ctx context.Context, kid, alg string) ([]*jwks.Key, error) {
	select {
	case <-h.release:
		return h.Source.Keys(ctx, kid, alg)
	default:
	}
	h.asked <- struct{}{}
	select {
	case <-h.release:
		return h.Source.Keys(ctx, kid, alg)
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", jwks.ErrUnavailable, ctx.Err())
	}
}

// outcomes is an Observer that hands on what became of tokens.
type outcomes chan core.Event

func (o outcomes) Observe(_ context.Context, e core.Event) {
	if e.Kind != core.EventKeys {
		o <- e
	}
}

// canceled: a client that goes away is not somebody with a bad token.
func (s *suite) canceled() {
	keys, err := jwks.Discover(s.issuer.URL(), jwks.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	slow := &held{Source: keys, asked: make(chan struct{}, 1), release: make(chan struct{})}
	events := make(outcomes, 8)
	auth := s.authenticator(func(cfg *core.Config) {
		cfg.Issuers[0].Keys = keys.Wrap(slow)
		cfg.Observer = events
	})
	r := s.get(requireAuth(auth))
	r.uncounted = true
	s.add("a client that goes away while its token is checked is not refused as unauthorized", func(c *client) {
		token := s.token("impatient")
		ctx, leave := context.WithCancel(c.t.Context())
		gone := newClient(c.t, c.base, c.patience)
		defer gone.close()
		left := make(chan struct{})
		go func() {
			defer close(left)
			gone.sendContext(ctx, r, bearer(token)...) // its problem, no answer, is what is wanted
		}()
		_, checked := wait(c, slow.asked, "the token is checked")
		leave()
		if _, ok := wait(c, left, "the client is gone"); !ok || !checked {
			return
		}
		close(slow.release)
		first, ok := wait(c, events, "the first request is decided")
		if ok && first.Kind != core.EventAccepted && first.Status != 503 {
			c.errorf("the request of the client that left counts as %+v, want an outage, or accepted where the framework does not notice", first)
		}
		c.accepted(c.send(r, bearer(token)...), "impatient")
	})
}

// wait waits for one value, or the end, of what happens elsewhere.
func wait[T any](c *client, happened <-chan T, what string) (v T, ok bool) {
	timeout := time.NewTimer(c.patience)
	defer timeout.Stop()
	select {
	case v = <-happened:
		return v, true
	case <-timeout.C:
		c.errorf("after %v still waiting until %s", c.patience, what)
		return v, false
	}
}
