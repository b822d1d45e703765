package clerk

import (
	"log/slog"
	"net/http"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// Config says which Clerk instance to trust. PublishableKey alone is enough to
// start. The zero value of every other field is the strict choice; fields that
// loosen a check have Allow in their name.
type Config struct {
	// PublishableKey is the instance's pk_test_ or pk_live_ key. The issuer comes
	// from it, and so does the address of the keys.
	PublishableKey string
	// SecretKey is the sk_test_ or sk_live_ key. Verifying sessions needs it only
	// where there is neither JWTKey nor PublishableKey: the keys then come from the
	// Backend API.
	SecretKey string
	// JWTKey is the instance's public key as PEM. With it no key is ever fetched:
	// a rotation needs a restart. Line breaks that an environment file damaged are
	// repaired, see [jwks.PEM].
	JWTKey string

	// ProxyURL is where the Frontend API is when it is behind a proxy. It is then
	// the issuer, instead of the host in PublishableKey, and keys come through it.
	ProxyURL string
	// APIURL is where the Backend API is; default https://api.clerk.com. It
	// receives the secret key.
	APIURL string

	// AuthorizedParties are the origins of your front ends, as browsers send them,
	// without a slash at the end. A session token that was made for another origin
	// (`azp`) is refused. Empty: not checked.
	AuthorizedParties []string
	// AllowMissingAuthorizedParty accepts, with AuthorizedParties, tokens without
	// `azp`. Clerk leaves it out where the request for the token had no Origin
	// header: in page loads, from native apps and from the Backend API.
	AllowMissingAuthorizedParty bool
	// Audiences: one of these must be in the `aud` of a session token. Empty: not
	// checked, because session tokens have none unless you customize them.
	Audiences []string

	// AllowPending accepts sessions whose user still has a task to finish, such as
	// choosing an organization. See [Session].Pending.
	AllowPending bool
	// AllowCookie reads the session cookie as well, after the Authorization header
	// and under core's rule against requests from other sites. It requires
	// AuthorizedParties and PublishableKey.
	AllowCookie bool

	// Accept names the types of tokens that are accepted. Default: sessions alone.
	// API keys, and opaque M2M and OAuth tokens, are verified with the Backend API,
	// which needs SecretKey and which Clerk bills; the answer is cached for half a
	// minute. Instead of accepting every type on every route, make a second
	// Authenticator for the routes of machines, with the same Keys.
	Accept []TokenType
	// MachineID is the ID of this service among your machines, mch_…: an M2M token
	// must name it in its scopes or in `aud`. AllowAnyMachine accepts tokens for
	// your other services too.
	MachineID       string
	AllowAnyMachine bool
	// MachineSecretKey is this machine's key, ak_…, with which opaque M2M tokens are
	// verified instead of SecretKey.
	MachineSecretKey string
	// OAuthAudiences: one of these must be in the `aud` of an OAuth access token,
	// JWT and opaque ones, or it was made for another service (RFC 8707 section 2,
	// RFC 9068 section 4). Required with OAuthToken in Accept.
	OAuthAudiences []string
	// AllowAnyOAuthAudience accepts OAuth access tokens for every service of the
	// instance, and those without `aud`. A client that gets such a token for another
	// service can use it here.
	AllowAnyOAuthAudience bool
	// OAuthClients are the OAuth applications, by client_id, whose tokens are
	// accepted. Empty: not checked.
	OAuthClients []string

	// Keys is where the instance's keys come from, see [Keys]. Default: JWTKey, else
	// the Frontend API, else the Backend API.
	Keys *jwks.Source

	// Claims names the custom session claims that hold rights of your own, such as
	// {Roles: "metadata.role"}. The organization's role and permissions are added
	// to them. The organization itself comes from Clerk's claims:
	// Claims.Organization is not used.
	Claims core.ClaimNames

	// Directory looks up roles and permissions in the users' public metadata where a
	// token does not have them, and users for [CurrentUser]. nil: only the token
	// counts.
	Directory *Directory
	// MetadataClaim is the session claim that holds the user's public metadata, if
	// you customized the token so that it has one. Its role, roles and permissions
	// are granted, and no call is made for them. Default: "metadata" with Directory,
	// none without. It must hold {{user.public_metadata}}: never use the
	// unsafe_metadata, which users write.
	MetadataClaim string

	// BackendClient makes the calls that verify machine tokens; default one of its
	// own. Logger gets one line at level Error when Clerk refuses the secret key, and
	// one at level Warn when sessions of a live instance are accepted without
	// AuthorizedParties; default slog.Default().
	BackendClient *http.Client
	Logger        *slog.Logger

	// JWKS tunes the fetching of keys: intervals, HTTP client.
	JWKS jwks.Options

	// Core is everything else. Issuers named there are accepted beside Clerk.
	// Extractors there run before the cookie of AllowCookie.
	Core core.Config
}
