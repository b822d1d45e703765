package providers

import (
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// Okta returns the issuer of a custom authorization server of Okta, such as the one
// that is named "default".
//
//	providers.Okta("https://dev-1.okta.com/oauth2/default", "api://default")
//
// The client is in `cid`, scopes are in `scp`, and roles are read from `groups`,
// which the server sends once it has a groups claim. `sub` is the user's login name;
// `uid` is the ID that never changes. An ID token has the client's ID as its audience
// and is refused.
//
// The organization's own authorization server ("https://dev-1.okta.com") makes
// access tokens for Okta's API alone, which nobody else can verify: it is an error.
func Okta(issuer, audience string, keys ...jwks.Options) (core.Issuer, error) {
	const example = "https://dev-1.okta.com/oauth2/default"
	in := newInput("Okta", keys)
	if in.address("issuer", issuer, example) && !strings.Contains(issuer, "/oauth2/") {
		in.fail("issuer", issuer, "must name a custom authorization server, such as %q", example)
	}
	in.text("audience", audience, "api://default")
	return in.discovered(core.Issuer{
		URL: issuer, Audiences: []string{audience},
		Claims: core.ClaimNames{AuthorizedParty: "cid", Roles: "groups"},
	})
}
