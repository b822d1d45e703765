package clerk

import (
	"os"
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk/internal/settings"
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
// place. For webhooks see [NewWebhook].
func NewFromEnv() (*core.Authenticator, error) { return New(ConfigFromEnv()) }

// ConfigFromEnv returns what [NewFromEnv] reads, for programs that set more
// fields. It checks nothing: New does.
func ConfigFromEnv() Config {
	return Config{
		PublishableKey:    variable("PublishableKey"),
		SecretKey:         variable("SecretKey"),
		JWTKey:            variable("JWTKey"),
		AuthorizedParties: splitList(variable("AuthorizedParties")),
		ProxyURL:          variable("ProxyURL"),
		APIURL:            variable("APIURL"),
		MachineSecretKey:  variable("MachineSecretKey"),
	}
}

// variable reads the environment variable of a field.
func variable(field string) string {
	value := strings.TrimSpace(os.Getenv(settings.Variables[field]))
	if n := len(value); n > 1 && value[0] == value[n-1] && (value[0] == '"' || value[0] == '\'') {
		value = strings.TrimSpace(value[1 : n-1])
	}
	return value
}

// splitList splits at commas. Empty entries stay, for New to report: they come
// from a variable that was not set, and without them the check could be off.
func splitList(value string) []string {
	if value == "" {
		return nil
	}
	entries := strings.Split(value, ",")
	for i := range entries {
		entries[i] = strings.TrimSpace(entries[i])
	}
	return entries
}
