package adaptertest

import (
	"net/url"
	"strings"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/internal/audit"
)

func (s *suite) requestsWithoutToken() {
	s.add("without a token the challenge has no error code", func(c *client) {
		c.refused(c.send(s.plain), unauthorized)
		c.refused(c.send(s.plain, "X-Other", "value"), unauthorized)
		c.refused(c.raw(s.plain, "Authorization:"), unauthorized)
		c.refused(c.raw(s.plain, "Authorization:   "), unauthorized)
		c.refused(c.raw(s.plain, "Authorization: \t "), unauthorized)
	})
	s.add("the header of an audit opens nothing where no audit runs", func(c *client) {
		ended := audit.Start() // of another test
		ended.End()
		for _, secret := range []string{"", "1", ended.Secret(), ended.ExemptSecret()} {
			c.refused(c.send(s.plain, audit.Header, secret), unauthorized)
			c.refused(c.send(s.plain, append(bearer("not-a-token"), audit.Header, secret)...), invalidToken)
		}
	})
	s.add("another scheme is no bearer token", func(c *client) {
		good := s.token("scheme")
		for _, value := range []string{
			"Basic dXNlcjpwYXNz", "Digest username=x", "Bearertoken", "Bearer" + good,
			"Token " + good, good, "DPoP " + good, "bear",
		} {
			c.refused(c.send(s.plain, "Authorization", value), unauthorized)
		}
	})
	s.add("a token in the query string is ignored", func(c *client) {
		for _, name := range []string{"access_token", "token", "authorization"} {
			c.query = "?" + name + "=" + s.token("query")
			c.refused(c.send(s.plain), unauthorized)
		}
	})
}

func (s *suite) malformedHeaders() {
	s.add("Bearer without a token is a bad request", func(c *client) {
		for _, line := range []string{"Authorization: Bearer", "Authorization: Bearer ", "Authorization: bearer     "} {
			c.refused(c.raw(s.plain, line), invalidRequest)
		}
	})
	s.add("white space and commas inside the value are a bad request", func(c *client) {
		good := s.token("space")
		for _, value := range []string{
			"Bearer " + good + " " + good,
			"Bearer " + good + ", Bearer " + good,
			"Bearer " + good + ",",
			"Bearer ," + good,
			"Bearer a b",
			"Bearer a\tb",
			"Bearer\t" + good,
			"Bearer \t" + good,
			"Bearer Bearer " + good,
		} {
			c.refused(c.raw(s.plain, "Authorization: "+value), invalidRequest)
		}
	})
	s.add("control characters in the header never reach the handler", func(c *client) {
		good := s.token("odd")
		for _, line := range []string{
			"Authorization: Bearer " + good + "\x00",
			"Authorization: Bearer \x01" + good,
			"Authorization: Bearer " + good[:20] + "\x7f" + good[20:],
			"Authorization: Bearer " + good[:20] + "\r\n " + good[20:], // obs-fold, RFC 9112 section 5.2
			"Authorization: Bearer " + good + "\nAuthorization: Bearer " + good,
			"Authorization : Bearer " + good,
			"Authorization\x00: Bearer " + good,
		} {
			c.hangUp() // a framework may stop reading at such a line
			c.rejected(c.raw(s.plain, line))
		}
	})
}

func (s *suite) repeatedHeaders() {
	s.add("two Authorization lines are a bad request, even when one is empty", func(c *client) {
		good := "Bearer " + s.token("two")
		for _, lines := range [][]string{
			{"Authorization: " + good, "Authorization: " + good},
			{"Authorization: " + good, "Authorization: Bearer " + s.token("else")},
			{"Authorization: " + good, "authorization: " + good},
			{"AUTHORIZATION: " + good, "authorization: " + good},
			{"Authorization: " + good, "Authorization:"},
			{"Authorization:", "Authorization: " + good},
			{"Authorization: " + good, "X-Between: 1", "Authorization: Basic dXNlcjpwYXNz"},
			{"Authorization: Basic dXNlcjpwYXNz", "Authorization: " + good},
			{"Authorization:", "Authorization:"},
			{"Authorization: " + good, "Authorization: " + good, "Authorization: " + good},
		} {
			c.refused(c.raw(s.plain, lines...), invalidRequest)
		}
		c.accepted(c.raw(s.plain, "Authorization: "+good), "two")
	})
}

func (s *suite) longTokens() {
	s.add("a token of 16 KiB is read to its end", func(c *client) {
		// The token is valid, so only its size could be a reason to refuse it.
		good := s.issuer.Token(devissuer.Claims{"sub": "long", "padding": strings.Repeat("x", 11<<10)})
		if len(good) <= 15000 || len(good) > 16<<10 {
			c.errorf("the token has %d bytes", len(good))
		}
		for range 2 {
			c.accepted(c.send(s.plain, bearer(good)...), "long")
		}
	})
}

// hostHeaders checks the host with which core compares the Origin of a request
// that is authenticated by a cookie.
func (s *suite) hostHeaders() {
	post := s.route("POST", requireAuth(s.cookieAuth()))
	s.add("the host of an absolute request target counts, not the Host line", func(c *client) { // RFC 9112 section 3.2.2
		cookie := "Cookie: session=" + s.token("visitor")
		here, err := url.Parse(c.base)
		if err != nil {
			c.errorf("the base URL: %v", err)
			return
		}
		for _, row := range []struct {
			target, host, origin string
			want                 refusal // zero: accepted
		}{
			{c.base + post.path, here.Host, c.base, refusal{}},
			{c.base + post.path, "evil.example", c.base, refusal{}},
			{c.base + post.path, "evil.example", "http://evil.example", crossSite},
			{"http://evil.example" + post.path, here.Host, c.base, crossSite},
		} {
			c.hangUp()
			a := c.sendRaw(post, rawRequest{
				target: row.target, hosts: []string{row.host},
				lines: []string{cookie, "Origin: " + row.origin, "Content-Length: 0"},
			})
			if row.want.status == 0 {
				c.accepted(a, "visitor")
			} else {
				c.refused(a, row.want)
			}
		}
	})
	s.add("an Origin that equals one of two Host lines is refused", func(c *client) { // RFC 9112 section 3.2
		cookie := "Cookie: session=" + s.token("visitor")
		here := strings.TrimPrefix(c.base, "http://")
		for _, hosts := range [][]string{{here, "evil.example"}, {"evil.example", here}} {
			c.hangUp()
			c.rejected(c.sendRaw(post, rawRequest{
				hosts: hosts, lines: []string{cookie, "Origin: http://evil.example", "Content-Length: 0"},
			}))
			c.hangUp()
			c.rejected(c.sendRaw(post, rawRequest{
				hosts: hosts, lines: []string{cookie, "Origin: " + c.base, "Content-Length: 0"},
			}))
		}
	})
}
