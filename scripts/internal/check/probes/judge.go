package probes

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/check/report"
)

const (
	dropped = "the connection was dropped"
	seeLog  = "see the server's log"
)

// rank is how good a route is for trying tokens on: one for everybody, that reads, that the user
// named, that is about the caller, without made-up parameters.
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

// judgeValid adds the row of a valid token, and reports whether it was accepted.
func (r *Run) judgeValid(t *target, right string) bool {
	const id, try = "valid", "valid token"
	a := t.valid
	fail := func(reason, remedy string) bool {
		r.row(report.Failed, id, try, t.String(), reason, remedy)
		return false
	}
	switch {
	case a.status == 0:
		return fail(dropped, seeLog)
	case a.status == http.StatusUnauthorized:
		return fail("401: "+orNothing(a.header.Get("WWW-Authenticate")), r.trust())
	case a.status == http.StatusForbidden && t.Named:
		return fail("403: the token has no right that the route asks for", "give --admin-claims what the route asks for, and name it with --admin-route instead of --route")
	case a.status == http.StatusForbidden:
		r.row(report.Info, id, try, t.String(), "403: it asks for a right that the tokens of the check lack; see --admin-claims", "")
		return false
	case r.limited(a, id, try, t.String()):
		return false
	case a.status == http.StatusServiceUnavailable:
		return fail("503: the server is not able to check it", "see the server's log: it probably does not reach the issuer's keys")
	case a.redirects():
		return fail(fmt.Sprintf("%d to %s", a.status, short(a.header.Get("Location"))), "check the path: an API answers on it")
	case a.status >= 500:
		r.row(report.Warned, id, try, t.String(), fmt.Sprintf("%d%s: past authentication, and then the server fails", a.status, right), seeLog)
		return true
	}
	reason := "accepted" + right
	if a.status >= 400 {
		reason += fmt.Sprintf(", and answered with %d", a.status)
	}
	r.row(report.OK, id, try, t.String(), reason, "")
	return true
}

func (r *Run) trust() string {
	switch r.Tokens.Provider() {
	case "oidc":
		return "the server has to trust the issuer and audience in OIDC_ISSUER and OIDC_AUDIENCE (other names: --env NAME={issuer})"
	case "clerk":
		return "the server has to take its settings from CLERK_PUBLISHABLE_KEY, CLERK_JWT_KEY, CLERK_PROXY_URL and CLERK_AUTHORIZED_PARTIES"
	}
	return "is the token still good, and of the issuer that the server trusts?"
}

// good is a token that the main route accepts; "" where there is none.
func (r *Run) good() string {
	if r.main.admin {
		return r.Tokens.Admin()
	}
	return r.Tokens.Valid()
}

// limited adds a row for an answer that says nothing but that there were too many
// requests, and reports whether it is one.
func (r *Run) limited(a answer, id, try, route string) bool {
	if a.status != http.StatusTooManyRequests {
		return false
	}
	r.row(report.NotTried, id, try, route, "429: the server limits requests; loosen that for the check", "")
	return true
}

// usable reports why tokens cannot be tried on the main route; "" when they can.
func (r *Run) usable() string {
	switch {
	case !r.main.anonymous.refused():
		return r.main.String() + " lets everybody in, so a token proves nothing"
	case r.good() != "" && r.main.MayTry() && !r.main.accepts:
		return "no route accepts a valid token, so a refusal proves nothing"
	}
	return ""
}

// mustRefuse adds the row of a token or a request that has to be refused: of the
// answers, the worst counts.
func (r *Run) mustRefuse(id, try, remedy string, also400 bool, answers ...answer) {
	worst, reason, help := report.OK, "refused", ""
	for _, a := range answers {
		status, text, more := r.judgeRefusal(a, remedy, also400)
		if severity(status) > severity(worst) || worst == report.OK && status == report.OK {
			worst, reason, help = status, text, more
		}
	}
	r.row(worst, id, try, r.main.String(), reason, help)
}

func severity(s report.Status) int {
	switch s {
	case report.Failed:
		return 3
	case report.Warned:
		return 2
	case report.NotTried:
		return 1
	case report.OK, report.Info:
	}
	return 0
}

func (r *Run) judgeRefusal(a answer, remedy string, also400 bool) (status report.Status, reason, help string) {
	known := r.main.valid.status != 0
	switch {
	case a.status == 0:
		return report.Failed, dropped, "a token from outside must not bring a handler down: see the server's log, answer 401"
	case a.status == http.StatusUnauthorized, also400 && a.status == http.StatusBadRequest && (!known || a.status != r.main.valid.status):
		return report.OK, fmt.Sprintf("refused with %d", a.status), ""
	case a.status == http.StatusTooManyRequests:
		return report.NotTried, "429: the server limits failures; loosen that for the check", ""
	case a.status == http.StatusForbidden && r.main.valid.status != http.StatusForbidden:
		return report.Warned, "refused with 403", "answer 401 to a token that is not accepted: at 403 clients do not fetch a new one"
	case a.status == http.StatusServiceUnavailable:
		return report.Failed, "503: the server is not able to check it", "see the server's log: it probably does not reach the issuer's keys"
	case a.status >= 500:
		return report.Failed, fmt.Sprintf("%d: the server fails on it", a.status), "a token from outside must not bring the server to its knees: see its log, answer 401"
	case a.status == http.StatusNotFound && known && r.main.valid.status != a.status:
		return report.Warned, "refused with 404", "answer 401 to a token that is not accepted, so that clients fetch a new one"
	case a.status == http.StatusBadRequest && known && r.main.valid.status != a.status:
		return report.Warned, "refused with 400", "answer 401 with error=\"invalid_token\" (RFC 6750 section 3.1), so that clients fetch a new one"
	}
	return report.Failed, fmt.Sprintf("%d: it is ACCEPTED", a.status), remedy
}

// short makes a text of the server's fit into the table, without control characters.
func short(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, s)
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:80], "") + "..."
	}
	return s
}

func orNothing(s string) string {
	if s == "" {
		return "no reason given"
	}
	return short(s)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
