package webhook

import "errors"

// The classes of refusal, for [errors.Is]. Every error of [Verifier.Verify] and
// [Message.Event] is an [*Error] of one of them.
var (
	ErrHeaders   = errors.New("webhook: the id, timestamp or signature header is missing or malformed")
	ErrTimestamp = errors.New("webhook: the time of sending is too long ago, or in the future")
	ErrSignature = errors.New("webhook: no signature is valid")
	ErrTooLarge  = errors.New("webhook: the body is too large")
	ErrPayload   = errors.New("webhook: the body is not an event")
)

// Error is why a webhook is not accepted. It prints as its Reason alone, and
// contains nothing of the request.
type Error struct {
	// Reason is a stable snake_case code, for logs and metrics. Never send it to
	// the client: it tells a forger what to change next.
	Reason string

	class error
}

// Error returns the reason code.
func (e *Error) Error() string { return e.Reason }

// Unwrap returns the class of e.
func (e *Error) Unwrap() error { return e.class }

// The refusals.
var (
	errMissing    = &Error{"missing_header", ErrHeaders}
	errRepeated   = &Error{"repeated_header", ErrHeaders}
	errMixed      = &Error{"mixed_header_families", ErrHeaders}
	errID         = &Error{"bad_id", ErrHeaders}
	errTime       = &Error{"bad_timestamp", ErrHeaders}
	errList       = &Error{"bad_signature_list", ErrHeaders}
	errOld        = &Error{"too_old", ErrTimestamp}
	errFuture     = &Error{"too_new", ErrTimestamp}
	errSignature  = &Error{"bad_signature", ErrSignature}
	errTooLarge   = &Error{"body_too_large", ErrTooLarge}
	errUnreadable = &Error{"body_unreadable", ErrPayload}
	errEmpty      = &Error{"body_empty", ErrPayload}
	errPayload    = &Error{"not_an_event", ErrPayload}
)
