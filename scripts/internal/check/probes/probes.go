// Package probes is what `authkeel check` does to an API that runs: what an
// attacker, a browser and an impatient front end would do.
package probes

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/check/report"
	"github.com/authkeel/authkeel/scripts/internal/check/routes"
	"github.com/authkeel/authkeel/scripts/internal/check/tokens"
)

// Run is one check of one server.
type Run struct {
	Base          string // of the server, without a slash at the end
	Tokens        *tokens.Source
	Routes        []routes.Route
	AdminRoute    *routes.Route
	WebhookRoute  string
	WebhookSecret string
	WebhookEvent  string // the type of the genuine one
	Origin        string // of the front end, for CORS
	Report        *report.Report
	Say           func(format string, args ...any)

	client   *http.Client
	refusals []answer // for the search for leaks
	main     *target  // the route on which forged tokens are tried
}

// target is a route and what is known about it.
type target struct {
	routes.Route
	anonymous answer // without a token
	valid     answer // with a valid one; zero when that was not tried
	accepts   bool   // a valid token
	admin     bool   // only one with the admin's rights
}

// All does every try, and adds a row for each. An error is a server that cannot
// be reached, or the end of ctx.
func (r *Run) All(ctx context.Context) error {
	r.client = newClient()
	protected, err := r.anonymous(ctx)
	if err != nil {
		return err
	}
	steps := []func(context.Context, []*target) error{
		r.valid, r.expired, r.roles, r.credentials, r.cors, r.forged, r.webhook,
	}
	if len(protected) == 0 {
		steps = steps[len(steps)-1:]
	}
	for _, step := range steps {
		if err := step(ctx, protected); err != nil {
			return err
		}
	}
	r.leaks()
	return ctx.Err()
}

// row adds one.
func (r *Run) row(status report.Status, id, try, route, reason, remedy string) {
	r.Report.Add(report.Row{ID: id, Check: try, Route: route, Status: status, Reason: reason, Remedy: remedy})
}

const (
	idNoToken = "no-token"
	noToken   = "no token"
	mountIt   = "mount the authentication middleware before this route; if it is meant for everybody, say so: --public-route %s"
)

// anonymous calls every route without a token, and returns those that are, or
// ought to be, protected.
func (r *Run) anonymous(ctx context.Context) ([]*target, error) {
	r.Say("trying %d routes without a token", len(r.Routes))
	var protected []*target
	refuses := 0
	for _, route := range r.Routes {
		if route.Access == routes.Public {
			if err := r.public(ctx, route); err != nil {
				return nil, err
			}
			continue
		}
		if route.Access == routes.Unknown && !route.Safe() && route.UsuallyPublic() {
			r.row(report.NotTried, idNoToken, noToken, route.String(), "by its name it is public, and it may change something: name it with --route if it is protected", "")
			continue
		}
		a, err := r.call(ctx, request{route: route})
		if err != nil {
			return nil, err
		}
		if route.Access == routes.Unknown && !a.refused() && (route.UsuallyPublic() || a.status == http.StatusNotFound) {
			r.row(report.Info, "open", noToken, route.String(), fmt.Sprintf("%d: open to everybody, found at %s", a.status, route.From), "")
			continue
		}
		if a.status == http.StatusUnauthorized {
			refuses++
		}
		r.judgeAnonymous(route, a)
		protected = append(protected, &target{Route: route, anonymous: a})
	}
	if len(protected) == 0 {
		r.row(report.Failed, "protected", "something is protected", "", fmt.Sprintf("none of the %d routes asks for a token", len(r.Routes)),
			"mount the authentication middleware, or name a protected route with --route METHOD:/path")
	}
	return protected, nil
}

