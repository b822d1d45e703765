package core

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core/adapter"
)

// clientAddr returns the address that a request comes from: the TCP peer, or,
// when that is a trusted proxy, the last address in its forwarding header that
// is not one. What stands further left was written by whoever sent the request.
func clientAddr(r adapter.Request, proxies []netip.Prefix, header string) netip.Addr {
	client := hostAddr(r.RemoteAddr())
	if header == "" || !trusted(client, proxies) {
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

func trusted(addr netip.Addr, proxies []netip.Prefix) bool {
	return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// forwardedHops lists the addresses that the proxies wrote down, first hop first.
func forwardedHops(r adapter.Request, header string) []string {
	var hops []string
	for i := 0; ; i++ {
		line, ok := r.Header(header, i)
		if !ok {
			return hops
		}
		for element := range strings.SplitSeq(line, ",") {
			if header == "Forwarded" {
				element = forParameter(element)
			}
			hops = append(hops, strings.TrimSpace(element))
		}
	}
}

// forParameter returns the `for` of one element of Forwarded (RFC 7239 section 4).
func forParameter(element string) string {
	for pair := range strings.SplitSeq(element, ";") {
		if name, value, ok := strings.Cut(strings.TrimSpace(pair), "="); ok && strings.EqualFold(name, "for") {
			return strings.Trim(value, `"`)
		}
	}
	return ""
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

// clientAddr is the address that the request comes from, for limits and the log.
func (a *Authenticator) clientAddr(r adapter.Request) netip.Addr {
	if r == nil {
		return netip.Addr{}
	}
	return clientAddr(r, a.cfg.TrustedProxies, a.forwardedHeader)
}
