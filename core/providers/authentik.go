package providers

import (
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// Authentik returns the issuer of an OAuth2 provider of authentik, for tokens of one
// client. issuer is "OpenID Configuration Issuer" of the provider, with its slash.
//
//	providers.Authentik("https://auth.example.com/application/o/shop/", "k3YbTtnXuQ")
//
// Roles are read from `groups` (scope profile), scopes are in `scope`, the client is
// in `azp`. The provider must have a signing key: without one it signs with the
// client's secret, which is not supported, and publishes no keys (503). authentik
// makes access tokens and ID tokens in the same way, so ID tokens are accepted too.
func Authentik(issuer, clientID string, keys ...jwks.Options) (core.Issuer, error) {
	const example = "https://auth.example.com/application/o/shop/"
	in := newInput("Authentik", keys)
	if in.url("issuer", issuer, example) && !strings.HasSuffix(issuer, "/") {
		in.fail("issuer", issuer, "must end in a slash, such as %q", example)
	}
	in.text("clientID", clientID, "k3YbTtnXuQ")
	return in.discovered(core.Issuer{
		URL: issuer, Audiences: []string{clientID},
		Claims: core.ClaimNames{Roles: "groups"},
	})
}
