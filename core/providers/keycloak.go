package providers

import (
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// Keycloak returns the issuer of a Keycloak realm whose tokens name the API in their
// audience, as an audience mapper or a client scope of the API makes them.
//
//	providers.Keycloak("https://kc.example.com/realms/shop", "orders-api")
//
// Do not use "account", which is in nearly every token of a realm. Roles are those of
// the realm (`realm_access.roles`); for the roles of a client set
// Claims to [KeycloakClientRoles]. Scopes are in `scope`, the client is in `azp`. It
// refuses ID, refresh and logout tokens of the realm by their `typ` claim. A
// lightweight access token without `sub` is refused: add the sub mapper to it.
func Keycloak(realmURL, audience string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("Keycloak", keys)
	is := in.keycloak(realmURL)
	in.text("audience", audience, "orders-api")
	is.Audiences = []string{audience}
	return in.discovered(is)
}

// KeycloakWithoutAudience is [Keycloak] for a realm without an audience mapper: the
// audience is not compared, and the token must have been issued to clientID instead.
// Add other clients to AuthorizedParties.
//
//	providers.KeycloakWithoutAudience("https://kc.example.com/realms/shop", "web")
//
// Every token of these clients is accepted, whichever API they got it for. Prefer
// Keycloak with an audience.
func KeycloakWithoutAudience(realmURL, clientID string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("KeycloakWithoutAudience", keys)
	is := in.keycloak(realmURL)
	in.text("clientID", clientID, "web")
	is.AllowAnyAudience, is.AuthorizedParties = true, []string{clientID}
	return in.discovered(is)
}

// KeycloakClientRoles returns the claim names for roles of one client
// (`resource_access.<client>.roles`) in place of the realm's.
//
//	issuer.Claims = providers.KeycloakClientRoles("orders-api")
func KeycloakClientRoles(clientID string) core.ClaimNames {
	return core.ClaimNames{RolesPath: []string{"resource_access", clientID, "roles"}}
}

func (in *input) keycloak(realmURL string) core.Issuer {
	const example = "https://kc.example.com/realms/shop"
	if in.address("realmURL", realmURL, example) {
		_, realm, ok := strings.Cut(realmURL, "/realms/")
		if !ok || realm == "" || strings.Contains(realm, "/") {
			in.fail("realmURL", realmURL, "must end in /realms/ and the name of the realm: write it such as %q", example)
		}
	}
	return core.Issuer{
		URL:    realmURL,
		Claims: core.ClaimNames{Roles: "realm_access.roles"},
		// "DPoP" is a token that is bound to a key; core refuses it unless
		// CheckConfirmation is set.
		MapClaims: tokenKind("typ", true, "Bearer", "DPoP"),
	}
}
