package probes

import (
	"context"
	"net/http"
	"net/url"
)

var (
	twoHeaders  = check{"two-credentials", "two Authorization headers"}
	inQuery     = check{"query", "token in the query"}
	inCookie    = check{"cookie", "token in a cookie"}
	crossSite   = check{"cross-site", "cookie, sent by another site"}
	forgedThere = check{"cookie-forged", "forged token in a cookie"}
)

// misplaced says why a good token cannot be tried in other places; empty when it can.
func (r *Run) misplaced() string {
	switch reason := r.usable(); {
	case r.good() == "":
		return needsTokens
	case reason != "":
		return reason
	case !r.main.MayTry():
		return "needs a route that reads: --route GET:/path"
	}
	return ""
}

// credentials sends good tokens in the wrong way.
func (r *Run) credentials(ctx context.Context, _ []*target) error {
	if reason := r.misplaced(); reason != "" {
		r.add(twoHeaders, "", notTried("%s", reason))
		r.add(inQuery, "", notTried("%s", reason))
		return nil
	}
	a, err := r.call(ctx, request{route: r.main.Route, tokens: []string{r.good(), r.good()}})
	if err != nil {
		return err
	}
	v, _ := r.mustRefuse("refuse a request with more than one Authorization header (400): a proxy in front may look at the other one", true, a)
	r.add(twoHeaders, r.main.String(), v)

	if r.Tokens.OnlyGiven() {
		// Servers and proxies log URLs (RFC 6750 section 5.3).
		r.add(inQuery, "", notTried("a token of yours is not put into a URL, which would be logged; --issuer-state FILE makes one for the check"))
		return nil
	}
	var answers []answer
	for _, name := range []string{"access_token", "token", "jwt", "id_token", "auth"} {
		a, err := r.call(ctx, request{route: r.main.Route, query: [2]string{name, r.good()}})
		if err != nil {
			return err
		}
		answers = append(answers, a)
	}
	v, _ = r.mustRefuse("read only the Authorization header: URLs end in logs, histories and Referer headers", true, answers...)
	r.add(inQuery, r.main.String(), v)
	return nil
}

// cookieNames are the cookies in which session libraries keep tokens; the first one is
// Clerk's.
var cookieNames = []string{"__session", "session", "access_token", "token", "jwt", "auth"}

// cookies finds out whether the API accepts tokens in a cookie. A browser sends
// cookies along with requests that other sites cause, so such an API has to tell them
// from its own.
func (r *Run) cookies(ctx context.Context, protected []*target) error {
	if reason := r.misplaced(); reason != "" {
		r.add(inCookie, "", notTried("%s", reason))
		return nil
	}
	for _, name := range cookieNames {
		a, err := r.call(ctx, request{route: r.main.Route, cookie: [2]string{name, r.good()}, header: r.sameSite()})
		if err != nil {
			return err
		}
		if _, accepted := r.judgeRefusal(a, "", true); !accepted {
			continue
		}
		r.add(inCookie, r.main.String(), info("the API accepts tokens in the cookie %s", name))
		return r.acceptsCookie(ctx, name, protected)
	}
	r.add(inCookie, r.main.String(), passed("refused: the API takes no token from a cookie"))
	return nil
}

// sameSite are the headers of a browser on a page of the API's own origin (Fetch
// Metadata).
func (r *Run) sameSite() map[string]string {
	return map[string]string{"Origin": (&url.URL{Scheme: r.base.Scheme, Host: r.base.Host}).String(), "Sec-Fetch-Site": "same-origin"}
}

// otherSite are the headers of a browser on a page of somebody else.
var otherSite = map[string]string{"Origin": "https://other-site.example.invalid", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}

// acceptsCookie tries forged tokens in the cookie, and requests of other sites on a
// route that writes.
func (r *Run) acceptsCookie(ctx context.Context, name string, protected []*target) error {
	var answers []answer
	for _, f := range r.Tokens.Forged(r.main.admin) {
		for _, token := range f.Tokens {
			a, err := r.call(ctx, request{route: r.main.Route, cookie: [2]string{name, token}, header: r.sameSite()})
			if err != nil {
				return err
			}
			answers = append(answers, a)
		}
	}
	v, _ := r.mustRefuse("verify a token in a cookie exactly as one in the Authorization header", false, answers...)
	r.add(forgedThere, r.main.String(), v)

	var writing *target
	for _, t := range protected {
		if t.Named && !t.Safe() && t.Bearer && t.anonymous.refused() {
			writing = t
			break
		}
	}
	if writing == nil {
		r.add(crossSite, "", notTried("needs a route that writes, which it may call with a valid token: --route POST:/path"))
		return nil
	}
	token := r.Tokens.Valid()
	a, err := r.call(ctx, request{route: writing.Route, cookie: [2]string{name, token}, header: otherSite})
	if err != nil {
		return err
	}
	v = passed("refused with %d", a.status)
	if busy, isLimited := limited(a); isLimited {
		v = busy
	} else if a.status == 0 || a.status >= 500 {
		v = failed("", "%d: the server fails", a.status).seeLog()
	} else if a.status != http.StatusUnauthorized && a.status != http.StatusForbidden && a.status != http.StatusBadRequest {
		v = failed("refuse a token in a cookie when the request writes and comes from another origin (cross-site request forgery): compare Origin or Sec-Fetch-Site", "%d: it is ACCEPTED", a.status)
	}
	r.add(crossSite, writing.String(), v)
	return nil
}
