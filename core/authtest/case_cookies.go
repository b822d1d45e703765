package authtest

import (
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

const trustedOrigin = "https://app.example.test"

// cookieAuth reads the cookie "session" beside the Authorization header.
func (s *suite) cookieAuth() *core.Authenticator {
	return s.authenticator(func(cfg *core.Config) {
		cfg.Extractors = []core.Extractor{core.FromBearer(), core.FromCookie("session")}
		cfg.TrustedOrigins = []string{trustedOrigin}
	})
}

// varies requires that caches are told of the cookie, and of what other
// middleware told them before.
func (c *client) varies(a *answer, also ...string) {
	if a == nil {
		return
	}
	var got []string
	for _, line := range a.Header.Values("Vary") {
		for name := range strings.SplitSeq(line, ",") {
			got = append(got, strings.ToLower(strings.TrimSpace(name)))
		}
	}
	for _, name := range append(also, "cookie") {
		if !slices.Contains(got, name) {
			c.errorf("%s: got Vary %q, want %s in it", a, got, name)
		}
	}
}

// cookies: tokens in cookies, and where they stand back.
func (s *suite) cookies() {
	auth := s.cookieAuth()
	r := s.get(requireAuth(auth))
	cookie := func(subject string) string { return "session=" + s.token(subject) }

	s.add("a token in a cookie is accepted", func(c *client) {
		for _, value := range []string{
			cookie("visitor"), "other=1; " + cookie("visitor"), cookie("visitor") + "; other=session",
			"Session=no; xsession=no; " + cookie("visitor"),
			`session="` + s.token("visitor") + `"`,
		} {
			a := c.send(r, "Cookie", value)
			c.accepted(a, "visitor")
			c.varies(a)
		}
		c.accepted(c.raw(r, "Cookie: other=1", "Cookie: "+cookie("lines")), "lines")
	})
	s.add("a bad token in a cookie is refused as one in the header", func(c *client) {
		for value, want := range map[string]refusal{
			"session=not-a-token":        invalidToken,
			"session=a b":                invalidRequest,
			"session=":                   unauthorized,
			"session":                    unauthorized,
			"sessio=" + s.token("name"):  unauthorized,
			"SESSION=" + s.token("name"): unauthorized,
			"session=" + s.other.Token(devissuer.Claims{"n": 1}): invalidToken,
		} {
			a := c.send(r, "Cookie", value)
			c.refused(a, want)
			c.varies(a)
		}
		c.varies(c.send(r))
	})
	s.add("the Authorization header counts, not the cookie", func(c *client) {
		c.accepted(c.send(r, append(bearer(s.token("header")), "Cookie", cookie("visitor"))...), "header")
		c.accepted(c.send(r, append(bearer(s.token("header")), "Cookie", "session=not-a-token")...), "header")
		c.refused(c.send(r, append(bearer("not-a-token"), "Cookie", cookie("visitor"))...), invalidToken)
		c.refused(c.send(r, "Authorization", "Basic dXNlcjpwYXNz", "Cookie", cookie("visitor")), unauthorized)
	})
	s.add("two cookies of the name are a bad request", func(c *client) {
		for _, lines := range [][]string{
			{"Cookie: " + cookie("first") + "; " + cookie("second")},
			{"Cookie: " + cookie("first") + "; session="},
			{"Cookie: session=; " + cookie("first")},
			{"Cookie: " + cookie("first"), "Cookie: " + cookie("second")},
			{"Cookie: " + cookie("first"), "cookie: other=1; " + cookie("second")},
		} {
			a := c.raw(r, lines...)
			c.refused(a, invalidRequest)
			c.varies(a)
		}
	})

	chosen := s.get(requireAuth(s.authenticator(func(cfg *core.Config) {
		cfg.Extractors = []core.Extractor{core.FromBearer(), core.FromCookieFunc(func(get func(string) string) string { return get("which") })}
	})))
	s.add("of several cookies the chosen one is accepted", func(c *client) {
		a, b := "session_a="+s.token("first"), "session_b="+s.token("second")
		for value, subject := range map[string]string{
			"which=session_a; " + a + "; " + b:            "first",
			a + "; " + b + "; which=session_b":            "second",
			"which=session_a; " + a + "; " + b + "; " + b: "first",
		} {
			got := c.send(chosen, "Cookie", value)
			c.accepted(got, subject)
			c.varies(got)
		}
		for value, want := range map[string]refusal{
			a + "; " + b:                                   unauthorized,
			"which=session_c; " + a:                        unauthorized,
			"which=session_a; " + a + "; " + a:             invalidRequest,
			"which=session_a; session_a=not-a-token; " + b: invalidToken,
		} {
			got := c.send(chosen, "Cookie", value)
			c.refused(got, want)
			c.varies(got)
		}
		c.accepted(c.send(chosen, append(bearer(s.token("header")), "Cookie", "which=session_a; "+a)...), "header")
	})

	optional := s.get(optionalAuth(auth))
	s.add("an answer to nobody tells caches that a cookie would change it", func(c *client) {
		a := c.send(optional)
		c.anonymous(a)
		c.varies(a)
	})
	varied := s.get(requireAuth(auth))
	varied.header = [][2]string{{"Vary", "Origin"}}
	s.add("Vary keeps what other middleware put into it", func(c *client) {
		a := c.send(varied, "Cookie", cookie("vary"))
		c.accepted(a, "vary")
		c.varies(a, "origin")
		a = c.send(varied)
		c.refused(a, unauthorized)
		c.varies(a, "origin")
	})
}

// crossSite: which requests may carry their token in a cookie.
func (s *suite) crossSite() {
	guard := requireAuth(s.cookieAuth())
	routes := make(map[string]*route)
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"} {
		routes[method] = s.route(method, guard)
	}
	const own = "{own}" // stands for the server's origin
	upgrade := []string{"Connection", "Upgrade", "Upgrade", "websocket"}
	for _, row := range []struct {
		name   string
		method string
		header []string
		grants bool
	}{
		{"GET from anywhere", "GET", []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, true},
		{"HEAD from anywhere", "HEAD", []string{"Sec-Fetch-Site", "cross-site"}, true},
		{"OPTIONS from anywhere", "OPTIONS", []string{"Origin", "https://evil.example"}, true},
		{"POST from the same origin", "POST", []string{"Sec-Fetch-Site", "same-origin", "Origin", own}, true},
		{"POST from the address bar", "POST", []string{"Sec-Fetch-Site", "none"}, true},
		{"POST from the same site", "POST", []string{"Sec-Fetch-Site", "same-site"}, false},
		{"POST from the same site, with the host's origin", "POST", []string{"Sec-Fetch-Site", "same-site", "Origin", own}, false},
		{"POST from another site", "POST", []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"POST with an empty Sec-Fetch-Site", "POST", []string{"Sec-Fetch-Site", "", "Origin", own}, false},
		{"POST with two Sec-Fetch-Site", "POST", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Site", "cross-site"}, false},
		{"POST with the host's origin alone", "POST", []string{"Origin", own}, true},
		{"POST with a trusted origin", "POST", []string{"Origin", trustedOrigin}, true},
		{"POST with another origin", "POST", []string{"Origin", "https://evil.example"}, false},
		{"POST with an origin that begins like the host", "POST", []string{"Origin", own + ".evil.example"}, false},
		{"POST with an origin that begins like a trusted one", "POST", []string{"Origin", trustedOrigin + ".evil.example"}, false},
		{"POST with the origin null", "POST", []string{"Origin", "null"}, false},
		{"POST with two origins", "POST", []string{"Origin", own, "Origin", "https://evil.example"}, false},
		{"POST that does not say", "POST", nil, false},
		{"PUT from another site", "PUT", []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"PATCH from another site", "PATCH", []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"DELETE from another site", "DELETE", []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"DELETE from the same origin", "DELETE", []string{"Sec-Fetch-Site", "same-origin"}, true},
		{"Upgrade from another origin", "GET", append([]string{"Origin", "https://evil.example"}, upgrade...), false},
		{"Upgrade that does not say", "GET", upgrade, false},
		{"Upgrade with the host's origin", "GET", append([]string{"Origin", own}, upgrade...), true},
		{"Upgrade with a trusted origin", "GET", append([]string{"Origin", trustedOrigin}, upgrade...), true},
	} {
		verb := " is refused"
		if row.grants {
			verb = " is accepted"
		}
		s.add("with a cookie, "+row.name+verb, func(c *client) {
			r := routes[row.method]
			header := slices.Clone(row.header)
			for i := range header {
				header[i] = strings.ReplaceAll(header[i], own, c.base)
			}
			a := c.send(r, append(header, "Cookie", "session="+s.token("visitor"))...)
			switch {
			case !row.grants:
				c.refused(a, crossSite)
			case row.method == "HEAD":
				c.reached(a)
			default:
				c.accepted(a, "visitor")
			}
			c.varies(a)
		})
	}
	s.add("with a header, a request from another site is accepted", func(c *client) {
		a := c.send(routes["POST"], append(bearer(s.token("client")), "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")...)
		c.accepted(a, "client")
	})
}
