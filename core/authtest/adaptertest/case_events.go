package adaptertest

import (
	"context"
	"slices"
	"sync"

	"github.com/authkeel/authkeel/core"
)

// observed is what an observer was told of requests, in their order.
type observed struct {
	mu   sync.Mutex
	seen []seenEvent
}

// seenEvent is what an adapter hands over for an [core.Event].
type seenEvent struct {
	kind                    core.EventKind
	method, path, requestID string
}

// Observe implements [core.Observer].
func (o *observed) Observe(_ context.Context, e core.Event) {
	if e.Kind == core.EventKeys {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen = append(o.seen, seenEvent{e.Kind, e.Method, e.Path, e.RequestID})
}

// take returns the events since the last take.
func (o *observed) take() []seenEvent {
	o.mu.Lock()
	defer o.mu.Unlock()
	seen := o.seen
	o.seen = nil
	return seen
}

func (s *suite) requestsInEvents() {
	log := new(observed)
	auth := s.authenticator(func(cfg *core.Config) { cfg.Observer = log })
	// Middleware for request IDs runs before and sets the header as it spells it.
	withID := func(method, id string) *route {
		r := s.route(method, requireAuth(auth), requireRole("admin"))
		r.header = [][2]string{{"X-Request-ID", id}}
		return r
	}
	first, second := withID("GET", "given-1"), withID("PATCH", "given-number-2")
	none := s.get(requireAuth(auth))
	s.add("an event names the method, the path and the ID that middleware gave the request", func(c *client) {
		log.take()
		c.query = "?access_token=secret"
		var want []seenEvent
		for range 2 { // on one connection, whose memory a framework uses again
			for _, r := range []*route{first, second} {
				c.refused(c.send(r, "X-Request-Id", "of-the-client"), unauthorized)
				c.refused(c.send(r, bearer(s.token("no-admin"))...), denied)
				of := seenEvent{core.EventRefused, r.method, r.path, r.header[0][1]}
				accepted, notAllowed := of, of
				accepted.kind, notAllowed.kind = core.EventAccepted, core.EventDenied
				want = append(want, of, accepted, notAllowed)
			}
		}
		if got := log.take(); !slices.Equal(got, want) {
			c.errorf("got events %+v, want %+v", got, want)
		}
	})
	s.add("an ID that only the client sends is not the ID of the request", func(c *client) {
		log.take()
		c.refused(c.send(none, "X-Request-Id", "of-the-client", "X-Request-ID", "of-the-client"), unauthorized)
		if got := log.take(); len(got) != 1 || got[0].requestID != "" {
			c.errorf("got events %+v, want one without an ID", got)
		}
	})
}
