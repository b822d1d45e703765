package probes

import (
	"context"
	"net/http"

	"github.com/authkeel/authkeel/scripts/internal/check/report"
	"github.com/authkeel/authkeel/scripts/internal/check/tokens"
)

// forgery shows tokens of one kind to the main route, and reports whether one of them
// was accepted.
func (r *Run) forgery(ctx context.Context, f tokens.Forgery) (accepted bool, err error) {
	c, missing := check{f.ID, f.Check}, f.Needs
	if missing == "" {
		missing = r.usable()
	}
	if missing != "" {
		r.add(c, "", notTried("%s", missing))
		return false, nil
	}
	var answers []answer
	for _, token := range f.Tokens {
		a, err := r.call(ctx, request{route: r.main.Route, tokens: []string{token}})
		if err != nil {
			return false, err
		}
		answers = append(answers, a)
	}
	r.Report.TokenTried = true
	v, accepted := r.mustRefuse(f.Remedy, false, answers...)
	if accepted && f.MayBeMeant {
		v.status = report.Warned
	}
	r.add(c, r.main.String(), v)
	return accepted, nil
}

func (r *Run) forged(ctx context.Context, _ []*target) error {
	r.Say("trying forged tokens on %s", r.main)
	for _, f := range append(r.Tokens.Forged(r.main.admin), r.Tokens.OtherClasses()...) {
		if _, err := r.forgery(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

var fresh = check{"fresh", "new token after an expired one"}

// expired sends an expired token to every route, and then a new one: a server that
// remembers refusals for too long would lock the user out.
func (r *Run) expired(ctx context.Context, protected []*target) error {
	f := r.Tokens.Expired(r.main.admin)
	accepted, err := r.forgery(ctx, f)
	if err != nil || f.Needs != "" || r.usable() != "" {
		return err
	}
	for i, t := range protected {
		r.progress(i, len(protected), "called with an expired token")
		if t == r.main || !t.Bearer || !t.anonymous.refused() || accepted && !t.Safe() {
			continue // a server that accepts expired tokens must not change anything because of this one
		}
		a, err := r.call(ctx, request{route: t.Route, tokens: f.Tokens})
		if err != nil {
			return err
		}
		if !a.refused() && a.status != 0 && a.status != http.StatusNotFound {
			r.add(check{f.ID, f.Check}, t.String(), failed(f.Remedy, "%d: it is ACCEPTED", a.status))
		}
	}
	if !r.main.MayTry() {
		return nil
	}
	a, err := r.call(ctx, request{route: r.main.Route, tokens: []string{r.good()}})
	if err != nil {
		return err
	}
	v := passed("accepted")
	if busy, isLimited := limited(a); isLimited {
		v = busy
	} else if a.status == 0 || a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
		v = failed("a refusal must not outlive the token that caused it", "%d", a.status)
	}
	r.add(fresh, r.main.String(), v)
	return nil
}

// mustRefuse judges the answers to tokens or requests that have to be refused. The
// worst answer counts. accepted reports that one of them was let in.
func (r *Run) mustRefuse(remedy string, also400 bool, answers ...answer) (worst verdict, accepted bool) {
	worst = passed("refused")
	for i, a := range answers {
		v, in := r.judgeRefusal(a, remedy, also400)
		accepted = accepted || in
		if i == 0 || severity(v.status) > severity(worst.status) {
			worst = v
		}
	}
	return worst, accepted
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

func (r *Run) judgeRefusal(a answer, remedy string, also400 bool) (v verdict, accepted bool) {
	valid := r.main.valid.status
	otherwise := valid != 0 && valid != a.status // a valid token is answered in another way
	switch {
	case a.status == 0:
		return failed("a token from outside must not break a handler: see the server's log, and answer 401", dropped).seeLog(), false
	case a.status == http.StatusUnauthorized, also400 && a.status == http.StatusBadRequest && (valid == 0 || otherwise):
		return passed("refused with %d", a.status), false
	case a.status == http.StatusTooManyRequests:
		return notTried("429: the server limits failures; raise the limit for the check"), false
	case a.status == http.StatusForbidden && valid != http.StatusForbidden:
		return warned("answer 401 to a token that is not accepted: after 403 clients do not fetch a new one", "refused with 403"), false
	case a.status == http.StatusServiceUnavailable:
		return failed("see the server's log: it probably does not reach the issuer's keys", "503: the server is not able to check it").seeLog(), false
	case a.status >= 500:
		return failed("a token from outside must not make the server fail: see its log, and answer 401", "%d: the server fails because of it", a.status).seeLog(), false
	case a.status == http.StatusNotFound && otherwise:
		return warned("answer 401 to a token that is not accepted, so that clients fetch a new one", "refused with 404"), false
	case a.status == http.StatusBadRequest && otherwise:
		return warned("answer 401 with error=\"invalid_token\" (RFC 6750 section 3.1), so that clients fetch a new one", "refused with 400"), false
	}
	return failed(remedy, "%d: it is ACCEPTED", a.status), true
}
