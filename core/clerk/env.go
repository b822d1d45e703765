package clerk

import (
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk/internal/form"
	"github.com/authkeel/authkeel/core/internal/environ"
)

// NewFromEnv is [New] with the configuration in the environment. Of these
// variables CLERK_PUBLISHABLE_KEY is required; the others may be missing or empty.
//
//	CLERK_PUBLISHABLE_KEY     pk_test_… or pk_live_…
//	CLERK_SECRET_KEY          sk_test_… or sk_live_…
//	CLERK_JWT_KEY             the public key as PEM: no key is ever fetched
//	CLERK_AUTHORIZED_PARTIES  origins of your front ends, separated by commas
//	CLERK_PROXY_URL           the Frontend API behind a proxy
//	CLERK_API_URL             the Backend API, if it is not https://api.clerk.com
//	CLERK_MACHINE_SECRET_KEY  this machine's key, ak_…; used with Config.Accept
//
// Spaces and quotes around a value are removed, because some tools leave them in
// place. A program does not read .env by itself: load it into the environment first.
// For webhooks see [NewWebhook].
func NewFromEnv() (*core.Authenticator, error) { return New(ConfigFromEnv()) }

// ConfigFromEnv returns what [NewFromEnv] reads, for programs that set more
// fields. It checks nothing: New does.
func ConfigFromEnv() Config {
	return Config{
		PublishableKey:    variable("PublishableKey"),
		SecretKey:         variable("SecretKey"),
		JWTKey:            variable("JWTKey"),
		AuthorizedParties: environ.List(form.Variables["AuthorizedParties"]),
		ProxyURL:          variable("ProxyURL"),
		APIURL:            variable("APIURL"),
		MachineSecretKey:  variable("MachineSecretKey"),
	}
}

// variable reads the environment variable of a field.
func variable(field string) string { return environ.Value(form.Variables[field]) }
