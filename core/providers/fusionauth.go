package providers

import (
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// FusionAuth returns the issuer of a FusionAuth tenant. issuer is what the tenant has
// under "Issuer", which need not be an address ("acme.com" is the default);
// serverURL is where FusionAuth runs; applicationID is the application of the API.
//
//	providers.FusionAuth("acme.com", "https://fusionauth.example.com", "3c219e58-ed0e-4b18-ad48-f4f92793ae32")
//
// Keys come from the server's key set, which has only asymmetric keys: choose one,
// because the default of an application is HS256, which is not supported. Roles are
// in `roles`, the client is in `applicationId`. A token that says it is not an access
// token (`tty`) is refused.
func FusionAuth(issuer, serverURL, applicationID string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("FusionAuth", keys)
	in.text("issuer", issuer, "acme.com")
	in.address("serverURL", serverURL, "https://fusionauth.example.com")
	in.text("applicationID", applicationID, "3c219e58-ed0e-4b18-ad48-f4f92793ae32")
	return in.remote(core.Issuer{
		URL: issuer, Audiences: []string{applicationID},
		Claims:    core.ClaimNames{AuthorizedParty: "applicationId"},
		MapClaims: tokenKind("tty", true, "at"),
	}, serverURL+"/.well-known/jwks.json")
}
