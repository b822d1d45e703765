package core

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/adapter"
)

// Refusal is the whole answer to a request that may not go on: status, header
// and body. [Authenticator.Refusal] makes one, and [Config.RewriteRefusal] can
// change all of them at once.
type Refusal = adapter.Refusal

// Body is what the client reads of a [Refusal].
type Body = adapter.Body

// Refusal returns the answer that middleware would give for err, an error of
// [Authorize], [Authenticator.Authenticate] or [Authenticator.Verify]. Use it in
// handlers that call these themselves, and write it with [adapter.Refusal.Write].
// An error of any other kind is an outage (503).
func (a *Authenticator) Refusal(ctx context.Context, err error) *Refusal {
	var e *Error
	if !errors.As(err, &e) {
		e = unavailable("unknown_error", err)
	}
	answer, denied := e.public(), e.denied()
	status, body, wait := e.Answer()
	r := &Refusal{
		Status: status,
		Header: [][2]string{{"Cache-Control", "no-store"}},
		Body:   body,
		Err:    err,
	}
	if answer.challenge {
		r.Header = append(r.Header, [2]string{"WWW-Authenticate", a.challenge(answer, e, denied)})
	}
	if wait > 0 {
		seconds := int64((wait + time.Second - 1) / time.Second)
		r.Header = append(r.Header, [2]string{"Retry-After", strconv.FormatInt(seconds, 10)})
	}
	r.Header = append(r.Header, e.header...)
	r.Header = append(r.Header, a.vary...)
	if a.cfg.RewriteRefusal == nil {
		return r
	}
	rewritten := a.cfg.RewriteRefusal(ctx, *r)
	if !validStatus(rewritten.Status) {
		return r // New tries each class, so only a rewrite that depends on ctx comes here
	}
	return &rewritten
}

// Answer returns what a client may learn of e, for protocols that carry no HTTP
// answer of their own for each refusal, such as GraphQL and gRPC: the status and
// body of the table in the package documentation, before [Config.RewriteRefusal],
// and after which time the client may come back (0: nothing is said about it).
// Where the answer is one of HTTP use [Authenticator.Refusal].
func (e *Error) Answer() (status int, body Body, retryAfter time.Duration) {
	answer := e.public()
	body = Body{Error: answer.code, Description: answer.description}
	if denied := e.denied(); denied != nil {
		body.More = maps.Clone(denied.Hint) // the caller may add to it
	}
	return answer.status, body, max(answer.retry, e.retry)
}

// denied returns which right is missing, or nil for errors of other classes.
func (e *Error) denied() *DeniedError {
	var denied *DeniedError
	if e.public() != insufficientScope || !errors.As(e, &denied) {
		return nil
	}
	return denied
}

// validStatus reports whether net/http and fasthttp can answer with the status.
func validStatus(status int) bool { return status >= 200 && status <= 599 }

// challenge writes WWW-Authenticate (RFC 6750 section 3, RFC 9728 section 5.1).
// denied is nil unless the answer is for a missing right.
func (a *Authenticator) challenge(answer *publicError, e *Error, denied *DeniedError) string {
	parameters := slices.Clone(a.challengeStart)
	if answer.named {
		parameters = append(parameters, `error="`+answer.code+`"`)
	}
	// The one hint: issuer, signature and audience are right by now, so it tells
	// the client only what it could have read in its own token.
	if errors.Is(e, ErrExpired) {
		parameters = append(parameters, `error_description="token expired"`)
	}
	if denied != nil {
		// A policy of the application may have put anything there.
		scopes := slices.DeleteFunc(slices.Clone(denied.Scopes), func(scope string) bool {
			return scope == "" || strings.ContainsFunc(scope, notInScope)
		})
		if len(scopes) > 0 {
			parameters = append(parameters, `scope="`+strings.Join(scopes, " ")+`"`)
		}
	}
	if len(parameters) == 0 {
		return "Bearer"
	}
	return "Bearer " + strings.Join(parameters, ", ")
}
