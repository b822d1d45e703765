package providers

import (
	"fmt"
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// GitHubActions returns the issuer of the ID tokens that workflows of GitHub Actions
// get for themselves, for one repository, or for all repositories of an owner.
//
//	providers.GitHubActions("octo-org/shop", "https://api.example.com")
//	providers.GitHubActions("octo-org", "https://api.example.com")
//
// Every workflow at GitHub, anybody's, can get a token with any audience, so the
// repository is what is checked: `repository` or `repository_owner`, and where a
// token has neither, the beginning of `sub`. It does not check the branch, the
// environment or the event: a workflow on any branch of the repository passes. Compare
// `ref`, `environment` or the Subject ("repo:octo-org/shop:ref:refs/heads/main"). A
// name can be taken over when its owner gives it up; `repository_id` never changes.
// There are no roles. For GitHub Enterprise Server change URL to
// "https://HOST/_services/token".
func GitHubActions(repository, audience string, keys ...jwks.Options) (core.Issuer, error) {
	const example = "octo-org/shop"
	in := newInput("GitHubActions", keys)
	owner, name, whole := strings.Cut(repository, "/")
	if in.text("repository", repository, example) &&
		(owner == "" || whole && name == "" || strings.ContainsAny(name, "/:*") || strings.ContainsAny(owner, ":*")) {
		in.fail("repository", repository, "must be owner and name, or the owner alone, such as %q", example)
	}
	in.text("audience", audience, "https://api.example.com")
	claim, prefix := "repository_owner", "repo:"+repository+"/"
	if whole {
		claim, prefix = "repository", "repo:"+repository+":"
	}
	return in.discovered(core.Issuer{
		URL: "https://token.actions.githubusercontent.com", Audiences: []string{audience},
		MapClaims: func(t core.Token, d *core.IdentityData) error {
			if t.Claim(claim) == nil && strings.HasPrefix(d.Subject, prefix) || text(t, claim) == repository {
				return nil
			}
			return fmt.Errorf("providers: the workflow is not one of %q", repository)
		},
	})
}
