package devissuer

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// request is an authorization request that was read and is valid (RFC 6749
// section 4.1.1, OpenID Connect Core section 3.1.2.1).
type request struct {
	client, redirect, state, nonce string
	challenge                      string
	scopes                         []string
	prompt                         []string
	loginHint, idTokenHint         string
	maxAge                         time.Duration // -1: not asked for
}

// oauthError is an error with a code of RFC 6749 or OpenID Connect.
type oauthError struct{ code, description string }

func (e *oauthError) Error() string { return e.code + ": " + e.description }

func refusef(code, format string, args ...any) *oauthError {
	return &oauthError{code, fmt.Sprintf(format, args...)}
}

// readRequest reads the parameters of an authorization request. An error for which
// the client can be told by redirect comes with a request that has redirect and
// state; any other one with a request without redirect.
func readRequest(form url.Values, origins []string) (request, *oauthError) {
	q := request{maxAge: -1}
	for name, values := range form {
		if len(values) > 1 && (name == "client_id" || name == "redirect_uri") {
			return q, refusef("invalid_request", "%s is there more than once", name)
		}
	}
	if q.client = form.Get("client_id"); q.client == "" || len(q.client) > 200 {
		return q, refusef("invalid_request", "client_id is missing, or longer than 200 bytes: any other name will do")
	}
	redirect := form.Get("redirect_uri")
	if err := checkRedirect(redirect, origins); err != nil {
		return q, refusef("invalid_request", "redirect_uri %v", err)
	}
	q.redirect, q.state, q.nonce = redirect, form.Get("state"), form.Get("nonce")
	for name, values := range form { // RFC 6749 section 3.1
		if len(values) > 1 {
			if name == "state" {
				q.state = ""
			}
			return q, refusef("invalid_request", "%.40q is there more than once", name)
		}
	}
	q.challenge, q.loginHint, q.idTokenHint = form.Get("code_challenge"), form.Get("login_hint"), form.Get("id_token_hint")
	q.scopes, q.prompt = distinct(strings.Fields(form.Get("scope"))), strings.Fields(form.Get("prompt"))
	switch {
	case form.Has("request"):
		return q, refusef("request_not_supported", "this issuer reads no request objects: send the parameters themselves")
	case form.Has("request_uri"):
		return q, refusef("request_uri_not_supported", "this issuer fetches no request objects: send the parameters themselves")
	case form.Get("response_type") == "":
		return q, refusef("invalid_request", "response_type is missing: it has to be code")
	case form.Get("response_type") != "code":
		return q, refusef("unsupported_response_type", "this issuer supports the response type code alone")
	case form.Has("response_mode") && form.Get("response_mode") != "query":
		return q, refusef("invalid_request", "this issuer supports the response mode query alone")
	case q.challenge == "":
		return q, refusef("invalid_request", "code_challenge is missing: this issuer requires PKCE with the method S256")
	case form.Get("code_challenge_method") != "S256":
		return q, refusef("invalid_request", "code_challenge_method has to be S256")
	case len(q.challenge) != 43 || strings.Trim(q.challenge, unreserved) != "":
		return q, refusef("invalid_request", "code_challenge is not a SHA-256 in base64url, which has 43 characters")
	case len(q.prompt) > 1 && slices.Contains(q.prompt, "none"):
		return q, refusef("invalid_request", "prompt has none beside other values")
	}
	if text := form.Get("max_age"); text != "" {
		seconds, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return q, refusef("invalid_request", "max_age is not a number of seconds")
		}
		q.maxAge = time.Duration(seconds) * time.Second
	}
	return q, nil
}

// The characters of base64url, and those of a code verifier (RFC 7636 section 4.1).
const (
	unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	verifier   = unreserved + ".~"
)

// checkRedirect returns an error when raw is not an http or https URL on loopback
// or of one of the origins. It is strict about spelling, so that a browser cannot
// read another host in it than Go does.
func checkRedirect(raw string, origins []string) error {
	if raw == "" {
		return fmt.Errorf("is missing")
	}
	u, err := url.Parse(raw)
	if err != nil || strings.Trim(raw, printable) != "" || strings.Contains(raw, `\`) {
		return fmt.Errorf("%.80q is not a URL", raw)
	}
	origin := u.Scheme + "://" + u.Host
	rest, spelled := strings.CutPrefix(raw, origin)
	switch {
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.User != nil, !spelled, rest != "" && rest[0] != '/' && rest[0] != '?':
		return fmt.Errorf("%.80q is not an http or https URL that begins with an origin in lower case", raw)
	case strings.Contains(raw, "#"):
		return fmt.Errorf("%.80q has a fragment (RFC 6749 section 3.1.2)", raw)
	case !isLoopback(u.Hostname()) && !slices.Contains(origins, origin):
		return fmt.Errorf("%.80q is neither on this machine nor of a front end that the issuer was started for (%s): start it for %s too",
			raw, strings.Join(origins, ", "), origin)
	}
	return nil
}

// printable is ASCII without white space, quotes and brackets that no URL has.
const printable = "!$%&'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz{}|~#^"

// answerURL is the redirect URI with parameters added to its query, which is kept
// (RFC 6749 section 3.1.2).
func (q request) answerURL(parameters url.Values) string {
	separator := "?"
	if strings.Contains(q.redirect, "?") {
		separator = "&"
	}
	return q.redirect + separator + parameters.Encode()
}

// granted returns the scopes that the user can give of those asked for.
func (q request) granted(u User) []string {
	own := append([]string{"openid", "profile", "email", "offline_access"}, u.Scopes...)
	return slices.DeleteFunc(slices.Clone(q.scopes), func(s string) bool { return !slices.Contains(own, s) })
}
