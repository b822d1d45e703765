package jwks

import (
	"slices"
	"time"
)

// What the tests in package jwks_test need from inside.

const (
	MaxBody    = maxBody
	MaxPEM     = maxPEM
	MaxUnknown = maxUnknown
	UnknownFor = unknownFor
)

func remoteOf(s *Source) *remote { return s.backend.(*remote) }

// SetJitter replaces the random numbers of a source that fetches.
func SetJitter(s *Source, random func() float64) { remoteOf(s).random = random }

// Fetch makes one fetch, whatever the state, and waits for it.
func Fetch(s *Source) error {
	r := remoteOf(s)
	r.mu.Lock()
	f := r.start(time.Now(), nil)
	r.mu.Unlock()
	<-f.done
	return f.err
}

// RefreshAfter is the time from the last fetch to the next refresh.
func RefreshAfter(s *Source) time.Duration {
	st := remoteOf(s).state.Load()
	return st.softUntil.Sub(st.fetched)
}

// RetryAfter is the time from the last attempt to the next one.
func RetryAfter(s *Source) time.Duration {
	st := remoteOf(s).state.Load()
	return st.retryAt.Sub(st.attempt)
}

// Unknown returns the key IDs that are remembered as unknown.
func Unknown(s *Source) []string {
	r := remoteOf(s)
	r.mu.Lock()
	defer r.mu.Unlock()
	var kids []string
	for n := range r.unknown {
		kids = append(kids, n.kid)
	}
	slices.Sort(kids)
	return kids
}

// Forget remembers a key ID as unknown.
func Forget(s *Source, kid string, now time.Time) { remoteOf(s).forget(name{kid: kid}, now) }

// Listeners is how many functions are told of fetches.
func Listeners(s *Source) int {
	l := &remoteOf(s).listeners
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.list)
}

// The keys of jwk_internal_test.go, for both packages.
var (
	TestRSA, TestEC, OtherEC, TestEd, TestKey, TestCerts = testRSA, testEC, otherEC, testEd, testKey, testCerts

	JWKOf, With, SetOf, NewEC, Modulus = jwkOf, with, setOf, newEC, modulus

	RSAAlgorithms = rsaAlgorithms
)

type JWKMap = jwkMap
