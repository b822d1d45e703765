package providers

import (
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// Descope returns the issuer of a Descope project, for session tokens of users and of
// access keys.
//
//	providers.Descope("P2abcdefghijklmnopqrstuvwxyz")
//
// Session tokens have no audience; the issuer is the project, and that is what ties a
// token to it. Refresh tokens, which the same keys sign, are refused (`drn`). Roles
// and permissions are those of the project; those that a user has in a tenant are
// below `tenants`, for Decode. The current tenant (`dct`) is the identity's
// organization. Where the project's tokens have an address in `iss`, set URL; in a
// region of its own, or with a custom domain, set Keys too.
func Descope(projectID string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("Descope", keys)
	in.name("projectID", projectID, "P2abcdefghijklmnopqrstuvwxyz")
	return in.remote(core.Issuer{
		URL:              projectID,
		AllowAnyAudience: true,
		Claims:           core.ClaimNames{Organization: "dct"},
		MapClaims:        tokenKind("drn", false, "DS"),
	}, "https://api.descope.com/"+projectID+"/.well-known/jwks.json")
}
