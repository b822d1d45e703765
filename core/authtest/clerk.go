package authtest

import (
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// NewClerk starts a stand-in for a Clerk instance on a free port of loopback and
// closes it when the test ends. Its Token method makes session tokens, of
// [devclerk.Admin] and others, and its NewWebhook signed webhooks. For an
// application that reads its configuration from the environment, set the
// variables of Env with t.Setenv. For other options use [devclerk.Start].
func NewClerk(t testing.TB) *devclerk.Instance {
	t.Helper()
	c, err := devclerk.Start(devclerk.Options{})
	if err != nil {
		t.Fatalf("authtest: %v", err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("authtest: closing the Clerk instance: %v", err)
		}
	})
	return c
}

// ClerkConfig returns a configuration that accepts the sessions of the instance
// for its default party. The keys come from its Frontend API, and everything else
// has the defaults of [clerk.Config]. Pass it to [clerk.New], or to [clerk.Issuer]
// when there are other issuers.
func ClerkConfig(c *devclerk.Instance) clerk.Config {
	return clerk.Config{
		PublishableKey:    c.PublishableKey(),
		SecretKey:         c.SecretKey(),
		ProxyURL:          c.ProxyURL(),
		APIURL:            c.APIURL(),
		AuthorizedParties: []string{c.AuthorizedParty()},
	}
}

// NewClerkAuthenticator makes an Authenticator with [ClerkConfig]. Each change may
// edit the configuration first. A wrong configuration fails the test.
func NewClerkAuthenticator(t testing.TB, c *devclerk.Instance, change ...func(*clerk.Config)) *core.Authenticator {
	t.Helper()
	cfg := ClerkConfig(c)
	for _, f := range change {
		f(&cfg)
	}
	a, err := clerk.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
