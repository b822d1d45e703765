package core

// Reason explains a reason code, for people who look for the cause of a refusal.
type Reason struct {
	Code    string // as in Error.Reason and Event.Reason
	Meaning string
	Remedy  string // what to do about it
}

// Reasons returns every reason code of this package in the order of the checks.
// The list is closed: [Error.Reason] has one of them, and events have those of
// [jwks.Refresh.Err] beside it. REASONS.md has it as a page.
func Reasons() []Reason { return append([]Reason(nil), reasons...) }

var reasons = []Reason{
	{"no_token", "The request has no token in any of the places of Config.Extractors.", "Send `Authorization: Bearer <token>`. Behind a proxy, see that it hands the header on."},
	{"other_scheme", "The Authorization header has another scheme than Bearer.", "Write `Bearer` in front of the token."},
	{"anonymous", "A check for a right ran on a route with optional authentication, and the request had no token.", "Send a token, or use RequireAuth on the route."},
	{"several_credentials", "The request has more than one Authorization line or cookie of the name.", "Send one token. Look for a proxy or client library that adds a second."},
	{"empty_credential", "The place of the token is there and empty, as in `Authorization: Bearer`.", "The client's variable for the token is empty: sign in first."},
	{"separator_in_credential", "The value has white space or commas inside.", "Send the token alone: no quotes, no second scheme, no line breaks."},
	{"bad_subprotocol", "Sec-WebSocket-Protocol names authkeel.bearer without a token behind it.", "Open the socket with `new WebSocket(url, [\"authkeel.bearer\", token])`."},
	{"cross_site_cookie", "A cookie's token came in a request that another site can have made.", "Name the site in Config.TrustedOrigins, or set Config.PublicURL behind a proxy that changes the host."},
	{"too_many_failures", "Too many bad tokens came from the client's address.", "Wait for Retry-After. If all clients share one address, name your proxy in Config.TrustedProxies and its header in Config.ForwardedHeader."},
	{"too_many_requests", "The caller, or the address, sent more requests than a ratelimit.Limiter admits.", "Wait for Retry-After, or raise the limit. If all clients share one address, name your proxy in Config.TrustedProxies and its header in Config.ForwardedHeader."},

	{"token_too_large", "The token is longer than Config.MaxTokenBytes.", "Let the issuer put fewer claims into the token, or raise the limit."},
	{"not_three_segments", "The token is not a JWT in compact form: it has not three parts between dots.", "The token may be opaque: ask the issuer for a JWT access token, or configure a TokenVerifier for it."},
	{"encrypted_token", "The token is encrypted (JWE, five parts) and not signed alone.", "Let the issuer send signed JWT access tokens; this library does not decrypt."},
	{"bad_base64", "A part of the token is not base64url in its one spelling.", "The token was cut off or changed on the way: compare it with what the issuer sent."},
	{"bad_json", "The header or the claims are not JSON.", "The token was changed on the way, or its issuer is broken."},
	{"not_an_object", "The header or the claims are JSON and not an object.", "The payload may be a token itself: nested tokens are not supported."},
	{"trailing_data", "Data follows the JSON object.", "The issuer is broken, or somebody tries parsers."},
	{"duplicate_member", "A name stands twice in one object.", "Two readers could disagree about such a token: fix the issuer's claim mapping."},
	{"nested_too_deeply", "Objects and arrays are nested more than 32 levels deep.", "Let the issuer put less into the token."},
	{"bad_unicode", "A name or string is not valid Unicode.", "Fix the encoding at the issuer."},
	{"number_out_of_range", "A number does not fit a double.", "Fix the claim at the issuer."},
	{"bad_kid", "`kid` is not a string, is longer than 256 bytes, or has control characters.", "Fix the header at the issuer."},
	{"header_not_supported", "The header has crit, b64 or zip.", "Let the issuer leave these extensions out."},

	{"algorithm_not_allowed", "`alg` is missing, unknown, or not one of Issuer.Algorithms.", "Compare found and expected. HMAC (HS256) is not supported: let the issuer sign with an asymmetric key."},
	{"type_not_allowed", "`typ` is not one of Issuer.Types.", "You may have sent a token of another kind, such as a logout token; for your own types set Issuer.Types."},
	{"unknown_issuer", "`iss` is none of Config.Issuers, byte for byte.", "Compare found and expected: a slash at the end, http and https, and letter case count."},
	{"issuer_unavailable", "Config.FindIssuer failed, panicked, did not answer in time, or answered with a wrong issuer.", "Read error in the same line of the log."},
	{"too_many_unknown_issuers", "More issuers that nobody knows came in a second than Config.FindIssuer is asked about.", "Look for a client that makes up tokens. Known tenants are not affected."},
	{"keys_unavailable", "The issuer's keys cannot be had.", "Read error, and the event keys before it: is the address right and reachable from this machine?"},
	{"unknown_key", "The issuer's key set has no usable key for the token.", "Look for the key's id among dropped_keys; otherwise the token may be of another environment."},
	{"bad_signature", "The signature does not verify.", "The token was changed, or signed by somebody else."},

	{"claim_of_wrong_type", "A claim that decides has the wrong type.", "member, found and expected name it: fix the issuer's claim mapping."},
	{"confirmation_not_supported", "The token is bound to a key (`cnf`), and nothing here checks the binding.", "Ask for a plain bearer token, or set Issuer.CheckConfirmation."},
	{"no_subject", "`sub` is missing or empty.", "Tokens of machines may have none: set Issuer.AllowMissingSubject if nothing here depends on the subject."},
	{"no_audience", "`aud` is missing or names nobody.", "Ask the issuer for a token for this API, usually with an audience or resource parameter."},
	{"wrong_audience", "`aud` names none of Issuer.Audiences.", "Compare found and expected. An ID token is for its client, not for an API: send the access token."},
	{"no_authorized_party", "The token names no client, and Issuer.AuthorizedParties is set.", "Name the claim with the client in Issuer.Claims.AuthorizedParty."},
	{"wrong_authorized_party", "The token's client is none of Issuer.AuthorizedParties.", "Compare found and expected."},
	{"no_expiry", "`exp` is missing.", "Tokens that never expire are not accepted: configure a lifetime at the issuer."},
	{"not_yet_valid", "`nbf` lies ahead by more than Config.Leeway.", "Set the clocks right, this machine's first."},
	{"issued_in_the_future", "`iat` lies ahead by more than a minute.", "Set the clocks right, this machine's first."},
	{"expired", "`exp` has passed.", "The client has to get a new token. If all tokens are expired, look at this machine's clock."},
	{"not_accepted", "Issuer.MapClaims, Issuer.CheckConfirmation or a TokenVerifier rejected the token.", "error has their reason."},
	{"unrecognized_token", "No TokenVerifier knows the token.", "Look at the token's prefix and at Config.TokenVerifiers."},
	{"provider_unavailable", "Issuer.MapClaims, Issuer.CheckConfirmation or a TokenVerifier reported an outage.", "error has their reason."},
	{"revoked", "The token, its session or its subject was revoked.", "Sign in again. Nothing is wrong with the API."},
	{"revocations_unavailable", "The revocation list did not answer.", "error has its reason."},
	{"canceled", "The request ended while its token was being checked.", "The client went away or your timeout is short."},
	{"shared_check_failed", "Another request with the same token was checking it and ended without a result, or took longer than 10 seconds.", "Look for a panic in Issuer.MapClaims, or a call in it that waits."},

	{"denied", "A policy denied.", "error names the right that is missing."},
	{"policy_unavailable", "A policy failed with an error that is neither a denial nor an outage of authkeel.", "error has its reason."},
	{"rights_unavailable", "Issuer.LookupRights failed.", "error has its reason."},
	{"no_authentication_mounted", "A check for a right runs on a route without authentication.", "Mount RequireAuth or OptionalAuth before the check, on the same router or group."},
	{"no_route_parameter", "RequireParam runs where the route has no value for its parameter.", "Mount it on a route or group whose own path has the parameter that member names, or correct the name."},
	{"unknown_error", "Authenticator.Refusal was given an error of another package.", "Give it errors of Authenticate, Verify or Authorize alone."},

	{"no_key_for_algorithms", "The issuer has keys, and none for an algorithm that is allowed. Told once.", "Name the keys' algorithms in Issuer.Algorithms, or leave it empty."},
	{"forwarding_header_not_trusted", "A limit by address refused a request that has a forwarding header, and the header is not believed. Told once for each peer.", "If the peer is your own proxy, add its address to Config.TrustedProxies and name its header in Config.ForwardedHeader. Else nothing: strangers may send such headers."},
	{"store_unavailable", "The store that replicas share did not answer. Limits go on in the memory of each replica, at the same rate. Told once a minute.", "Look at error, and at the store."},
	{"roles_unreadable", "The roles claim is there and has a shape that grants nothing. Told once.", "Set Issuer.Claims.Roles, RoleNames or RoleKey for its shape."},
}
