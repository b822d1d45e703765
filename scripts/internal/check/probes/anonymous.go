package probes

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/check/routes"
)

var (
	noToken     = check{"no-token", "no token"}
	publicRoute = check{"public", "public route"}
)

const mountIt = "mount the authentication middleware before this route; if it is meant to be public, name it: --public-route %s"

// withoutToken calls every route without a token, and returns those that are, or ought
// to be, protected. Routes that read come first: when one of them is open, those that
// write are not called.
func (r *Run) withoutToken(ctx context.Context) ([]*target, error) {
	r.Say("calling %s without a token", plural(len(r.Routes), "route"))
	var protected []*target
	var open []routes.Route
	said, called := false, 0
	for _, writes := range []bool{false, true} {
		for _, route := range r.Routes {
			if route.Safe() == writes {
				continue
			}
			if _, err := r.resolve(route.Path); err != nil {
				r.add(noToken, route.String(), gap("%v; found at %s", err, route.From))
				continue
			}
			if writes && len(open) > 0 && !r.Writes {
				if !said {
					r.Say("%s is open: routes that write are not called; --writes calls them all the same", open[0])
					said = true
				}
				r.add(noToken, route.String(), gap("not called, because %s is open and this call could change something; --writes calls it", open[0]))
				continue
			}
			t, isOpen, err := r.first(ctx, route)
			if err != nil {
				return nil, err
			}
			if isOpen {
				open = append(open, route)
			}
			if t != nil {
				protected = append(protected, t)
			}
			called++
			r.progress(called, len(r.Routes), "called without a token")
		}
	}
	if len(protected) == 0 {
		r.add(check{"protected", "something is protected"}, "", failed("mount the authentication middleware, or name a protected route with --route METHOD:/path",
			"none of the %s asks for a token", plural(len(r.Routes), "route")))
	}
	r.propose(open)
	return protected, nil
}

// progressEvery is after how many routes the progress is said.
const progressEvery = 50

// progress says how far a long check is.
func (r *Run) progress(done, of int, what string) {
	if done > 0 && done%progressEvery == 0 && done < of {
		r.Say("%d of %d routes %s", done, of, what)
	}
}

// propose prints the flags for all open routes, for an API on which they are meant to
// be public.
func (r *Run) propose(open []routes.Route) {
	if len(open) < 2 {
		return
	}
	var flags strings.Builder
	for _, route := range open {
		flags.WriteString(" --public-route " + route.Flag())
	}
	r.Say("if all of these routes are meant to be public, add:%s", flags.String())
}

// first is the first call of a route, without a token. It returns nil for a route that
// is public.
func (r *Run) first(ctx context.Context, route routes.Route) (t *target, open bool, err error) {
	if route.Access == routes.Public {
		return nil, false, r.public(ctx, route)
	}
	if route.Access == routes.Unknown && route.Method == http.MethodPost && route.Path == r.WebhookRoute {
		r.add(check{"open", noToken.name}, route.String(), info("the signature of the webhook is the authentication, which is tried below"))
		return nil, false, nil
	}
	usual := route.Access == routes.Unknown && route.UsuallyPublic()
	if usual && !route.Safe() {
		r.add(noToken, route.String(), gap("its path is a usual public one, and the call could change something; name it with --public-route, or with --route if it is protected"))
		return nil, false, nil
	}
	a, err := r.anonymous(ctx, &route)
	if err != nil {
		return nil, false, err
	}
	nowhere := false
	if a.status == http.StatusNotFound || route.Guess != "" {
		if nowhere, err = r.noAddress(ctx, a, ""); err != nil {
			return nil, false, err
		}
	}
	if nowhere && !a.refused() && !route.Named && !(usual && route.Wildcard()) {
		r.add(noToken, route.String(), gap("%d, as for an address that does not exist%s; found at %s; name the address with --route", a.status, guessed(route), route.From))
		return nil, false, nil
	}
	if usual && !a.refused() && a.status != 0 {
		r.add(check{"open", noToken.name}, route.String(), info("%d: it answers without a token, as this path usually does; found at %s", a.status, route.From))
		return nil, false, nil
	}
	v, open := judgeAnonymous(route, a, nowhere)
	r.add(noToken, route.String(), v)
	if v.gap {
		return nil, false, nil
	}
	return &target{Route: route, anonymous: a}, open, nil
}

