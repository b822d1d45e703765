package authtest

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"mime"
	"reflect"
	"strconv"
	"strings"
)

// refusal is what a client gets to see of one kind of refusal.
type refusal struct {
	status      int
	code        string
	description string
	challenge   string // WWW-Authenticate, "" for none
	retryAfter  bool
	hint        map[string]any // in the body, beside code and description
}

// The rows of the table in core's documentation.
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
	notMounted = refusal{status: 500, code: "server_error",
		description: "the server is not set up to answer this request"}
)

// challenged is the refusal with another challenge.
func (r refusal) challenged(challenge string) refusal {
	r.challenge = challenge
	return r
}

// accepted requires that the request went through to the handler, once, and
// that the handler saw this subject.
func (c *client) accepted(a *answer, subject string) {
	if v := c.reached(a); v != nil {
		if !v.OK || v.Subject != subject {
			c.errorf("%s: the handler saw subject %q (%v), want %q", a, v.Subject, v.OK, subject)
		}
	}
}

// anonymous requires that the request went through to the handler, once, and
// that the handler saw nobody.
func (c *client) anonymous(a *answer) {
	if v := c.reached(a); v != nil {
		if v.OK || v.Subject != "" {
			c.errorf("%s: the handler saw subject %q (%v), want nobody", a, v.Subject, v.OK)
		}
	}
}

// reached requires an answer of the handler, and returns what it saw, or nil.
func (c *client) reached(a *answer) *seen {
	if a == nil {
		return nil
	}
	a.route.due.Add(1)
	if a.StatusCode != 200 {
		c.errorf("%s: got %s %.200q, want 200", a, a.Status, a.body)
		return nil
	}
	if a.ran != 1 {
		c.errorf("%s: the handler ran %d times, want 1", a, a.ran)
	}
	return c.seenIn(a)
}

// seenIn reads the handler's answer. It notes and returns nil when it cannot.
func (c *client) seenIn(a *answer) *seen {
	for _, name := range []string{"Www-Authenticate", "Cache-Control", "Retry-After"} {
		if v := a.Header.Get(name); v != "" {
			c.errorf("%s: got %s %q with an accepted request", a, name, v)
		}
	}
	var v seen
	if a.Request != nil && a.Request.Method == "HEAD" {
		return nil
	}
	if err := json.Unmarshal(a.body, &v); err != nil {
		c.errorf("%s: got body %.200q, want what the handler returned", a, a.body)
		return nil
	}
	if !v.Same {
		c.errorf("%s: Identity and core.IdentityFrom(ctx) do not say the same", a)
	}
	return &v
}

// refused requires this refusal, that the handler did not run, and that nothing
// else is told.
func (c *client) refused(a *answer, want refusal) {
	if a == nil || !c.refusedWith(a, want) {
		return
	}
	for _, secret := range append(secrets(a.sent), internals...) {
		text := strings.ReplaceAll(a.text(), "token expired", "")
		if strings.Contains(text, strings.ToLower(secret)) {
			c.errorf("%s: the answer tells %q", a, secret)
		}
	}
}

// refusedWith is refused without a look at what else is told. It reports false
// when the status is another.
func (c *client) refusedWith(a *answer, want refusal) bool {
	if a.ran != 0 {
		c.errorf("%s: the handler ran although the request is to be refused with %d", a, want.status)
	}
	if a.StatusCode != want.status {
		c.errorf("%s: got %s %.200q, want %d", a, a.Status, a.body, want.status)
		return false
	}
	challenges := a.Header.Values("Www-Authenticate")
	switch {
	case want.challenge == "" && len(challenges) != 0:
		c.errorf("%s: got WWW-Authenticate %q, want none", a, challenges)
	case want.challenge != "" && (len(challenges) != 1 || challenges[0] != want.challenge):
		c.errorf("%s: got WWW-Authenticate %q, want one: %q", a, challenges, want.challenge)
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
	if a.Request.Method == "HEAD" {
		if len(a.body) > 0 {
			c.errorf("%s: got body %.200q in answer to HEAD", a, a.body)
		}
		return true
	}
	body := map[string]any{"error": want.code, "error_description": want.description}
	maps.Copy(body, want.hint)
	c.body(a, body)
	return true
}

// body requires a JSON body equal to want.
func (c *client) body(a *answer, want map[string]any) {
	kind, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" || len(a.Header.Values("Content-Type")) != 1 {
		c.errorf("%s: got Content-Type %q, want application/json", a, a.Header.Values("Content-Type"))
	}
	var got map[string]any
	if err := json.Unmarshal(a.body, &got); err != nil || !reflect.DeepEqual(got, want) {
		c.errorf("%s: got body %.300q, want %v", a, a.body, want)
	}
}

// closed requires that the request does not get through, whoever refuses it:
// the framework may do so before any middleware runs.
func (c *client) closed(a *answer) {
	if a == nil {
		return
	}
	if a.ran != 0 || a.StatusCode < 400 {
		c.errorf("%s: got %s and the handler ran %d times, want a refusal", a, a.Status, a.ran)
	}
}

// internals are words of the machinery that no client may read.
var internals = []string{
	"jwt", "jws", "crypto", "rsa", "ecdsa", "hs256", "base64", "json:", "unmarshal", "character",
	"kid", "signature", "issuer", "audience", "expired", "malformed", "segment", "claim",
	"panic", "goroutine", ".go:", "dial ", "127.0.0.1",
}

// secrets are the parts of what was sent that no answer may repeat: the tokens'
// segments and the values of their claims.
func secrets(sent []string) []string {
	var found []string
	for i := 1; i < len(sent); i += 2 {
		for word := range strings.FieldsFuncSeq(sent[i], func(r rune) bool { return strings.ContainsRune(" ,;=\"", r) }) {
			segments := strings.Split(word, ".")
			if len(segments) != 3 {
				continue
			}
			for _, segment := range segments {
				if len(segment) >= 8 {
					found = append(found, segment)
				}
			}
			payload, err := base64.RawURLEncoding.DecodeString(segments[1])
			var claims map[string]any
			if err == nil && json.Unmarshal(payload, &claims) == nil {
				found = append(found, texts(claims)...)
			}
		}
	}
	return found
}

// texts are the strings in a JSON value that are long enough to be told apart
// from the words of an answer.
func texts(v any) []string {
	var found []string
	switch v := v.(type) {
	case string:
		if len(v) >= 5 {
			found = append(found, v)
		}
	case []any:
		for _, e := range v {
			found = append(found, texts(e)...)
		}
	case map[string]any:
		for _, e := range v {
			found = append(found, texts(e)...)
		}
	}
	return found
}
