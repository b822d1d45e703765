package providers_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
	"github.com/authkeel/authkeel/core/providers"
)

// function makes the issuer for a case with a function of this package.
type function func(c *tokenCase, keys jwks.Options) (core.Issuer, error)

const testTenant = "72f988bf-86f1-41af-91ab-2d7cd011db47"

// familyFunctions has the function for each family of cases.
var familyFunctions = map[string]function{
	"auth0": func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.Auth0(hostOf(c.Configure.Issuer), c.audience(), keys)
	},
	"okta": func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.Okta(c.Configure.Issuer, c.audience(), keys)
	},
	"entra": func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.EntraAnyTenant(c.audience(), keys)
	},
	"b2c": func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.AzureB2C("contoso", testTenant, "B2C_1_susi", c.audience(), keys)
	},
	"adfs": func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.ADFS("adfs.contoso.com", c.audience(), keys)
	},
	"cognito": func(_ *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.Cognito("eu-west-1_abc", "xxx", keys)
	},
	"google": func(_ *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.Firebase("proj", keys)
	},
	"supabase": func(_ *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.Supabase("https://ref.supabase.co", keys)
	},
	"zitadel": func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.Zitadel(c.Configure.Issuer, c.audience(), keys)
	},
	"authentik": func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.Authentik(c.Configure.Issuer, c.audience(), keys)
	},
	"hydra": func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		if c.Configure.AnyAudience {
			return providers.OryWithoutAudience(c.Configure.Issuer, c.Want.Party, keys)
		}
		return providers.Ory(c.Configure.Issuer, c.audience(), keys)
	},
	"kinde": func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.Kinde(hostOf(c.Configure.Issuer), c.audience(), keys)
	},
	"logto": func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.Logto("https://t.logto.app", c.audience(), keys)
	},
	"keycloak": func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		if c.Configure.AnyAudience {
			return providers.KeycloakWithoutAudience(c.Configure.Issuer, c.Configure.Parties[0], keys)
		}
		return providers.Keycloak(c.Configure.Issuer, c.audience(), keys)
	},
	"fusionauth": func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.FusionAuth(c.Configure.Issuer, "https://fa.example.com", c.audience(), keys)
	},
	"workos": func(_ *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.WorkOS("client_1", keys)
	},
	"stytch": func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.Stytch(c.audience(), keys)
	},
	"descope": func(_ *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.Descope("P2", keys)
	},
	"cloudflare": func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.CloudflareAccess("team", c.audience(), keys)
	},
	"github": func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.GitHubActions("o/r", c.audience(), keys)
	},
	"kubernetes": func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.Kubernetes(c.Configure.Issuer, c.audience(), keys)
	},
}

// withoutFunction says why a family, or a case of a family that has one, has none.
var withoutFunction = map[string]string{
	"payload": "no provider", "keyset": "no provider", "ed25519": "no provider", "fapi": "no provider",
	"clerk": "core/clerk",
	"alb":   "not possible: the package documentation says why",

	"spring": "core.ForIssuer", "salesforce": "core.ForIssuer", "uaa": "core.ForIssuer", "appid": "core.ForIssuer",
	"nextcloud": "core.ForIssuer", "betterauth": "jwks.Remote", "supertokens": "jwks.Remote",

	"gateway-forwarded-bearer": "about a header", "gateway-own-token-beside": "about a header",
	"gateway-other-scheme": "about a header", "gateway-bearer-empty": "about a header",
	"gateway-authorization-alone": "about a header", "header-bare-cloudflare": "about a header",
}

// difference is what a function does in another way than the configuration that the
// case names.
type difference struct {
	issuer function           // instead of the family's
	change func(*core.Issuer) // as the function's documentation says
	want   func(*want)        // what comes out because the function knows more
	keysAt string             // the key set is there, too
}

