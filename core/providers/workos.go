package providers

import (
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// WorkOS returns the issuer of WorkOS AuthKit sessions of one environment, by its
// client ID.
//
//	providers.WorkOS("client_01HXYZ")
//
// Session tokens have no audience; issuer and keys belong to the one client, and that
// is what ties a token to it. Roles are in `roles`, permissions in `permissions`, the
// organization in `org_id`, the session in `sid`; while somebody impersonates the
// user, the identity's actor says who. Where a token of yours has another `iss`, such
// as "https://api.workos.com" in older environments or an authentication domain of
// your own, set URL to it. For MCP and OAuth applications, whose tokens have an
// audience and the issuer of your AuthKit domain, use core.ForIssuer.
func WorkOS(clientID string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("WorkOS", keys)
	in.name("clientID", clientID, "client_01HXYZ")
	return in.remote(core.Issuer{
		URL:              "https://api.workos.com/user_management/" + clientID,
		AllowAnyAudience: true,
	}, "https://api.workos.com/sso/jwks/"+clientID)
}
