package clerk

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core"
)

// What the Backend API can answer, for errors.Is. The details are in [*APIError].
var (
	// ErrNotFound is for an object that does not exist, or no longer does.
	ErrNotFound = errors.New("clerk: no such object")
	// ErrSecretKey is for a secret key that Clerk refuses: an outage to your
	// clients, and a mistake to mend.
	ErrSecretKey = errors.New("clerk: the secret key is refused")
	// ErrRateLimited is for a call beyond Clerk's limits, and for calls that were
	// not made because Clerk said to wait.
	ErrRateLimited = errors.New("clerk: too many calls")
	// ErrInvalidID is for an id that is not of its kind's form. Nothing was sent.
	ErrInvalidID = errors.New("clerk: not a valid id")

	errTooMuch = errors.New("the answer is too large")
	errGarbage = errors.New("the answer is not the JSON that was expected")
)

// ErrorDetail is one of the things that Clerk had to say.
type ErrorDetail struct {
	Code        string `json:"code"` // such as resource_not_found
	Message     string `json:"message"`
	LongMessage string `json:"long_message"`
}

// APIError is a call that failed. It prints Clerk's codes and trace id, which
// Clerk's support asks for, and neither the secret key nor what was sent.
//
// errors.Is finds [ErrNotFound], [ErrSecretKey], [ErrRateLimited] in it,
// context.Canceled and context.DeadlineExceeded, and [core.ErrUnavailable] where
// the call may succeed another time or with another configuration.
type APIError struct {
	Status     int           // of the answer; 0 when there was none
	Errors     []ErrorDetail // may be empty
	TraceID    string        // may be ""
	RetryAfter time.Duration // for 429: when to come back

	cause error
}

// Error returns the status, the codes and the trace id.
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

// Is reports whether target is what e is about.
func (e *APIError) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.Status == http.StatusNotFound
	case ErrSecretKey:
		return e.Status == http.StatusUnauthorized
	case ErrRateLimited:
		return e.Status == http.StatusTooManyRequests
	case core.ErrUnavailable:
		return e.outage()
	}
	return false
}

// Unwrap returns what went wrong on the way, if that is known.
func (e *APIError) Unwrap() error { return e.cause }

// outage tells what is nobody's fault but Clerk's, the network's or the
// configuration's from an answer about the object that was asked for.
func (e *APIError) outage() bool {
	switch {
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden, e.Status == http.StatusTooManyRequests:
		return true
	case e.Status >= 400 && e.Status < 500:
		return false
	}
	return true
}

func (e *APIError) codes() string {
	codes := make([]string, 0, len(e.Errors))
	for _, d := range e.Errors {
		codes = append(codes, d.Code)
	}
	return strings.Join(codes, ",")
}

// readError reads an answer that is not a success. What is not in Clerk's form,
// such as the page of a proxy, leaves the status.
func readError(response *http.Response, body []byte, now time.Time) *APIError {
	e := &APIError{Status: response.StatusCode}
	var answer struct {
		Errors  []ErrorDetail `json:"errors"`
		TraceID string        `json:"clerk_trace_id"`
	}
	if json.Unmarshal(body, &answer) == nil {
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

// printable bounds what goes into logs.
func printable(s string) string {
	const most = 100
	if len(s) > most || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return strconv.QuoteToASCII(s[:min(len(s), most)])
	}
	return s
}

// retryAfter reads the header (RFC 9110 section 10.2.3). Clerk's windows are of
// ten seconds; more than a minute is taken for a mistake.
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

// unreachable is a call without an answer. The text of net/http holds the URL
// and the reason, and never a header.
func unreachable(err error) error { return &APIError{cause: err} }

// checkID wants the prefix and letters, digits and underscores, as Clerk makes
// ids. What else a token or a client may have in its place never becomes part of
// a path.
func checkID(kind, id string) error {
	rest, ok := strings.CutPrefix(id, kind+"_")
	if !ok || !isIdentifier(rest, "_", maxID) {
		return fmt.Errorf("%w: it must be %s_ and letters and digits", ErrInvalidID, kind)
	}
	return nil
}

const maxID = 128 // characters

// isIdentifier reports whether s is letters and digits, and those others, no more
// than most of them.
func isIdentifier(s, also string, most int) bool {
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune(also, r)
	})
}
