package core

import (
	"net/url"
	"strings"
)

// blanks are what other readers trim, net/http among them: a cookie that they
// find must not be overlooked here.
const blanks = " \t\r\n"

// cookie returns the value of the cookie and how many cookies of the name there
// are, over all Cookie lines (RFC 6265 section 4.2). Reading goes on after the
// first, because two readers may disagree on which one counts.
func cookie(r Request, name string) (value string, n int) {
	for i := 0; ; i++ {
		line, ok := r.Header("Cookie", i)
		if !ok {
			return value, n
		}
		for pair := range strings.SplitSeq(line, ";") {
			k, v, _ := strings.Cut(pair, "=")
			if strings.Trim(k, blanks) != name {
				continue
			}
			v = strings.Trim(v, blanks)
			if len(v) > 1 && v[0] == '"' && v[len(v)-1] == '"' {
				v = v[1 : len(v)-1]
			}
			value, n = v, n+1
		}
	}
}

// sameSite reports whether a token from a cookie may count: the request cannot
// change anything, or cannot have been made by another site. Browsers send
// cookies on their own, so without this any page could act for its visitors.
func (a *Authenticator) sameSite(r Request) bool {
	switch r.Method() {
	case "GET", "HEAD", "OPTIONS":
		// A WebSocket handshake is a GET that CORS does not guard.
		if _, upgrade := r.Header("Upgrade", 0); !upgrade {
			return true
		}
	}
	origin, hasOrigin := single(r, "Origin")
	if hasOrigin && a.trustedOrigins[origin] {
		return true
	}
	if _, sent := r.Header("Sec-Fetch-Site", 0); sent {
		site, _ := single(r, "Sec-Fetch-Site")
		return site == "same-origin" || site == "none"
	}
	return hasOrigin && a.ownOrigin(r, origin)
}

// ownOrigin reports whether origin is where the request went. Without PublicURL
// the scheme is not known behind a proxy, so the host decides.
func (a *Authenticator) ownOrigin(r Request, origin string) bool {
	if a.publicOrigin != "" {
		return origin == a.publicOrigin
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return false
	}
	host, ok := single(r, "Host")
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
