// Package devissuer is an OpenID Connect issuer for one machine: keys, a JWKS
// and a discovery document over HTTP on loopback, tokens with any claims and
// headers, a sign-in page, key rotation, and faults on request.
//
// It is for development and tests only. It signs everything that it is asked to
// sign, and no user has to log in: never expose it, and never list it as an issuer
// in a deployment. [Start] refuses an address that is not loopback, unless
// [Options].AllowBeyondLoopback is set.
//
// A verifier is shown that it copes with three kinds of trouble:
//
//   - odd tokens: [Issuer.Sign] takes any header and claims, [SignRaw] any
//     bytes, [SignSegments] any text, [SignCompact] any signature;
//   - malformed keys: [Issuer.Publish] and [Issuer.ServeJWKS] put any JSON into
//     the JWKS;
//   - an issuer in trouble: [Issuer.SetFault], [Issuer.Down], [Issuer.Up].
//
// With [Options].SignIn client libraries sign users in against it as against a real
// provider: authorization code flow with PKCE, refresh tokens, user information
// and logout. Users choose their name on a page and have no password.
//
// [Issuer.Counts], [Issuer.InFlight], [Issuer.OnRequest] and [Hold] let a test
// wait for what it needs without sleeping.
//
// Package devclerk stands around such an issuer: a stand-in for a Clerk instance.
package devissuer
