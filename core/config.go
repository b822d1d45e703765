package core

import (
	"context"
	"net/netip"
	"time"

	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/jwks"
)

// Limits and defaults; the package documentation has them in one table.
const (
	defaultLeeway        = 5 * time.Second
	maxLeeway            = 5 * time.Minute
	defaultMaxTokenBytes = 16 << 10
	defaultCacheSize     = 10_000

	maxCacheBytes       = 32 << 20
	maxCachedTokenBytes = 8 << 10
)

// Config says whom to trust and where to look. The zero value of every optional
// field is the strict choice; what loosens has Allow in its name, or is a list.
type Config struct {
	Issuers        []Issuer        // at least one, or TokenVerifiers
	TokenVerifiers []TokenVerifier // for tokens that are not JWTs; asked in order
	Extractors     []Extractor     // where tokens are looked for, in order; default FromBearer()

	Leeway        time.Duration // clock difference tolerated; 0 is 5s, negative none, at most 5m
	MaxTokenBytes int           // longer tokens are refused unread; default 16 KiB
	CacheSize     int           // verified tokens remembered; 0 is 10 000, negative none

	// FindIssuer is asked for an issuer that is not in Issuers, such as that of a
	// tenant who signed up today. It returns nil and no error for one that is not
	// trusted; any error is an outage (503). It is never asked for the same issuer
	// twice at once; what it returns is checked as Issuers are, and remembered: up
	// to 10,000 issuers for 10 minutes, and the unknown ones, up to 1,024, for 30
	// seconds. Issuers that strangers make up cannot make it ask more than 20 times
	// a second after a burst of 100; beyond that the answer is 503. It has 2 seconds
	// to answer. Let the issuers of one provider share one source in Issuer.Keys.
	// nil: Issuers is the whole list.
	FindIssuer func(ctx context.Context, iss string) (*Issuer, error)

	Revocations  RevocationList // asked for every verified token, cached or not; nil: none
	FailureLimit FailureLimiter // brute-force guard, such as ratelimit.NewFailureLimit; nil: none
	// Observer is told of every refusal and of what happens to keys. nil: the first
	// refusal of each reason is logged to slog.Default, and then one a minute.
	Observer Observer
	// RequestID returns the ID of a request, for events, from the request's context: give
	// it middleware.GetReqID of Chi, or a function that reads a trace ID. nil, or "": the
	// response header X-Request-ID, which the request ID middleware of Gin, Echo and Fiber
	// sets; mount that before RequireAuth. A header of the request alone never counts.
	RequestID func(context.Context) string

	// RewriteRefusal changes refusals for every framework at once. It runs last; what
	// it returns is what the client gets. nil: as they are.
	RewriteRefusal func(context.Context, Refusal) Refusal

	// TrustedProxies are the peers whose forwarding header is believed when the
	// client's address is looked for, and ForwardedHeader names that one header:
	// X-Forwarded-For, Forwarded (RFC 7239), or one with a single address. Set
	// both or none.
	TrustedProxies  []netip.Prefix
	ForwardedHeader string

	// TrustUnixSocket makes the peer of a Unix socket a trusted proxy. Such a peer
	// has no address, so without it all clients of the socket are one for limits
	// and the log. Set it where only your proxy can open the socket.
	TrustUnixSocket bool

	// TrustedOrigins are the sites, beside the request's own, whose requests may
	// carry a token in a cookie, as the Origin header has them:
	// "https://app.example.com". Only the cookie extractor asks.
	TrustedOrigins []string

	// PublicURL is scheme and host as clients see them, "https://api.example.com".
	// Set it behind a proxy that changes the Host header. Default: from the request.
	PublicURL string

	Realm               string // in challenges when set
	ResourceMetadataURL string // RFC 9728, in challenges when set

	Now func() time.Time // default time.Now

	fromEnv bool // it comes from ConfigFromEnv, so mistakes are in variables
}

