package adaptertest

import (
	"slices"
	"strings"
)

// here stands for the server's own origin in a table of header values.
const here = "{here}"

// crossSiteTable lists requests with a session cookie, and whether core accepts
// them.
var crossSiteTable = []struct {
	name     string
	method   string
	header   []string
	accepted bool
}{
	{"GET from anywhere", "GET", []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, true},
	{"HEAD from anywhere", "HEAD", []string{"Sec-Fetch-Site", "cross-site"}, true},
	{"OPTIONS from anywhere", "OPTIONS", []string{"Origin", "https://evil.example"}, true},
	{"POST from the same origin", "POST", []string{"Sec-Fetch-Site", "same-origin", "Origin", here}, true},
	{"POST from the address bar", "POST", []string{"Sec-Fetch-Site", "none"}, true},
	{"POST from the same site", "POST", []string{"Sec-Fetch-Site", "same-site"}, false},
	{"POST from the same site, with the host's origin", "POST", []string{"Sec-Fetch-Site", "same-site", "Origin", here}, false},
	{"POST from another site", "POST", []string{"Sec-Fetch-Site", "cross-site"}, false},
	{"POST with an empty Sec-Fetch-Site", "POST", []string{"Sec-Fetch-Site", "", "Origin", here}, false},
	{"POST with two Sec-Fetch-Site", "POST", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Site", "cross-site"}, false},
	{"POST with the host's origin alone", "POST", []string{"Origin", here}, true},
	{"POST with a trusted origin", "POST", []string{"Origin", trustedOrigin}, true},
	{"POST with another origin", "POST", []string{"Origin", "https://evil.example"}, false},
	{"POST with an origin that begins like the host", "POST", []string{"Origin", here + ".evil.example"}, false},
	{"POST with an origin that begins like a trusted one", "POST", []string{"Origin", trustedOrigin + ".evil.example"}, false},
	{"POST with the origin null", "POST", []string{"Origin", "null"}, false},
	{"POST with two origins", "POST", []string{"Origin", here, "Origin", "https://evil.example"}, false},
	{"POST without an origin", "POST", nil, false},
	{"PUT from another site", "PUT", []string{"Sec-Fetch-Site", "cross-site"}, false},
	{"PATCH from another site", "PATCH", []string{"Sec-Fetch-Site", "cross-site"}, false},
	{"DELETE from another site", "DELETE", []string{"Sec-Fetch-Site", "cross-site"}, false},
	{"DELETE from the same origin", "DELETE", []string{"Sec-Fetch-Site", "same-origin"}, true},
	{"Upgrade from another origin", "GET", append([]string{"Origin", "https://evil.example"}, upgrade...), false},
	{"Upgrade without an origin", "GET", upgrade, false},
	{"Upgrade with the host's origin", "GET", append([]string{"Origin", here}, upgrade...), true},
	{"Upgrade with a trusted origin", "GET", append([]string{"Origin", trustedOrigin}, upgrade...), true},
}

var upgrade = []string{"Connection", "Upgrade", "Upgrade", "websocket"}

func (s *suite) crossSiteRequests() {
	auth := requireAuth(s.cookieAuth())
	routes := make(map[string]*route)
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"} {
		routes[method] = s.route(method, auth)
	}
	for _, row := range crossSiteTable {
		r := routes[row.method]
		s.add("with a cookie, "+row.name+isAccepted(row.accepted), func(c *client) {
			header := slices.Clone(row.header)
			for i := range header {
				header[i] = strings.ReplaceAll(header[i], here, c.base)
			}
			a := c.send(r, append(header, "Cookie", s.sessionCookie("visitor"))...)
			switch {
			case !row.accepted:
				c.refused(a, crossSite)
			case row.method == "HEAD":
				c.handled(a)
			default:
				c.accepted(a, "visitor")
			}
			c.varies(a)
		})
	}
	post := routes["POST"]
	s.add("with a header, POST from another site is accepted", func(c *client) {
		header := append(bearer(s.token("client")), "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
		c.accepted(c.send(post, header...), "client")
	})
}

// isAccepted completes the name of a case.
func isAccepted(accepted bool) string {
	if accepted {
		return " is accepted"
	}
	return " is refused"
}
