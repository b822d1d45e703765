package authtest

import "strings"

// transport: how a request may carry its token.
func (s *suite) transport() {
	s.add("without a token the challenge has no error code", func(c *client) {
		c.refused(c.send(s.plain), unauthorized)
		c.refused(c.send(s.plain, "X-Other", "value"), unauthorized)
		c.refused(c.raw(s.plain, "Authorization:"), unauthorized)
		c.refused(c.raw(s.plain, "Authorization:   "), unauthorized)
	})
	s.add("another scheme is no token", func(c *client) {
		good := s.token("scheme")
		for _, value := range []string{"Basic dXNlcjpwYXNz", "Digest username=x", "Bearertoken", "Bearer" + good, "Token " + good, good, "DPoP " + good, "bear"} {
			c.refused(c.send(s.plain, "Authorization", value), unauthorized)
		}
	})
	s.add("a token in the query string is no token", func(c *client) {
		for _, name := range []string{"access_token", "token", "authorization"} {
			c.query = "?" + name + "=" + s.token("query")
			c.refused(c.send(s.plain), unauthorized)
		}
	})
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
	s.add("odd bytes in the header never get through", func(c *client) {
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
			c.closed(c.raw(s.plain, line))
		}
	})
	s.add("a token of 16 KiB is read to its end", func(c *client) {
		// Long, well-formed and good: the header's size is not what refuses it.
		good := s.issuer.Token(map[string]any{"sub": "long", "padding": strings.Repeat("x", 11<<10)})
		if len(good) <= 15000 || len(good) > 16<<10 {
			c.errorf("the token has %d bytes", len(good))
		}
		c.accepted(c.send(s.plain, bearer(good)...), "long")
		c.accepted(c.send(s.plain, bearer(good)...), "long")
	})
}

// methods: authentication does not depend on the method.
func (s *suite) methods() {
	var routes []*route
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		routes = append(routes, s.route(method, requireAuth(s.auth)))
	}
	s.add("every method is guarded, OPTIONS too", func(c *client) {
		for _, r := range routes {
			c.refused(c.send(r), unauthorized)
			c.refused(c.send(r, bearer("not-a-token")...), invalidToken)
			c.accepted(c.send(r, bearer(s.token(r.method))...), r.method)
		}
	})
	s.add("a method that the route does not have reaches no handler", func(c *client) {
		for _, method := range []string{"BREW", "TRACE", "get", "Get"} {
			c.hangUp()
			c.closed(c.rawMethod(method, s.plain))
			c.hangUp()
			c.closed(c.rawMethod(method, s.plain, "Authorization: Bearer "+s.token("brew")))
		}
	})
	head := s.route("HEAD", requireAuth(s.auth))
	s.add("a refusal of HEAD has the same headers and no body", func(c *client) {
		for _, lines := range [][]string{
			nil,
			{"Authorization: Bearer not-a-token"},
			{"Authorization: Bearer"},
		} {
			a, b := c.raw(head, lines...), c.raw(s.plain, lines...)
			if a == nil || b == nil {
				continue
			}
			want := map[int]refusal{400: invalidRequest, 401: invalidToken}[b.StatusCode]
			if lines == nil {
				want = unauthorized
			}
			c.refused(a, want)
			c.refused(b, want) // on the same connection: nothing was left in it
		}
		a := c.raw(head, "Authorization: Bearer "+s.token("head"))
		c.reached(a)
	})
}