// Issuer is one party whose tokens are accepted, and what they must say.
type Issuer struct {
	// URL is the exact `iss`, byte for byte. It may hold {tenantid} once, as a whole
	// path segment, for providers with an issuer for each tenant, such as Microsoft
	// Entra ID: then the segment must equal the token's `tid` claim, and Keys must be
	// set, because there is no metadata for all tenants to discover. Every tenant is
	// accepted: use [Config.FindIssuer] to choose.
	URL string

	Audiences        []string // one of these must be in `aud`; empty is an error unless AllowAnyAudience
	AllowAnyAudience bool     // `aud` is not compared: every token of the issuer, whomever it was made for

	AuthorizedParties           []string // allowed clients: `azp`, or as Claims.AuthorizedParty says; empty: not checked
	AllowMissingAuthorizedParty bool     // with AuthorizedParties: a token that names none passes

	AllowMissingSubject bool // a token without `sub`, or with an empty one, passes; its Subject is ""

	// Algorithms are the accepted `alg`. Default: every asymmetric algorithm to which
	// the key itself is bound, by its `alg` or its curve, and RS256 for an RSA key
	// without `alg`. "none" and HMAC are errors. ML-DSA-44 and ML-DSA-65 (RFC 9964) need
	// Go 1.27 and the build tag authkeel_mldsa; their tokens are 4 to 6 KiB long, which
	// Fiber accepts with a larger ReadBufferSize, net/http and Echo by default.
	Algorithms []string

	// Types are the accepted `typ`, in any case, "application/" optional; "" stands
	// for absent. Default: "", "JWT", "at+jwt". Set it to "at+jwt" alone to accept
	// nothing but RFC 9068 access tokens.
	Types []string

	Keys   *jwks.Source // default: jwks.Discover(URL, …)
	Claims ClaimNames   // where rights are

	// MapClaims runs once for each verified token, before its result is cached: it fills
	// in what the provider says in its own way, or refuses with an error. An error
	// that wraps ErrUnavailable is an outage. nil: nothing to add.
	MapClaims func(Token, *IdentityData) error

	// CheckConfirmation accepts tokens that are bound to a key (`cnf`, RFC 7800), such
	// as by DPoP (RFC 9449) or mutual TLS (RFC 8705): it must make sure that the
	// request proves possession of that key. It is asked for every request, cached
	// tokens included; the request is nil for Authenticator.Verify. nil means yes,
	// an error that wraps ErrUnavailable an outage, and any other error no. Without
	// it such tokens are refused.
	CheckConfirmation func(context.Context, adapter.Request, Token) error

	// LookupRights finds rights that are held elsewhere. It is asked at the first role,
	// permission or organization question of a request that the token does not
	// answer; the answer serves the rest of the request. An error is an outage.
	LookupRights func(context.Context, *Identity) (Rights, error)
}

// RevocationList knows tokens, sessions and subjects that were revoked. Package
// revocation has one.
type RevocationList interface {
	// Revoked is asked about every verified token, cached ones too, so it should
	// answer from memory. It identifies a token by issuer and `jti`, `sid` or
	// `sub`, never by its text. Its error is an outage (503).
	Revoked(ctx context.Context, id *Identity) (bool, error)
}

// FailureLimiter slows down a client that sends one bad token after another. Package
// ratelimit has one.
type FailureLimiter interface {
	// Allow is asked before a token that is not in the cache is checked. When it
	// answers false the request gets 429 with the given Retry-After.
	Allow(ctx context.Context, client netip.Addr) (retryAfter time.Duration, ok bool)
	// Failed counts a malformed token, an unknown key, a bad signature, or a token
	// that no TokenVerifier knows. Expired tokens and missing rights are not
	// failures: they happen to everyone.
	Failed(ctx context.Context, client netip.Addr)
}

// ForIssuer is [New] for one OpenID Connect issuer: keys by discovery, at least
// one audience, and the strict choice for everything else. It needs no network.
// [FromEnv] takes both from the environment.
func ForIssuer(url, audience string, more ...string) (*Authenticator, error) {
	a, err := New(Config{Issuers: []Issuer{{URL: url, Audiences: append([]string{audience}, more...)}}})
	return a, renamed(err, map[string]string{"Issuers[0].URL": "ForIssuer: url", "Issuers[0].Audiences": "ForIssuer: audience"})
}