func guessed(route routes.Route) string {
	if route.Guess == "" {
		return ""
	}
	return " (" + route.Guess + ")"
}

// anonymous calls a route without a token. A redirect because of a slash at the end is
// followed once, and the route keeps the path to which it led.
func (r *Run) anonymous(ctx context.Context, route *routes.Route) (answer, error) {
	a, err := r.call(ctx, request{route: *route})
	if err != nil {
		return a, err
	}
	if path, ok := r.slashed(a); ok {
		route.Path = path
		return r.call(ctx, request{route: *route})
	}
	return a, nil
}

// judgeAnonymous judges the answer of a route that ought to be protected. open reports
// that the request got past authentication. nowhere reports that the answer is the one
// for addresses that do not exist.
func judgeAnonymous(route routes.Route, a answer, nowhere bool) (v verdict, open bool) {
	challenge := a.header.Get("WWW-Authenticate")
	mount := fmt.Sprintf(mountIt, route.Flag())
	switch {
	case a.status == 0:
		return failed("", dropped).seeLog(), false
	case a.status == http.StatusUnauthorized && challenge == "":
		return failed("answer 401 with WWW-Authenticate: Bearer (RFC 9110 section 11.6.1)", "401 without a challenge"), false
	case a.status == http.StatusUnauthorized && route.Bearer && !strings.Contains(strings.ToLower(challenge), "bearer"):
		return failed("answer with WWW-Authenticate: Bearer (RFC 6750 section 3)", "401 with a challenge that is not Bearer: %s", short(challenge)), false
	case a.status == http.StatusUnauthorized:
		return passed("401 with a challenge"), false
	case a.status == http.StatusTooManyRequests:
		return gap("429: the server limits requests; raise the limit for the check"), false
	case a.redirects():
		return failed("an API answers 401; redirects to a sign-in page are for pages", "%d to %s", a.status, short(a.header.Get("Location"))), false
	case a.status == http.StatusForbidden:
		return failed("answer 401 when there is no token: 403 tells a client that signing in would not help", "403, where it ought to be 401"), false
	case a.status == http.StatusNotFound && nowhere:
		return failed("check the path; a protected route answers 401", "404, as for an address that does not exist"), false
	case a.status == http.StatusMethodNotAllowed && !route.Named:
		return gap("405: the address has no method %s; found at %s; name the route with --route", route.Method, route.From), false
	case a.status == http.StatusMethodNotAllowed:
		return failed("check the method; a protected route answers 401", "405: the address has no method %s", route.Method), false
	case a.status >= 500:
		return failed("mount the authentication middleware before this route and before role checks; the server's log says what failed", "%d: the server fails", a.status).seeLog(), false
	case a.status >= 400:
		return failed(mount, "%d: the request gets past authentication", a.status), true
	}
	return failed(mount, "%d: it answers without a token", a.status), true
}

// public calls a route that is meant to be public.
func (r *Run) public(ctx context.Context, route routes.Route) error {
	if !route.MayTry() {
		r.add(publicRoute, route.String(), notTried("the call could change something; name the route with --public-route to have it called"))
		return nil
	}
	a, err := r.anonymous(ctx, &route)
	if err != nil {
		return err
	}
	v := passed("answers without a token")
	switch busy, isLimited := limited(a); {
	case isLimited:
		v = busy
		v.gap = true
	case a.status == 0:
		v = failed("", dropped).seeLog()
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		v = failed("take it out of the protected group, or correct its security in the document: "+route.From, "%d without a token", a.status)
	case a.status == http.StatusNotFound:
		nowhere, err := r.noAddress(ctx, a, "")
		if err != nil {
			return err
		}
		switch {
		case nowhere && route.Named:
			v = failed("check the path", "404, as for an address that does not exist")
		case nowhere:
			v = gap("404, as for an address that does not exist; found at %s", route.From)
		default:
			v = notTried("404 from the handler; name an address that exists, with real values in place of its parameters")
		}
	case a.status == http.StatusMethodNotAllowed:
		v = failed("check the method", "405: the address has no method %s", route.Method)
	case a.status >= 500:
		v = warned("", "%d: the server fails", a.status).seeLog()
	}
	r.add(publicRoute, route.String(), v)
	return nil
}
