package core

import (
	"errors"
	"time"

	"github.com/authkeel/authkeel/core/internal/strictjson"
	"github.com/authkeel/authkeel/core/jwks"
)

// The classes of refusal, for [errors.Is]. The list is closed: every error of
// [Authenticator.Authenticate], [Authenticator.Verify] and [Authorize] is an
// [*Error] of one of them. What the client sees of each is in the package
// documentation.
var (
	ErrNoToken          error = &class{"no token in the request", unauthorized}
	ErrInvalidRequest   error = &class{"the request carries its token in a wrong way", invalidRequest}
	ErrCrossSite        error = &class{"a token cookie in a request from another site", crossSite}
	ErrMalformed        error = &class{"not a token as RFC 7515 and RFC 7519 have it", invalidToken}
	ErrUnsupported      error = &class{"the token demands what is not supported", invalidToken}
	ErrAlgorithm        error = &class{"the algorithm is not allowed", invalidToken}
	ErrType             error = &class{"the token type is not allowed", invalidToken}
	ErrIssuer           error = &class{"the issuer is not trusted", invalidToken}
	ErrUnknownKey       error = &class{"the issuer has no such key", invalidToken}
	ErrSignature        error = &class{"the signature does not hold", invalidToken}
	ErrAudience         error = &class{"the token is for another audience", invalidToken}
	ErrAuthorizedParty  error = &class{"the token was given to another client", invalidToken}
	ErrClaim            error = &class{"a claim is missing or not of its type", invalidToken}
	ErrNotYetValid      error = &class{"the token is not valid yet", invalidToken}
	ErrExpired          error = &class{"the token has expired", invalidToken}
	ErrRevoked          error = &class{"the token was revoked", invalidToken}
	ErrNotAccepted      error = &class{"Issuer.MapClaims or every TokenVerifier refused the token", invalidToken}
	ErrDenied           error = &class{"a right is missing", insufficientScope}
	ErrRateLimited      error = &class{"too many requests", rateLimited}
	ErrUnavailable      error = &class{"keys, revocations or rights cannot be had", temporarilyUnavailable}
	ErrNoAuthentication error = &class{"a check without authentication before it", serverError}
)

// class is a sentinel together with what the client is told of it.
type class struct {
	message string
	answer  *answer
}

func (c *class) Error() string { return "authkeel: " + c.message }

// Error is why a request or token is refused. It prints as its Reason alone,
// so that nothing of a token, a key or another system's message ends up where
// errors are shown; the underlying error, if any, is behind [errors.Unwrap].
type Error struct {
	// Reason is a stable snake_case code, for logs and metrics. Never send it to
	// the client: it tells an attacker which check to work on next.
	Reason string

	class error // one of the sentinels
	cause error
	retry time.Duration // when to come back, for 429 and 503
	of    *Identity     // whose token it is, where that was proved
}

// Error returns the reason code.
func (e *Error) Error() string { return e.Reason }

// Is reports whether target is the class of e.
func (e *Error) Is(target error) bool { return target == e.class }

// Unwrap returns the error behind e: a [*DeniedError], the issuer's outage, what
// Issuer.MapClaims returned.
func (e *Error) Unwrap() error { return e.cause }

// answer is what the client is told of e's class.
func (e *Error) answer() *answer {
	var c *class
	if !errors.As(e.class, &c) {
		return serverError // an Error that somebody else made, with no class
	}
	return c.answer
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
	errSegments     = &Error{Reason: "not_three_segments", class: ErrMalformed}
	errBase64       = &Error{Reason: "bad_base64", class: ErrMalformed}
	errSyntax       = &Error{Reason: "bad_json", class: ErrMalformed}
	errNotObject    = &Error{Reason: "not_an_object", class: ErrMalformed}
	errTrailing     = &Error{Reason: "trailing_data", class: ErrMalformed}
	errDuplicate    = &Error{Reason: "duplicate_member", class: ErrMalformed}
	errDepth        = &Error{Reason: "nested_too_deeply", class: ErrMalformed}
	errEncoding     = &Error{Reason: "bad_unicode", class: ErrMalformed}
	errNumber       = &Error{Reason: "number_out_of_range", class: ErrMalformed}
	errCase         = &Error{Reason: "name_in_other_case", class: ErrMalformed}
	errKeyID        = &Error{Reason: "bad_kid", class: ErrMalformed}
	errCritical     = &Error{Reason: "header_not_supported", class: ErrUnsupported}
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

	errAnonymous  = &Error{Reason: "anonymous", class: ErrNoToken}
	errNotMounted = &Error{Reason: "no_authentication_mounted", class: ErrNoAuthentication}
)

// jsonError translates what the decoder found.
func jsonError(err error) *Error {
	switch {
	case errors.Is(err, strictjson.ErrNotObject):
		return errNotObject
	case errors.Is(err, strictjson.ErrTrailing):
		return errTrailing
	case errors.Is(err, strictjson.ErrDuplicate):
		return errDuplicate
	case errors.Is(err, strictjson.ErrDepth):
		return errDepth
	case errors.Is(err, strictjson.ErrEncoding):
		return errEncoding
	case errors.Is(err, strictjson.ErrNumber):
		return errNumber
	}
	return errSyntax
}

// unavailable is the refusal for an outage of ours or of the issuer's: never
// the client's fault, so never 401.
func unavailable(reason string, cause error) *Error {
	return &Error{Reason: reason, class: ErrUnavailable, cause: cause}
}

// mapError is what becomes of an error from Issuer.MapClaims or a TokenVerifier: an
// outage stays one, everything else refuses the token. Classes of other kinds
// do not pass: a 'no token' from here would make a bad token anonymous.
func mapError(err error) *Error {
	var ours *Error
	switch {
	case errors.As(err, &ours) && ours.answer() == invalidToken:
		return ours
	case errors.Is(err, ErrUnavailable), errors.Is(err, jwks.ErrUnavailable), isContextError(err):
		return unavailable("provider_unavailable", err)
	}
	return &Error{Reason: "not_accepted", class: ErrNotAccepted, cause: err}
}
