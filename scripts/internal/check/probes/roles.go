package probes

import (
	"context"
	"net/http"
)

var (
	roleMissing = check{"role-missing", "role missing"}
	rolePresent = check{"role-present", "role present"}
)

// roles calls the route that asks for a role, without the role and with it.
func (r *Run) roles(ctx context.Context, protected []*target) error {
	for _, t := range protected {
		if r.AdminRoute == nil && t.admin {
			r.AdminRoute = &t.Route // it answered 403 to a valid token
		}
	}
	if r.AdminRoute == nil {
		r.add(roleMissing, "", notTried("needs --admin-route METHOD:/path"))
		return nil
	}
	route := *r.AdminRoute
	if token := r.Tokens.Valid(); token == "" {
		r.add(roleMissing, route.String(), notTried(needsTokens))
	} else {
		a, err := r.call(ctx, request{route: route, tokens: []string{token}})
		if err != nil {
			return err
		}
		r.Report.TokenTried = true
		r.add(roleMissing, route.String(), r.judgeMissing(a))
	}
	token := r.Tokens.Admin()
	if token == "" {
		r.add(rolePresent, route.String(), notTried("needs a token with the role: --admin-token, or --issuer-state FILE"))
		return nil
	}
	a, err := r.call(ctx, request{route: route, tokens: []string{token}})
	if err != nil {
		return err
	}
	r.Report.TokenTried = true
	r.add(rolePresent, route.String(), judgePresent(a))
	return nil
}

func (r *Run) judgeMissing(a answer) verdict {
	switch busy, isLimited := limited(a); {
	case isLimited:
		return busy
	case a.status == http.StatusForbidden:
		return passed("403")
	case a.status == http.StatusUnauthorized:
		return failed("answer 403 to a user who is known and lacks the role: "+r.trust(), "401 to a valid token")
	case a.status == 0:
		return failed("", dropped).seeLog()
	case a.status >= 500:
		return failed("", "%d: the server fails", a.status).seeLog()
	}
	return failed("mount the role check (RequireRole) on this route", "%d: a user without the role gets in", a.status)
}

func judgePresent(a answer) verdict {
	switch busy, isLimited := limited(a); {
	case isLimited:
		return busy
	case a.status == 0:
		return failed("", dropped).seeLog()
	case a.refused():
		return failed(`give the claims that the route asks for, such as --admin-claims '{"roles":["owner"]}', or make the role check read the claim that has the roles`, "%d", a.status)
	case a.status >= 500:
		return warned("", "%d: past the role check, and then the server fails", a.status).seeLog()
	}
	return passed("%d", a.status)
}
