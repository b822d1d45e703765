package providers_test

import (
	"net/url"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
	"github.com/authkeel/authkeel/core/providers"
)

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// claimsOf changes the claims of a case; nil removes one.
type claimsOf map[string]any

// variants are tokens that differ a little from those of the file, and that a
// function must reject or read in a way of its own.
var variants = []struct {
	name, base string
	claims     claimsOf
	header     string
	issuer     function
	change     func(*core.Issuer)
	keysAt     string // where the key set is, too; "discovery": metadata is at the issuer
	want       func(*want)
}{
	{name: "Cognito: an ID token for the right client", base: "cognito-access",
		claims: claimsOf{"token_use": "id"}, want: refuse("not_accepted")},
	{name: "Cognito: no token_use", base: "cognito-access", claims: claimsOf{"token_use": nil}, want: refuse("not_accepted")},
	{name: "Cognito: another client", base: "cognito-access", claims: claimsOf{"client_id": "yyy"}, want: refuse("party")},
	{name: "CognitoID: an ID token", base: "cognito-id-where-access", issuer: cognitoID, want: accept("a", "")},
	{name: "CognitoID: an access token", base: "cognito-access", issuer: cognitoID, want: refuse("audience")},
	{name: "CognitoID: an access token with the client as its audience", base: "cognito-access",
		claims: claimsOf{"aud": "xxx"}, issuer: cognitoID, want: refuse("not_accepted")},

	{name: "Keycloak: an ID token", base: "keycloak-no-audience", claims: claimsOf{"typ": "ID", "aud": "web"}, want: refuse("not_accepted")},
	{name: "Keycloak: a refresh token", base: "keycloak-realm-roles", claims: claimsOf{"typ": "Refresh"}, want: refuse("not_accepted")},
	{name: "Keycloak: typ is no string", base: "keycloak-realm-roles", claims: claimsOf{"typ": 7}, want: refuse("not_accepted")},
	{name: "Keycloak: roles of a client", base: "keycloak-two-clients-in-case",
		change: func(is *core.Issuer) { is.Claims = providers.KeycloakClientRoles("portal") },
		want:   roles("b")},
	{name: "Keycloak: roles of a client with a dot in its name", base: "keycloak-two-clients-in-case",
		claims: claimsOf{"resource_access": map[string]any{"shop.api": map[string]any{"roles": []string{"a"}}}},
		change: func(is *core.Issuer) { is.Claims = providers.KeycloakClientRoles("shop.api") },
		want:   roles("a")},

	{name: "Entra: one tenant", base: "entra-tenant-bound", issuer: entraOne("11111111-2222-3333-4444-555555555555"), keysAt: "discovery", want: organization("11111111-2222-3333-4444-555555555555")},
	{name: "Entra: another tenant", base: "entra-tenant-bound", issuer: entraOne(testTenant), want: refuse("issuer")},
	{name: "EntraTenants: one of them", base: "entra-tenant-bound", issuer: entraTenants(testTenant, "11111111-2222-3333-4444-555555555555"), want: organization("11111111-2222-3333-4444-555555555555")},
	{name: "EntraTenants: none of them", base: "entra-tenant-bound", issuer: entraTenants(testTenant), want: refuse("not_accepted")},
	{name: "EntraV1Tenants: one of them", base: "entra-v1", issuer: entraV1Tenants(testTenant), want: party("app-1")},
	{name: "EntraV1Tenants: none of them", base: "entra-v1", issuer: entraV1Tenants("11111111-2222-3333-4444-555555555555"), want: refuse("not_accepted")},

	{name: "AzureB2C: another policy", base: "b2c-no-metadata", claims: claimsOf{"tfp": "B2C_1_reset"}, want: refuse("not_accepted")},
	{name: "AzureB2C: no policy", base: "b2c-no-metadata", claims: claimsOf{"tfp": nil}, want: refuse("not_accepted")},
	{name: "AzureB2C: the policy is in acr, in small letters", base: "b2c-no-metadata",
		claims: claimsOf{"tfp": nil, "acr": "b2c_1_susi"}, want: accept("s", "c", scopes("read"))},

	{name: "Okta: an ID token", base: "okta-cid", claims: claimsOf{"aud": "0oabc", "cid": nil}, want: refuse("audience")},
	{name: "Logto: an ID token", base: "logto-es384", header: `{"alg":"ES384","typ":"JWT","kid":"k1"}`, want: refuse("type")},
	{name: "Logto: an organization", base: "logto-es384", claims: claimsOf{"organization_id": "org"}, want: organization("org")},
	{name: "Supabase: the session", base: "supabase-role", claims: claimsOf{"session_id": "s"}, want: func(w *want) { w.session = "s" }},
	{name: "Zitadel: roles of another project grant nothing", base: "zitadel-roles-project",
		claims: claimsOf{"urn:zitadel:iam:org:project:2023:roles": nil, "urn:zitadel:iam:org:project:7:roles": map[string]any{"admin": map[string]any{}}},
		want:   roles()},
	{name: "Ory: roles of the session", base: "hydra-kid-empty", claims: claimsOf{"ext": map[string]any{"roles": []string{"admin"}}}, want: roles("admin")},
	{name: "OryWithoutAudience: an ID token", base: "hydra-no-audience-any",
		claims: claimsOf{"aud": "my-client", "client_id": nil, "azp": "my-client"}, want: refuse("party")},

	{name: "Kinde: the organization", base: "kinde-roles-objects", want: organization("org_1")},
	{name: "Kinde: nobody", base: "kinde-m2m", claims: claimsOf{"gty": nil}, want: refuse("not_accepted")},
	{name: "Kinde: a machine without a name", base: "kinde-m2m", claims: claimsOf{"azp": nil}, want: refuse("not_accepted")},
	{name: "FusionAuth: an access token", base: "fusionauth-default", claims: claimsOf{"tty": "at", "applicationId": "app"}, want: accept("u", "app")},
	{name: "FusionAuth: another kind of token", base: "fusionauth-default", claims: claimsOf{"tty": "id"}, want: refuse("not_accepted")},
	{name: "Descope: a refresh token", base: "descope-session", claims: claimsOf{"drn": "DSR"}, want: refuse("not_accepted")},
	{name: "Descope: the current tenant", base: "descope-session", claims: claimsOf{"dct": "T1"}, want: organization("T1")},
	{name: "WorkOS: another client's issuer", base: "workos-session",
		claims: claimsOf{"iss": "https://api.workos.com/user_management/client_2"}, want: refuse("issuer")},

	{name: "StytchB2B: roles and organization", base: "stytch-session", issuer: func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.StytchB2B(c.audience(), keys)
	}, keysAt: "https://test.stytch.com/v1/b2b/sessions/jwks/project-test-1", claims: claimsOf{
		"https://stytch.com/session":      map[string]any{"id": "s", "roles": []string{"stytch_admin"}},
		"https://stytch.com/organization": map[string]any{"organization_id": "organization-test-1", "slug": "shop"},
	}, want: func(w *want) {
		organization("organization-test-1")(w)
		w.Roles, w.session = []string{"stytch_admin"}, "s"
	}},
	{name: "Stytch: no session", base: "stytch-session", claims: claimsOf{"https://stytch.com/session": nil}, want: refuse("not_accepted")},

	{name: "CloudflareAccess: nobody", base: "cloudflare-service", claims: claimsOf{"common_name": nil}, want: refuse("not_accepted")},
	{name: "CloudflareAccess: a token for the team's own pages", base: "cloudflare-user", claims: claimsOf{"type": "org"}, want: refuse("not_accepted")},

	{name: "GitHubActions: the repository's claim", base: "github-actions", claims: claimsOf{"repository": "o/r", "sub": "custom"}, want: func(w *want) { w.Subject = "custom" }},
	{name: "GitHubActions: another repository with a sub like ours", base: "github-actions", claims: claimsOf{"repository": "evil/r"}, want: refuse("not_accepted")},
	{name: "GitHubActions: another repository", base: "github-actions", claims: claimsOf{"sub": "repo:o/r2:ref:refs/heads/main"}, want: refuse("not_accepted")},
	{name: "GitHubActions: the owner", base: "github-actions", issuer: githubOwner, claims: claimsOf{"repository_owner": "o", "repository": "o/x"}, want: func(*want) {}},
	{name: "GitHubActions: the owner in sub alone", base: "github-actions", issuer: githubOwner, want: func(*want) {}},
	{name: "GitHubActions: another owner", base: "github-actions", issuer: githubOwner, claims: claimsOf{"repository_owner": "o2"}, want: refuse("not_accepted")},
	{name: "GitHubActions: another owner in sub alone", base: "github-actions", issuer: githubOwner, claims: claimsOf{"sub": "repo:o2/r:ref:x"}, want: refuse("not_accepted")},

	{name: "Google: a user's ID token", base: "firebase-id", issuer: func(_ *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.Google("1-a.apps.googleusercontent.com", keys)
	}, claims: claimsOf{"iss": "https://accounts.google.com", "aud": "1-a.apps.googleusercontent.com", "azp": "1-b.apps.googleusercontent.com"},
		keysAt: "discovery", want: party("1-b.apps.googleusercontent.com")},
}

