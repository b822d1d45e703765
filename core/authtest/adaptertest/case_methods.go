package adaptertest

func (s *suite) methods() {
	var routes []*route
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		routes = append(routes, s.route(method, requireAuth(s.auth)))
	}
	s.add("every method requires authentication, OPTIONS too", func(c *client) {
		for _, r := range routes {
			c.refused(c.send(r), unauthorized)
			c.refused(c.send(r, bearer("not-a-token")...), invalidToken)
			c.accepted(c.send(r, bearer(s.token(r.method))...), r.method)
		}
	})
	s.add("a method that the route does not have reaches no handler", func(c *client) {
		for _, method := range []string{"BREW", "TRACE", "get", "Get"} {
			for _, lines := range [][]string{nil, {"Authorization: Bearer " + s.token("brew")}} {
				c.hangUp()
				c.rejected(c.sendRaw(s.plain, rawRequest{method: method, lines: lines}))
			}
		}
	})
}

func (s *suite) headRequests() {
	head := s.route("HEAD", requireAuth(s.auth))
	s.add("a refusal of HEAD has the same headers and no body", func(c *client) {
		for _, row := range []struct {
			lines []string
			want  refusal
		}{
			{nil, unauthorized},
			{[]string{"Authorization: Bearer not-a-token"}, invalidToken},
			{[]string{"Authorization: Bearer"}, invalidRequest},
		} {
			c.refused(c.raw(head, row.lines...), row.want)
			c.refused(c.raw(s.plain, row.lines...), row.want) // on the same connection: no body was left in it
		}
		c.handled(c.raw(head, "Authorization: Bearer "+s.token("head")))
	})
}
