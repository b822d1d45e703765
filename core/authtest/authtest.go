// Package authtest helps to test what stands behind authkeel, and adapters.
//
// For the tests of an application: [NewIssuer] starts an issuer on loopback,
// [NewAuthenticator] makes an Authenticator that trusts it, the issuer's Token
// method makes tokens, [Context] carries an identity where no request is needed,
// and [WebhookHeader] signs a webhook. [NewClerk] and [NewClerkAuthenticator] are
// the same for the users of Clerk.
//
// For the tests of an adapter, whether one of authkeel's or one for another
// framework: [Run] tries every behaviour that clients and handlers rely on,
// over real connections, [RunClerk] what they rely on with the sessions of Clerk,
// [Allocations] holds what it may cost, and [RunWebhook] how a webhook is mounted.
//
// It is for tests alone. Do not import it elsewhere: it imports testing.
package authtest

import (
	"context"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

// NewIssuer starts an issuer on a free port of loopback that ends with the
// test. It has one key for each of the algorithms, of which the first signs
// the issuer's Token; without any it has one for ES256, which is quick to make.
// For its other options use [devissuer.Start].
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

// NewAuthenticator makes an Authenticator that trusts the issuer's tokens for
// the issuer's default audience, with keys by discovery and the defaults of
// [core.Config] for everything else. Each change may edit the configuration
// before; Issuers[0] is the issuer. The test fails when it cannot be made.
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

// Context returns the test's context with an identity of these details in it,
// as middleware would leave it: for handlers, resolvers and services that are
// tested without a request. Nothing is verified.
func Context(t testing.TB, d core.IdentityData) context.Context {
	return core.WithIdentity(t.Context(), core.NewIdentity(d))
}
