package core

import (
	"errors"
	"net/http"
	"time"

	"github.com/authkeel/authkeel/core/internal/jws"
	"github.com/authkeel/authkeel/core/jwks"
)

// publicError is what a client gets to see of an error: a row of the table in the
// package documentation.
type publicError struct {
	status      int
	code        string // `error` in the body
	description string
	challenge   bool // the answer carries WWW-Authenticate,
	named       bool // with the code in it
	retry       time.Duration
}

var (
	unauthorized           = &publicError{http.StatusUnauthorized, "unauthorized", "authentication is required", true, false, 0}
	invalidRequest         = &publicError{http.StatusBadRequest, "invalid_request", "the request must carry one bearer token, in one place", true, true, 0}
	invalidToken           = &publicError{http.StatusUnauthorized, "invalid_token", "the token is not accepted", true, true, 0}
	insufficientScope      = &publicError{http.StatusForbidden, "insufficient_scope", "the caller lacks a right that the request needs", true, true, 0}
	crossSite              = &publicError{http.StatusForbidden, "cross_site_request", "the request comes from another site", false, false, 0}
	rateLimited            = &publicError{http.StatusTooManyRequests, "rate_limited", "too many requests", false, false, time.Second}
	temporarilyUnavailable = &publicError{http.StatusServiceUnavailable, "temporarily_unavailable", "the request cannot be checked at the moment", false, false, 5 * time.Second}
	serverError            = &publicError{http.StatusInternalServerError, "server_error", "the server is not set up to answer this request", false, false, 0}
)

// The classes of errors, for [errors.Is]. The list is closed: every error of
// [Authenticator.Authenticate], [Authenticator.Verify] and [Authorize] is an
// [*Error] of one of them.
var (
	ErrNoToken          error = &errorClass{"no token in the request", unauthorized}
	ErrInvalidRequest   error = &errorClass{"the token is in the wrong place or form", invalidRequest}
	ErrCrossSite        error = &errorClass{"a token cookie in a request from another site", crossSite}
	ErrMalformed        error = &errorClass{"not a well-formed JWT (RFC 7515, RFC 7519)", invalidToken}
	ErrUnsupported      error = &errorClass{"the token uses an unsupported extension (crit, b64, zip or cnf)", invalidToken}
	ErrAlgorithm        error = &errorClass{"the algorithm is not allowed", invalidToken}
	ErrType             error = &errorClass{"the token type is not allowed", invalidToken}
	ErrIssuer           error = &errorClass{"the issuer is not trusted", invalidToken}
	ErrUnknownKey       error = &errorClass{"the issuer has no such key", invalidToken}
	ErrSignature        error = &errorClass{"the signature does not verify", invalidToken}
	ErrAudience         error = &errorClass{"the token is for another audience", invalidToken}
	ErrAuthorizedParty  error = &errorClass{"the token was issued to another client", invalidToken}
	ErrClaim            error = &errorClass{"a claim is missing or of the wrong type", invalidToken}
	ErrNotYetValid      error = &errorClass{"the token is not valid yet", invalidToken}
	ErrExpired          error = &errorClass{"the token has expired", invalidToken}
	ErrRevoked          error = &errorClass{"the token was revoked", invalidToken}
	ErrNotAccepted      error = &errorClass{"Issuer.MapClaims or every TokenVerifier rejected the token", invalidToken}
	ErrDenied           error = &errorClass{"a right is missing", insufficientScope}
	ErrRateLimited      error = &errorClass{"too many requests", rateLimited}
	ErrUnavailable      error = &errorClass{"keys, revocation list or rights are unavailable", temporarilyUnavailable}
	ErrNoAuthentication error = &errorClass{"authorization check without authentication middleware", serverError}
	ErrNoRouteParameter error = &errorClass{"the route has no value for the parameter that a check is about", serverError}
)

// errorClass is an error class together with what the client is told of it.
type errorClass struct {
	message string
	public  *publicError
}

func (c *errorClass) Error() string { return "authkeel: " + c.message }

// Error is why a request or token is refused. It prints as its Reason alone,
// so that nothing of a token, a key or another system's message ends up where
// errors are shown; the underlying error, if any, is behind [errors.Unwrap].
type Error struct {
	// Reason is a stable snake_case code, for logs and metrics. Never send it to
	// the client: it tells an attacker which check to work on next.
	Reason string

	// Member is the header parameter, claim or route parameter that decided, Found what the token
	// has there, as JSON, and Expected what it should have: for your log alone,
	// quoted and cut off, as [LogObserver] does it. Before the signature is
	// verified, Found is whatever a stranger sent. They are empty where they would
	// say nothing more than Reason.
	Member, Found, Expected string

	Advice string // what to change in the configuration or at the issuer; "" where nothing is known

	class    error // one of the error classes
	cause    error
	retry    time.Duration // when to come back, for 429 and 503
	header   [][2]string   // of the answer, beside what its class has
	identity *Identity     // whose token it is, where the signature verified
}

