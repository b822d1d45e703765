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
	Algorithm               // `alg` is not a string
	Type                    // `typ` is not a string
	Claim                   // a registered claim has the wrong type
)

// Error is why a token cannot be read. Reason is its stable code.
type Error struct {
	Kind   Kind
	Reason string
}

func (e *Error) Error() string { return e.Reason }

// The errors. They are made once, because attackers send much garbage.
var (
	ErrSegments  = &Error{Malformed, "not_three_segments"}
	ErrBase64    = &Error{Malformed, "bad_base64"}
	ErrSyntax    = &Error{Malformed, "bad_json"}
	ErrNotObject = &Error{Malformed, "not_an_object"}
	ErrTrailing  = &Error{Malformed, "trailing_data"}
	ErrDuplicate = &Error{Malformed, "duplicate_member"}
	ErrDepth     = &Error{Malformed, "nested_too_deeply"}
	ErrEncoding  = &Error{Malformed, "bad_unicode"}
	ErrNumber    = &Error{Malformed, "number_out_of_range"}
	ErrCase      = &Error{Malformed, "name_in_other_case"}
	ErrKeyID     = &Error{Malformed, "bad_kid"}
	ErrCritical  = &Error{Unsupported, "header_not_supported"}
	ErrAlgorithm = &Error{Algorithm, "algorithm_not_allowed"}
	ErrType      = &Error{Type, "type_not_allowed"}
	ErrClaimType = &Error{Claim, "claim_of_wrong_type"}
)

// Errors is the whole list.
var Errors = []*Error{
	ErrSegments, ErrBase64, ErrSyntax, ErrNotObject, ErrTrailing, ErrDuplicate, ErrDepth, ErrEncoding,
	ErrNumber, ErrCase, ErrKeyID, ErrCritical, ErrAlgorithm, ErrType, ErrClaimType,
}

// jsonError translates what the decoder found.
func jsonError(err error) *Error {
	switch {
	case errors.Is(err, strictjson.ErrNotObject):
		return ErrNotObject
	case errors.Is(err, strictjson.ErrTrailing):
		return ErrTrailing
	case errors.Is(err, strictjson.ErrDuplicate):
		return ErrDuplicate
	case errors.Is(err, strictjson.ErrDepth):
		return ErrDepth
	case errors.Is(err, strictjson.ErrEncoding):
		return ErrEncoding
	case errors.Is(err, strictjson.ErrNumber):
		return ErrNumber
	}
	return ErrSyntax
}
