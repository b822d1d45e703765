package providers

import (
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// Ory returns the issuer of Ory Hydra or an Ory Network project that makes JWTs
// (strategies.access_token: jwt). issuer is spelled as its metadata has it; Hydra
// often has a slash at the end.
//
//	providers.Ory("https://shop.projects.oryapis.com", "https://api.example.com")
//
// Clients must ask for the audience, and be allowed to, or the list in the token is
// empty; for those that do not see [OryWithoutAudience]. Scopes are in `scp`, the
// client is in `client_id`, and roles are read from `ext.roles`, where a token hook or
// the consent application puts them. An ID token has the client's ID as its audience
// and is refused.
func Ory(issuer, audience string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("Ory", keys)
	is := in.ory(issuer)
	in.text("audience", audience, "https://api.example.com")
	is.Audiences = []string{audience}
	return in.discovered(is)
}

// OryWithoutAudience is [Ory] for tokens for which no audience was asked: the token
// must have been issued to clientID instead. Add other clients to AuthorizedParties.
//
//	providers.OryWithoutAudience("https://shop.projects.oryapis.com", "6a8b9e5c-4f6d-4a5f-9d5a-0c1d2e3f4a5b")
//
// Every access token of these clients is accepted, whichever API they got it for.
func OryWithoutAudience(issuer, clientID string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("OryWithoutAudience", keys)
	is := in.ory(issuer)
	in.text("clientID", clientID, "6a8b9e5c-4f6d-4a5f-9d5a-0c1d2e3f4a5b")
	is.AllowAnyAudience, is.AuthorizedParties = true, []string{clientID}
	return in.discovered(is)
}

func (in *input) ory(issuer string) core.Issuer {
	in.url("issuer", issuer, "https://shop.projects.oryapis.com")
	return core.Issuer{
		URL: issuer,
		// `azp` is in ID tokens, whose audience nobody compares here.
		Claims: core.ClaimNames{Roles: "ext.roles", AuthorizedParty: "client_id"},
	}
}
