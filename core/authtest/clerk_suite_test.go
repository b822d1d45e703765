package authtest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/jwks"
)

func TestRunClerk(t *testing.T) { RunClerk(t, serve(adapt(correct), identity)) }

func TestEveryClerkCaseCanFail(t *testing.T) {
	instance, other := NewClerk(t), NewClerk(t)
	everyCaseCanFail(t, func() *suite { return newClerkSuite(t, instance, other, clerk.New).suite })
}

// changedIssuer is an Authenticator for which something else is made of the instance.
func changedIssuer(change func(*core.Issuer)) func(clerk.Config) (*core.Authenticator, error) {
	return func(cfg clerk.Config) (*core.Authenticator, error) {
		is, err := clerk.Issuer(cfg)
		if err != nil {
			return nil, err
		}
		change(&is)
		if cfg.AllowCookie {
			cfg.Core.Extractors = []core.Extractor{core.FromBearer(), core.FromCookie("__session")}
		}
		cfg.Core.Issuers = []core.Issuer{is}
		return core.New(cfg.Core)
	}
}

// changed is an Authenticator for another configuration.
func changed(change func(*clerk.Config)) func(clerk.Config) (*core.Authenticator, error) {
	return func(cfg clerk.Config) (*core.Authenticator, error) {
		change(&cfg)
		return clerk.New(cfg)
	}
}

// forgiving is an Authenticator that accepts what is refused for this reason.
func forgiving(reason error, end string) func(clerk.Config) (*core.Authenticator, error) {
	return changedMap(func(err error) error {
		if errors.Is(err, reason) && strings.HasSuffix(err.Error(), end) {
			return nil
		}
		return err
	})
}

func changedMap(change func(error) error) func(clerk.Config) (*core.Authenticator, error) {
	return changedIssuer(func(is *core.Issuer) {
		read := is.MapClaims
		is.MapClaims = func(t core.Token, d *core.IdentityData) error { return change(read(t, d)) }
	})
}

// edited is an Authenticator that writes something else down of a session.
func edited(change func(*core.IdentityData)) func(clerk.Config) (*core.Authenticator, error) {
	return changedIssuer(func(is *core.Issuer) {
		read := is.MapClaims
		is.MapClaims = func(t core.Token, d *core.IdentityData) error {
			err := read(t, d)
			change(d)
			return err
		}
	})
}

