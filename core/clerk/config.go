package clerk

import (
	"log/slog"
	"net/http"
	"slices"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

const defaultAPIURL = "https://api.clerk.com"

// Config says which Clerk instance to trust. PublishableKey alone is enough to
// start. The zero value of every other field is the strict choice; what loosens
// has Allow in its name.
type Config struct {
	// PublishableKey is the instance's pk_test_ or pk_live_ key. The issuer comes
	// from it, and so does the address of the keys.
	PublishableKey string
	// SecretKey is the sk_test_ or sk_live_ key. Verifying sessions needs it only
	// where there is neither JWTKey nor PublishableKey: then the Backend API is
	// asked for the keys with it.
	SecretKey string
	// JWTKey is the instance's public key as PEM. With it no key is ever fetched:
	// a rotation needs a restart. Line breaks that an environment file damaged are
	// put right, see [jwks.PEM].
	JWTKey string

	// ProxyURL is where the Frontend API is when it is behind a proxy. It is then
	// the issuer, in place of the host in PublishableKey, and keys come through it.
	ProxyURL string
	// APIURL is where the Backend API is; default https://api.clerk.com. It gets
	// the secret key.
	APIURL string

	// AuthorizedParties are the origins of your front ends, as browsers send them,
	// without trailing slash: a token that was given to another one is refused
	// (`azp`). Empty: not checked.
	AuthorizedParties []string
	// AllowMissingAuthorizedParty accepts, with AuthorizedParties, tokens without
	// `azp`. Clerk leaves it out where the request for the token had no Origin: in
	// page loads, from native apps and from the Backend API.
	AllowMissingAuthorizedParty bool
	// Audiences: one of these must be in `aud`. Empty: not checked, as session
	// tokens have none unless you customize them.
	Audiences []string

	// AllowPending accepts sessions whose user still has to do something, such as
	// choose an organization. [Session].Pending tells them apart.
	AllowPending bool
	// AllowCookie reads the session cookie as well, after the Authorization header
	// and under core's rule against other sites' requests. It demands
	// AuthorizedParties and PublishableKey.
	AllowCookie bool

	// Accept names the sorts of tokens that are accepted. Default: sessions alone.
	// API keys, and M2M and OAuth tokens that are not JWTs, are verified with the
	// Backend API, which takes SecretKey and which Clerk bills; the answer is
	// remembered for half a minute. Rather than everything everywhere, make a second
	// Authenticator for the routes of machines, with the same Keys.
	Accept []TokenType
	// MachineID is the id of this service among your machines, mch_…: an M2M token
	// must name it among its scopes. AllowAnyMachine accepts those for other
	// services of yours as well.
	MachineID       string
	AllowAnyMachine bool
	// MachineSecretKey is this machine's key, ak_…, with which opaque M2M tokens are
	// verified instead of SecretKey.
	MachineSecretKey string
	// OAuthClients are the OAuth applications, by client_id, whose tokens are
	// accepted. Empty: not checked.
	OAuthClients []string

	// Keys is where the instance's keys come from, see [Keys]. Default: JWTKey, else
	// the Frontend API, else the Backend API.
	Keys *jwks.Source

	// Claims is where custom session claims hold rights of your own, such as
	// {Roles: "metadata.role"}. The organization's role and permissions are added
	// to them. The organization itself is Clerk's: Claims.Organization is not used.
	Claims core.ClaimNames

	// Directory finds roles and permissions in the users' public metadata where a
	// token does not have them, and users for [CurrentUser]. nil: what the token
	// says is all.
	Directory *Directory
	// MetadataClaim is the session claim that holds the user's public metadata, if
	// you customized the token so that it has one; its role, roles and permissions
	// are granted, and no call is made for them. Default: with Directory
	// "metadata", without none. It must hold {{user.public_metadata}}: never let it
	// be the unsafe_metadata, which users write.
	MetadataClaim string

	// BackendClient makes the calls that verify machine tokens; default one of its
	// own. Logger is told once, at level Error, when Clerk refuses the secret key;
	// default slog.Default().
	BackendClient *http.Client
	Logger        *slog.Logger

	// JWKS tunes the fetching of keys: intervals, HTTP client.
	JWKS jwks.Options

	// Core is everything else. Issuers named there stand beside Clerk. Extractors
	// is where tokens are looked for, before the cookie of AllowCookie.
	Core core.Config
}

// New returns an Authenticator for the sessions of one Clerk instance, or what
// else cfg.Accept names, and whatever cfg.Core names beside it, or an error that
// names the wrong field and what to do about it. It needs no network.
func New(cfg Config) (*core.Authenticator, error) {
	in, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	c := cfg.Core
	if !slices.Equal(in.Accept, []TokenType{APIKey}) { // there is no JWT of those
		is, err := in.issuer()
		if err != nil {
			return nil, err
		}
		c.Issuers = append(slices.Clone(c.Issuers), is) // last, so that core's errors count as the caller does
	}
	verifier, err := in.opaque()
	if err != nil {
		return nil, err
	}
	if verifier != nil {
		c.TokenVerifiers = append(slices.Clone(c.TokenVerifiers), verifier)
	}
	if cfg.AllowCookie {
		if len(c.Extractors) == 0 {
			c.Extractors = []core.Extractor{core.FromBearer()}
		}
		c.Extractors = append(slices.Clone(c.Extractors), in.cookie())
	}
	return core.New(c)
}

// Issuer returns the Clerk instance as one issuer among others, for [core.New]:
// where its Rights or Claims are to be changed, say. cfg.Core counts only for its
// clock. AllowCookie and tokens that are not JWTs are the business of the
// Authenticator: use [New] for them.
func Issuer(cfg Config) (core.Issuer, error) {
	in, err := cfg.complete()
	if err != nil {
		return core.Issuer{}, err
	}
	return in.issuer()
}
