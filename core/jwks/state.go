package jwks

import "time"

// state is what requests see of a remote set. It is replaced, never changed.
type state struct {
	set       *keySet   // the last good one; nil before the first
	fetched   time.Time // when it came
	softUntil time.Time
	hardUntil time.Time

	fetching   bool
	attempt    time.Time     // the last start or end of a fetch
	idleAfter  time.Duration // after this long without a fetch attempt, requests wait for a fresh fetch
	idleAt     time.Time     // when that is
	waitUntil  time.Time     // until then, requests wait for the fetch that ends an idle time
	retryAt    time.Time     // no fetch at all before that time, after a failure
	budgetFull time.Time     // when the budget for unknown key IDs is full again

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

// mayAsk reports whether the budget allows a fetch for an unknown key ID: unknownFetches
// at once, and one more every cooldown.
func (s *state) mayAsk(now time.Time, cooldown time.Duration) bool {
	wait := s.budgetFull.Sub(now)
	return wait <= (unknownFetches-1)*cooldown || wait > unknownFetches*cooldown // the clock was set back
}

// spend takes the fetch that began at started from the budget.
func (s *state) spend(started time.Time, cooldown time.Duration) {
	if wait := s.budgetFull.Sub(started); wait < 0 || wait > unknownFetches*cooldown {
		s.budgetFull = started
	}
	s.budgetFull = s.budgetFull.Add(cooldown)
}

// answer is the end of a question: the candidates when the set knows what they are
// named by, and err otherwise. A name is unknown only to a set that could be
// renewed.
func (s *state) answer(n name, alg string, now time.Time, err error) (keys []*Key, known bool, _ error) {
	if s.usable(now) {
		if keys, known = s.set.find(n, alg); known || err == nil {
			return keys, known, nil
		}
	}
	if err == nil {
		err = errOutdated
	}
	return nil, false, err
}
