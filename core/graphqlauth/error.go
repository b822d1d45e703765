package graphqlauth

import (
	"errors"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core"
)

// The codes in the extensions of errors. The first two and the last are those that
// Apollo's clients and servers know.
const (
	CodeUnauthenticated    = "UNAUTHENTICATED"
	CodeForbidden          = "FORBIDDEN"
	CodeBadRequest         = "BAD_REQUEST"
	CodeRateLimited        = "RATE_LIMITED"
	CodeServiceUnavailable = "SERVICE_UNAVAILABLE"
	CodeInternal           = "INTERNAL_SERVER_ERROR"
)

// codes are the codes by the status that core's answer has.
var codes = map[int]string{
	http.StatusUnauthorized:       CodeUnauthenticated,
	http.StatusForbidden:          CodeForbidden,
	http.StatusBadRequest:         CodeBadRequest,
	http.StatusTooManyRequests:    CodeRateLimited,
	http.StatusServiceUnavailable: CodeServiceUnavailable,
}

// Error is a refusal as a GraphQL client may see it. Its text is the message for the
// client, and [Error.Extensions] belongs into the extensions. Why it was refused is
// in the error that [errors.Unwrap] returns, which is for the log alone.
type Error struct {
	code       string
	message    string
	retryAfter time.Duration
	more       map[string]any
	cause      error
}

// Error returns the message for the client.
func (e *Error) Error() string { return e.message }

// Code returns one of the Code constants.
func (e *Error) Code() string { return e.code }

// Unwrap returns core's error, for the log and for [errors.Is] with core's classes.
func (e *Error) Unwrap() error { return e.cause }

// Extensions returns what belongs into the extensions of the error: code, and where
// they apply retryAfter in seconds, scope, and the hint of the policy that denied.
// The map is the caller's. graph-gophers/graphql-go and graphql-go/graphql call this
// method themselves; with gqlgen the error presenter does.
func (e *Error) Extensions() map[string]any {
	extensions := maps.Clone(e.more)
	if extensions == nil {
		extensions = make(map[string]any)
	}
	if e.retryAfter > 0 {
		extensions["retryAfter"] = int64((e.retryAfter + time.Second - 1) / time.Second)
	}
	extensions["code"] = e.code
	return extensions
}

// ErrorOf returns the refusal that err is or has as its cause: an [*Error], or an
// error of core's that a resolver returned. It reports false for all other errors.
// Error presenters use it, so that a resolver may return what [core.Authorize]
// returned and nothing of it leaks:
//
//	func present(ctx context.Context, err error) *gqlerror.Error {
//		if refused, ok := graphqlauth.ErrorOf(err); ok {
//			return &gqlerror.Error{Message: refused.Error(), Path: graphql.GetPath(ctx), Extensions: refused.Extensions()}
//		}
//		…
//	}
func ErrorOf(err error) (*Error, bool) {
	var own *Error
	if errors.As(err, &own) && own != nil {
		return own, true
	}
	var refused *core.Error
	if errors.As(err, &refused) && refused != nil {
		return refusal(refused), true
	}
	return nil, false
}

// refusal is the error for a client of an error of core's.
func refusal(err error) *Error {
	var refused *core.Error
	if !errors.As(err, &refused) {
		return misconfigured(err)
	}
	status, body, retryAfter := refused.Answer()
	e := &Error{code: codes[status], message: body.Description, retryAfter: retryAfter, more: body.More, cause: err}
	if e.code == "" {
		e.code = CodeInternal
	}
	var denied *core.DeniedError
	if e.code == CodeForbidden && errors.As(err, &denied) && len(denied.Scopes) > 0 {
		if e.more == nil {
			e.more = make(map[string]any)
		}
		e.more["scope"] = strings.Join(denied.Scopes, " ")
	}
	return e
}

// misconfigured is the error for a client of a mistake in the program.
func misconfigured(cause error) *Error {
	return &Error{code: CodeInternal, message: "the server is not set up to answer this request", cause: cause}
}