func (r *Run) judgeAnonymous(route routes.Route, a answer) {
	fail := func(reason, remedy string) {
		r.row(report.Failed, idNoToken, noToken, route.String(), reason, remedy)
	}
	challenge := a.header.Get("WWW-Authenticate")
	switch {
	case a.status == 0:
		fail(dropped, seeLog)
	case a.status == http.StatusUnauthorized && challenge == "":
		fail("401 without a challenge", "answer 401 with WWW-Authenticate: Bearer (RFC 9110 section 11.6.1)")
	case a.status == http.StatusUnauthorized && route.Bearer && !strings.Contains(strings.ToLower(challenge), "bearer"):
		fail("401 with a challenge that is not Bearer: "+short(challenge), "answer with WWW-Authenticate: Bearer (RFC 6750 section 3)")
	case a.status == http.StatusUnauthorized:
		r.row(report.OK, idNoToken, noToken, route.String(), "401 with a challenge", "")
	case r.limited(a, idNoToken, noToken, route.String()):
	case a.redirects():
		fail(fmt.Sprintf("%d to %s", a.status, short(a.header.Get("Location"))), "an API answers 401; redirects to a sign-in page are for pages")
	case a.status == http.StatusForbidden:
		fail("403, where it ought to be 401", "answer 401 when there is no token: 403 tells a client that signing in would not help")
	case a.status == http.StatusNotFound:
		fail("404: there is no such route, or it hides itself", "check the path; a protected route answers 401")
	case a.status >= 500:
		fail(fmt.Sprintf("%d: the server fails", a.status), "mount the authentication middleware before this route and before role checks; the server's log says what failed")
	case a.status >= 400:
		fail(fmt.Sprintf("%d: the request gets past authentication", a.status), fmt.Sprintf(mountIt, colon(route)))
	default:
		fail(fmt.Sprintf("%d: it answers everybody", a.status), fmt.Sprintf(mountIt, colon(route)))
	}
}

func colon(route routes.Route) string { return route.Method + ":" + route.Path }

// public calls a route that is meant for everybody.
func (r *Run) public(ctx context.Context, route routes.Route) error {
	const id, try = "public", "public route"
	if !route.MayTry() {
		r.row(report.NotTried, id, try, route.String(), "it may change something: name it with --public-route to have it called", "")
		return nil
	}
	a, err := r.call(ctx, request{route: route})
	if err != nil {
		return err
	}
	if r.limited(a, id, try, route.String()) {
		return nil
	}
	if a.status == 0 {
		r.row(report.Failed, id, try, route.String(), dropped, seeLog)
		return nil
	}
	if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
		r.row(report.Failed, id, try, route.String(), fmt.Sprintf("%d without a token", a.status), "take it out of the protected group, or declare its security in the document: "+route.From)
		return nil
	}
	r.row(report.OK, id, try, route.String(), "answers without a token", "")
	return nil
}

// valid shows a good token where that can change nothing, and chooses the main route.
func (r *Run) valid(ctx context.Context, protected []*target) error {
	const id, try = "valid", "valid token"
	r.main = protected[0]
	if r.Tokens.Valid() == "" {
		r.row(report.NotTried, id, try, "", "needs a token: --token, or --issuer-state FILE", "")
		return nil
	}
	r.Say("trying valid tokens")
	var writes, visible, tried int
	best := -1
	for _, t := range protected {
		if !t.Bearer {
			continue
		}
		if !t.MayTry() {
			if r.AdminRoute == nil || t.String() != r.AdminRoute.String() { // that one has rows of its own
				writes++
			}
			continue
		}
		if !t.anonymous.refused() {
			continue // its row says so already, and a token proves nothing there
		}
		a, err := r.call(ctx, request{route: t.Route, tokens: []string{r.Tokens.Valid()}})
		if err != nil {
			return err
		}
		t.valid = a
		right := ""
		if a.status == http.StatusForbidden && r.Tokens.Admin() != "" {
			if b, err := r.call(ctx, request{route: t.Route, tokens: []string{r.Tokens.Admin()}}); err != nil {
				return err
			} else if b.status != http.StatusForbidden {
				right, t.valid, t.admin = " with the admin's rights", b, true
			}
		}
		tried++
		t.accepts = r.judgeValid(t, right)
		if s := r.Tokens.Subject(); s != "" && strings.Contains(string(t.valid.body), s) {
			visible++
		}
		if t.accepts && t.rank() > best {
			best, r.main = t.rank(), t
		}
	}
	if best < 0 {
		r.main = firstRefusing(protected)
	}
	if writes > 0 {
		r.row(report.NotTried, id, try, plural(writes, "route"), "not called with a valid token, which may change something; to have it called, name it with --route", "")
	}
	if tried > 0 && best >= 0 {
		r.identity(visible)
	}
	return nil
}

func (r *Run) identity(visible int) {
	const id, try = "identity", "who the user is"
	switch {
	case r.Tokens.Subject() == "":
		r.row(report.NotTried, id, try, "", "the token given names no subject", "")
	case visible > 0:
		r.row(report.OK, id, try, "", "an answer names the token's subject", "")
	default:
		r.row(report.Warned, id, try, "", "no answer names the token's subject, so nothing shows that the handler sees the right user",
			"have a route such as GET /me that returns it, and name it with --route")
	}
}
