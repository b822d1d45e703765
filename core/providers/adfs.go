package providers

import (
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// ADFS returns the issuer of access tokens of an AD FS farm (2016 and later). host is
// the name of the federation service; audience is the identifier of the web API,
// which begins with "microsoft:identityserver:" when clients do not name a resource
// of their own.
//
//	providers.ADFS("adfs.example.com", "microsoft:identityserver:api")
//
// The issuer is "http://adfs.example.com/adfs/services/trust", a name with http that
// nothing is fetched from; keys come over https. ID tokens have another issuer and
// are refused. The client is in `appid`, scopes are in `scp`, roles in `role`, which
// a claim rule has to send. Where the federation service identifier was changed, set
// URL.
//
// Access tokens have no `sub`, so a missing one is accepted and Subject is "":
// never use it as the key of a user. Add a rule that sends `sub`, or read `upn` with
// Decode. AD FS writes `auth_time` as text, which counts as absent, so that
// core.AuthenticatedWithin denies.
func ADFS(host, audience string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("ADFS", keys)
	in.host("host", host, "adfs.example.com")
	in.text("audience", audience, "microsoft:identityserver:api")
	return in.remote(core.Issuer{
		URL: "http://" + host + "/adfs/services/trust", Audiences: []string{audience},
		AllowMissingSubject: true,
		Claims:              core.ClaimNames{AuthorizedParty: "appid", Roles: "role"},
	}, "https://"+host+"/adfs/discovery/keys")
}
