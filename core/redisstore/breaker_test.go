package redisstore

import (
	"errors"
	"testing"
	"time"
)

var errDown = errors.New("connection refused")

// try makes one call through b that ends with o, and tells whether it was made.
func try(b *breaker, o outcome) bool {
	probe, err := b.allow()
	if err != nil {
		return false
	}
	var cause error
	if o == failed {
		cause = errDown
	}
	b.done(probe, o, cause)
	return true
}

func TestBreaker(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	b := &breaker{now: func() time.Time { return now }}
	check := func(when string, o outcome, want bool) {
		t.Helper()
		if got := try(b, o); got != want {
			t.Fatalf("%s: made = %v, want %v", when, got, want)
		}
	}
	for range breakAfter - 1 {
		check("a failure", failed, true)
	}
	check("an answer between failures", answered, true)
	for range breakAfter - 1 {
		check("a failure after an answer", failed, true)
	}
	check("a caller who gave up", unknown, true)
	check("the last failure", failed, true)
	check("a call right after it", answered, false)
	if _, err := b.allow(); !errors.Is(err, errDown) {
		t.Errorf("the error is %v, want one because of %v", err, errDown)
	}
	now = now.Add(breakFor - 1)
	check("a call before the pause is over", answered, false)
	now = now.Add(1)
	check("a failure after the pause", failed, true)
	check("a call after that", answered, false)
	now = now.Add(breakFor)
	check("a caller who gave up after the pause", unknown, true)
	check("the next call, after one that told nothing", answered, true)
	check("a call after an answer", failed, true)
	check("a call after a single failure", answered, true)
}

func TestBreakerLetsOneThrough(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	b := &breaker{now: func() time.Time { return now }}
	for range breakAfter {
		try(b, failed)
	}
	now = now.Add(time.Hour)
	probe, err := b.allow()
	if err != nil || !probe {
		t.Fatalf("after the pause: %v, %v, want a probe", probe, err)
	}
	for range 3 {
		if try(b, answered) {
			t.Fatal("a second call was made before the probe ended")
		}
	}
	b.done(probe, answered, nil)
	for range 3 {
		if !try(b, answered) {
			t.Fatal("a call was not made after the probe was answered")
		}
	}
}

// TestBreakerIgnoresLateFailures has calls that were under way when the breaker
// opened: they must not make the pause longer.
func TestBreakerIgnoresLateFailures(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	b := &breaker{now: func() time.Time { return now }}
	probe, err := b.allow()
	if err != nil {
		t.Fatal(err)
	}
	for range breakAfter {
		try(b, failed)
	}
	now = now.Add(breakFor)
	b.done(probe, failed, errDown)
	if !try(b, answered) {
		t.Error("no call was made when the pause was over")
	}
}
