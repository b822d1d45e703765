package providers

import (
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// Logto returns the issuer of a Logto tenant, by its endpoint, for access tokens of an
// API resource.
//
//	providers.Logto("https://shop.logto.app", "https://api.example.com")
//
// The API resource's permissions are scopes (`scope`), the client is in `client_id`,
// the organization in `organization_id`. Logto puts no roles into access tokens: a
// custom claim has to, by the name `roles` or another one in Claims.Roles. Only
// tokens of the type at+jwt are accepted, so ID tokens are refused. Keys are for
// ES384 unless the tenant was changed to RSA; both need no setting.
func Logto(endpoint, audience string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("Logto", keys)
	in.address("endpoint", endpoint, "https://shop.logto.app")
	in.text("audience", audience, "https://api.example.com")
	return in.discovered(core.Issuer{
		URL: endpoint + "/oidc", Audiences: []string{audience},
		Types:  []string{"at+jwt"},
		Claims: core.ClaimNames{Organization: "organization_id"},
	})
}
