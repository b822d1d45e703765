package adaptertest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// clerkMutant makes Authenticators that lack one rule.
type clerkMutant struct {
	name    string
	foundBy []string
	newAuth func(clerk.Config) (*core.Authenticator, error)
}

// TestClerkSuiteFindsMissingRules runs the suite with a correct adapter and
// Authenticators that lack one rule.
func TestClerkSuiteFindsMissingRules(t *testing.T) {
	instance, other := authtest.NewClerk(t), authtest.NewClerk(t)
	for _, m := range clerkMutants(t, instance, other) {
		t.Run(m.name, func(t *testing.T) {
			s := newClerkSuite(t, instance, other, m.newAuth)
			s.finds(t, serve(adapt(reference), identity)(t, s.app()), m.foundBy)
		})
	}
}

func clerkMutants(t *testing.T, instance, other *devclerk.Instance) []clerkMutant {
	return []clerkMutant{
		{
			name:    "cat is ignored",
			foundBy: []string{"a token of a JWT template with sid", "an unknown cat", "a machine's cat", "an empty cat", "a cat that is no string"},
			newAuth: ignoringError(clerk.ErrNotSession, "cat"),
		},
		{
			name:    "typ may have any case",
			foundBy: []string{"the typ jwt"},
			newAuth: ignoringError(clerk.ErrNotSession, "typ"),
		},
		{
			name:    "typ may be any",
			foundBy: []string{"the typ at+jwt", "an OAuth client's token"},
			newAuth: changedIssuer(func(is *core.Issuer) {
				is.Types, is.MapClaims = []string{"JWT", "at+jwt"}, nil
			}),
		},
		{
			name:    "sid is ignored",
			foundBy: []string{"no sid", "a sid with another prefix", "only a prefix"},
			newAuth: ignoringError(clerk.ErrNotSession, "sid"),
		},
		{
			name:    "machines have sessions",
			foundBy: []string{"the sub of a machine"},
			newAuth: ignoringError(clerk.ErrNotSession, "sub"),
		},
		{
			name:    "an actor may have no subject",
			foundBy: []string{"an act without sub"},
			newAuth: ignoringError(core.ErrClaim, ""),
		},
		{
			name:    "every signed token is a session",
			foundBy: []string{"a token of a JWT template is refused", "a machine's token", "optional authentication"},
			newAuth: ignoringError(clerk.ErrNotSession, ""),
		},
		{
			name:    "pending sessions are accepted",
			foundBy: []string{"a pending session is refused", "with cookies, a pending"},
			newAuth: changed(func(cfg *clerk.Config) { cfg.AllowPending = true }),
		},
		{
			name:    "AllowPending has no effect",
			foundBy: []string{"AllowPending"},
			newAuth: changed(func(cfg *clerk.Config) { cfg.AllowPending = false }),
		},
		{
			name:    "azp is ignored",
			foundBy: []string{"another azp", "an azp with a slash", "no azp", "AllowMissing"},
			newAuth: changedIssuer(func(is *core.Issuer) {
				is.AuthorizedParties, is.MapClaims = nil, nil
			}),
		},
		{
			name:    "azp may be missing",
			foundBy: []string{"no azp", "a session without azp"},
			newAuth: changed(func(cfg *clerk.Config) { cfg.AllowMissingAuthorizedParty = true }),
		},
		{
			name:    "AllowMissingAuthorizedParty has no effect",
			foundBy: []string{"AllowMissingAuthorizedParty"},
			newAuth: changed(func(cfg *clerk.Config) { cfg.AllowMissingAuthorizedParty = false }),
		},
		{
			name:    "client_id replaces azp",
			foundBy: []string{"a client_id in place"},
			newAuth: ignoringError(core.ErrAuthorizedParty, ""),
		},
		{
			name:    "exp is ignored",
			foundBy: []string{"the challenge says that a session has expired"},
			newAuth: changed(func(cfg *clerk.Config) { cfg.Core.Leeway = 5 * time.Minute }),
		},
		{
			name:    "other algorithms are allowed",
			foundBy: []string{"RS512"},
			newAuth: changedIssuer(func(is *core.Issuer) {
				anyAlgorithm := devissuer.With(instance.Issuer().Key("RS256").JWK(), devissuer.Claims{"alg": nil})
				is.Algorithms, is.Keys = []string{"RS256", "RS512"}, static(t, anyAlgorithm)
			}),
		},
		{
			name:    "every instance is trusted",
			foundBy: []string{"another instance's session is"},
			newAuth: changed(func(cfg *clerk.Config) {
				too, err := clerk.Issuer(authtest.ClerkConfig(other))
				if err != nil {
					t.Fatal(err)
				}
				cfg.Core.Issuers = []core.Issuer{too}
			}),
		},
		{
			name:    "another instance's keys are used",
			foundBy: []string{"with our iss", "without cat"},
			newAuth: changedIssuer(func(is *core.Issuer) {
				is.Keys = static(t, other.Issuer().Key("RS256").JWK())
			}),
		},
		{
			name:    "the key ID alone counts",
			foundBy: []string{"with our key ID"},
			newAuth: changedIssuer(func(is *core.Issuer) {
				wrong := devissuer.With(other.Issuer().Key("RS256").JWK(), devissuer.Claims{"kid": instance.InstanceID()})
				is.Keys = static(t, wrong)
			}),
		},
		{
			name:    "the session is not attached",
			foundBy: []string{"of version 2", "of version 1", "Has role", "Has feature", "Has plan", "Has reverification"},
			newAuth: edited(func(d *core.IdentityData) { d.ProviderData = nil }),
		},
		{
			name:    "the organization is ignored",
			foundBy: []string{"of version 2", "of version 1", "RequireOrganization"},
			newAuth: edited(func(d *core.IdentityData) { d.Organization = core.Organization{} }),
		},
		{
			name:    "the role is not among the roles",
			foundBy: []string{"of version 2", "RequireRole grants", "RequireAnyRole"},
			newAuth: edited(func(d *core.IdentityData) { d.Roles = nil }),
		},
		{
			name:    "roles lose their org:",
			foundBy: []string{"of version 1", "RequireRole without org:"},
			newAuth: edited(func(d *core.IdentityData) {
				for _, role := range d.Roles {
					d.Roles = append(d.Roles, strings.TrimPrefix(role, "org:"))
				}
			}),
		},
		{
			name:    "permissions are not reconstructed",
			foundBy: []string{"of version 2", "RequirePermission"},
			newAuth: edited(func(d *core.IdentityData) { d.Permissions = nil }),
		},
		{
			name:    "the actor is ignored",
			foundBy: []string{"of an impersonated user reaches", "NotImpersonated"},
			newAuth: edited(func(d *core.IdentityData) { d.Actor = core.Actor{} }),
		},
		{
			name:    "cookies are always read",
			foundBy: []string{"without AllowCookie"},
			newAuth: changed(func(cfg *clerk.Config) { cfg.AllowCookie = len(cfg.Accept) == 0 }),
		},
		{
			name:    "roles are read from the token alone",
			foundBy: []string{"with roles in public metadata, RequireRole grants", "grant members", "CurrentUser"},
			newAuth: changed(func(cfg *clerk.Config) { cfg.Directory = nil }),
		},
		{
			name:    "metadata in the token is ignored",
			foundBy: []string{"public metadata in the token"},
			newAuth: changed(func(cfg *clerk.Config) { cfg.MetadataClaim = "another" }),
		},
		{
			name:    "in an outage the caller has no rights",
			foundBy: []string{"is unreachable", "is slow", "a wrong secret key", "over its limit is not called"},
			newAuth: changedIssuer(func(is *core.Issuer) {
				if lookup := is.LookupRights; lookup != nil {
					is.LookupRights = func(ctx context.Context, id *core.Identity) (core.Rights, error) {
						rights, _ := lookup(ctx, id)
						return rights, nil
					}
				}
			}),
		},
		{
			name:    "OAuth tokens for any service are accepted",
			foundBy: []string{"an OAuth token for another service", "an OAuth token without an audience", "an OAuth JWT for another service", "an OAuth JWT without an audience"},
			newAuth: changed(func(cfg *clerk.Config) { cfg.OAuthAudiences, cfg.AllowAnyOAuthAudience = nil, true }),
		},
		{
			name:    "every type of token is accepted everywhere",
			foundBy: []string{"an API key is accepted", "an OAuth JWT is accepted", "a session is refused where"},
			newAuth: changed(func(cfg *clerk.Config) {
				if !cfg.AllowCookie {
					cfg.Accept, cfg.MachineID = []clerk.TokenType{clerk.SessionToken, clerk.APIKey, clerk.M2MToken, clerk.OAuthToken}, "mch_api"
					cfg.OAuthAudiences = []string{oauthAudience}
				}
			}),
		},
		{
			name:    "machines are not accepted",
			foundBy: []string{"an API key is accepted", "an M2M JWT is accepted", "an OAuth token is accepted", "a machine has scopes"},
			newAuth: changed(func(cfg *clerk.Config) { cfg.Accept = nil }),
		},
		{
			name:    "tokens for any machine are accepted",
			foundBy: []string{"an M2M token for another machine"},
			newAuth: changed(func(cfg *clerk.Config) { cfg.AllowAnyMachine = true }),
		},
		{
			name:    "cookies are never read",
			foundBy: []string{"the plain session cookie", "the suffixed session cookie", "two plain", "same origin"},
			newAuth: changed(func(cfg *clerk.Config) { cfg.AllowCookie = false }),
		},
		{
			name:    "the plain cookie alone is read",
			foundBy: []string{"the suffixed session", "newer suffixed", "beside the plain one", "two suffixed"},
			newAuth: changedIssuer(func(*core.Issuer) {}),
		},
		{
			name:    "every front end may write",
			foundBy: []string{"the front end on another origin"},
			newAuth: changed(func(cfg *clerk.Config) { cfg.Core.TrustedOrigins = cfg.AuthorizedParties }),
		},
	}
}
