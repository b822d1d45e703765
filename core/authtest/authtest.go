// Package authtest makes what the tests of an application need: an issuer on
// loopback with [NewIssuer], an Authenticator that trusts it with
// [NewAuthenticator], an identity without a request with [Context], a signed
// webhook with [WebhookHeader]; and for users of Clerk the same with [NewClerk]
// and [NewClerkAuthenticator]. [Audit] finds the route that somebody forgot to protect.
//
// The page examples/apitests of the repository shows tests of handlers, routers, roles,
// expiry and outages on each framework.
//
// Use it in tests only: it imports testing. Authors of adapters find the
// conformance suite in package adaptertest.
package authtest

import (
	"context"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

// NewIssuer starts an issuer on a free port of loopback and closes it when the
// test ends. It has one key for each of the algorithms, and its Token method
// signs with the first. Without algorithms it has one key for ES256, which is
// quick to generate. For other options use [devissuer.Start].
func NewIssuer(t testing.TB, algorithms ...string) *devissuer.Issuer {
	t.Helper()
	if len(algorithms) == 0 {
		algorithms = []string{"ES256"}
	}
	issuer, err := devissuer.Start(devissuer.Options{Algorithms: algorithms})
	if err != nil {
		t.Fatalf("authtest: %v", err)
	}
	t.Cleanup(func() {
		if err := issuer.Close(); err != nil {
			t.Errorf("authtest: closing the issuer: %v", err)
		}
	})
	return issuer
}

// NewAuthenticator makes an Authenticator that accepts the issuer's tokens for
// its default audience. The keys come from discovery, and everything else has the
// defaults of [core.Config]. Each change may edit the configuration first;
// Issuers[0] is the issuer. A wrong configuration fails the test.
func NewAuthenticator(t testing.TB, issuer *devissuer.Issuer, change ...func(*core.Config)) *core.Authenticator {
	t.Helper()
	cfg := core.Config{Issuers: []core.Issuer{{URL: issuer.URL(), Audiences: []string{issuer.Audience()}}}}
	for _, c := range change {
		c(&cfg)
	}
	a, err := core.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Context returns the test's context with an identity of these data, as
// middleware leaves it: for handlers, resolvers and services that are tested
// without a request. No token is verified.
func Context(t testing.TB, d core.IdentityData) context.Context {
	return core.WithIdentity(t.Context(), core.NewIdentity(d))
}
