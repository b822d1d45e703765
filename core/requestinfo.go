package core

import (
	"context"
	"net/http"
	"strings"

	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/internal/safelog"
)

// requestIDHeader is the response header in which middleware says which ID it gave a
// request.
const requestIDHeader = "X-Request-Id"

// tell hands an event about a request to the observer. What costs memory is found out
// only when somebody reads it: a log that is not at level Debug takes no accepted
// request, and the log of refusals one line of many.
func (a *Authenticator) tell(ctx context.Context, r adapter.Request, e Event) {
	switch o := a.observer.(type) {
	case silent:
	case *refusalLog:
		if count, ok := o.admit(&e); ok {
			a.describe(ctx, r, &e)
			o.write(ctx, e, count)
		}
	case logObserver:
		if o.log.Enabled(ctx, levelOf(&e)) {
			a.describe(ctx, r, &e)
			o.Observe(ctx, e)
		}
	default:
		a.describe(ctx, r, &e)
		o.Observe(ctx, e)
	}
}

// describe says in an event which request it is about. r is nil for a token that came
// without one. The texts are in memory of their own, since an observer may keep them
// and the framework uses its memory again.
func (a *Authenticator) describe(ctx context.Context, r adapter.Request, e *Event) {
	id := ""
	if a.cfg.RequestID != nil {
		id = a.cfg.RequestID(ctx)
	}
	if r == nil {
		_, e.RequestID = ownTexts("", id)
		return
	}
	if id == "" {
		id = r.ResponseHeader(requestIDHeader)
	}
	if !e.Client.IsValid() {
		e.Client = a.ClientAddr(r)
	}
	e.Method = ownMethod(r.Method())
	e.Path, e.RequestID = ownTexts(pathOf(r.URL()), id)
}

// pathOf returns the path of a request target: without the query, and without what
// stands before the path in absolute form (RFC 9112 section 3.2.2), which may hold a
// password.
func pathOf(target string) string {
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		target = target[:i]
	}
	if target == "" || target[0] == '/' {
		return target
	}
	if _, rest, ok := strings.Cut(target, "://"); ok {
		_, path, _ := strings.Cut(rest, "/")
		return "/" + path
	}
	return target // "*", or the host and port of CONNECT
}

// methods are those that have a copy already.
var methods = [...]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions}

// ownMethod is the method, printable and in memory of its own.
func ownMethod(method string) string {
	for _, m := range methods {
		if m == method {
			return m
		}
	}
	own, _ := ownTexts(method, "")
	return own
}

// ownTexts are the texts, printable and in memory of their own, with one allocation
// where nothing has to be escaped.
func ownTexts(a, b string) (ownA, ownB string) {
	switch {
	case !safelog.IsPlain(a) || !safelog.IsPlain(b):
		return safelog.Text(a), safelog.Text(b)
	case a == "":
		return "", strings.Clone(b)
	case b == "":
		return strings.Clone(a), ""
	}
	both := a + b
	return both[:len(a)], both[len(a):]
}
