package jwks

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

const maxRedirects = 3

// destinations decides where fetches may lead. The address that was configured is
// trusted. From there, metadata and redirects may lead to any other host on the
// public internet by https, since the issuer's own answer says so; but not to plain
// http, and not into a network that the issuer is not part of: who may name an
// issuer could otherwise make this server send requests to its neighbors.
type destinations struct {
	home *url.URL
	// namesOnly says that connections are made by a transport of the user's, so that
	// an address is only known where the URL has it in place of a host name.
	namesOnly bool
	proxyFor  func(*http.Request) (*url.URL, error)

	mu    sync.Mutex
	kinds map[addressKind]bool // of the addresses at which home was found
}

// hop is one request on the way to a document.
type hop struct {
	away    bool        // it is not for the host of home
	proxied atomic.Bool // the connection is one to a proxy
}

type hopKey struct{}

// destinationError is a place where a fetch must not go.
type destinationError struct{ reason string }

func (e *destinationError) Error() string { return e.reason }

// admit marks a request, or says why it must not be sent.
func (d *destinations) admit(r *http.Request) error {
	h := &hop{away: !sameOrigin(d.home, r.URL)}
	*r = *r.WithContext(context.WithValue(r.Context(), hopKey{}, h))
	if h.away && d.namesOnly {
		return d.checkName(r.URL)
	}
	return nil
}

// redirect is the CheckRedirect of the client.
func (d *destinations) redirect(r *http.Request, via []*http.Request) error {
	from := via[len(via)-1].URL
	switch {
	case len(via) > maxRedirects:
		return &destinationError{"redirected more than 3 times"}
	case r.URL.User != nil:
		return &destinationError{"redirected to an address with a user name"}
	case r.URL.Scheme != "https" && !sameOrigin(from, r.URL):
		return &destinationError{"redirected to an address without https"}
	}
	r.Header.Del("Referer") // the query of the address before may be a secret
	return d.admit(r)
}

func sameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	switch p := u.Port(); {
	case p != "":
		return p
	case strings.EqualFold(u.Scheme, "https"):
		return "443"
	}
	return "80"
}

// proxy is the Proxy of the source's own transport. The proxy looks up host names,
// so that only a literal address can be judged here.
func (d *destinations) proxy(r *http.Request) (*url.URL, error) {
	u, err := d.proxyFor(r)
	if h, ok := r.Context().Value(hopKey{}).(*hop); ok && u != nil && err == nil {
		h.proxied.Store(true)
		if h.away {
			if err := d.checkName(r.URL); err != nil {
				return nil, err
			}
		}
	}
	return u, err
}

// dial is told of every address before the source's own transport connects to it,
// after the host name was looked up.
func (d *destinations) dial(ctx context.Context, _, address string, _ syscall.RawConn) error {
	h, ok := ctx.Value(hopKey{}).(*hop)
	to, err := netip.ParseAddrPort(address)
	if !ok || err != nil || h.proxied.Load() {
		return nil
	}
	kind := kindOf(to.Addr())
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case !h.away:
		if d.kinds == nil {
			d.kinds = make(map[addressKind]bool)
		}
		d.kinds[kind] = true
	case kind != kindPublic && !d.kinds[kind]:
		return &destinationError{fmt.Sprintf("led to a %s address, which the issuer is not at", kind)}
	}
	return nil
}

// checkName judges a URL by its text: an address in place of a host name has to be
// public, or of the kind that the configured address shows.
func (d *destinations) checkName(u *url.URL) error {
	if kind := kindOfHost(u.Hostname()); kind != kindPublic && kind != kindOfHost(d.home.Hostname()) {
		return &destinationError{fmt.Sprintf("led to a %s address, which the issuer is not at", kind)}
	}
	return nil
}

// addressKind is the network that an address belongs to.
type addressKind string

const (
	kindPublic    addressKind = "public"
	kindLoopback  addressKind = "loopback"
	kindLinkLocal addressKind = "link-local"
	kindPrivate   addressKind = "private"
	kindSpecial   addressKind = "special-purpose"
)

var (
	sharedSpace = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598: used like private ones
	reserved    = []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
		netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("fec0::/10"),
	}
	// IPv6 addresses that stand for IPv4 ones: NAT64 (RFC 6052) and 6to4 (RFC 3056).
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
	sixToIV = netip.MustParsePrefix("2002::/16")
)

func kindOf(ip netip.Addr) addressKind {
	ip = ip.Unmap().WithZone("")
	if b := ip.As16(); ip.Is6() && nat64.Contains(ip) {
		return kindOf(netip.AddrFrom4([4]byte(b[12:16])))
	} else if ip.Is6() && sixToIV.Contains(ip) {
		return kindOf(netip.AddrFrom4([4]byte(b[2:6])))
	}
	switch {
	case ip.IsLoopback() || ip.IsUnspecified(): // connecting to the unspecified address reaches this machine
		return kindLoopback
	case ip.IsLinkLocalUnicast():
		return kindLinkLocal
	case ip.IsPrivate() || sharedSpace.Contains(ip):
		return kindPrivate
	case !ip.IsGlobalUnicast():
		return kindSpecial
	}
	for _, r := range reserved {
		if r.Contains(ip) {
			return kindSpecial
		}
	}
	return kindPublic
}

// kindOfHost is the kind of a literal address; a host name counts as public.
func kindOfHost(host string) addressKind {
	if isLocalhost(host) {
		return kindLoopback
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return kindPublic
	}
	return kindOf(ip)
}

func isLocalhost(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
