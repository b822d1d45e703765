package adaptertest

import (
	"encoding/json"
	"maps"
	"mime"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// refusal is what a client sees of one kind of refusal.
type refusal struct {
	status      int
	code        string
	description string
	challenge   string // WWW-Authenticate, "" for none
	retryAfter  bool
	hint        map[string]any // in the body, beside code and description
}

// These are the rows of the table in core's documentation.
var (
	unauthorized = refusal{status: 401, code: "unauthorized",
		description: "authentication is required", challenge: `Bearer`}
	invalidRequest = refusal{status: 400, code: "invalid_request",
		description: "the request must carry one bearer token, in one place", challenge: `Bearer error="invalid_request"`}
	invalidToken = refusal{status: 401, code: "invalid_token",
		description: "the token is not accepted", challenge: `Bearer error="invalid_token"`}
	expiredToken = invalidToken.challenged(`Bearer error="invalid_token", error_description="token expired"`)
	denied       = refusal{status: 403, code: "insufficient_scope",
		description: "the caller lacks a right that the request needs", challenge: `Bearer error="insufficient_scope"`}
	crossSite = refusal{status: 403, code: "cross_site_request",
		description: "the request comes from another site"}
	rateLimited = refusal{status: 429, code: "rate_limited",
		description: "too many requests", retryAfter: true}
	unavailable = refusal{status: 503, code: "temporarily_unavailable",
		description: "the request cannot be checked at the moment", retryAfter: true}
	noAuthentication = refusal{status: 500, code: "server_error",
		description: "the server is not set up to answer this request"}
)

// challenged returns the refusal with another challenge.
func (r refusal) challenged(challenge string) refusal {
	r.challenge = challenge
	return r
}

// accepted requires that the handler ran once and saw this subject.
func (c *client) accepted(a *answer, subject string) {
	c.t.Helper()
	if v := c.handled(a); v != nil && (!v.OK || v.Subject != subject) {
		c.errorf("%s: the handler saw subject %q (%v), want %q", a, v.Subject, v.OK, subject)
	}
}

// anonymous requires that the handler ran once and saw no identity.
func (c *client) anonymous(a *answer) {
	c.t.Helper()
	if v := c.handled(a); v != nil && (v.OK || v.Subject != "") {
		c.errorf("%s: the handler saw subject %q (%v), want no identity", a, v.Subject, v.OK)
	}
}

// handled requires that the handler ran once and that its answer arrived. It
// returns what the handler saw, or nil.
func (c *client) handled(a *answer) *view {
	c.t.Helper()
	if a == nil {
		return nil
	}
	a.route.wantCalls.Add(1)
	if a.StatusCode != 200 {
		c.errorf("%s: got %s %.200q, want 200", a, a.Status, a.body)
		return nil
	}
	if a.calls != 1 {
		c.errorf("%s: the handler ran %d times, want 1", a, a.calls)
	}
	return c.viewIn(a)
}

// handledConcurrently is handled for a route that other goroutines use at the
// same time: the calls of the whole case are compared at its end.
func (c *client) handledConcurrently(a *answer, subject string) {
	c.t.Helper()
	if a != nil {
		a.calls = 1
	}
	c.accepted(a, subject)
}

// viewIn reads the handler's answer. When it cannot, it reports that and returns
// nil.
func (c *client) viewIn(a *answer) *view {
	c.t.Helper()
	for _, name := range []string{"Www-Authenticate", "Cache-Control", "Retry-After"} {
		if v := a.Header.Get(name); v != "" {
			c.errorf("%s: got %s %q with an accepted request", a, name, v)
		}
	}
	if a.Request != nil && a.Request.Method == "HEAD" {
		return nil
	}
	var v view
	if err := json.Unmarshal(a.body, &v); err != nil {
		c.errorf("%s: got body %.200q, want what the handler returned", a, a.body)
		return nil
	}
	if !v.Same {
		c.errorf("%s: Identity and core.IdentityFrom(ctx) differ", a)
	}
	return &v
}

// refused requires this refusal, that the handler did not run, and that the
// answer contains nothing else about the token.
func (c *client) refused(a *answer, want refusal) {
	c.t.Helper()
	switch {
	case a == nil:
		return
	case a.calls != 0: // its body is mixed with the refusal's
		c.errorf("%s: the handler ran, want %d", a, want.status)
		return
	case a.StatusCode != want.status:
		c.errorf("%s: got %s %.200q, want %d", a, a.Status, a.body, want.status)
		return
	}
	c.refusedHeader(a, want)
	if a.Request.Method == "HEAD" {
		if len(a.body) > 0 {
			c.errorf("%s: got body %.200q, want none in the answer to HEAD", a, a.body)
		}
	} else {
		body := map[string]any{"error": want.code, "error_description": want.description}
		maps.Copy(body, want.hint)
		c.body(a, body)
	}
	c.tellsNothing(a)
}

// refusedConcurrently is refused for a route that other goroutines use at the same
// time.
func (c *client) refusedConcurrently(a *answer, want refusal) {
	c.t.Helper()
	if a != nil {
		a.calls = 0
	}
	c.refused(a, want)
}

func (c *client) refusedHeader(a *answer, want refusal) {
	c.t.Helper()
	challenges := a.Header.Values("Www-Authenticate")
	switch {
	case want.challenge == "" && len(challenges) != 0:
		c.errorf("%s: got WWW-Authenticate %q, want none", a, challenges)
	case want.challenge != "" && (len(challenges) != 1 || challenges[0] != want.challenge):
		c.errorf("%s: got WWW-Authenticate %q, want %q once", a, challenges, want.challenge)
	}
	if v := a.Header.Values("Cache-Control"); len(v) != 1 || v[0] != "no-store" {
		c.errorf("%s: got Cache-Control %q, want no-store", a, v)
	}
	switch seconds, err := strconv.Atoi(a.Header.Get("Retry-After")); {
	case want.retryAfter && (err != nil || seconds < 1):
		c.errorf("%s: got Retry-After %q, want seconds", a, a.Header.Get("Retry-After"))
	case !want.retryAfter && a.Header.Get("Retry-After") != "":
		c.errorf("%s: got Retry-After %q, want none", a, a.Header.Get("Retry-After"))
	}
}

// body requires a JSON body equal to want.
func (c *client) body(a *answer, want map[string]any) {
	c.t.Helper()
	kind, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" || len(a.Header.Values("Content-Type")) != 1 {
		c.errorf("%s: got Content-Type %q, want application/json", a, a.Header.Values("Content-Type"))
	}
	var got map[string]any
	if err := json.Unmarshal(a.body, &got); err != nil || !reflect.DeepEqual(got, want) {
		c.errorf("%s: got body %.300q, want %v", a, a.body, want)
	}
}

// rejected requires that the handler did not run and that the answer is an
// error. It accepts every error, because a framework may reject such a request
// before its middleware runs.
func (c *client) rejected(a *answer) {
	c.t.Helper()
	if a != nil && (a.calls != 0 || a.StatusCode < 400) {
		c.errorf("%s: got %s and the handler ran %d times, want an error", a, a.Status, a.calls)
	}
}

// varies requires that Vary names Cookie, and the names that other middleware
// put there before.
func (c *client) varies(a *answer, also ...string) {
	c.t.Helper()
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
			c.errorf("%s: got Vary %q, want it to name %s", a, got, name)
		}
	}
}
