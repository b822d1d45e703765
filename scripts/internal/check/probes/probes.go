// Package probes sends requests to an API that runs, as an attacker, a browser or a
// client with an old token would, and reports what the API let through.
package probes

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/check/report"
	"github.com/authkeel/authkeel/scripts/internal/check/routes"
	"github.com/authkeel/authkeel/scripts/internal/check/tokens"
)

// Run is one check of one server.
type Run struct {
	Base          string // URL of the server, without a slash at the end
	Tokens        *tokens.Source
	Routes        []routes.Route
	AdminRoute    *routes.Route
	WebhookRoute  string
	WebhookSecret string
	WebhookEvent  string // the type of the genuine webhook
	Origin        string // of the front end, for CORS
	Writes        bool   // call writing methods although a route is open
	Report        *report.Report
	Say           func(format string, args ...any)

	base     *url.URL
	client   *http.Client
	word     string            // a segment that no path of the API has
	unknown  map[string]answer // what the server answers at addresses that do not exist
	refusals []answer          // for the search for leaks
	main     *target           // the route on which forged tokens are tried
}

// target is a route and what is known about it.
type target struct {
	routes.Route
	anonymous answer // without a token
	valid     answer // with a valid token; zero when that was not tried
	accepts   bool   // a valid token
	admin     bool   // only a token with the admin's rights
}

// check is the ID of a row and its name in words.
type check struct{ id, name string }

// All sends every probe, and adds a row for each. An error means that the server
// cannot be reached, or that ctx ended.
func (r *Run) All(ctx context.Context) error {
	base, err := url.Parse(r.Base)
	if err != nil {
		return err
	}
	r.base, r.client, r.word, r.unknown = base, newClient(base), "authkeel-check-"+strings.ToLower(rand.Text()), map[string]answer{}
	protected, err := r.withoutToken(ctx)
	if err != nil {
		return err
	}
	steps := []func(context.Context, []*target) error{r.valid, r.expired, r.roles, r.credentials, r.cookies, r.cors, r.forged, r.webhook}
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

// verdict is the result of one row.
type verdict struct {
	status         report.Status
	reason, remedy string
	gap, log       bool
}

func passed(format string, args ...any) verdict {
	return verdict{status: report.OK, reason: fmt.Sprintf(format, args...)}
}

func failed(remedy, format string, args ...any) verdict {
	return verdict{status: report.Failed, reason: fmt.Sprintf(format, args...), remedy: remedy}
}

func warned(remedy, format string, args ...any) verdict {
	return verdict{status: report.Warned, reason: fmt.Sprintf(format, args...), remedy: remedy}
}

func info(format string, args ...any) verdict {
	return verdict{status: report.Info, reason: fmt.Sprintf(format, args...)}
}

func notTried(format string, args ...any) verdict {
	return verdict{status: report.NotTried, reason: fmt.Sprintf(format, args...)}
}

// gap is the verdict on a route that was not checked at all.
func gap(format string, args ...any) verdict {
	v := notTried(format, args...)
	v.gap = true
	return v
}

// seeLog adds that the server's log explains the verdict.
func (v verdict) seeLog() verdict {
	v.log = true
	if v.remedy == "" {
		v.remedy = "see the server's log"
	}
	return v
}

// add adds a row.
func (r *Run) add(c check, route string, v verdict) {
	r.Report.Add(report.Row{ID: c.id, Check: c.name, Route: route, Status: v.status, Reason: v.reason, Remedy: v.remedy, Gap: v.gap, SeeLog: v.log})
}

const (
	dropped     = "the connection was closed without an answer"
	needsTokens = "needs a token: --token, or --issuer-state FILE"
)

// limited is the verdict on an answer that only says that there were too many
// requests. ok is false for every other answer.
func limited(a answer) (v verdict, ok bool) {
	return notTried("429: the server limits requests; raise the limit for the check"), a.status == http.StatusTooManyRequests
}

// good is a token that the main route accepts; empty where there is none.
func (r *Run) good() string {
	if r.main.admin {
		return r.Tokens.Admin()
	}
	return r.Tokens.Valid()
}

// usable says why tokens cannot be tried on the main route; empty when they can.
func (r *Run) usable() string {
	switch {
	case !r.main.anonymous.refused():
		return r.main.String() + " answers without a token, so a token shows nothing there"
	case r.good() != "" && r.main.MayTry() && !r.main.accepts:
		return "no route accepts a valid token, so a refusal shows nothing"
	}
	return ""
}

// trust says how the server gets to trust the issuer of the run.
func (r *Run) trust() string {
	switch r.Tokens.Provider() {
	case "oidc":
		return "the server has to trust the issuer and audience in OIDC_ISSUER and OIDC_AUDIENCE (for other names: --env NAME={issuer})"
	case "clerk":
		return "the server has to take its settings from CLERK_PUBLISHABLE_KEY, CLERK_JWT_KEY, CLERK_PROXY_URL and CLERK_AUTHORIZED_PARTIES"
	}
	return "is the token still valid, and does the server trust its issuer?"
}
