package ratelimit

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/store"
)

// FailureConfig says when an address has sent too many bad tokens. The zero value
// is 20 in a minute, and then 5 signature checks a second, counted in memory.
type FailureConfig struct {
	Failures int           // bad tokens of one address that are checked at once; 0 = 20
	Per      time.Duration // the time in which that many are forgiven; 0 = a minute

	// Checks is how many new tokens a second are checked for an address that is over
	// the limit, so that users who share it with an attacker can still sign in. 0 = 5,
	// negative = none.
	Checks int

	// Store has the counts; nil: this process's memory. Name separates the counts
	// of guards that share a store; default "failures", without a Store alone.
	Store store.Store
	Name  string

	// Observer is told when the Store does not answer, once a minute. nil: slog.Default.
	// Refusals are reported by the Authenticator.
	Observer core.Observer

	Now func() time.Time // the clock of the memory, not of Store; default time.Now
}

// FailureLimit is a [core.FailureLimiter]: set core.Config.FailureLimit to it. It
// counts by address as [ByAddress] does. Over the limit, tokens that are remembered
// still pass, some new ones are checked, and the rest get 429 without a check.
// Expired tokens and missing rights never count.
type FailureLimit struct {
	counter                  *counter
	failurePrefix            string
	checkPrefix              string
	each, most               time.Duration // of failures
	betweenChecks, mostCheck time.Duration // 0: none
}

var _ core.FailureLimiter = (*FailureLimit)(nil)

// NewFailureLimit checks the configuration and returns a FailureLimit, or an error
// that names the wrong field. One FailureLimit may serve several Authenticators.
func NewFailureLimit(cfg FailureConfig) (*FailureLimit, error) {
	if cfg.Failures == 0 {
		cfg.Failures = 20
	}
	if cfg.Per == 0 {
		cfg.Per = time.Minute
	}
	if cfg.Checks == 0 {
		cfg.Checks = 5
	}
	if cfg.Observer == nil {
		cfg.Observer = defaultLog{}
	}
	f := &FailureLimit{}
	name, err := nameFor("Name", cfg.Name, "failures", cfg.Store)
	if err == nil {
		f.counter, err = newCounter(cfg.Store, cfg.Now, cfg.Observer)
	}
	switch {
	case err != nil:
	case cfg.Failures < 0:
		err = configError("Failures", "is negative: leave it 0 for 20")
	case cfg.Per < 0 || cfg.Per > store.MaxDuration:
		err = configError("Per", "is %v: between a microsecond for each of Failures and %v", cfg.Per, store.MaxDuration)
	case cfg.Per/time.Duration(cfg.Failures) < time.Microsecond:
		err = configError("Failures", "is %d in %v: at most one in a microsecond", cfg.Failures, cfg.Per)
	case cfg.Checks > int(time.Second/time.Microsecond):
		err = configError("Checks", "is %d: at most one in a microsecond", cfg.Checks)
	}
	if err != nil {
		return nil, failureError{err}
	}
	f.failurePrefix, f.checkPrefix = "fl:"+name+":", "fc:"+name+":"
	f.each = cfg.Per / time.Duration(cfg.Failures)
	f.most = f.each * time.Duration(cfg.Failures)
	if cfg.Checks > 0 {
		f.betweenChecks = time.Second / time.Duration(cfg.Checks)
		f.mostCheck = f.betweenChecks * time.Duration(cfg.Checks)
	}
	return f, nil
}

// failureError is an error of New in the words of NewFailureLimit.
type failureError struct{ error }

func (e failureError) Error() string {
	return strings.Replace(e.error.Error(), "Config.", "FailureConfig.", 1)
}

// defaultLog is the logger that is the default when something happens.
type defaultLog struct{}

func (defaultLog) Observe(ctx context.Context, e core.Event) {
	core.LogObserver(slog.Default()).Observe(ctx, e)
}

// Allow implements [core.FailureLimiter].
func (f *FailureLimit) Allow(_ context.Context, client netip.Addr) (retryAfter time.Duration, ok bool) {
	var buffer [maxPrefixBytes + 64]byte
	oneLess := f.most - f.each // a clock beyond it has no room for one more failure
	ahead, ok := f.counter.advance(appendAddr(append(buffer[:0], f.failurePrefix...), client), 0, oneLess)
	if ok {
		return 0, true
	}
	if f.betweenChecks > 0 {
		if _, ok := f.counter.advance(appendAddr(append(buffer[:0], f.checkPrefix...), client), f.betweenChecks, f.mostCheck); ok {
			return 0, true
		}
	}
	return max(ahead-oneLess, time.Nanosecond), false
}

// Failed implements [core.FailureLimiter].
func (f *FailureLimit) Failed(_ context.Context, client netip.Addr) {
	var buffer [maxPrefixBytes + 64]byte
	f.counter.advance(appendAddr(append(buffer[:0], f.failurePrefix...), client), f.each, f.most)
}
