// Package jwks finds the public keys with which an issuer's tokens are verified.
//
// A [Source] answers two questions: which keys could have signed a token
// ([Source.Keys]), and whether a key that verified one is still published
// ([Source.Has]). [Discover] finds the key set of an OpenID Connect issuer,
// [Remote] reads one from an address, [Static] takes one from memory, [PEM]
// takes a single public key, and [Custom] asks a key store of your own. A source
// belongs to one issuer: never give one to two issuers, since the keys of either
// would then verify the tokens of both.
//
// [Handler] is the other side: it serves public keys of your own as a key set.
//
// # When the issuer does not answer
//
// A request whose key is known never waits: a set past its soft limit is
// refreshed in the background, and while the issuer is down the last good set
// serves until the hard limit. After that, and before the first set, a question
// costs at most one fetch shared by all who ask, and none during the back-off that
// follows a failure: the answer is [ErrUnavailable], which is an outage and never a
// decision about the token.
//
// After an idle time (no fetch attempted for three soft limits, at least a
// minute) requests wait for one shared fetch, at most 2 seconds counted from its
// start, and then go on with the keys at hand: a key that was withdrawn while
// nobody asked is not trusted on return.
//
// No goroutine outlives a fetch, and no fetch outlives [Options].Timeout. A panic
// in a function of yours that runs there (OnRefresh, a subscriber, a transport, a
// [Lookup], the clock) does not end the process: it is a line in the log, and an
// outage where there is no answer because of it.
//
// # Unknown keys
//
// A key ID that the set lacks causes a fetch that all requests share, so that a
// key published a moment ago is accepted at the first request that names it. These
// fetches have a budget: three at once, and one more every [Options].Cooldown.
// Made-up key IDs cannot cause more, and a rotation in the middle of a flood of
// them is noticed within one Cooldown. Refreshes and failed fetches do not use the
// budget. Where the issuer sends an entity tag, the fetch is conditional
// (If-None-Match, RFC 9110 section 13.1.2). A bad signature under a known key ID
// causes no fetch, unless [Options].AllowKeyReuse is set.
//
// A token without a key ID is tried with the keys whose certificate it names
// ([Source.KeysByThumbprint]), else with the first four keys of the set that fit
// its algorithm; [Options].RequireKeyID refuses it. A key without a key ID does
// not answer a token that has one, except the key of a [PEM] source.
//
// # What counts as an answer
//
// Each key of a set is judged by itself. Public keys are read generously, because
// a second spelling of one helps no attacker: base64url with padding, numbers with
// zeros in front or without those that belong there, a certificate (x5c) of
// another key, which is ignored. Their mathematics is checked strictly. Keys that
// cannot be used are dropped with a reason that [Refresh] carries.
//
// A set without a single usable key is a failed refresh. So is a set whose "keys"
// is empty, at first: the keys at hand stay. The back-off after such an answer is
// never shorter than the cooldown, and when the very next attempt finds the set
// empty again, the empty set is taken as final and all keys are dropped. Any other
// outcome between the two, an outage included, starts the count again. A source
// that never had a key stays unavailable however often the set is empty, and asks
// again after a second. "keys": null is no set and always a failure.
//
// # Where fetches go
//
// To https, or to plain http on loopback; [Options].AllowHTTP permits plain http
// elsewhere. Metadata and up to three redirects may lead to another https host,
// since the issuer's own answer says so. They never lead to plain http on another
// host (jwks_uri only where the issuer itself is plain http), and not to a private,
// loopback or link-local address unless the issuer was found at an address of that
// kind. The source's own transport checks the address that it connects to; with an
// [Options].HTTPClient, and behind a proxy, only an address that stands in the URL
// can be checked, and host names are the business of your transport.
//
// # Limits and defaults
//
//	soft limit, RefreshEvery      10 minutes, jittered by 10 % either way
//	  by Cache-Control: max-age   shorter only; not below 30 seconds or RefreshEvery
//	hard limit, KeepFor           24 hours
//	fetches for unknown key IDs   3 at once, and 1 every Cooldown (5 seconds)
//	unknown key IDs remembered    1024, for 10 seconds or until the next fetch
//	back-off after a failure      1 second doubling to 60, jittered downwards by up to 25 %
//	one fetch, Timeout            5 seconds; discovery included
//	a request waits at most       2 seconds, and never longer than its context
//	key ID                        256 bytes, no control characters
//	body                          512 KiB after decoding; the first 128 keys
//	keys under one key ID         4; where there are more, none counts
//	keys for a token without one  4
//	redirects                     3
//	RSA                           2048 to 8192 bits, exponent 65537 to 2^31-1
//	EC                            P-256, P-384, P-521
//	OKP                           Ed25519 (the algorithms EdDSA and Ed25519 are one)
//
// The RSA exponent 3 is legal (RFC 8017 section 3.1) and refused all the same:
// implementations that got small exponents wrong are why forged signatures exist.
// RSA keys of the generator of CVE-2017-15361 (ROCA), which can be factored, are
// dropped. Symmetric and private keys are refused wherever they are found.
//
// # Sources of your own
//
// [Custom] makes a source of a key store of your own, [NewKey] the keys that it
// returns. [Source.Wrap] adds something to any source, such as a metric, and loses
// nothing of it. [Keyfunc] hands the keys of a source to golang-jwt.
package jwks
