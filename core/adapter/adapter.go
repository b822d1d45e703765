// Package adapter is what authors of framework adapters need.
//
// An adapter lends core a [Request], runs a [Step] and carries out the [Outcome]:
// it answers with the refusal, or sets the header and goes on with the context.
// It decides nothing. A router that is built on net/http needs [Serve] alone:
//
//	func middleware(step adapter.Step) func(http.Handler) http.Handler {
//		return func(next http.Handler) http.Handler {
//			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
//				if r, ok := adapter.Serve(step, w, r); ok {
//					next.ServeHTTP(w, r)
//				}
//			})
//		}
//	}
//
// Steps come from core: RequireAuth and OptionalAuth of an Authenticator, and
// core.Require and core.RequireParam for policies. Prove an adapter with the conformance suite in
// core/authtest/adaptertest. Applications do not need this package; they meet
// [Refusal] as core.Refusal.
package adapter

import (
	"context"
	"net/http"
)

// Step is one decision about a request: the boundary between core and the
// adapters.
type Step func(context.Context, Request) Outcome

// Outcome is what a [Step] decided. Either Refusal is set, and is the whole
// answer, or the request goes on: set Header on the response, and use Context.
type Outcome struct {
	Context context.Context // for the rest of the request; nil: the one that was given
	Header  [][2]string     // of the response to a request that goes on
	Refusal *Refusal        // nil: go on
}

// Serve runs a Step for a router that is built on net/http. It returns the
// request to go on with, or false when the request was refused. A refused
// request has its answer, so the caller only stops.
func Serve(step Step, w http.ResponseWriter, r *http.Request) (*http.Request, bool) {
	lent := exchanges.Get().(*exchange)
	lent.Request, lent.w = r, w
	out := step(r.Context(), lent)
	*lent = exchange{}
	exchanges.Put(lent)
	return serve(out, w, r)
}

// ServeRequest is [Serve] for a router that is built on net/http and keeps the
// parameters of a route to itself: lent is r and w, with a Param that knows them.
func ServeRequest(step Step, lent Request, w http.ResponseWriter, r *http.Request) (*http.Request, bool) {
	return serve(step(r.Context(), lent), w, r)
}

func serve(out Outcome, w http.ResponseWriter, r *http.Request) (*http.Request, bool) {
	if out.Refusal != nil {
		out.Refusal.Write(w)
		return nil, false
	}
	setHTTP(w.Header(), out.Header)
	if out.Context != nil {
		r = r.WithContext(out.Context)
	}
	return r, true
}

// SetHeader hands over the header of an [Outcome] or a [Refusal] to a framework
// that does not use net/http's. Vary and the RateLimit fields, which are lists, are
// added to what is there; all others replace it.
func SetHeader(header [][2]string, set, add func(name, value string)) {
	for _, h := range header {
		switch h[0] {
		case "Vary", "Ratelimit", "Ratelimit-Policy":
			add(h[0], h[1])
		default:
			set(h[0], h[1])
		}
	}
}

// setHTTP is [SetHeader] for net/http. The lists are set without asking how their
// names are spelled, and share one allocation: a limit sends two of them with every
// answer (BenchmarkEverything in scripts/bench).
func setHTTP(to http.Header, header [][2]string) {
	var values []string
	for i, h := range header {
		switch name := h[0]; name {
		case "Vary", "Ratelimit", "Ratelimit-Policy":
			if there := to[name]; len(there) > 0 {
				to[name] = append(there, h[1])
				continue
			}
			if values == nil {
				values = make([]string, len(header))
			}
			values[i] = h[1]
			to[name] = values[i : i+1 : i+1]
		default:
			to.Set(name, h[1])
		}
	}
}
