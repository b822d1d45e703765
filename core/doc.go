// Package core decides who is calling and what they may do.
//
// It takes a request, finds the bearer token, verifies it against the issuer's
// published keys and answers with an [Identity] or with a refusal. It knows no
// framework: ginauth, echoauth, fiberauth and chiauth translate its decisions
// into middleware, and any other net/http router can use chiauth. Applications
// meet this package where they configure ([New], [ForIssuer], [FromEnv]), where they
// ask who is calling ([IdentityFrom]) and where they write policies ([Policy]).
//
//	auth, err := core.ForIssuer("https://tenant.eu.auth0.com/", "https://api.example.com")
//
// # What the client sees
//
// Checks run in this order: envelope, issuer, signature, then claims.
//
//	case                                       status  WWW-Authenticate             body "error"
//	no token, or a scheme other than Bearer    401     Bearer                       unauthorized
//	the token is in the wrong place or form    400     error="invalid_request"      invalid_request
//	any token that is not accepted             401     error="invalid_token"        invalid_token
//	a right is missing                         403     error="insufficient_scope"   insufficient_scope
//	a cookie's token, from another site        403     -                            cross_site_request
//	too many requests or failures              429     -                            rate_limited
//	keys, revocations or rights unavailable    503     -                            temporarily_unavailable
//	a check without authentication before it   500     -                            server_error
//	RequireParam without the route's parameter 500     -                            server_error
//
// A token is in the wrong place or form when there is more than one Authorization
// line or cookie of the name, when nothing stands behind Bearer, and when the
// value has white space or commas inside. 429 and 503 come with Retry-After, and
// everything with Cache-Control: no-store. The body is {"error": …,
// "error_description": …}, the same for every token that is not accepted. The one
// hint is in the challenge: error_description="token expired", and only when all
// else about the token is right. [Config.RewriteRefusal] changes the answers for
// all frameworks at once; [ProblemJSON] is a ready one.
//
// Why a request was refused is in the [Error], in the [Event] and in your log, with
// the claim, what was found and what was expected: REASONS.md explains every code,
// and [Authenticator.Explain] goes through a token step by step.
//
// Events and the log also name the request: its method, its path without the query,
// and the ID that request ID middleware in front of RequireAuth gave it. For Chi, set
// [Config.RequestID] to its middleware.GetReqID.
//
// Package graphqlauth says the same in the errors of GraphQL, with codes.
//
// Package ratelimit limits requests, and is the guard for Config.FailureLimit.
//
// OPTIONS is not exempt: mount CORS middleware before authentication. There are
// no skippers: use the router's groups.
//
// # What is refused
//
// What decides is strict, what informs is not. Header and payload go through one
// strict decoder, once, and everything comes from what it read. Names are compared
// exactly, and [Identity.Decode] does the same, so that an application never sees
// a claim that was not checked. Refused are duplicate members at any depth,
// invalid UTF-8, data after the object, non-canonical base64, crit, b64, zip and a cty
// other than JWT, a typ that is not allowed, dates beyond the year 9999, and claims of a wrong type
// that decide: iss, sub, aud, exp, nbf, iat and act. A token needs exp and, unless
// [Issuer] says otherwise, sub and aud. A token that is bound to a key (cnf) must
// not be used as a bearer token, so it is refused unless [Issuer.CheckConfirmation]
// is set.
//
// null is absent for every optional claim. A jti, sid, auth_time or client of a
// wrong type is absent too, unless a configured rule needs it. iat may lie a minute
// ahead, because it decides nothing. Header parameters that are not known are
// ignored, jku, jwk, x5u and x5c among them. An issuer's keys verify that issuer's
// tokens only.
//
// # What is kept in memory
//
// A token that was verified is remembered until it expires, with its claims, so
// that the next request with it costs no signature check: the last
// [Config.CacheSize] of them, 32 MiB together. Every use still checks expiry,
// that the issuer's key set still has the key, [Issuer.CheckConfirmation] and
// [Config.Revocations]. An expired token is never answered from memory; its place
// is freed when it is next seen, or when newer tokens come. Refused tokens are
// never kept. Set CacheSize to -1 to remember no tokens. The headers of up to 8
// keys, which say nothing about anybody, are kept in any case.
//
// # Tokens that end early
//
// Package revocation has a [RevocationList] for one or many replicas, fed by your
// own calls, by Clerk's webhooks and by OpenID Connect back-channel logout. For
// connections that live longer than a request, [Watch] gives a context that ends
// with the token.
//
// # Limits and defaults
//
//	what                                        default           limit
//	Config.Leeway                               5s                5m
//	Config.MaxTokenBytes                        16 KiB            -
//	Config.CacheSize                            10000 tokens      32 MiB in all
//	a token that is remembered                  -                 8 KiB
//	kid                                         -                 256 bytes
//	JSON nesting                                -                 32 levels
//	signature checks for one token              -                 4 keys
//	Issuer.Algorithms                           the key decides   no HMAC, no none
//	Issuer.Types                                absent JWT at+jwt -
//	Config.Extractors                           FromBearer()      never the query string
//	jwks.Options.RefreshEvery                   10m               -
//	jwks.Options.KeepFor                        24h               -
//	jwks.Options.Cooldown                       5s                -
//	jwks.Options.Timeout                        5s                -
//	key set                                     -                 512 KiB, 128 keys
//	RSA keys                                    -                 2048 to 8192 bits
//
// HMAC algorithms are not supported, because a key that verifies such a token can
// also make one. Let the issuer sign with RS256, ES256 or EdDSA; for tokens between
// two of your own services see [jwks.PEM], and [jwks.Handler] to publish keys.
package core
