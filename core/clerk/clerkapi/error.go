package clerkapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core"
)

// The kinds of failure, for errors.Is. The details are in [*APIError].
var (
	// ErrNotFound is for an object that does not exist, or no longer does: a 404
	// with Clerk's code resource_not_found. Any other 404 is an outage.
	ErrNotFound = errors.New("clerkapi: no such object")
	// ErrSecretKey is for a secret key that Clerk refuses. It is an outage to your
	// clients, and a mistake in your configuration.
	ErrSecretKey = errors.New("clerkapi: the secret key is refused")
	// ErrRateLimited is for a call beyond Clerk's limits, and for calls that were
	// not made because Clerk said to wait.
	ErrRateLimited = errors.New("clerkapi: too many calls")
	// ErrInvalidID is for an ID that does not have the form of its kind. Nothing
	// was sent.
	ErrInvalidID = errors.New("clerkapi: not a valid ID")

	errTooMuch     = errors.New("the answer is too large")
	errUnexpected  = errors.New("the answer is not the JSON that was expected")
	errNoSecretKey = errors.New("the call needs BackendConfig.SecretKey")
)

// ErrorDetail is one error in an answer of Clerk's.
type ErrorDetail struct {
	Code        string `json:"code"` // such as resource_not_found
	Message     string `json:"message"`
	LongMessage string `json:"long_message"`
}

// APIError is a call that failed. It prints Clerk's codes and trace ID, which
// Clerk's support asks for, and neither the secret key nor what was sent.
//
// errors.Is finds [ErrNotFound], [ErrSecretKey], [ErrRateLimited] in it,
// context.Canceled and context.DeadlineExceeded, and [core.ErrUnavailable] where
// the call may succeed later or with another configuration.
type APIError struct {
	Status     int           // of the answer; 0 when there was none
	Errors     []ErrorDetail // empty when the answer was not Clerk's, such as the page of a proxy
	TraceID    string        // may be ""
	RetryAfter time.Duration // for 429: how long to wait

	cause error
}

// Error returns the status, the codes and the trace ID.
func (e *APIError) Error() string {
	var b strings.Builder
	b.WriteString("clerk: Backend API: ")
	if e.Status == 0 {
		b.WriteString("no answer")
	} else {
		b.WriteString(strconv.Itoa(e.Status))
	}
	if codes := e.codes(); codes != "" {
		b.WriteString(" " + codes)
	}
	if e.cause != nil {
		b.WriteString(": " + e.cause.Error())
	}
	if e.TraceID != "" {
		b.WriteString(" (trace " + e.TraceID + ")")
	}
	return b.String()
}

// Is reports whether e is of the kind target.
func (e *APIError) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.Status == http.StatusNotFound && slices.ContainsFunc(e.Errors, func(d ErrorDetail) bool { return d.Code == "resource_not_found" })
	case ErrSecretKey:
		return e.Status == http.StatusUnauthorized
	case ErrRateLimited:
		return e.Status == http.StatusTooManyRequests
	case core.ErrUnavailable:
		return e.outage()
	}
	return false
}

// Unwrap returns the cause, where it is known.
func (e *APIError) Unwrap() error { return e.cause }

// outage reports whether e says nothing about the object that was asked for. It
// is then the fault of Clerk, the network or the configuration. What a proxy
// answers in Clerk's place says nothing either: Clerk's errors have a code.
func (e *APIError) outage() bool {
	switch {
	case e.Status < 400, e.Status > 499:
		return true
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden, e.Status == http.StatusTooManyRequests:
		return true
	}
	return !slices.ContainsFunc(e.Errors, func(d ErrorDetail) bool { return d.Code != "" })
}

func (e *APIError) codes() string {
	codes := make([]string, 0, len(e.Errors))
	for _, d := range e.Errors {
		codes = append(codes, d.Code)
	}
	return strings.Join(codes, ",")
}

type errorAnswer struct {
	Errors  []ErrorDetail `json:"errors"`
	TraceID string        `json:"clerk_trace_id"`
}

// readError reads an answer without success. When it does not have Clerk's form
// only the status is known.
func readError(response *http.Response, body []byte, now time.Time) *APIError {
	e := &APIError{Status: response.StatusCode}
	var answer errorAnswer
	if isJSON(response.Header) && json.Valid(body) && decode(body, &answer) == nil {
		e.Errors, e.TraceID = answer.Errors, answer.TraceID
	}
	for i := range e.Errors {
		e.Errors[i].Code = printable(e.Errors[i].Code)
	}
	if e.TraceID == "" {
		e.TraceID = response.Header.Get("Cf-Ray")
	}
	e.TraceID = printable(e.TraceID)
	if e.Status == http.StatusTooManyRequests {
		e.RetryAfter = retryAfter(response.Header.Get("Retry-After"), now)
	}
	return e
}

// printable bounds and quotes text that goes into logs.
func printable(s string) string {
	const most = 100
	if len(s) > most || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return strconv.QuoteToASCII(s[:min(len(s), most)])
	}
	return s
}

// retryAfter reads the header (RFC 9110 section 10.2.3). Clerk counts calls in
// windows of ten seconds; more than a minute is taken for a mistake.
func retryAfter(value string, now time.Time) time.Duration {
	const fallback, most = time.Second, time.Minute
	wait := fallback
	if seconds, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, fallback), most)
}

// unreachable is the error of a call without an answer. The text of net/http
// holds the URL and the reason, and never a header.
func unreachable(err error) error { return &APIError{cause: err} }
