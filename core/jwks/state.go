package jwks

import "time"

// state is what requests see of a remote set. It is replaced, never changed.
type state struct {
	set       *keySet   // the last good one; nil before the first
	fetched   time.Time // when it came
	softUntil time.Time
	hardUntil time.Time

	fetching         bool
	attempt          time.Time     // the last start or end of a fetch
	idleAfter        time.Duration // after this long without a fetch attempt, requests wait for a fresh fetch
	idleAt           time.Time     // when that is
	waitUntil        time.Time     // until then, requests wait for the fetch that ends an idle time
	nextUnknownFetch time.Time     // no fetch for unknown key IDs before
	retryAt          time.Time     // no fetch at all before, after a failure

	failures int // in a row
	empties  int // answers without keys in a row
	class    string
	err      error // why the last attempt failed, ready to be returned
}

// usable reports whether the set may be trusted at all.
func (s *state) usable(now time.Time) bool {
	return s.set != nil && now.Before(s.hardUntil)
}

// held reports whether requests have to wait even if they know the key.
func (s *state) held(now time.Time) bool {
	if s.fetching {
		return now.Before(s.waitUntil)
	}
	return !now.Before(s.idleAt) || s.clockSet(now)
}

// due reports whether it is time for a refresh in the background.
func (s *state) due(now time.Time) bool {
	return !s.fetching && !now.Before(s.softUntil) && !s.backingOff(now)
}

func (s *state) backingOff(now time.Time) bool {
	return now.Before(s.retryAt) && !s.clockSet(now)
}

// clockSet reports that the clock was set back since the last attempt, so that
// times worked out then lie anywhere in the future.
func (s *state) clockSet(now time.Time) bool {
	return now.Sub(s.attempt) < -clockJitter
}

// answer is the end of a question: the candidates when their id is known, and
// err otherwise. An id is unknown only to a set that could be renewed.
func (s *state) answer(kid, alg string, now time.Time, err error) ([]*Key, error) {
	if s.usable(now) {
		if keys, known := s.set.find(kid, alg); known || err == nil {
			return keys, nil
		}
	}
	if err == nil {
		err = errOutdated
	}
	return nil, err
}
