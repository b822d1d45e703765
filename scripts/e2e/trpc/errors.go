package trpc

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/authkeel/authkeel/core"
)

// Code is tRPC's name for a class of error, such as "NOT_FOUND".
type Code string

// The codes that procedures return and this package makes of core's refusals.
const (
	ParseError       Code = "PARSE_ERROR"
	BadRequest       Code = "BAD_REQUEST"
	Unauthorized     Code = "UNAUTHORIZED"
	Forbidden        Code = "FORBIDDEN"
	NotFound         Code = "NOT_FOUND"
	MethodNotAllowed Code = "METHOD_NOT_SUPPORTED"
	Timeout          Code = "TIMEOUT"
	Conflict         Code = "CONFLICT"
	PayloadTooLarge  Code = "PAYLOAD_TOO_LARGE"
	UnsupportedMedia Code = "UNSUPPORTED_MEDIA_TYPE"
	Unprocessable    Code = "UNPROCESSABLE_CONTENT"
	TooManyRequests  Code = "TOO_MANY_REQUESTS"
	ClientClosed     Code = "CLIENT_CLOSED_REQUEST"
	InternalError    Code = "INTERNAL_SERVER_ERROR"
	Unavailable      Code = "SERVICE_UNAVAILABLE"
)

// codes has the JSON-RPC number and the HTTP status that tRPC 11 gives each code.
var codes = map[Code]struct{ number, status int }{
	ParseError:       {-32700, http.StatusBadRequest},
	BadRequest:       {-32600, http.StatusBadRequest},
	Unauthorized:     {-32001, http.StatusUnauthorized},
	Forbidden:        {-32003, http.StatusForbidden},
	NotFound:         {-32004, http.StatusNotFound},
	MethodNotAllowed: {-32005, http.StatusMethodNotAllowed},
	Timeout:          {-32008, http.StatusRequestTimeout},
	Conflict:         {-32009, http.StatusConflict},
	PayloadTooLarge:  {-32013, http.StatusRequestEntityTooLarge},
	UnsupportedMedia: {-32015, http.StatusUnsupportedMediaType},
	Unprocessable:    {-32022, http.StatusUnprocessableEntity},
	TooManyRequests:  {-32029, http.StatusTooManyRequests},
	ClientClosed:     {-32099, 499},
	InternalError:    {-32603, http.StatusInternalServerError},
	Unavailable:      {-32603, http.StatusServiceUnavailable},
}

// Error is what a procedure returns for the client to read. Every other error
// is answered with INTERNAL_SERVER_ERROR and goes to the log, because its text
// was not written for the client.
type Error struct {
	Code    Code // InternalError when it is none of the constants
	Message string
}

// Error returns code and message.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// failure is an error as it goes over the wire.
type failure struct {
	code       Code
	message    string
	refusal    *core.Refusal // whose headers say more: the challenge, Retry-After
	scope      string        // the scopes that would do
	retryAfter int           // seconds; 0: not said
	log        error         // what the client must not see
}

// failureOf is the one place where an error becomes an answer. What core
// decided about a refusal is taken over as it stands: status, text and headers.
func failureOf(ctx context.Context, auth *core.Authenticator, err error) *failure {
	var refused *core.Error
	if errors.As(err, &refused) {
		return failureOfRefusal(auth.Refusal(ctx, err))
	}
	var own *Error
	if errors.As(err, &own) {
		code := own.Code
		if _, known := codes[code]; !known {
			code = InternalError
		}
		return &failure{code: code, message: own.Message}
	}
	switch {
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return &failure{code: ClientClosed, message: "the client is gone"}
	case errors.Is(err, context.DeadlineExceeded):
		return &failure{code: Timeout, message: "the procedure took too long"}
	}
	return &failure{code: InternalError, message: "the procedure failed", log: err}
}

func failureOfRefusal(r *core.Refusal) *failure {
	f := &failure{code: InternalError, message: r.Body.Description, refusal: r}
	for code, is := range codes {
		if is.status == r.Status && code != ParseError {
			f.code = code
		}
	}
	if f.message == "" {
		f.message = r.Body.Error
	}
	var denied *core.DeniedError
	if errors.As(r.Err, &denied) {
		f.scope = strings.Join(denied.Scopes, " ")
	}
	for _, field := range r.Header {
		if field[0] == "Retry-After" {
			f.retryAfter, _ = strconv.Atoi(field[1]) // core writes seconds; a date of RewriteRefusal's is left out
		}
	}
	return f
}

// shape is tRPC's error object. retryAfter and scope are ours: in a batch no
// header can say which call they belong to.
func (f *failure) shape(path string) map[string]any {
	is := codes[f.code]
	data := map[string]any{"code": f.code, "httpStatus": is.status, "path": path}
	if f.retryAfter > 0 {
		data["retryAfter"] = f.retryAfter
	}
	if f.scope != "" {
		data["scope"] = f.scope
	}
	return map[string]any{"error": map[string]any{"message": f.message, "code": is.number, "data": data}}
}