func refuse(class string) func(*want) {
	return func(w *want) { *w = want{Outcome: "refuse", Class: []string{class}} }
}

func organization(id string) func(*want) { return func(w *want) { w.Organization = &id } }

func cognitoID(_ *tokenCase, keys jwks.Options) (core.Issuer, error) {
	return providers.CognitoID("eu-west-1_abc", "xxx", keys)
}

func entraOne(tenant string) function {
	return func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.Entra(tenant, c.audience(), keys)
	}
}

func entraTenants(tenants ...string) function {
	return func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.EntraTenants(tenants, c.audience(), keys)
	}
}

func entraV1Tenants(tenants ...string) function {
	return func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.EntraV1Tenants(tenants, c.audience(), keys)
	}
}

func githubOwner(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
	return providers.GitHubActions("o", c.audience(), keys)
}

func TestVariants(t *testing.T) {
	bases := map[string]tokenCase{}
	for _, c := range loadCases(t) {
		bases[c.ID] = c
	}
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			base, ok := bases[v.base]
			if !ok {
				t.Fatalf("there is no case %q", v.base)
			}
			c := base.with(t, v.claims)
			c.About = v.name
			if v.header != "" {
				c.Header = []byte(v.header)
			}
			makeIssuer := v.issuer
			if makeIssuer == nil {
				if makeIssuer = differences[c.ID].issuer; makeIssuer == nil {
					makeIssuer = familyFunctions[c.Family]
				}
			}
			documents := c.documents(t)
			switch v.keysAt {
			case "":
			case "discovery":
				is, err := makeIssuer(&c, jwks.Options{})
				if err != nil {
					t.Fatal(err)
				}
				documents[is.URL+"/.well-known/openid-configuration"] = `{"issuer":"` + is.URL + `","jwks_uri":"` + c.KeySet.At + `"}`
			default:
				documents[v.keysAt] = documents[c.KeySet.At]
			}
			is, err := makeIssuer(&c, jwks.Options{HTTPClient: serve(t, documents)})
			if err != nil {
				t.Fatal(err)
			}
			if v.change != nil {
				v.change(&is)
			}
			v.want(&c.Want)
			c.checkIssuer(t, is, err)
		})
	}
}
