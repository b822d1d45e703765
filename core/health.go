package core

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/authkeel/authkeel/core/jwks"
)

// Health says whether tokens can be verified. It holds no secrets and no texts
// from the network, so a readiness endpoint may show it to anyone.
type Health struct {
	Ready   bool           `json:"ready"` // every issuer has usable keys
	Issuers []IssuerHealth `json:"issuers"`
}

// IssuerHealth is the state of one issuer's keys.
type IssuerHealth struct {
	URL  string      `json:"issuer"`
	Keys jwks.Health `json:"keys"`
}

// Health returns the state of every issuer's keys, in order of their URLs. It waits
// for nothing. Where keys are missing or due for a refresh it begins to fetch them, so
// a readiness probe that asks again and again becomes ready without a first token, and
// stays ready while no tokens come. Events and the log name the issuer whose keys
// could not be fetched, and why. [Authenticator.WaitReady] waits.
func (a *Authenticator) Health() Health {
	known := a.knownIssuers()
	h := Health{Ready: true, Issuers: make([]IssuerHealth, 0, len(known))}
	for _, is := range known {
		is.Keys.Prefetch()
		keys := is.Keys.Health()
		h.Ready = h.Ready && keys.Ready
		h.Issuers = append(h.Issuers, IssuerHealth{URL: is.URL, Keys: keys})
	}
	return h
}

// Issuers returns the URLs of the issuers in the configuration, sorted, as they stand
// there. It asks nobody.
func (a *Authenticator) Issuers() []string {
	known := a.knownIssuers()
	urls := make([]string, 0, len(known))
	for _, is := range known {
		urls = append(urls, is.URL)
	}
	return urls
}

// knownIssuers are those of the configuration, in order of their URLs.
func (a *Authenticator) knownIssuers() []*issuer {
	known := slices.Collect(maps.Values(a.issuers))
	known = append(known, a.templates...)
	slices.SortFunc(known, func(x, y *issuer) int { return strings.Compare(x.URL, y.URL) })
	return known
}

// WaitReady fetches the keys of every issuer and tries again until all are
// there or ctx ends; then its error names the issuers that are missing. Call it
// at start to take traffic only when ready. An Authenticator works without: it
// fetches keys when the first token comes.
func (a *Authenticator) WaitReady(ctx context.Context) error {
	return a.eachIssuer(func(is *issuer) error {
		return is.Keys.WaitReady(ctx)
	})
}

// Ready is WaitReady with one attempt for each issuer: for programs that would
// rather fail at start than wait. The Authenticator stays usable and recovers
// by itself.
func (a *Authenticator) Ready(ctx context.Context) error {
	return a.eachIssuer(func(is *issuer) error {
		return is.Keys.Ready(ctx)
	})
}

// eachIssuer asks all issuers side by side, so that a slow one does not use up
// the time of the others.
func (a *Authenticator) eachIssuer(ask func(*issuer) error) error {
	known := a.knownIssuers()
	answers := make([]error, len(known))
	var running sync.WaitGroup
	for i, is := range known {
		running.Go(func() {
			err := errors.New("a function of the key source panicked or ended its goroutine")
			defer func() {
				_ = recover() // here it would end the process; err says that it happened
				if err != nil {
					answers[i] = &notReadyError{is.URL, unavailable("keys_unavailable", err)}
				}
			}()
			err = ask(is)
		})
	}
	running.Wait()
	return errors.Join(answers...)
}

// notReadyError names the issuer, because an [Error] is its reason alone.
type notReadyError struct {
	issuer string
	err    *Error
}

func (e *notReadyError) Error() string {
	return fmt.Sprintf("authkeel: no keys of the issuer %s: %v", e.issuer, e.err.cause)
}

func (e *notReadyError) Unwrap() error { return e.err }
