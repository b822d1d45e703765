package adaptertest

import (
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

const trustedOrigin = "https://app.example.test"

// cookieAuth makes an Authenticator that reads the Authorization header, and
// then the cookie "session".
func (s *suite) cookieAuth() *core.Authenticator {
	return s.authenticator(func(cfg *core.Config) {
		cfg.Extractors = []core.Extractor{core.FromBearer(), core.FromCookie("session")}
		cfg.TrustedOrigins = []string{trustedOrigin}
	})
}

// sessionCookie returns the cookie "session" with a valid token.
func (s *suite) sessionCookie(subject string) string { return "session=" + s.token(subject) }

func (s *suite) cookies() {
	r := s.get(requireAuth(s.cookieAuth()))
	s.add("a token in a cookie is accepted", func(c *client) {
		cookie := s.sessionCookie("visitor")
		for _, value := range []string{
			cookie, "other=1; " + cookie, cookie + "; other=session",
			"Session=no; xsession=no; " + cookie,
			`session="` + s.token("visitor") + `"`,
		} {
			a := c.send(r, "Cookie", value)
			c.accepted(a, "visitor")
			c.varies(a)
		}
		c.accepted(c.raw(r, "Cookie: other=1", "Cookie: "+cookie), "visitor")
	})
	s.add("an invalid token in a cookie is refused like one in the header", func(c *client) {
		for _, row := range []struct {
			cookie string
			want   refusal
		}{
			{"session=not-a-token", invalidToken},
			{"session=" + s.other.Token(devissuer.Claims{"n": 1}), invalidToken},
			{"session=a b", invalidRequest},
			{"session=", unauthorized},
			{"session", unauthorized},
			{"sessio=" + s.token("name"), unauthorized},
			{"SESSION=" + s.token("name"), unauthorized},
		} {
			a := c.send(r, "Cookie", row.cookie)
			c.refused(a, row.want)
			c.varies(a)
		}
		c.varies(c.send(r))
	})
	s.add("the Authorization header counts, not the cookie", func(c *client) {
		cookie := s.sessionCookie("visitor")
		c.accepted(c.send(r, append(bearer(s.token("header")), "Cookie", cookie)...), "header")
		c.accepted(c.send(r, append(bearer(s.token("header")), "Cookie", "session=not-a-token")...), "header")
		c.refused(c.send(r, append(bearer("not-a-token"), "Cookie", cookie)...), invalidToken)
		c.refused(c.send(r, "Authorization", "Basic dXNlcjpwYXNz", "Cookie", cookie), unauthorized)
	})
	s.add("two cookies of the name are a bad request", func(c *client) {
		first, second := s.sessionCookie("first"), s.sessionCookie("second")
		for _, lines := range [][]string{
			{"Cookie: " + first + "; " + second},
			{"Cookie: " + first + "; session="},
			{"Cookie: session=; " + first},
			{"Cookie: " + first, "Cookie: " + second},
			{"Cookie: " + first, "cookie: other=1; " + second},
		} {
			a := c.raw(r, lines...)
			c.refused(a, invalidRequest)
			c.varies(a)
		}
	})
}

// chosenCookies checks core.FromCookieFunc, with a cookie that names another.
func (s *suite) chosenCookies() {
	r := s.get(requireAuth(s.authenticator(func(cfg *core.Config) {
		choose := func(get func(name string) string) string { return get("which") }
		cfg.Extractors = []core.Extractor{core.FromBearer(), core.FromCookieFunc(choose)}
	})))
	s.add("of several cookies the chosen one is accepted", func(c *client) {
		first, second := "session_a="+s.token("first"), "session_b="+s.token("second")
		for _, row := range []struct{ cookie, subject string }{
			{"which=session_a; " + first + "; " + second, "first"},
			{first + "; " + second + "; which=session_b", "second"},
			{"which=session_a; " + first + "; " + second + "; " + second, "first"},
		} {
			a := c.send(r, "Cookie", row.cookie)
			c.accepted(a, row.subject)
			c.varies(a)
		}
		c.accepted(c.send(r, append(bearer(s.token("header")), "Cookie", "which=session_a; "+first)...), "header")
	})
	s.add("without a good chosen cookie the request is refused", func(c *client) {
		first, second := "session_a="+s.token("first"), "session_b="+s.token("second")
		for _, row := range []struct {
			cookie string
			want   refusal
		}{
			{first + "; " + second, unauthorized},
			{"which=session_c; " + first, unauthorized},
			{"which=session_a; " + first + "; " + first, invalidRequest},
			{"which=session_a; session_a=not-a-token; " + second, invalidToken},
		} {
			a := c.send(r, "Cookie", row.cookie)
			c.refused(a, row.want)
			c.varies(a)
		}
	})
}

func (s *suite) varyHeader() {
	optional := s.get(optionalAuth(s.cookieAuth()))
	s.add("an answer without an identity says that it varies with the cookie", func(c *client) {
		a := c.send(optional)
		c.anonymous(a)
		c.varies(a)
	})
	varied := s.get(requireAuth(s.cookieAuth()))
	varied.header = [][2]string{{"Vary", "Origin"}}
	s.add("Vary keeps what other middleware put into it", func(c *client) {
		a := c.send(varied, "Cookie", s.sessionCookie("vary"))
		c.accepted(a, "vary")
		c.varies(a, "origin")
		a = c.send(varied)
		c.refused(a, unauthorized)
		c.varies(a, "origin")
	})
}
