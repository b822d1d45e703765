package probes

import (
	"context"
	"net/http"
	"strings"
)

var (
	validToken = check{"valid", "valid token"}
	identity   = check{"identity", "who the user is"}
)

// valid sends a valid token where that can change nothing, and chooses the main route.
func (r *Run) valid(ctx context.Context, protected []*target) error {
	r.main = protected[0]
	if r.Tokens.Valid() == "" {
		r.add(validToken, "", notTried(needsTokens))
		return nil
	}
	r.Say("trying valid tokens")
	var writes, visible, tried int
	best := -1
	for _, t := range protected {
		switch {
		case !t.Bearer:
			continue
		case !t.MayTry():
			if r.AdminRoute == nil || t.String() != r.AdminRoute.String() { // that one has rows of its own
				writes++
			}
			continue
		case !t.anonymous.refused():
			continue // its row says so already, and a token shows nothing there
		}
		v, err := r.tryValid(ctx, t)
		if err != nil {
			return err
		}
		r.add(validToken, t.String(), v)
		tried++
		r.progress(tried, len(protected), "called with a valid token")
		if s := r.Tokens.Subject(); s != "" && strings.Contains(string(t.valid.body), s) {
			visible++
		}
		if t.accepts && t.rank() > best {
			best, r.main = t.rank(), t
		}
	}
	r.Report.TokenTried = r.Report.TokenTried || tried > 0
	if best < 0 {
		r.main = firstRefusing(protected)
	}
	if writes > 0 {
		r.add(validToken, plural(writes, "route"), notTried("not called with a valid token, because the call could change something; name a route with --route to have it called"))
	}
	if tried > 0 && best >= 0 {
		r.identity(visible)
	}
	return nil
}

// tryValid sends a valid token to one route: the member's, and after a 403 the admin's.
func (r *Run) tryValid(ctx context.Context, t *target) (verdict, error) {
	token := r.Tokens.Valid()
	a, err := r.call(ctx, request{route: t.Route, tokens: []string{token}})
	if err != nil {
		return verdict{}, err
	}
	t.valid = a
	right := ""
	if admin := r.Tokens.Admin(); a.status == http.StatusForbidden && admin != "" {
		b, err := r.call(ctx, request{route: t.Route, tokens: []string{admin}})
		if err != nil {
			return verdict{}, err
		}
		if b.status != http.StatusForbidden {
			right, t.valid, t.admin, token = " with the admin's rights", b, true, admin
		}
	}
	nowhere := false
	if t.valid.status == http.StatusNotFound {
		if nowhere, err = r.noAddress(ctx, t.valid, token); err != nil {
			return verdict{}, err
		}
	}
	v, accepts := r.judgeValid(t, right, nowhere)
	t.accepts = accepts
	return v, nil
}

// judgeValid judges the answer to a valid token. accepts reports that the route takes it.
func (r *Run) judgeValid(t *target, right string, nowhere bool) (v verdict, accepts bool) {
	a := t.valid
	switch busy, isLimited := limited(a); {
	case a.status == 0:
		return failed("", dropped).seeLog(), false
	case a.status == http.StatusUnauthorized:
		return failed(r.trust(), "401: %s", orNothing(a.header.Get("WWW-Authenticate"))), false
	case a.status == http.StatusForbidden && t.Named:
		return failed("give --admin-claims what the route asks for, and name it with --admin-route instead of --route", "403: the token lacks a right that the route asks for"), false
	case a.status == http.StatusForbidden:
		return info("403: it asks for a right that the tokens of the check lack; see --admin-claims"), false
	case isLimited:
		return busy, false
	case nowhere && t.Named:
		return failed("check the path: without a token the server answers 401 at every address", "404 with a valid token, as for an address that does not exist"), false
	case nowhere:
		return gap("404 with a valid token, as for an address that does not exist%s; found at %s; name the address with --route", guessed(t.Route), t.From), false
	case a.status == http.StatusServiceUnavailable:
		return failed("see the server's log: it probably does not reach the issuer's keys", "503: the server is not able to check it").seeLog(), false
	case a.redirects():
		return failed("check the path: an API answers on it", "%d to %s", a.status, short(a.header.Get("Location"))), false
	case a.status >= 500:
		return warned("", "%d%s: past authentication, and then the server fails", a.status, right).seeLog(), true
	case a.status >= 400:
		return passed("accepted%s, and answered with %d", right, a.status), true
	}
	return passed("accepted%s", right), true
}

func (r *Run) identity(visible int) {
	switch {
	case r.Tokens.Subject() == "":
		r.add(identity, "", notTried("the token given names no subject"))
	case visible > 0:
		r.add(identity, "", passed("an answer names the token's subject"))
	default:
		r.add(identity, "", warned("have a route such as GET /me that returns it, and name it with --route",
			"no answer names the token's subject, so nothing shows that the handler sees the right user"))
	}
}

// rank is how good a route is for trying tokens on: one that needs no role, that
// reads, that the user named, that is about the caller, and that answered with 2xx.
func (t *target) rank() int {
	n := 0
	if !t.admin {
		n += 16
	}
	if t.Safe() {
		n += 8
	}
	if t.Named {
		n += 4
	}
	for _, word := range []string{"me", "whoami", "profile", "session"} {
		if strings.HasSuffix(strings.ToLower(t.Path), "/"+word) {
			n += 2
		}
	}
	if t.valid.status/100 == 2 {
		n++
	}
	return n
}

// firstRefusing is a route that refuses callers without a token, if there is one.
func firstRefusing(protected []*target) *target {
	for _, t := range protected {
		if t.Bearer && t.anonymous.refused() {
			return t
		}
	}
	return protected[0]
}
