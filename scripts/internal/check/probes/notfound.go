package probes

import (
	"context"
	"regexp"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/check/routes"
)

// noAddress reports whether an answer is the one that the server gives at an address
// that does not exist. The router's own 404 is told from that of a handler by asking
// for paths that no route has: at the root, and below the beginnings of the route's
// own path, where a part of the router may have a 404 of its own. token is the one
// that was sent with the request; empty for none.
func (r *Run) noAddress(ctx context.Context, a answer, token string) (bool, error) {
	for _, path := range r.nowhere(a.sent.route) {
		route := a.sent.route
		route.Path = path
		key := route.String()
		q := request{route: route}
		if token != "" {
			key += " with a token"
			q.tokens = []string{token}
		}
		other, known := r.unknown[key]
		if !known {
			var err error
			if other, err = r.call(ctx, q); err != nil {
				return false, err
			}
			r.unknown[key] = other
		}
		if sameShape(a, other) {
			return true, nil
		}
	}
	return false, nil
}

// nowhere lists addresses near a route at which there is nothing. They are four
// segments deeper, so that no parameter matches them.
func (r *Run) nowhere(route routes.Route) []string {
	template, _, _ := strings.Cut(route.Template, "?")
	if template == "" {
		template, _, _ = strings.Cut(route.Path, "?")
	}
	deep := strings.Repeat("/"+r.word, 4)
	list, prefix := []string{deep}, ""
	for segment := range strings.SplitSeq(strings.Trim(template, "/"), "/") {
		if segment == "" || strings.ContainsAny(segment, ":{*+") || len(list) > 4 {
			break
		}
		prefix += "/" + segment
		list = append(list, prefix+deep)
	}
	return list
}

// varying is what differs from one answer to the next: numbers, times, identifiers.
var varying = regexp.MustCompile(`[0-9a-fA-F]{8,}(?:-[0-9a-fA-F]+)*|[0-9]+`)

// sameShape compares status, type and text of two answers. What they repeat of the
// request is left out.
func sameShape(a, b answer) bool {
	shape := func(a answer) string {
		path, _, _ := strings.Cut(a.sent.route.Path, "?")
		kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
		return strings.TrimSpace(kind) + "\n" + varying.ReplaceAllString(strings.ReplaceAll(string(a.body), path, "PATH"), "#")
	}
	return a.status == b.status && shape(a) == shape(b)
}
