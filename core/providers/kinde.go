package providers

import (
	"encoding/json"
	"slices"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// Kinde returns the issuer of a Kinde business, by its domain or custom domain, for
// access tokens of a registered API. Register the API at Kinde and let clients ask
// for it, or the audience in their tokens is empty.
//
//	providers.Kinde("shop.kinde.com", "https://api.example.com")
//
// Roles are the keys of the objects in `roles`, permissions are in `permissions`,
// scopes in `scp`, the organization in `org_code`, the client in `azp`. Tokens of
// machines (client credentials) have no `sub`: their Subject is the client, as RFC
// 9068 section 2.2 has it.
func Kinde(domain, audience string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("Kinde", keys)
	in.host("domain", domain, "shop.kinde.com")
	in.text("audience", audience, "https://api.example.com")
	return in.discovered(core.Issuer{
		URL: "https://" + domain, Audiences: []string{audience},
		AllowMissingSubject: true,
		Claims:              core.ClaimNames{RoleKey: "key", Organization: "org_code"},
		MapClaims: func(t core.Token, d *core.IdentityData) error {
			if d.Subject != "" {
				return nil
			}
			var grants []string
			_ = json.Unmarshal(t.Claim("gty"), &grants) // nothing readable: no grant
			if !slices.Contains(grants, "client_credentials") || d.AuthorizedParty == "" {
				return errNobody
			}
			d.Subject = d.AuthorizedParty
			return nil
		},
	})
}