var differences = map[string]difference{
	"okta-cid":                {want: roles("Everyone")},
	"okta-cid-not-configured": {want: accept("a@example.com", "0oabc", roles("Everyone"), scopes("openid", "read"))},
	"okta-groups":             {want: party("0oabc")},

	"entra-v1":       {issuer: entraV1, want: party("app-1")},
	"entra-v1-appid": {issuer: entraV1}, "entra-v1-appid-other": {issuer: entraV1},
	"entra-v1-tenant-bound": {
		issuer: func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
			return providers.EntraV1AnyTenant(c.audience(), keys)
		},
		want: party(""), keysAt: "https://login.microsoftonline.com/common/discovery/keys",
	},
	"entra-common-as-issuer": {issuer: func(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.Entra("common", c.audience(), keys)
	}},
	"b2c-no-metadata": {want: accept("s", "c", scopes("read"))},

	"adfs-auth-time-text": {want: party("app")}, "adfs-x5t-one-key": {want: party("app")},

	"cognito-access-default": {want: accept("aaaaaaaa", "xxx", roles("admin"), scopes("aws.cognito.signin.user.admin"))},
	"firebase-app-check": {issuer: func(_ *tokenCase, keys jwks.Options) (core.Issuer, error) {
		return providers.FirebaseAppCheck("1234", keys)
	}},
	"gotrue-empty-aud": {
		change: func(is *core.Issuer) { is.Audiences, is.AllowAnyAudience = nil, true },
		want:   roles("authenticated"),
	},

	"zitadel-roles-names": {change: zitadelOwnProject}, "zitadel-roles-case": {change: zitadelOwnProject},
	"zitadel-roles-empty": {change: zitadelOwnProject},
	"authentik":           {want: roles("admins")},

	"kinde-api":         {want: roles("admin")},
	"kinde-m2m":         {want: func(w *want) { w.Subject = "d4" }},
	"kinde-m2m-default": {want: accept("d4", "d4", scopes("read:users"))},

	"fusionauth-default":         {want: accept("u", "")},
	"cloudflare-service":         {want: func(w *want) { w.Subject, w.Party = "e367.access", "e367.access" }},
	"cloudflare-service-default": {want: accept("e367.access", "e367.access")},
}

func entraV1(c *tokenCase, keys jwks.Options) (core.Issuer, error) {
	return providers.EntraV1(testTenant, c.audience(), keys)
}

func zitadelOwnProject(is *core.Issuer) { is.Claims.Roles = "urn:zitadel:iam:org:project:roles" }

func roles(names ...string) func(*want)  { return func(w *want) { w.Roles = names } }
func scopes(names ...string) func(*want) { return func(w *want) { w.Scopes = names } }
func party(name string) func(*want)      { return func(w *want) { w.Party = name } }

func accept(subject, party string, more ...func(*want)) func(*want) {
	return func(w *want) {
		*w = want{Outcome: "accept", Subject: subject, Party: party}
		for _, set := range more {
			set(w)
		}
	}
}

// TestEveryFamilyHasItsFunction runs the cases of all families with the functions of
// this package. They come out as the cases want, or differences says what is better.
func TestEveryFamilyHasItsFunction(t *testing.T) {
	unused := maps.Clone(differences)
	for _, c := range loadCases(t) {
		makeIssuer, ok := familyFunctions[c.Family]
		if withoutFunction[c.Family] != "" && !ok || withoutFunction[c.ID] != "" {
			continue
		}
		if !ok {
			t.Errorf("case %s: the family %q has no function and no reason for that", c.ID, c.Family)
			continue
		}
		different := differences[c.ID]
		delete(unused, c.ID)
		if different.issuer != nil {
			makeIssuer = different.issuer
		}
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			documents := c.documents(t)
			if different.keysAt != "" {
				documents[different.keysAt] = documents[c.KeySet.At]
			}
			is, err := makeIssuer(&c, jwks.Options{HTTPClient: serve(t, documents)})
			if len(is.AuthorizedParties) == 0 {
				is.AuthorizedParties = c.Configure.Parties
			}
			is.Algorithms = c.Configure.Algorithms
			if different.change != nil {
				different.change(&is)
			}
			if different.want != nil {
				different.want(&c.Want)
			}
			c.checkIssuer(t, is, err)
		})
	}
	if len(unused) > 0 {
		t.Errorf("differences of cases that do not exist: %v", slices.Sorted(maps.Keys(unused)))
	}
}

func (c *tokenCase) checkIssuer(t *testing.T, is core.Issuer, err error) {
	t.Helper()
	var auth *core.Authenticator
	if err == nil {
		auth, err = core.New(core.Config{Issuers: []core.Issuer{is}, Observer: core.Silent})
	}
	c.check(t, auth, err)
}

func (c *tokenCase) audience() string {
	if len(c.Configure.Audiences) == 0 {
		return ""
	}
	return c.Configure.Audiences[0]
}

// with returns the case with other claims; nil removes one.
func (c tokenCase) with(t *testing.T, change map[string]any) tokenCase {
	t.Helper()
	claims := map[string]any{}
	if err := json.Unmarshal(c.Claims, &claims); err != nil {
		t.Fatal(err)
	}
	for name, value := range change {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	raw, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	c.Claims = raw
	return c
}
