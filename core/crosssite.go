package core

import (
	"net/url"
	"strings"

	"github.com/authkeel/authkeel/core/adapter"
)

// sameSite reports whether a token from a cookie may count: the request cannot
// change anything, or cannot have been made by another site. Browsers send
// cookies on their own, so without this any page could act for its visitors.
func (a *Authenticator) sameSite(r adapter.Request) bool {
	switch r.Method() {
	case "GET", "HEAD", "OPTIONS":
		// A WebSocket handshake is a GET that CORS does not guard.
		if _, upgrade := r.Header("Upgrade", 0); !upgrade {
			return true
		}
	}
	origin, hasOrigin := only(r, "Origin")
	if hasOrigin && a.trustedOrigins[origin] {
		return true
	}
	if _, sent := r.Header("Sec-Fetch-Site", 0); sent {
		site, _ := only(r, "Sec-Fetch-Site")
		return site == "same-origin" || site == "none"
	}
	return hasOrigin && a.ownOrigin(r, origin)
}

// ownOrigin reports whether origin is where the request went. Without PublicURL
// the scheme is not known behind a proxy, so the host decides.
func (a *Authenticator) ownOrigin(r adapter.Request, origin string) bool {
	if a.publicOrigin != "" {
		return origin == a.publicOrigin
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return false
	}
	host, ok := only(r, "Host")
	if !ok {
		return false
	}
	switch u.Scheme {
	case "https":
		return strings.EqualFold(strings.TrimSuffix(host, ":443"), u.Host)
	case "http":
		return strings.EqualFold(strings.TrimSuffix(host, ":80"), u.Host)
	}
	return false
}

// only returns the header when it was sent exactly once.
func only(r adapter.Request, name string) (value string, ok bool) {
	value, ok = r.Header(name, 0)
	if _, again := r.Header(name, 1); again {
		return "", false
	}
	return value, ok
}
