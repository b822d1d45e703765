package providers

import (
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// Auth0 returns the issuer of an Auth0 tenant. domain is the tenant's domain, or
// its custom domain where applications use that one; audience is the identifier of
// the API.
//
//	providers.Auth0("tenant.eu.auth0.com", "https://api.example.com")
//
// It accepts access tokens of both profiles (Auth0 and RFC 9068), of users and of
// machines. An ID token has the client's ID as its audience and is refused.
// Permissions are in `permissions` (with RBAC and "Add Permissions in the Access
// Token"), scopes in `scope`, the client in `azp` or `client_id`, the organization
// in `org_id`. Auth0 puts no roles into access tokens: an Action has to, under a
// name such as "https://example.com/roles", which then goes into Claims.Roles. It
// does not check `org_id`: use core.InOrganization.
//
// Without an audience in the authorization request Auth0 sends a token that is no
// readable JWT (a JWE or an opaque token): the client has to ask for the API.
func Auth0(domain, audience string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("Auth0", keys)
	in.host("domain", domain, "tenant.eu.auth0.com")
	in.text("audience", audience, "https://api.example.com")
	return in.discovered(core.Issuer{URL: "https://" + domain + "/", Audiences: []string{audience}})
}
