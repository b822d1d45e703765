package authtest

import (
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer"
)

// NewClerk starts a Clerk instance on a free port of loopback that ends with the
// test. Its Token method makes session tokens, of [devissuer.ClerkAdmin] and
// others, and its NewWebhook signed webhooks. An application that configures
// itself from the environment is given the instance's Env with t.Setenv. For
// other options use [devissuer.StartClerk].
func NewClerk(t testing.TB) *devissuer.Clerk {
	t.Helper()
	c, err := devissuer.StartClerk(devissuer.ClerkOptions{})
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

// ClerkConfig trusts the sessions of the instance for its default party, with
// keys from its Frontend API and the defaults of [clerk.Config] for everything
// else: for [clerk.New], and for [clerk.Issuer] beside other issuers.
func ClerkConfig(c *devissuer.Clerk) clerk.Config {
	return clerk.Config{
		PublishableKey:    c.PublishableKey(),
		SecretKey:         c.SecretKey(),
		ProxyURL:          c.ProxyURL(),
		APIURL:            c.APIURL(),
		AuthorizedParties: []string{c.Party()},
	}
}

// NewClerkAuthenticator makes an Authenticator with [ClerkConfig]. Each change
// may edit it before. The test fails when it cannot be made.
func NewClerkAuthenticator(t testing.TB, c *devissuer.Clerk, change ...func(*clerk.Config)) *core.Authenticator {
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
