package probes

import (
	"context"
	"net/http"
	"strings"
)

var preflight = check{"cors", "CORS preflight"}

// cors asks what a browser asks before a front end on another origin may send a token.
func (r *Run) cors(ctx context.Context, _ []*target) error {
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
			r.add(preflight, r.main.String(), failed("name Authorization in the allowed headers of the CORS middleware", "the header Authorization is not allowed"))
			return nil
		}
		r.add(preflight, r.main.String(), passed("%d, allows %s", pre.status, short(origin)))
		return nil
	}
	q := request{route: r.main.Route, header: map[string]string{"Origin": r.Origin}}
	if token := r.good(); token != "" && r.main.MayTry() {
		q.tokens = []string{token}
	}
	if !r.main.MayTry() && !r.main.anonymous.refused() {
		r.add(preflight, "", notTried("needs a route that reads: --route GET:/path"))
		return nil
	}
	actual, err := r.call(ctx, q)
	if err != nil {
		return err
	}
	switch {
	case actual.header.Get(allow) != "":
		r.add(preflight, r.main.String(), failed("mount the CORS middleware before authentication: browsers send no token with a preflight", "%d to OPTIONS, although the API has CORS", pre.status))
	case strings.Contains(strings.ToLower(strings.Join(append(pre.header.Values("Vary"), actual.header.Values("Vary")...), ",")), "origin"):
		r.add(preflight, r.main.String(), info("the API has CORS and does not allow %s; name your front end with --origin", r.Origin))
	default:
		r.add(preflight, r.main.String(), info("the API has no CORS, so front ends on other origins cannot call it"))
	}
	return nil
}
