package probes

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/check/report"
)

var (
	// trace is what a stack trace looks like in the languages that APIs are written in.
	trace = regexp.MustCompile(`goroutine \d+ \[|\b[\w/.-]+\.go:\d+|Traceback \(most recent call last\)|\n\s+at [\w.$<>]+ ?\(|node_modules/|panic: |Exception in thread|\.java:\d+\)|\.rb:\d+:in |\.php:\d+|in [\w/\\.]+\.php on line`)

	// detail is what a library says about a token that it does not take. "token
	// expired" is not in it: clients may know that.
	detail = regexp.MustCompile(`(?i)crypto/|signature is invalid|invalid signature|signature verification|bad signature|unexpected signing|signing method|algorithm|\bhs256\b|\brs256\b|\bes256\b|key id|\bkid\b|no matching key|unknown key|jwks|audience|\bissuer\b|\baud\b|\biss\b|\bazp\b|not valid yet|segments|unmarshal|base64`)
)

// leaks looks at every refusal for what the caller must not learn.
func (r *Run) leaks() {
	const id, try = "leaks", "refusals leak nothing"
	secrets := r.Tokens.Secrets()
	n := 0
	for _, a := range r.refusals {
		n++
		if what := leak(a, secrets); what != "" {
			r.row(report.Failed, id, try, a.sent.route.String(), what,
				"answer every token that is not accepted with the same words; the reason belongs into the log")
			return
		}
	}
	if n == 0 {
		r.row(report.NotTried, id, try, "", "nothing was refused", "")
		return
	}
	r.row(report.OK, id, try, "", fmt.Sprintf("%s looked at", plural(n, "answer")), "")
}

// leak says what an answer gives away; "" when nothing.
func leak(a answer, secrets map[string]string) string {
	body, challenge := string(a.body), strings.Join(a.header.Values("WWW-Authenticate"), " ")
	text := body + "\n" + challenge
	if m := trace.FindString(text); m != "" {
		return fmt.Sprintf("the answer with %d has a stack trace: %s", a.status, short(m))
	}
	for _, token := range append([]string{a.sent.query[1]}, a.sent.tokens...) {
		for part := range strings.SplitSeq(token, ".") {
			if len(part) >= 20 && (strings.Contains(text, part) || strings.Contains(a.header.Get("Location"), part)) {
				return fmt.Sprintf("the answer with %d repeats the token", a.status)
			}
		}
	}
	if a.status != http.StatusUnauthorized && a.status != http.StatusForbidden && (a.status != http.StatusBadRequest || len(a.sent.tokens) == 0) {
		return "" // not about the token, and its words are the application's own
	}
	for what, secret := range secrets {
		if strings.Contains(body, secret) {
			return fmt.Sprintf("the answer with %d names %s", a.status, what)
		}
	}
	if m := detail.FindString(text); m != "" {
		return fmt.Sprintf("the answer with %d gives the reason away: %q", a.status, short(m))
	}
	return ""
}
