package providers

import (
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// Supabase returns the issuer of a Supabase project, by its URL (SUPABASE_URL), which
// may be a custom domain or the local "http://127.0.0.1:54321".
//
//	providers.Supabase("https://abcdefghijklmnopqrst.supabase.co")
//
// It accepts tokens with the audience "authenticated", which are those of signed-in
// users. The role is in `role`, one string; further roles that an access token hook
// adds need Claims.Roles. Anonymous sign-ins are users too: `is_anonymous` tells. The
// identity's session is `session_id`.
//
// The project must sign with an asymmetric key (ES256 or RS256). Projects that still
// have the shared secret (HS256) are not supported, because who can verify such a
// token can also make one: change the signing key in the project's settings.
func Supabase(projectURL string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("Supabase", keys)
	in.address("projectURL", projectURL, "https://abcdefghijklmnopqrst.supabase.co")
	return in.discovered(core.Issuer{
		URL: projectURL + "/auth/v1", Audiences: []string{"authenticated"},
		Claims: core.ClaimNames{Roles: "role"},
		MapClaims: func(t core.Token, d *core.IdentityData) error {
			d.SessionID = text(t, "session_id")
			return nil
		},
	})
}