// Error returns the reason code.
func (e *Error) Error() string { return e.Reason }

// Class returns the error class, one of the Err variables of this package, or
// nil for an Error that was not made here.
func (e *Error) Class() error { return e.class }

// Is reports whether target is the class of e.
func (e *Error) Is(target error) bool { return target == e.class }

// Unwrap returns the error behind e: a [*DeniedError], the issuer's outage, what
// Issuer.MapClaims returned.
func (e *Error) Unwrap() error { return e.cause }

// at is e with what was found and expected.
func (e *Error) at(member, found, expected string) *Error {
	detailed := *e
	detailed.Member, detailed.Found, detailed.Expected = member, found, expected
	return &detailed
}

// advise is e with what to change.
func (e *Error) advise(advice string) *Error {
	e.Advice = advice
	return e
}

// public is what the client is told of e's class.
func (e *Error) public() *publicError {
	var c *errorClass
	if !errors.As(e.class, &c) {
		return serverError // an Error that somebody else made, with no class
	}
	return c.public
}

// The refusals. They are made once: refusing garbage should cost as little as
// possible, because attackers send much of it.
var (
	errNoToken     = &Error{Reason: "no_token", class: ErrNoToken}
	errOtherScheme = &Error{Reason: "other_scheme", class: ErrNoToken}

	errTwoCredentials = &Error{Reason: "several_credentials", class: ErrInvalidRequest}
	errEmptyValue     = &Error{Reason: "empty_credential", class: ErrInvalidRequest}
	errSeparator      = &Error{Reason: "separator_in_credential", class: ErrInvalidRequest}
	errSubprotocol    = &Error{Reason: "bad_subprotocol", class: ErrInvalidRequest}
	errCrossSite      = &Error{Reason: "cross_site_cookie", class: ErrCrossSite}

	errTooLarge     = &Error{Reason: "token_too_large", class: ErrMalformed}
	errConfirmation = &Error{Reason: "confirmation_not_supported", class: ErrUnsupported}

	errAlgorithm  = &Error{Reason: "algorithm_not_allowed", class: ErrAlgorithm}
	errType       = &Error{Reason: "type_not_allowed", class: ErrType}
	errIssuer     = &Error{Reason: "unknown_issuer", class: ErrIssuer}
	errUnknownKey = &Error{Reason: "unknown_key", class: ErrUnknownKey}
	errSignature  = &Error{Reason: "bad_signature", class: ErrSignature}

	errClaimType    = &Error{Reason: "claim_of_wrong_type", class: ErrClaim}
	errNoExpiry     = &Error{Reason: "no_expiry", class: ErrClaim}
	errNoSubject    = &Error{Reason: "no_subject", class: ErrClaim}
	errAudience     = &Error{Reason: "wrong_audience", class: ErrAudience}
	errNoAudience   = &Error{Reason: "no_audience", class: ErrAudience}
	errParty        = &Error{Reason: "wrong_authorized_party", class: ErrAuthorizedParty}
	errNoParty      = &Error{Reason: "no_authorized_party", class: ErrAuthorizedParty}
	errNotYet       = &Error{Reason: "not_yet_valid", class: ErrNotYetValid}
	errFuture       = &Error{Reason: "issued_in_the_future", class: ErrNotYetValid}
	errExpired      = &Error{Reason: "expired", class: ErrExpired}
	errUnrecognized = &Error{Reason: "unrecognized_token", class: ErrNotAccepted}

	errAnonymous        = &Error{Reason: "anonymous", class: ErrNoToken}
	errNoAuthentication = &Error{Reason: "no_authentication_mounted", class: ErrNoAuthentication}
)

// tokenClasses are the error classes of tokens that cannot be read.
var tokenClasses = [...]error{
	jws.Malformed: ErrMalformed, jws.Unsupported: ErrUnsupported,
	jws.Algorithm: ErrAlgorithm, jws.Type: ErrType, jws.Claim: ErrClaim,
}

// unreadable is the refusal of a token that cannot be read.
func unreadable(e *jws.Error) *Error {
	return &Error{Reason: e.Reason, Member: e.Member, Found: e.Found, Expected: e.Expected, class: tokenClasses[e.Kind]}
}

// unavailable is the refusal for an outage of ours or of the issuer's: never
// the client's fault, so never 401.
func unavailable(reason string, cause error) *Error {
	return &Error{Reason: reason, class: ErrUnavailable, cause: cause}
}

// providerError is what becomes of an error from Issuer.MapClaims or a
// TokenVerifier: an outage stays one, everything else refuses the token. Classes
// of other kinds do not pass: a 'no token' from here would make a bad token
// anonymous.
func providerError(err error) *Error {
	var own *Error
	switch {
	case errors.As(err, &own) && own.public() == invalidToken:
		return own
	case errors.Is(err, ErrUnavailable), errors.Is(err, jwks.ErrUnavailable), isContextError(err):
		return unavailable("provider_unavailable", err)
	}
	return &Error{Reason: "not_accepted", class: ErrNotAccepted, cause: err}
}