// TestClerkSuiteFindsRulesThatAreMissing tries the suite with a correct adapter
// and Authenticators that each do one thing wrong.
func TestClerkSuiteFindsRulesThatAreMissing(t *testing.T) {
	instance, other := NewClerk(t), NewClerk(t)
	for _, tt := range []struct {
		mistake string
		found   []string
		make    func(clerk.Config) (*core.Authenticator, error)
	}{
		{"cat is not read", []string{"a token of a JWT template that says sid", "an unknown cat", "a machine's cat", "an empty cat", "no string"}, forgiving(clerk.ErrNotSession, "cat")},
		{"typ may have any case", []string{"the typ jwt"}, forgiving(clerk.ErrNotSession, "typ")},
		{"typ may be any", []string{"the typ at+jwt", "an OAuth client's token"}, changedIssuer(func(is *core.Issuer) {
			is.Types, is.MapClaims = []string{"JWT", "at+jwt"}, nil
		})},
		{"sid is not read", []string{"no sid", "a sid of something else", "a prefix alone"}, forgiving(clerk.ErrNotSession, "sid")},
		{"machines have sessions", []string{"the sub of a machine"}, forgiving(clerk.ErrNotSession, "sub")},
		{"an actor may be nobody", []string{"an act that names nobody"}, forgiving(core.ErrClaim, "")},
		{"everything that is signed is a session", []string{"a token of a JWT template is refused", "a machine's token", "optional"}, forgiving(clerk.ErrNotSession, "")},
		{"pending sessions are accepted", []string{"a pending session is refused", "with cookies, a pending"}, changed(func(cfg *clerk.Config) { cfg.AllowPending = true })},
		{"AllowPending is of no effect", []string{"AllowPending"}, changed(func(cfg *clerk.Config) { cfg.AllowPending = false })},
		{"azp is not read", []string{"another azp", "an azp with a slash", "no azp", "AllowMissing"}, changedIssuer(func(is *core.Issuer) {
			is.AuthorizedParties, is.MapClaims = nil, nil
		})},
		{"azp may be missing", []string{"no azp", "given to nobody"}, changed(func(cfg *clerk.Config) { cfg.AllowMissingAuthorizedParty = true })},
		{"AllowMissingAuthorizedParty is of no effect", []string{"AllowMissingAuthorizedParty"}, changed(func(cfg *clerk.Config) { cfg.AllowMissingAuthorizedParty = false })},
		{"client_id does for azp", []string{"a client_id in place"}, forgiving(core.ErrAuthorizedParty, "")},
		{"expiry is not read", []string{"an expired session is refused with"}, changed(func(cfg *clerk.Config) { cfg.Core.Leeway = 5 * time.Minute })},
		{"other algorithms are allowed", []string{"RS512"}, changedIssuer(func(is *core.Issuer) {
			anyAlgorithm := devissuer.With(instance.Issuer().Key("RS256").JWK(), devissuer.Claims{"alg": nil})
			is.Algorithms, is.Keys = []string{"RS256", "RS512"}, static(t, anyAlgorithm)
		})},
		{"every instance is trusted", []string{"another instance's session is"}, changed(func(cfg *clerk.Config) {
			too, err := clerk.Issuer(ClerkConfig(other))
			if err != nil {
				t.Fatal(err)
			}
			cfg.Core.Issuers = []core.Issuer{too}
		})},
		{"another instance's keys are taken", []string{"with our iss", "without cat"}, changedIssuer(func(is *core.Issuer) {
			is.Keys = static(t, other.Issuer().Key("RS256").JWK())
		})},
		{"the key id alone counts", []string{"with our key id"}, changedIssuer(func(is *core.Issuer) {
			wrong := devissuer.With(other.Issuer().Key("RS256").JWK(), devissuer.Claims{"kid": instance.InstanceID()})
			is.Keys = static(t, wrong)
		})},
		{"the session is not attached", []string{"of version 2", "of version 1", "Has role", "Has feature", "Has plan", "Has reverification"}, edited(func(d *core.IdentityData) { d.ProviderData = nil })},
		{"the organization is not read", []string{"of version 2", "of version 1", "RequireOrganization"}, edited(func(d *core.IdentityData) { d.Organization = core.Organization{} })},
		{"the role is not among the roles", []string{"of version 2", "RequireRole grants", "RequireAnyRole"}, edited(func(d *core.IdentityData) { d.Roles = nil })},
		{"roles lose their org:", []string{"of version 1", "RequireRole of your own"}, edited(func(d *core.IdentityData) {
			for _, role := range d.Roles {
				d.Roles = append(d.Roles, strings.TrimPrefix(role, "org:"))
			}
		})},
		{"permissions are not reconstructed", []string{"of version 2", "RequirePermission"}, edited(func(d *core.IdentityData) { d.Permissions = nil })},
		{"the actor is dropped", []string{"of an impersonated user reaches", "NotImpersonated"}, edited(func(d *core.IdentityData) { d.Actor = core.Actor{} })},
		{"cookies are read unasked", []string{"without AllowCookie"}, changed(func(cfg *clerk.Config) { cfg.AllowCookie = len(cfg.Accept) == 0 })},
		{"roles are read from the token alone", []string{"by public metadata, RequireRole grants", "knows memberships", "CurrentUser"}, changed(func(cfg *clerk.Config) { cfg.Directory = nil })},
		{"metadata in the token is not read", []string{"public metadata in the token"}, changed(func(cfg *clerk.Config) { cfg.MetadataClaim = "another" })},
		{"an outage is nobody's rights", []string{"that is down", "that is slow", "a wrong secret key", "over its limit is not asked"}, changedIssuer(func(is *core.Issuer) {
			if ask := is.LookupRights; ask != nil {
				is.LookupRights = func(ctx context.Context, id *core.Identity) (core.Rights, error) {
					rights, _ := ask(ctx, id)
					return rights, nil
				}
			}
		})},
		{"every sort of token is accepted everywhere", []string{"an API key goes", "an OAuth JWT goes", "a session goes"}, changed(func(cfg *clerk.Config) {
			if !cfg.AllowCookie {
				cfg.Accept, cfg.MachineID = []clerk.TokenType{clerk.SessionToken, clerk.APIKey, clerk.M2MToken, clerk.OAuthToken}, "mch_api"
			}
		})},
		{"machines are not accepted", []string{"an API key goes", "an M2M JWT goes", "an OAuth token goes", "a machine has scopes"}, changed(func(cfg *clerk.Config) { cfg.Accept = nil })},
		{"tokens for any machine are accepted", []string{"an M2M token for another machine"}, changed(func(cfg *clerk.Config) { cfg.AllowAnyMachine = true })},
		{"cookies are never read", []string{"the plain session cookie", "the suffixed session cookie", "two plain", "same origin"}, changed(func(cfg *clerk.Config) { cfg.AllowCookie = false })},
		{"the plain cookie alone is read", []string{"the suffixed session", "newer suffixed", "beside the plain one", "two suffixed"}, changedIssuer(func(*core.Issuer) {})},
		{"every front end may write", []string{"the front end on another origin"}, changed(func(cfg *clerk.Config) { cfg.Core.TrustedOrigins = cfg.AuthorizedParties })},
	} {
		t.Run(tt.mistake, func(t *testing.T) {
			s := newClerkSuite(t, instance, other, tt.make)
			s.finds(t, serve(adapt(correct), identity)(t, s.app()), tt.found)
		})
	}
}

