package probes

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/check/report"
	"github.com/authkeel/authkeel/scripts/internal/check/tokens"
)

// forgery tries tokens of one kind on the main route.
func (r *Run) forgery(ctx context.Context, f tokens.Forgery) error {
	reason := f.Needs
	if reason == "" {
		reason = r.usable()
	}
	if reason != "" {
		r.row(report.NotTried, f.ID, f.Check, "", reason, "")
		return nil
	}
	var answers []answer
	for _, token := range f.Tokens {
		a, err := r.call(ctx, request{route: r.main.Route, tokens: []string{token}})
		if err != nil {
			return err
		}
		answers = append(answers, a)
	}
	r.mustRefuse(f.ID, f.Check, f.Remedy, false, answers...)
	return nil
}

func (r *Run) forged(ctx context.Context, _ []*target) error {
	r.Say("trying forged tokens on %s", r.main)
	for _, f := range r.Tokens.Forged(r.main.admin) {
		if err := r.forgery(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// expired shows an expired token on every route that reads, and then a fresh one:
// a server that remembers refusals for too long would lock the user out.
func (r *Run) expired(ctx context.Context, protected []*target) error {
	f := r.Tokens.Expired(r.main.admin)
	if err := r.forgery(ctx, f); err != nil || f.Needs != "" || r.usable() != "" {
		return err
	}
	accepted := r.Report.Rows[len(r.Report.Rows)-1].Status == report.Failed
	for _, t := range protected {
		if t == r.main || !t.Bearer || !t.anonymous.refused() || accepted && !t.Safe() {
			continue // what a server that takes expired tokens would change stays as it is
		}
		a, err := r.call(ctx, request{route: t.Route, tokens: f.Tokens})
		if err != nil {
			return err
		}
		if !a.refused() && a.status != 0 {
			r.row(report.Failed, f.ID, f.Check, t.String(), fmt.Sprintf("%d: it is ACCEPTED", a.status), f.Remedy)
		}
	}
	if !r.main.MayTry() {
		return nil
	}
	a, err := r.call(ctx, request{route: r.main.Route, tokens: []string{r.good()}})
	if err != nil {
		return err
	}
	const id, try = "fresh", "fresh token after an expired one"
	if r.limited(a, id, try, r.main.String()) {
		return nil
	}
	if a.status == 0 || a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
		r.row(report.Failed, id, try, r.main.String(), fmt.Sprintf("%d", a.status), "a refusal must not outlive the token that caused it")
	} else {
		r.row(report.OK, id, try, r.main.String(), "accepted", "")
	}
	return nil
}

// credentials are good tokens in the wrong places.
func (r *Run) credentials(ctx context.Context, _ []*target) error {
	const twoID, two, queryID, query = "two-credentials", "two Authorization headers", "query", "token in the query"
	reason := r.usable()
	if r.good() == "" {
		reason = "needs a token: --token, or --issuer-state FILE"
	} else if reason == "" && !r.main.MayTry() {
		reason = "needs a route that reads: --route GET:/path"
	}
	if reason != "" {
		r.row(report.NotTried, twoID, two, "", reason, "")
		r.row(report.NotTried, queryID, query, "", reason, "")
		return nil
	}
	a, err := r.call(ctx, request{route: r.main.Route, tokens: []string{r.good(), r.good()}})
	if err != nil {
		return err
	}
	r.mustRefuse(twoID, two, "refuse a request with more than one Authorization header (400): a proxy in front may look at the other one", true, a)

	var answers []answer
	for _, name := range []string{"access_token", "token", "jwt", "id_token", "auth"} {
		a, err := r.call(ctx, request{route: r.main.Route, query: [2]string{name, r.good()}})
		if err != nil {
			return err
		}
		answers = append(answers, a)
	}
	r.mustRefuse(queryID, query, "read the Authorization header alone: URLs end in logs, histories and Referer headers", true, answers...)
	return nil
}

// roles tries the route that asks for a role.
func (r *Run) roles(ctx context.Context, protected []*target) error {
	const missingID, missing, presentID, present = "role-missing", "role missing", "role-present", "role present"
	for _, t := range protected {
		if r.AdminRoute == nil && t.admin {
			r.AdminRoute = &t.Route // it showed that it asks for a right
		}
	}
	if r.AdminRoute == nil {
		r.row(report.NotTried, missingID, missing, "", "needs --admin-route METHOD:/path", "")
		return nil
	}
	route := *r.AdminRoute
	if token := r.Tokens.Valid(); token == "" {
		r.row(report.NotTried, missingID, missing, route.String(), "needs a token: --token, or --issuer-state FILE", "")
	} else {
		a, err := r.call(ctx, request{route: route, tokens: []string{token}})
		if err != nil {
			return err
		}
		switch {
		case r.limited(a, missingID, missing, route.String()):
		case a.status == http.StatusForbidden:
			r.row(report.OK, missingID, missing, route.String(), "403", "")
		case a.status == http.StatusUnauthorized:
			r.row(report.Failed, missingID, missing, route.String(), "401 to a valid token", "answer 403 to a user who is known and lacks the role: "+r.trust())
		case a.status == 0:
			r.row(report.Failed, missingID, missing, route.String(), dropped, seeLog)
		default:
			r.row(report.Failed, missingID, missing, route.String(), fmt.Sprintf("%d: a user without the role gets in", a.status), "mount the role check (RequireRole) on this route")
		}
	}
	token := r.Tokens.Admin()
	if token == "" {
		r.row(report.NotTried, presentID, present, route.String(), "needs a token: --admin-token, or --issuer-state FILE", "")
		return nil
	}
	a, err := r.call(ctx, request{route: route, tokens: []string{token}})
	if err != nil {
		return err
	}
	switch {
	case r.limited(a, presentID, present, route.String()):
	case a.status == 0:
		r.row(report.Failed, presentID, present, route.String(), dropped, seeLog)
	case a.refused():
		r.row(report.Failed, presentID, present, route.String(), fmt.Sprintf("%d", a.status),
			`say with --admin-claims '{"roles":["owner"]}' what the route asks for, or make the check look where the roles are`)
	case a.status >= 500:
		r.row(report.Warned, presentID, present, route.String(), fmt.Sprintf("%d: past the role check, and then the server fails", a.status), seeLog)
	default:
		r.row(report.OK, presentID, present, route.String(), fmt.Sprintf("%d", a.status), "")
	}
	return nil
}

// cors is what a browser asks before a front end may send a token.
func (r *Run) cors(ctx context.Context, _ []*target) error {
	const id, try = "cors", "CORS preflight"
	route := r.main.Route
	route.Method = http.MethodOptions
	pre, err := r.call(ctx, request{route: route, header: map[string]string{
		"Origin": r.Origin, "Access-Control-Request-Method": r.main.Method, "Access-Control-Request-Headers": "authorization",
	}})
	if err != nil {
		return err
	}
	const allow = "Access-Control-Allow-Origin"
	if origin := pre.header.Get(allow); origin != "" && !pre.refused() {
		allowed := strings.ToLower(pre.header.Get("Access-Control-Allow-Headers"))
		if !strings.Contains(allowed, "authorization") && allowed != "*" {
			r.row(report.Failed, id, try, r.main.String(), "the header Authorization is not allowed", "name Authorization in the allowed headers of the CORS middleware")
			return nil
		}
		r.row(report.OK, id, try, r.main.String(), fmt.Sprintf("%d, allows %s", pre.status, short(origin)), "")
		return nil
	}
	q := request{route: r.main.Route, header: map[string]string{"Origin": r.Origin}}
	if token := r.good(); token != "" && r.main.MayTry() {
		q.tokens = []string{token}
	}
	actual, err := r.call(ctx, q)
	if err != nil {
		return err
	}
	switch {
	case actual.header.Get(allow) != "":
		r.row(report.Failed, id, try, r.main.String(), fmt.Sprintf("%d to OPTIONS, although the API has CORS", pre.status),
			"mount the CORS middleware before authentication: browsers send no token with a preflight")
	case strings.Contains(strings.ToLower(strings.Join(append(pre.header.Values("Vary"), actual.header.Values("Vary")...), ",")), "origin"):
		r.row(report.Info, id, try, r.main.String(), "the API has CORS and does not allow "+r.Origin+"; name your front end with --origin", "")
	default:
		r.row(report.Info, id, try, r.main.String(), "the API has no CORS, so front ends on other origins cannot call it", "")
	}
	return nil
}
