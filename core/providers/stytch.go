package providers

import (
	"encoding/json"
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// The claims below which Stytch puts what is its own.
const (
	stytchSession      = "https://stytch.com/session"
	stytchOrganization = "https://stytch.com/organization"
)

// Stytch returns the issuer of a consumer project of Stytch, for session JWTs. The
// project's ID says whether it is a test or a live project.
//
//	providers.Stytch("project-live-16d9ba61-97a1-4ba4-9720-b03761dc50c6")
//
// Roles are in the session's `roles`, and the identity's session is the session's
// `id`. Session JWTs live for 5 minutes; whether the session was ended since is not
// checked. With a custom domain `iss` is "https://" and the domain: set URL.
func Stytch(projectID string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("Stytch", keys)
	return in.stytch(projectID, "/v1/sessions/jwks/")
}

// StytchB2B is [Stytch] for a B2B project: the organization in which the member is
// signed in is the identity's organization.
//
//	providers.StytchB2B("project-live-16d9ba61-97a1-4ba4-9720-b03761dc50c6")
func StytchB2B(projectID string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("StytchB2B", keys)
	return in.stytch(projectID, "/v1/b2b/sessions/jwks/")
}

func (in *input) stytch(projectID, path string) (core.Issuer, error) {
	const example = "project-live-16d9ba61-97a1-4ba4-9720-b03761dc50c6"
	host := "https://api.stytch.com"
	if in.name("projectID", projectID, example) {
		switch {
		case strings.HasPrefix(projectID, "project-test-"):
			host = "https://test.stytch.com"
		case !strings.HasPrefix(projectID, "project-live-"):
			in.fail("projectID", projectID, "must begin with project-test- or project-live-, such as %q", example)
		}
	}
	return in.remote(core.Issuer{
		URL: "stytch.com/" + projectID, Audiences: []string{projectID},
		Claims: core.ClaimNames{
			RolesPath:        []string{stytchSession, "roles"},
			OrganizationPath: []string{stytchOrganization, "organization_id"},
		},
		MapClaims: func(t core.Token, d *core.IdentityData) error {
			var session struct {
				ID string `json:"id"`
			}
			if json.Unmarshal(t.Claim(stytchSession), &session) != nil || session.ID == "" {
				return errTokenKind
			}
			d.SessionID = session.ID
			return nil
		},
	}, host+path+projectID)
}
