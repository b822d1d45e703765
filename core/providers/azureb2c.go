package providers

import (
	"fmt"
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// AzureB2C returns the issuer of an Azure AD B2C tenant for the tokens of one
// policy (user flow). tenant is the first part of "contoso.b2clogin.com", tenantID
// the directory's ID, policy the user flow, audience the API's application ID.
//
//	providers.AzureB2C("contoso", "72f988bf-86f1-41af-91ab-2d7cd011db47", "B2C_1_susi", "6e74172b-be56-4843-9ff4-e66a39bb12e3")
//
// Below this issuer there is no metadata, so the function knows where the policy's
// keys are. Because all policies of a tenant share the issuer, it also compares the
// policy that the token names, in `tfp` or `acr`, without regard to case: a token of
// a password-reset policy does not pass for a sign-in. For several policies use an
// issuer for one of them and replace its MapClaims.
//
// Scopes are in `scp`, the client is in `azp`; B2C has no roles claim: put one into
// the policy, such as "extension_roles", and its name into Claims.Roles. It does not
// tell access tokens from ID tokens where API and client are the same application.
// With a custom domain, change URL and Keys.
func AzureB2C(tenant, tenantID, policy, audience string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("AzureB2C", keys)
	in.name("tenant", tenant, "contoso")
	in.uuid("tenantID", tenantID, exampleTenant)
	in.name("policy", policy, "B2C_1_susi")
	in.text("audience", audience, exampleAudience)
	host := "https://" + tenant + ".b2clogin.com/"
	return in.remote(core.Issuer{
		URL: host + tenantID + "/v2.0/", Audiences: []string{audience},
		MapClaims: func(t core.Token, _ *core.IdentityData) error {
			used := text(t, "tfp")
			if used == "" {
				used = text(t, "acr")
			}
			if !strings.EqualFold(used, policy) {
				return fmt.Errorf("providers: the token is of the policy %.64q and not of %q", used, policy)
			}
			return nil
		},
	}, host+tenant+".onmicrosoft.com/"+strings.ToLower(policy)+"/discovery/v2.0/keys")
}
