// Package keyid holds the one rule for key IDs, those of tokens and those of
// keys (the kid of RFC 7515 section 4.1.4 and of RFC 7517 section 4.5).
package keyid

import (
	"strings"
	"unicode"
)

// MaxBytes is the length of the longest key ID.
const MaxBytes = 256

// Valid reports whether kid may reach a map, a log or a fetch: it has at most
// MaxBytes bytes and no control characters. The empty string is valid and stands
// for a missing key ID.
func Valid(kid string) bool {
	return len(kid) <= MaxBytes && strings.IndexFunc(kid, unicode.IsControl) < 0
}
