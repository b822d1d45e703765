package providers

import (
	"fmt"
	"slices"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

const (
	exampleTenant   = "72f988bf-86f1-41af-91ab-2d7cd011db47"
	exampleAudience = "6e74172b-be56-4843-9ff4-e66a39bb12e3"

	entraV2Issuer = "https://login.microsoftonline.com/{tenantid}/v2.0"
	entraV2Keys   = "https://login.microsoftonline.com/common/discovery/v2.0/keys"
	entraV1Issuer = "https://sts.windows.net/{tenantid}/"
	entraV1Keys   = "https://login.microsoftonline.com/common/discovery/keys"
)

// Entra returns the issuer of one tenant of Microsoft Entra ID (Azure AD), for
// access tokens of version 2.0. tenantID is the directory's ID, never its domain;
// audience is the API's application (client) ID.
//
//	providers.Entra("72f988bf-86f1-41af-91ab-2d7cd011db47", "6e74172b-be56-4843-9ff4-e66a39bb12e3")
//
// The API's manifest decides which version its tokens have:
// requestedAccessTokenVersion 2 makes these, null or 1 makes those of [EntraV1].
// App roles are in `roles`, delegated permissions in `scp`, the client in `azp`; the
// tenant is the identity's organization. `sub` differs from application to
// application; `oid` is the user's ID in the tenant.
//
// It does not tell access tokens from ID tokens where the API and the client are
// the same app registration, because both have its ID as their audience: ask for a
// scope or a role, which ID tokens of users have not, or register the API by itself.
// National clouds have other addresses: change URL and Keys.
func Entra(tenantID, audience string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("Entra", keys)
	in.tenant(tenantID)
	in.entraAudience(audience)
	return in.discovered(entra("https://login.microsoftonline.com/"+tenantID+"/v2.0", audience, "azp"))
}

// EntraTenants is [Entra] for several tenants that are known at start. A token of
// any other tenant is refused.
//
//	providers.EntraTenants([]string{tenantA, tenantB}, "6e74172b-be56-4843-9ff4-e66a39bb12e3")
//
// For tenants that sign up later use [EntraAnyTenant] with a check of your own.
func EntraTenants(tenantIDs []string, audience string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("EntraTenants", keys)
	is := entra(entraV2Issuer, audience, "azp")
	is.MapClaims = in.tenants(tenantIDs)
	in.entraAudience(audience)
	return in.remote(is, entraV2Keys)
}

// EntraAnyTenant is [Entra] for an API that every tenant may use ("common",
// "organizations").
//
//	providers.EntraAnyTenant("6e74172b-be56-4843-9ff4-e66a39bb12e3")
//
// It makes sure that `iss`, `tid` and the key belong to one tenant, and nothing
// more: everybody who can sign in anywhere at Microsoft is accepted, personal
// accounts included (tenant 9188040d-6c67-4c5b-b112-36a304b66dad). Check in your
// handlers that the tenant, which is the identity's organization, is a customer, or
// refuse others in issuer.MapClaims.
func EntraAnyTenant(audience string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("EntraAnyTenant", keys)
	in.entraAudience(audience)
	return in.remote(entra(entraV2Issuer, audience, "azp"), entraV2Keys)
}

// EntraV1 is [Entra] for access tokens of version 1.0, whose issuer is
// "https://sts.windows.net/<tenant>/". audience is the API's application ID URI, or
// its client ID, as the client asks for it.
//
//	providers.EntraV1("72f988bf-86f1-41af-91ab-2d7cd011db47", "api://6e74172b-be56-4843-9ff4-e66a39bb12e3")
//
// The client is in `appid`; all else is as with Entra.
func EntraV1(tenantID, audience string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("EntraV1", keys)
	in.tenant(tenantID)
	in.entraAudience(audience)
	return in.discovered(entra("https://sts.windows.net/"+tenantID+"/", audience, "appid"))
}

// EntraV1Tenants is [EntraTenants] for access tokens of version 1.0; see [EntraV1].
//
//	providers.EntraV1Tenants([]string{tenantA, tenantB}, "api://6e74172b-be56-4843-9ff4-e66a39bb12e3")
func EntraV1Tenants(tenantIDs []string, audience string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("EntraV1Tenants", keys)
	is := entra(entraV1Issuer, audience, "appid")
	is.MapClaims = in.tenants(tenantIDs)
	in.entraAudience(audience)
	return in.remote(is, entraV1Keys)
}

// EntraV1AnyTenant is [EntraAnyTenant] for access tokens of version 1.0; see
// [EntraV1]. Everybody who can sign in anywhere at Microsoft is accepted.
//
//	providers.EntraV1AnyTenant("api://6e74172b-be56-4843-9ff4-e66a39bb12e3")
func EntraV1AnyTenant(audience string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("EntraV1AnyTenant", keys)
	in.entraAudience(audience)
	return in.remote(entra(entraV1Issuer, audience, "appid"), entraV1Keys)
}

func entra(issuer, audience, party string) core.Issuer {
	return core.Issuer{
		URL: issuer, Audiences: []string{audience},
		Claims: core.ClaimNames{AuthorizedParty: party, Organization: "tid"},
	}
}

func (in *input) entraAudience(audience string) { in.text("audience", audience, exampleAudience) }

// tenant checks the ID of one tenant.
func (in *input) tenant(id string) bool {
	switch id {
	case "common", "organizations", "consumers":
		in.fail("tenantID", id, "stands for many tenants: write the ID of one, such as %q, or use EntraAnyTenant", exampleTenant)
		return false
	}
	return in.uuid("tenantID", id, exampleTenant)
}

// tenants returns a check for Issuer.MapClaims: the token's tenant is in the list.
func (in *input) tenants(ids []string) func(core.Token, *core.IdentityData) error {
	if len(ids) == 0 {
		in.fail("tenantIDs", "", "is empty: name the tenants, such as %q", exampleTenant)
	}
	for _, id := range ids {
		in.tenant(id)
	}
	ids = slices.Clone(ids)
	return func(t core.Token, _ *core.IdentityData) error {
		if tid := text(t, "tid"); !slices.Contains(ids, tid) {
			return fmt.Errorf("providers: the tenant %.64q is none of those that are allowed", tid)
		}
		return nil
	}
}