func static(t *testing.T, jwk devissuer.Claims) *jwks.Source {
	t.Helper()
	set, err := json.Marshal(devissuer.Claims{"keys": []any{jwk}})
	if err != nil {
		t.Fatal(err)
	}
	source, err := jwks.Static(set)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// TestClerkSuiteFindsMistakesOfAdapters tries it with the adapters' mistakes
// that concern sessions.
func TestClerkSuiteFindsMistakesOfAdapters(t *testing.T) {
	found := map[string][]string{
		"another header is read":                           {"of version 2 reaches"},
		"every method counts as GET":                       {"POST from another site is refused", "the same site"},
		"the host is what the origin says":                 {"in an old browser"},
		"the handler runs after a refusal":                 {"a machine's token", "runs once"},
		"the context does not carry the identity":          {"of version 1 reaches", "Has role"},
		"a denial's hint is left out":                      {"Has reverification strict", "ReverificationHint"},
		"the challenge is left out":                        {"a machine's token", "an expired"},
		"every refusal is 401":                             {"Has plan", "POST from another site is refused", "two plain"},
		"the body is the adapter's own":                    {"a machine's token", "Has feature"},
		"the body has the token in it":                     {"a token of a JWT template"},
		"the headers of an accepted request are dropped":   {"the suffixed session cookie"},
		"OptionalAuth lets bad tokens through as nobody":   {"optional authentication"},
		"RequireAuth is OptionalAuth":                      {"without AllowCookie"},
		"RequirePermission asks for a scope":               {"RequirePermission"},
		"RequireOrganization asks for a role":              {"RequireOrganization"},
		"Require asks nobody":                              {"Has role", "Has permission", "Has feature", "Has plan", "Has reverification", "NotImpersonated", "Has nothing"},
		"a cookie hides the Authorization header":          {"the Authorization header counts"},
		"requests share the identity of whoever came last": {"Has role with org:"},
	}
	cookieFirst := broken{
		mistake: "a cookie hides the Authorization header",
		run: lending(func(r adapter.Request) adapter.Request {
			return view{Request: r, header: func(name string, i int) (string, bool) {
				if _, ok := r.Header("Cookie", 0); ok && name == "Authorization" {
					return "", false
				}
				return r.Header(name, i)
			}}
		}),
	}
	instance, other := NewClerk(t), NewClerk(t)
	tried := 0
	for _, b := range slices.Concat(mistakesInRequests, mistakesInAnswers, mistakesInWiring, []broken{cookieFirst}) {
		parts, ok := found[b.mistake]
		if !ok {
			continue
		}
		tried++
		t.Run(b.mistake, func(t *testing.T) {
			s := newClerkSuite(t, instance, other, clerk.New)
			s.finds(t, b.start()(t, s.app()), parts)
		})
	}
	if tried != len(found) {
		t.Errorf("%d of %d mistakes are there", tried, len(found))
	}
}
