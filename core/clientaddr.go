package core

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core/adapter"
)

// clientAddr returns the address that a request comes from: the TCP peer, or,
// when that is a trusted proxy, the last address in its forwarding header that
// is not one. What stands further left was written by the sender of the request.
func clientAddr(r adapter.Request, proxies []netip.Prefix, unixSocket bool, header string) netip.Addr {
	client := hostAddr(r.RemoteAddr())
	if header == "" || !trusted(client, proxies) && !(unixSocket && isUnixSocket(r.RemoteAddr())) {
		return client
	}
	hops := forwardedHops(r, header)
	for _, hop := range slices.Backward(hops) {
		addr := hostAddr(hop)
		if !addr.IsValid() {
			break // hidden or broken: the proxy before it is all that is known
		}
		client = addr
		if !trusted(addr, proxies) {
			break
		}
	}
	return client
}

// isUnixSocket reports whether the peer is a Unix socket, which has no address:
// its name is empty, "@" or a path.
func isUnixSocket(peer string) bool {
	return peer == "" || peer[0] == '@' || peer[0] == '/'
}

func trusted(addr netip.Addr, proxies []netip.Prefix) bool {
	return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// maxHops bounds how many elements of a forwarding header are read, from the right,
// where the nearest proxies write: a header of commas alone would take many times its
// size in memory.
const maxHops = 32

// forwardedHops lists the addresses that the proxies wrote down, first hop first and
// the last maxHops at most.
func forwardedHops(r adapter.Request, header string) []string {
	var hops []string
	for i := 0; ; i++ {
		line, ok := r.Header(header, i)
		if !ok {
			return hops
		}
		if header == "Forwarded" {
			hops = append(hops, forwardedFor(line)...)
		} else {
			for element := range strings.SplitSeq(line[lastElements(line)[0]:], ",") {
				hops = append(hops, strings.TrimSpace(element))
			}
		}
		if extra := len(hops) - maxHops; extra > 0 {
			hops = slices.Delete(hops, 0, extra)
		}
	}
}

// lastElements returns where the last elements of a list begin that commas separate,
// maxHops at most. There is always one.
func lastElements(line string) []int {
	starts := make([]int, 0, maxHops)
	for end := len(line); len(starts) < maxHops; end = starts[len(starts)-1] - 1 {
		start := strings.LastIndexByte(line[:end], ',') + 1
		if starts = append(starts, start); start == 0 {
			break
		}
	}
	slices.Reverse(starts)
	return starts
}

// hostAddr reads an address that may carry a port or stand in brackets.
func hostAddr(s string) netip.Addr {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	if inner, ok := strings.CutPrefix(s, "["); ok {
		s = strings.TrimSuffix(inner, "]")
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}

// ClientAddr returns the address that a request comes from, as [Event] and the
// limits have it: the TCP peer, or what Config.ForwardedHeader says when the peer
// is one of Config.TrustedProxies. IPv4 in IPv6 is IPv4, and there is no zone. It
// is not valid for the peer of a Unix socket, unless Config.TrustUnixSocket is set.
func (a *Authenticator) ClientAddr(r adapter.Request) netip.Addr {
	if r == nil {
		return netip.Addr{}
	}
	return clientAddr(r, a.cfg.TrustedProxies, a.cfg.TrustUnixSocket, a.forwardedHeader)
}
