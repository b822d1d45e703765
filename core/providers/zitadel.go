package providers

import (
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// Zitadel returns the issuer of a ZITADEL instance, for access tokens whose audience
// is a project. The application must be set to send JWTs as access tokens, and ask
// for the scope "urn:zitadel:iam:org:project:id:<project>:aud" when it belongs to
// another project.
//
//	providers.Zitadel("https://shop-1234.zitadel.cloud", "201926742074524083")
//
// Roles are those of this project, from the names in
// `urn:zitadel:iam:org:project:<project>:roles`. The claim without an ID in its name
// has the roles of the project that the client belongs to, which may be another one;
// for an instance whose clients all belong to the API's project it can be set:
//
//	issuer.Claims.Roles = "urn:zitadel:iam:org:project:roles"
//
// The client is in `client_id`. ZITADEL puts the project into the audience of ID
// tokens as well, so ID tokens are accepted too: ask for a role, or set
// AuthorizedParties (ID tokens have `azp`).
func Zitadel(issuer, projectID string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("Zitadel", keys)
	in.address("issuer", issuer, "https://shop-1234.zitadel.cloud")
	if in.text("projectID", projectID, "201926742074524083") && strings.Trim(projectID, "0123456789") != "" {
		in.fail("projectID", projectID, "must be the project's number, such as %q", "201926742074524083")
	}
	return in.discovered(core.Issuer{
		URL: issuer, Audiences: []string{projectID},
		Claims: core.ClaimNames{Roles: "urn:zitadel:iam:org:project:" + projectID + ":roles", RoleNames: true},
	})
}
