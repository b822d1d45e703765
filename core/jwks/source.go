package jwks

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrUnavailable says that keys could not be had: the issuer does not answer, or
// not with a key set. It is an outage, to be answered with 503, and says nothing
// about the token. When the caller's context ended first, the error wraps
// context.Context.Err as well.
var ErrUnavailable = errors.New("jwks: keys unavailable")

// Source finds the keys of one issuer. Its methods may be called from many
// goroutines.
type Source interface {
	// Keys returns the keys that may have signed a token with this key id and
	// algorithm, at most 4; an empty kid stands for a token without one. No keys
	// and no error means that the issuer has no such key: refuse the token. The
	// slice belongs to the source and must not be changed. Keys waits for the
	// network only where it has no answer, at most 2 seconds, and not beyond
	// ctx; the error then wraps ErrUnavailable.
	Keys(ctx context.Context, kid, alg string) ([]*Key, error)

	// Has reports whether k, which Keys returned earlier, may still be trusted.
	// It never waits, and is cheap enough to be asked on every request. False
	// also means "not without asking again": go back to Keys.
	Has(k *Key) bool

	// Health says how the source is doing.
	Health() Health
}

// Health is the state of a source. It holds no text from the network and no
// secret, so that a health endpoint may show it.
type Health struct {
	Ready       bool          `json:"ready"`                 // there are keys, and they may be used
	Keys        int           `json:"keys"`                  // usable keys
	Dropped     int           `json:"dropped"`               // keys of the set that cannot be used
	LastSuccess time.Time     `json:"last_success,omitzero"` // end of the last successful fetch; zero when there was none, or none is needed
	Age         time.Duration `json:"age_ns"`                // time since LastSuccess, in nanoseconds
	Failures    int           `json:"failures"`              // failed attempts since LastSuccess
	LastError   string        `json:"last_error,omitempty"`  // what the last attempt failed with, as in Refresh.Err; empty when it succeeded
}

// Refresh tells what one fetch of a key set brought. Nothing in it is secret: no
// key material, no token, no query and no password of an address.
type Refresh struct {
	Issuer string // the issuer given to Discover; empty for Remote
	URL    string // address of the key set, without its query; empty when discovery did not come that far

	// Err is empty after a success. Otherwise it is one of: connect, timeout,
	// status, redirect, encoding, too_large, parse, empty, no_usable_key,
	// metadata.
	Err string
	// Detail explains Err to an operator. After a success it is set when the
	// metadata could not be read and the address known from before was used.
	Detail string

	Changed    bool          // keys came, went or were dropped since the last success: worth a line in a log
	Keys       int           // usable keys in the set
	Dropped    []Dropped     // keys that cannot be used
	Duplicates []string      // ids that several usable keys share
	Duration   time.Duration // of the fetch
}

// Dropped is a key of a set that is not used, and why.
type Dropped struct {
	// KeyID is the key's id, cut off at 256 bytes; empty when it has none.
	KeyID string
	// Reason is one of: malformed, duplicate_member, key_id, duplicate_key_id,
	// private, symmetric, key_type, use, key_ops, algorithm, curve, point,
	// small_order, rsa_size, rsa_modulus, rsa_exponent, x5c.
	Reason string
}

// String gives the id, quoted, and the reason.
func (d Dropped) String() string { return fmt.Sprintf("%q (%s)", d.KeyID, d.Reason) }

// failure is why an attempt brought no keys: a class for machines, a detail for
// people. It keeps no cause: a fetch that timed out must not look like a request
// that did.
type failure struct {
	class, detail string
}

func (f *failure) Error() string { return f.class + ": " + f.detail }
