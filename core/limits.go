package core

import (
	"context"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/authkeel/authkeel/core/adapter"
)

// Observe hands an event to Config.Observer, or to the log where there is none. It
// is for packages that decide about requests as this one does, such as ratelimit;
// an Authenticator can be the [Observer] of other parts of a program too.
func (a *Authenticator) Observe(ctx context.Context, e Event) { a.observer.Observe(ctx, e) }

// TooManyRequests reports that a request is over a limit, and returns the answer
// for it: 429, with Retry-After and these header fields, as Config.RewriteRefusal
// has it. Package ratelimit calls it; call it for limits of your own. It may be
// called before authentication.
func (a *Authenticator) TooManyRequests(ctx context.Context, r adapter.Request, retryAfter time.Duration, header ...[2]string) *Refusal {
	err := &Error{Reason: "too_many_requests", class: ErrRateLimited, retry: retryAfter, header: header}
	e := Event{Reason: err.Reason, Client: a.ClientAddr(r)}
	if id, ok := IdentityFrom(ctx); ok {
		e.about(id)
	}
	a.reportRateLimit(ctx, r, e)
	return a.Refusal(ctx, err)
}

// reportRateLimit reports that a limit was reached. The Client of e is known, so that
// a flood does not cost the reading of the forwarding header twice.
func (a *Authenticator) reportRateLimit(ctx context.Context, r adapter.Request, e Event) {
	e.Kind, e.Status = EventRateLimited, rateLimited.status
	a.tell(ctx, r, e)
	if hint, ok := a.unreadProxy(r, e.Client); ok && a.proxyHints.take(hint.Client) {
		hint.Kind = EventHint
		a.tell(ctx, r, hint)
	}
}

// forwardingHeaders are the fields in which proxies commonly say who their client
// is.
var forwardingHeaders = []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip"}

// unreadProxy is the hint that a request which is counted by the address of its
// peer says that it came through a proxy: if it did, all clients of that proxy
// share one limit.
func (a *Authenticator) unreadProxy(r adapter.Request, client netip.Addr) (Event, bool) {
	peer := hostAddr(r.RemoteAddr())
	if client != peer {
		return Event{}, false
	}
	i := slices.IndexFunc(forwardingHeaders, func(name string) bool {
		_, there := r.Header(name, 0)
		return there && (name != a.forwardedHeader || !a.isProxy(r, peer))
	})
	if i < 0 {
		return Event{}, false
	}
	name := forwardingHeaders[i]
	e := Event{Reason: "forwarding_header_not_trusted", Client: peer, Member: name, Found: peer.String(), Expected: "a peer in Config.TrustedProxies"}
	switch {
	case a.isProxy(r, peer):
		e.Expected = a.forwardedHeader
		e.Advice = "the trusted proxy sends " + name + " and Config.ForwardedHeader names another header, so all clients of the proxy share one limit: name the header that the proxy sets"
	case isUnixSocket(r.RemoteAddr()):
		e.Found = "a Unix socket"
		e.Advice = "all clients of the socket share one limit: if only your proxy can open the socket, set Config.TrustUnixSocket, and Config.ForwardedHeader to " + name
	default:
		e.Advice = "if this peer is your own proxy, all its clients share one limit: add its address to Config.TrustedProxies, and set Config.ForwardedHeader to " + name
	}
	return e, true
}

// isProxy reports whether the forwarding header of a request is believed.
func (a *Authenticator) isProxy(r adapter.Request, peer netip.Addr) bool {
	return trusted(peer, a.cfg.TrustedProxies) || a.cfg.TrustUnixSocket && isUnixSocket(r.RemoteAddr())
}

// maxProxyHints bounds how many peers are named, each kind of them separately: any
// stranger can send a forwarding header, and must not use up the hint about the
// proxy, which is mostly in the same network.
const maxProxyHints = 8

// proxyHints remembers which peers a hint was about.
type proxyHints struct{ private, public peers }

// peers is a set of a few addresses. A place is taken once and never changes.
type peers [maxProxyHints]atomic.Pointer[netip.Addr]

// take reports whether this is the first hint about the peer, and there is room
// for it.
func (h *proxyHints) take(peer netip.Addr) bool {
	set := &h.public
	if !peer.IsValid() || peer.IsPrivate() || peer.IsLoopback() || peer.IsLinkLocalUnicast() {
		set = &h.private
	}
	for i := range set {
		known := set[i].Load()
		if known == nil && set[i].CompareAndSwap(nil, &peer) {
			return true
		}
		if known = set[i].Load(); *known == peer {
			return false
		}
	}
	return false
}
