package core

import (
	"context"
	"errors"
	"slices"
	"strings"

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

// Health returns the state of every issuer's keys, in order of their URLs. It
// fetches nothing: an Authenticator that nobody used and nobody waited for
// ([Authenticator.WaitReady]) has no keys yet.
func (a *Authenticator) Health() Health {
	h := Health{Ready: true, Issuers: make([]IssuerHealth, 0, len(a.issuers))}
	for _, is := range a.issuers {
		keys := is.Keys.Health()
		h.Ready = h.Ready && keys.Ready
		h.Issuers = append(h.Issuers, IssuerHealth{URL: is.URL, Keys: keys})
	}
	slices.SortFunc(h.Issuers, func(x, y IssuerHealth) int { return strings.Compare(x.URL, y.URL) })
	return h
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
	answers := make(chan error, len(a.issuers))
	for _, is := range a.issuers {
		go func() {
			err := errors.New("a function of the key source panicked or ended its goroutine")
			defer func() {
				_ = recover() // here it would end the process; err says that it happened
				if err != nil {
					err = unavailable("keys_unavailable", errors.Join(errors.New(is.URL), err))
				}
				answers <- err
			}()
			err = ask(is)
		}()
	}
	var all []error
	for range a.issuers {
		all = append(all, <-answers)
	}
	return errors.Join(all...)
}
