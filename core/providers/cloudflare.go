package providers

import (
	"errors"
	"regexp"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// CloudflareAccess returns the issuer of Cloudflare Access, for one application. team
// is the first part of "shop.cloudflareaccess.com"; audience is the application's AUD
// tag, 64 hexadecimal digits.
//
//	providers.CloudflareAccess("shop", "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228")
//
// Cloudflare sends the token in a header of its own:
//
//	Extractors: []core.Extractor{core.FromHeader("Cf-Access-Jwt-Assertion")}
//
// A service token has no subject: its Subject, and its client, is the `common_name`
// of the token, which ends in ".access". There are no roles and no scopes. A token for
// the team's own pages (`type` "org") is refused.
func CloudflareAccess(team, audience string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("CloudflareAccess", keys)
	in.name("team", team, "shop")
	if in.text("audience", audience, exampleTag) && !hexadecimal.MatchString(audience) {
		in.fail("audience", audience, "must be the application's AUD tag in small letters, such as %q", exampleTag)
	}
	url := "https://" + team + ".cloudflareaccess.com"
	isApplication := tokenKind("type", true, "app")
	return in.remote(core.Issuer{
		URL: url, Audiences: []string{audience},
		AllowMissingSubject: true,
		MapClaims: func(t core.Token, d *core.IdentityData) error {
			if err := isApplication(t, d); err != nil {
				return err
			}
			if d.Subject == "" {
				if d.Subject = text(t, "common_name"); d.Subject == "" {
					return errNobody
				}
				d.AuthorizedParty = d.Subject
			}
			return nil
		},
	}, url+"/cdn-cgi/access/certs")
}

const exampleTag = "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228"

var hexadecimal = regexp.MustCompile(`^[0-9a-f]+$`)

// errNobody refuses a token without a subject that is none of a machine either.
var errNobody = errors.New("providers: the token names neither a user nor a machine")
