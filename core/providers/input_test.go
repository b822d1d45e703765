package providers_test

import (
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
	"github.com/authkeel/authkeel/core/providers"
)

type result struct {
	issuer core.Issuer
	err    error
}

func resultOf(is core.Issuer, err error) result { return result{is, err} }

// TestParametersThatAreWrong: the error names the function and the parameter, and
// shows the right form.
func TestParametersThatAreWrong(t *testing.T) {
	const (
		tenant = testTenant
		realm  = "https://kc.example.com/realms/shop"
		tag    = "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228"
	)
	for _, tt := range []struct {
		got   result
		parts string // of the message, with | between them
	}{
		{resultOf(providers.Auth0("", "api")), `Auth0: domain "" is empty|"tenant.eu.auth0.com"`},
		{resultOf(providers.Auth0("https://tenant.eu.auth0.com/", "api")), `Auth0: domain "https://tenant.eu.auth0.com/" must be a host name without scheme and slash`},
		{resultOf(providers.Auth0("tenant.eu.auth0.com/", "api")), `domain|without scheme and slash`},
		{resultOf(providers.Auth0("tenant", "api")), `domain|whole host name`},
		{resultOf(providers.Auth0("tenant.eu.auth0.com:443", "api")), `domain|whole host name`},
		{resultOf(providers.Auth0("Tenant.eu.auth0.com", "api")), `domain|small letters|"tenant.eu.auth0.com"`},
		{resultOf(providers.Auth0("YOUR_DOMAIN", "api")), `domain "YOUR_DOMAIN" is a placeholder`},
		{resultOf(providers.Auth0("{yourDomain}", "api")), `domain|placeholder`},
		{resultOf(providers.Auth0("your-tenant.eu.auth0.com", "api")), `domain|placeholder`},
		{resultOf(providers.Auth0("<tenant>.auth0.com", "api")), `domain|placeholder`},
		{resultOf(providers.Auth0("${AUTH0_DOMAIN}", "api")), `domain|name of a variable`},
		{resultOf(providers.Auth0("tenant.eu.auth0.com\n", "api")), `domain|white space`},
		{resultOf(providers.Auth0("tenant.eu.auth0.com", "")), `Auth0: audience "" is empty|"https://api.example.com"`},
		{resultOf(providers.Auth0("tenant.eu.auth0.com", "YOUR_API_IDENTIFIER")), `audience|placeholder`},
		{resultOf(providers.Auth0("tenant.eu.auth0.com", "CHANGE_ME")), `audience|placeholder`},
		{resultOf(providers.Auth0("tenant.eu.auth0.com", "api", jwks.Options{}, jwks.Options{})), `Auth0: there are 2 jwks.Options`},
		{resultOf(providers.Auth0("tenant.eu.auth0.com", "api", jwks.Options{Timeout: -1})), `Auth0: |Options.Timeout`},

		{resultOf(providers.Okta("dev-1.okta.com/oauth2/default", "api")), `Okta: issuer|its scheme is missing|"https://dev-1.okta.com/oauth2/default"`},
		{resultOf(providers.Okta("https://dev-1.okta.com/oauth2/default/", "api")), `issuer|must not end in a slash`},
		{resultOf(providers.Okta("https://dev-1.okta.com", "api")), `issuer|custom authorization server`},
		{resultOf(providers.Okta("http://dev-1.okta.com/oauth2/default", "api")), `issuer|plain http`},
		{resultOf(providers.Okta("https://u:p@dev-1.okta.com/oauth2/default", "api")), `issuer|holds a user name`},
		{resultOf(providers.Okta("https://dev-1.okta.com/oauth2/default/.well-known/openid-configuration", "api")), `issuer|address of a document`},
		{resultOf(providers.Okta("https://your-domain.okta.com/oauth2/default", "api")), `issuer|placeholder`},
		{resultOf(providers.Okta("https://%zz", "api")), `issuer|not an absolute URL`},
		{resultOf(providers.Okta("https://dev-1.okta.com/oauth2/default", "")), `audience "" is empty`},

		{resultOf(providers.Entra("contoso.onmicrosoft.com", "api")), `Entra: tenantID|must be an ID|"` + tenant + `"`},
		{resultOf(providers.Entra(strings.ToUpper(tenant), "api")), `tenantID|small letters`},
		{resultOf(providers.Entra("common", "api")), `tenantID "common" stands for many tenants|EntraAnyTenant`},
		{resultOf(providers.Entra(tenant, "")), `audience "" is empty`},
		{resultOf(providers.EntraTenants(nil, "api")), `EntraTenants: tenantIDs|empty`},
		{resultOf(providers.EntraTenants([]string{tenant, "organizations"}, "api")), `tenantID "organizations"`},
		{resultOf(providers.EntraTenants([]string{tenant}, "")), `audience "" is empty`},
		{resultOf(providers.EntraAnyTenant("")), `EntraAnyTenant: audience "" is empty`},
		{resultOf(providers.EntraV1("", "api")), `EntraV1: tenantID "" is empty`},
		{resultOf(providers.EntraV1Tenants([]string{"x"}, "api")), `EntraV1Tenants: tenantID "x"`},
		{resultOf(providers.EntraV1AnyTenant("<client id>")), `EntraV1AnyTenant: audience|placeholder`},

		{resultOf(providers.AzureB2C("contoso.b2clogin.com", tenant, "B2C_1_susi", "api")), `AzureB2C: tenant|letters, digits|"contoso"`},
		{resultOf(providers.AzureB2C("https://contoso", tenant, "B2C_1_susi", "api")), `tenant|address`},
		{resultOf(providers.AzureB2C("contoso", "contoso", "B2C_1_susi", "api")), `tenantID|must be an ID`},
		{resultOf(providers.AzureB2C("contoso", tenant, "", "api")), `policy "" is empty|"B2C_1_susi"`},
		{resultOf(providers.AzureB2C("contoso", tenant, "B2C_1_susi", "")), `audience "" is empty`},
		{resultOf(providers.ADFS("https://adfs.example.com", "api")), `ADFS: host|without scheme and slash`},
		{resultOf(providers.ADFS("adfs.example.com", "")), `audience "" is empty`},

		{resultOf(providers.Cognito("AbCdEfGhI", "client")), `Cognito: userPoolID|region and ID|"eu-west-1_AbCdEfGhI"`},
		{resultOf(providers.Cognito("", "client")), `userPoolID "" is empty`},
		{resultOf(providers.Cognito("eu-west-1_AbCdEfGhI", "")), `clientID "" is empty`},
		{resultOf(providers.CognitoID("eu-west-1_AbCdEfGhI", "https://client")), `CognitoID: clientID|address`},
		{resultOf(providers.Google("YOUR_CLIENT_ID.apps.googleusercontent.com")), `Google: audience|placeholder`},
		{resultOf(providers.Firebase("https://securetoken.google.com/shop")), `Firebase: projectID|ID alone`},
		{resultOf(providers.FirebaseAppCheck("shop-1234")), `FirebaseAppCheck: projectNumber|number and not its ID`},
		{resultOf(providers.Supabase("https://abc.supabase.co/")), `Supabase: projectURL|slash`},
		{resultOf(providers.Supabase("https://your-project.supabase.co")), `projectURL|placeholder`},

		{resultOf(providers.Keycloak("https://kc.example.com", "api")), `Keycloak: realmURL|/realms/|"` + realm + `"`},
		{resultOf(providers.Keycloak(realm+"/protocol/openid-connect", "api")), `realmURL|must end in /realms/`},
		{resultOf(providers.Keycloak(realm+"/", "api")), `realmURL|slash`},
		{resultOf(providers.Keycloak(realm, "")), `audience "" is empty`},
		{resultOf(providers.KeycloakWithoutAudience(realm, "")), `KeycloakWithoutAudience: clientID "" is empty`},
		{resultOf(providers.Zitadel("https://shop.zitadel.cloud", "shop")), `Zitadel: projectID|number`},
		{resultOf(providers.Zitadel("shop.zitadel.cloud", "1")), `issuer|scheme is missing`},
		{resultOf(providers.Ory("shop.projects.oryapis.com", "api")), `Ory: issuer|scheme is missing`},
		{resultOf(providers.Ory("https://shop.projects.oryapis.com", "")), `audience "" is empty`},
		{resultOf(providers.OryWithoutAudience("https://shop.projects.oryapis.com", "")), `OryWithoutAudience: clientID "" is empty`},
		{resultOf(providers.Kinde("https://shop.kinde.com", "api")), `Kinde: domain|without scheme and slash`},
		{resultOf(providers.Kinde("shop.kinde.com", "")), `audience "" is empty`},
		{resultOf(providers.Logto("https://shop.logto.app/", "api")), `Logto: endpoint|slash`},
		{resultOf(providers.Logto("https://shop.logto.app", "")), `audience "" is empty`},
		{resultOf(providers.FusionAuth("", "https://fa.example.com", "app")), `FusionAuth: issuer "" is empty|"acme.com"`},
		{resultOf(providers.FusionAuth("acme.com", "fa.example.com", "app")), `serverURL|scheme is missing`},
		{resultOf(providers.FusionAuth("acme.com", "https://fa.example.com", "")), `applicationID "" is empty`},
		{resultOf(providers.WorkOS("")), `WorkOS: clientID "" is empty`},
		{resultOf(providers.Stytch("16d9ba61")), `Stytch: projectID|project-test- or project-live-`},
		{resultOf(providers.StytchB2B("")), `StytchB2B: projectID "" is empty`},
		{resultOf(providers.Descope("https://api.descope.com/P2")), `Descope: projectID|address`},
		{resultOf(providers.Authentik("https://auth.example.com/application/o/shop", "c")), `Authentik: issuer|must end in a slash`},
		{resultOf(providers.Authentik("https://auth.example.com/application/o/shop/", "")), `clientID "" is empty`},
		{resultOf(providers.CloudflareAccess("shop.cloudflareaccess.com", tag)), `CloudflareAccess: team|letters, digits`},
		{resultOf(providers.CloudflareAccess("your-team", tag)), `team|placeholder`},
		{resultOf(providers.CloudflareAccess("shop", "https://shop.example.com")), `audience|AUD tag`},
		{resultOf(providers.GitHubActions("", "api")), `GitHubActions: repository "" is empty`},
		{resultOf(providers.GitHubActions("https://github.com/o/r", "api")), `repository|owner and name`},
		{resultOf(providers.GitHubActions("o/", "api")), `repository|owner and name`},
		{resultOf(providers.GitHubActions("o/*", "api")), `repository|owner and name`},
		{resultOf(providers.GitHubActions("o/r", "")), `audience "" is empty`},
		{resultOf(providers.Kubernetes("kubernetes/serviceaccount", "api")), `Kubernetes: issuer|not an absolute URL`},
		{resultOf(providers.Kubernetes("https://kubernetes.default.svc", "")), `audience "" is empty`},
	} {
		if tt.got.err == nil {
			t.Errorf("got no error, want one with %q", tt.parts)
			continue
		}
		message := tt.got.err.Error()
		if !strings.HasPrefix(message, "providers: ") || tt.got.issuer.URL != "" {
			t.Errorf("got issuer %q and error %q, want no issuer and an error of this package", tt.got.issuer.URL, message)
		}
		for part := range strings.SplitSeq(tt.parts, "|") {
			if !strings.Contains(message, part) {
				t.Errorf("got %q, want it to contain %q", message, part)
			}
		}
	}
}

