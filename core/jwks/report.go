package jwks

import (
	"fmt"
	"time"
)

// Health is the state of a source. It holds no text from the network and no
// secret, so that a health endpoint may show it to anyone.
type Health struct {
	Ready       bool          `json:"ready"`                 // there are keys, and they may be used; see Custom for sources of your own
	Keys        int           `json:"keys"`                  // number of usable keys
	Dropped     int           `json:"dropped"`               // number of keys of the set that cannot be used
	LastSuccess time.Time     `json:"last_success,omitzero"` // end of the last successful fetch; zero before the first, and always for Static and PEM
	Age         time.Duration `json:"age_ns"`                // time since LastSuccess, in nanoseconds
	Failures    int           `json:"failures"`              // number of failed attempts since LastSuccess
	LastError   string        `json:"last_error,omitempty"`  // why the last attempt failed, as in Refresh.Err; empty when it succeeded
}

// Refresh reports what one fetch of a key set brought. Nothing in it is secret: it
// holds no key material, no token, and no query and no password of an address.
type Refresh struct {
	Issuer string // the issuer given to Discover; empty for all others
	URL    string // address of the key set, without its query; empty when discovery did not get that far

	// Err is empty after a success. Otherwise it is one of: connect, timeout,
	// status, redirect, encoding, too_large, parse, null, empty, no_usable_key,
	// metadata, panic; or lookup, for a source that Custom made.
	Err string
	// Detail explains Err to an operator. After a success it is set when the
	// metadata could not be read and the address known from before was used, and
	// when the set has more keys than count.
	Detail string

	Changed    bool          // keys were added, removed or dropped since the last success: worth a line in a log
	Keys       int           // number of usable keys in the set
	Algorithms []string      // the algorithms that these keys fit, sorted; nil for Custom
	Dropped    []Dropped     // keys that cannot be used
	Duplicates []string      // key IDs that several usable keys share
	Duration   time.Duration // how long the fetch took
}

// Dropped is a key of a set that is not used, and the reason.
type Dropped struct {
	// KeyID is the key's ID, cut off at 256 bytes; empty when it has none.
	KeyID string
	// Reason is one of: malformed, duplicate_member, key_id, duplicate_key_id,
	// private, symmetric, key_type, use, key_ops, algorithm, curve, point,
	// small_order, rsa_size, rsa_modulus, rsa_exponent, rsa_roca, too_many.
	Reason string
}

// String returns the key ID, quoted, and the reason.
func (d Dropped) String() string { return fmt.Sprintf("%q (%s)", d.KeyID, d.Reason) }

// failure is why an attempt brought no keys: a class for machines, a detail for
// people. It keeps no cause: a fetch that timed out must not look like a request
// that did.
type failure struct {
	class, detail string
}
