package probes

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

var noLeaks = check{"leaks", "refusals leak nothing"}

var (
	// trace matches stack traces of the languages in which APIs are written.
	trace = regexp.MustCompile(`goroutine \d+ \[|\b[\w/.-]+\.go:\d+|Traceback \(most recent call last\)|\n\s+at [\w.$<>]+ ?\(|node_modules/|panic: |Exception in thread|\.java:\d+\)|\.rb:\d+:in |\.php:\d+|in [\w/\\.]+\.php on line`)

	// detail matches what libraries say about a token that they reject. "token expired"
	// is left out: clients may know that.
	detail = regexp.MustCompile(`(?i)crypto/|signature is invalid|invalid signature|signature verification|bad signature|unexpected signing|signing method|algorithm|\bhs256\b|\brs256\b|\bes256\b|key id|\bkid\b|no matching key|unknown key|jwks|audience|\bissuer\b|\baud\b|\biss\b|\bazp\b|not valid yet|segments|unmarshal|base64`)
)

// leaks searches every refusal for what the caller must not learn.
func (r *Run) leaks() {
	secrets := r.Tokens.Secrets()
	n := 0
	for _, a := range r.refusals {
		n++
		if what := leak(a, secrets); what != "" {
			r.add(noLeaks, a.sent.route.String(), failed("give the same answer to every token that is not accepted; the reason belongs in the log", "%s", what))
			return
		}
	}
	if n == 0 {
		r.add(noLeaks, "", notTried("nothing was refused"))
		return
	}
	r.add(noLeaks, "", passed("%s searched", plural(n, "answer")))
}

// leak says what an answer gives away; empty when nothing.
func leak(a answer, secrets map[string]string) string {
	body, challenge := string(a.body), strings.Join(a.header.Values("WWW-Authenticate"), " ")
	text := body + "\n" + challenge
	if m := trace.FindString(text); m != "" {
		return fmt.Sprintf("the answer with %d has a stack trace: %s", a.status, short(m))
	}
	for _, token := range a.sent.credentials() {
		for part := range strings.SplitSeq(token, ".") {
			if len(part) >= 20 && (strings.Contains(text, part) || strings.Contains(a.header.Get("Location"), part)) {
				return fmt.Sprintf("the answer with %d repeats the token", a.status)
			}
		}
	}
	if a.status != http.StatusUnauthorized && a.status != http.StatusForbidden && (a.status != http.StatusBadRequest || strings.Join(a.sent.credentials(), "") == "") {
		return "" // it is not about the token, and its words are the application's own
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
