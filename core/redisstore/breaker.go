package redisstore

import (
	"fmt"
	"sync"
	"time"
)

const (
	breakAfter = 5                      // failures in a row
	breakFor   = 250 * time.Millisecond // until a call is let through
)

type outcome int

const (
	unknown  outcome = iota // the caller gave up: that says nothing about the server
	answered                // also by an error of the server
	failed
)

// breaker keeps calls from a server that does not answer. It needs no goroutine:
// the call that is let through now and then is one that somebody made.
type breaker struct {
	now func() time.Time

	mu       sync.Mutex
	failures int // in a row, at most breakAfter
	until    time.Time
	probing  bool // one call has been let through and has not ended
	last     error
}

// openError is a call that was not made.
type openError struct{ last error }

func (e *openError) Error() string {
	return fmt.Sprintf("not asked, because Redis failed %d times in a row: %v", breakAfter, e.last)
}

func (e *openError) Unwrap() error { return e.last }

// allow tells whether a call may be made now. Every call that may is followed by
// one call of done, with the same probe.
func (b *breaker) allow() (probe bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < breakAfter {
		return false, nil
	}
	if b.probing || b.now().Before(b.until) {
		return false, &openError{b.last}
	}
	b.probing = true
	return true, nil
}

func (b *breaker) done(probe bool, o outcome, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if probe {
		b.probing = false
	}
	switch o {
	case answered:
		b.failures, b.last = 0, nil
	case failed:
		b.last = err
		if b.failures < breakAfter {
			b.failures++
			probe = b.failures == breakAfter
		}
		if probe { // not for calls that were under way already
			b.until = b.now().Add(breakFor)
		}
	}
}
