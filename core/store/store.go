// Package store is the one interface for state that the replicas of a service
// share, and an implementation for a service that has only one.
//
// Four things need such state, and four methods serve them, each one atomic
// operation, so that a store behind a network needs one round trip:
//
//	rate limits          [Store.Advance]
//	replay protection    [Store.Swap] from nothing to a mark
//	work done once       [Store.Swap] from nothing to a lease, from the lease to a mark, or back to nothing
//	changes for all      [Store.Swap] of a numbered entry and of its number, [Store.Get] of several at once
//
// [NewMemory] makes the store for one process. For several replicas use one
// that they share, such as that of the module core/redisstore: with a memory store in each, a revocation reaches one of
// them, a replayed request passes once on each, and limits multiply. Package
// storetest proves an implementation.
//
// Not a cache and not a database: what is in a store is short, expires, and is
// meant to be missed when it is gone.
package store

import (
	"context"
	"errors"
	"time"
)

// Limits of every store.
const (
	MaxKeyBytes   = 512                  // longest key; the shortest has one byte
	MaxValueBytes = 1024                 // longest value
	MaxDuration   = 366 * 24 * time.Hour // longest time to live, and longest limit of Advance
)

// The errors of a [Store], for [errors.Is]. No other class of error comes from
// one, and none of them is an answer: the caller must refuse, or fall back
// on something else, and never take an error for "no".
var (
	// ErrUnavailable is a store that could not be reached, did not answer in
	// time, or whose caller gave up. Whether a change was made is not known.
	ErrUnavailable = errors.New("store: unavailable")
	// ErrFull is a change that was not made because there is no room for it. A
	// store never forgets a record before its time to make room.
	ErrFull = errors.New("store: full")
	// ErrInvalid is a call outside the limits above: a mistake of the caller.
	ErrInvalid = errors.New("store: invalid key, value or duration")
)

// Store holds records, which are values that expire, and clocks, which run
// ahead of time. They have separate key spaces. All methods may be called at
// once, and each is atomic on each of its keys: it happens before or after every
// other call for that key, never in between.
//
// An implementation bounds the time it takes, also when ctx has no deadline,
// and does not repeat a Swap or Advance whose outcome it does not know. Time is
// the store's own, in steps of a millisecond or finer for records and of a
// microsecond or finer for clocks. A record is gone from the moment its time to
// live, a millisecond at least, is over.
type Store interface {
	// Get returns the values of the keys, "" for a record that is not there. Each
	// is read atomically, not all at one instant. Without keys it returns an empty
	// slice.
	Get(ctx context.Context, keys ...string) ([]string, error)

	// Set makes value the record of key for as long as ttl, whatever was there
	// before. The value "" removes the record, and ttl is not looked at. When Set
	// has returned, every Get that starts afterwards sees it, on all replicas.
	Set(ctx context.Context, key, value string, ttl time.Duration) error

	// Swap does what Set does if, and only if, the record of key is old; "" stands
	// for no record. It reports whether it did, and the record as it is
	// afterwards: value when it did, what is in the way when it did not.
	//
	// Of several calls that start from the same old value, one succeeds. To claim
	// something for a time, swap "" for a value that nobody else uses, with the
	// lease as ttl; swap that value for itself to extend the lease, and for "" to
	// let go. Only its owner can do either, so a lease that was lost is not
	// mistaken for one's own.
	Swap(ctx context.Context, key, old, value string, ttl time.Duration) (current string, swapped bool, err error)

	// Advance moves the clock of key ahead by the given duration, unless that
	// would bring it further ahead of the present than limit. It reports whether it
	// did, and how far ahead the clock is afterwards. A clock that is behind the
	// present, or was never moved, is at the present; one over the limit already
	// stays there. With by 0 nothing moves and ok says whether the clock is within
	// the limit: the way to look without counting.
	//
	// This is the generic cell rate algorithm. For n requests per period with
	// bursts of b, each request is Advance(key, period/n, b*period/n). A refused
	// one may come again after ahead + period/n - b*period/n.
	Advance(ctx context.Context, key string, by, limit time.Duration) (ahead time.Duration, ok bool, err error)
}

// CheckKey returns [ErrInvalid] for a key that is too short or too long. Like
// the two that follow it is for implementations, so that all of them refuse the
// same calls.
func CheckKey(key string) error {
	if key == "" || len(key) > MaxKeyBytes {
		return ErrInvalid
	}
	return nil
}

// CheckRecord returns [ErrInvalid] for what [Store.Set] and [Store.Swap] must
// refuse.
func CheckRecord(key, value string, ttl time.Duration) error {
	if value != "" && (len(value) > MaxValueBytes || ttl < time.Millisecond || ttl > MaxDuration) {
		return ErrInvalid
	}
	return CheckKey(key)
}

// CheckAdvance returns [ErrInvalid] for what [Store.Advance] must refuse.
func CheckAdvance(key string, by, limit time.Duration) error {
	if by < 0 || limit < 0 || limit > MaxDuration {
		return ErrInvalid
	}
	return CheckKey(key)
}