// TestParametersThatAreRight: what looks odd and is right is accepted.
func TestParametersThatAreRight(t *testing.T) {
	for name, got := range map[string]result{
		"a custom domain":            resultOf(providers.Auth0("login.example.com", "api://default")),
		"an audience called yours":   resultOf(providers.Auth0("tenant.eu.auth0.com", "your-api")),
		"an old Keycloak":            resultOf(providers.Keycloak("https://kc.example.com/auth/realms/shop", "api")),
		"Keycloak on this machine":   resultOf(providers.Keycloak("http://localhost:8080/realms/shop", "api")),
		"Supabase on this machine":   resultOf(providers.Supabase("http://127.0.0.1:54321")),
		"plain http that is allowed": resultOf(providers.Keycloak("http://keycloak:8080/realms/shop", "api", jwks.Options{AllowHTTP: true})),
		"GovCloud":                   resultOf(providers.Cognito("us-gov-west-1_AbCdEfGhI", "client")),
		"an old Firebase project":    resultOf(providers.Firebase("example.com:shop")),
		"a live project":             resultOf(providers.Stytch("project-live-16d9ba61-97a1-4ba4-9720-b03761dc50c6")),
		"an issuer with a slash":     resultOf(providers.Ory("https://hydra.example.com/", "api")),
	} {
		if got.err != nil {
			t.Errorf("%s: %v", name, got.err)
			continue
		}
		if _, err := core.New(core.Config{Issuers: []core.Issuer{got.issuer}, Observer: core.Silent}); err != nil {
			t.Errorf("%s: core.New: %v", name, err)
		}
	}
}
