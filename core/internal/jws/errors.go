package jws

import (
	"errors"

	"github.com/authkeel/authkeel/core/internal/strictjson"
)

// Kind is the class of an [Error].
type Kind int

// The kinds of errors.
const (
	Malformed   Kind = iota // not a well-formed JWT
	Unsupported             // it uses an extension that is not supported
	Algorithm               // `alg` is missing or not a string
	Type                    // `typ` is not a string
	Claim                   // a registered claim has the wrong type
)

// Error is why a token cannot be read.
type Error struct {
	Kind   Kind
	Reason string // a stable code

	// For the operator's log: the header parameter or claim, what the token has
	// there, and what it should have. Empty where that says nothing.
	Member, Found, Expected string
}

func (e *Error) Error() string { return e.Reason }

// Is reports whether target has the same reason.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Reason == e.Reason
}

// at is e for one member of the token.
func (e *Error) at(member string, found strictjson.Value, expected string) *Error {
	return &Error{Kind: e.Kind, Reason: e.Reason, Member: member, Found: string(found), Expected: expected}
}

// The errors of tokens that have no shape at all. They are made once, because
// attackers send much garbage.
var (
	ErrSegments  = &Error{Kind: Malformed, Reason: "not_three_segments"}
	ErrEncrypted = &Error{Kind: Malformed, Reason: "encrypted_token", Expected: "a signed token (JWS); this one is encrypted (JWE)"}
	ErrBase64    = &Error{Kind: Malformed, Reason: "bad_base64"}
	ErrSyntax    = &Error{Kind: Malformed, Reason: "bad_json"}
	ErrNotObject = &Error{Kind: Malformed, Reason: "not_an_object"}
	ErrTrailing  = &Error{Kind: Malformed, Reason: "trailing_data"}
	ErrDuplicate = &Error{Kind: Malformed, Reason: "duplicate_member"}
	ErrDepth     = &Error{Kind: Malformed, Reason: "nested_too_deeply"}
	ErrEncoding  = &Error{Kind: Malformed, Reason: "bad_unicode"}
	ErrNumber    = &Error{Kind: Malformed, Reason: "number_out_of_range"}
	ErrKeyID     = &Error{Kind: Malformed, Reason: "bad_kid"}
	ErrCritical  = &Error{Kind: Unsupported, Reason: "header_not_supported"}
	ErrAlgorithm = &Error{Kind: Algorithm, Reason: "algorithm_not_allowed"}
	ErrType      = &Error{Kind: Type, Reason: "type_not_allowed"}
	ErrClaimType = &Error{Kind: Claim, Reason: "claim_of_wrong_type"}
)

// jsonError translates what the decoder found.
func jsonError(err error) *Error {
	for known, e := range map[error]*Error{
		strictjson.ErrNotObject: ErrNotObject, strictjson.ErrTrailing: ErrTrailing, strictjson.ErrDuplicate: ErrDuplicate,
		strictjson.ErrDepth: ErrDepth, strictjson.ErrEncoding: ErrEncoding, strictjson.ErrNumber: ErrNumber,
	} {
		if errors.Is(err, known) {
			return e
		}
	}
	return ErrSyntax
}
