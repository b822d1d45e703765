package core

import (
	"context"
	"net/http"
	"net/textproto"
)

// Request is what an adapter lends core for the length of one call. Strings may
// point into memory that the framework uses again: core copies what it keeps.
type Request interface {
	// Header returns the i-th value of a header, counted from 0, and whether
	// there is one. The name is in canonical form
	// ([textproto.CanonicalMIMEHeaderKey]); "Host" is the host asked for.
	Header(name string, i int) (string, bool)
	// Method returns the request method, in capitals as sent.
	Method() string
	// URL returns the request target as received.
	URL() string
	// RemoteAddr returns the TCP peer as "address:port". Forwarding headers are
	// core's business alone.
	RemoteAddr() string
}

// HTTP lends core a net/http request: for Gin, Echo, Chi and everything else
// built on net/http. It allocates nothing.
func HTTP(r *http.Request) Request { return httpRequest{r} }

// httpRequest is one pointer, which an interface holds without allocating.
type httpRequest struct{ *http.Request }

func (r httpRequest) Header(name string, i int) (string, bool) {
	if name == "Host" { // net/http keeps it out of the header map
		return r.Host, i == 0 && r.Host != ""
	}
	values := r.Request.Header[name]
	if i >= len(values) {
		return "", false
	}
	return values[i], true
}

func (r httpRequest) Method() string     { return r.Request.Method }
func (r httpRequest) URL() string        { return r.RequestURI }
func (r httpRequest) RemoteAddr() string { return r.Request.RemoteAddr }

// canonical is the form in which header names are asked for.
func canonical(name string) string { return textproto.CanonicalMIMEHeaderKey(name) }

// single returns the header when it was sent exactly once.
func single(r Request, name string) (value string, ok bool) {
	value, ok = r.Header(name, 0)
	if _, again := r.Header(name, 1); again {
		return "", false
	}
	return value, ok
}

// Step is one decision about a request: the boundary between core and the
// adapters. An adapter is a function that runs a Step and translates its
// [Outcome]. [Authenticator.RequireAuth], [Authenticator.OptionalAuth] and [Require] make
// Steps.
type Step func(context.Context, Request) Outcome

// Outcome is what a [Step] decided. Write its headers ([Outcome.WriteHeader]),
// then either answer with Refusal or go on with Context.
type Outcome struct {
	Context context.Context // to go on with
	Header  [][2]string     // for the response, whatever the decision
	Refusal *Refusal        // nil: go on

	same bool // Context is the one that was given
}

// NewContext returns the context to go on with and whether it differs from the
// one that was given, so that an adapter copies a request only when it must.
func (o Outcome) NewContext() (context.Context, bool) {
	return o.Context, !o.same
}

// WriteHeader hands over the response headers of the decision, the refusal's
// included. Vary is added to what is there, all others replace it.
func (o Outcome) WriteHeader(set, add func(name, value string)) {
	writeHeader(o.Header, set, add)
	if o.Refusal != nil {
		writeHeader(o.Refusal.Header, set, add)
	}
}

func writeHeader(header [][2]string, set, add func(name, value string)) {
	for _, h := range header {
		if h[0] == "Vary" {
			add(h[0], h[1])
		} else {
			set(h[0], h[1])
		}
	}
}
