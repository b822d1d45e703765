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
// # When the issuer does not answer
//
// A request whose key is known is never held up: a set past its soft limit is
// refreshed in the background, and while the issuer is away the last good set
// serves until the hard limit. Then, and before the first set, a question costs
// at most one fetch shared by all who ask, and during the back-off after a
// failure it costs none: the answer is [ErrUnavailable], which is an outage and
// never a verdict on the token.
//
// An unknown key id causes one shared fetch, and after a successful one none for
// [Options].Cooldown, whatever ids are made up. A failed fetch starts a back-off
// and leaves the cooldown alone, so that an outage does not delay the first new
// key after it. A bad signature under a known key id causes no fetch, unless
// [Options].AllowKeyReuse is set.
//
// After an idle time (no fetch attempted for three soft limits, at least a
// minute) requests wait for one shared fetch, at most 2 seconds counted from its
// start, and then go on with the keys there are: a key withdrawn while nobody
// asked is not trusted on return.
//
// No goroutine outlives a fetch, and no fetch outlives [Options].Timeout.
//
// # What counts as an answer
//
// Each key of a set is judged alone, and those that cannot be used are dropped
// with a reason that [Refresh] carries. A set without a single usable key is a
// failed refresh. So is a set whose "keys" is empty, at first: the keys at hand
// stay. The back-off after an empty answer is never shorter than the cooldown,
// and when the very next attempt finds the set empty again, the empty
// set is taken as final and all keys are dropped. Any other outcome between the
// two, an outage included, starts the count anew. A source that never had a key
// stays unavailable however often the set is empty.
//
// # Limits and defaults
//
//	soft limit, RefreshEvery      10 minutes, jittered by 10 % either way
//	  by Cache-Control: max-age   shorter only; not below 30 seconds or RefreshEvery
//	hard limit, KeepFor           24 hours
//	cooldown after a success      10 seconds
//	back-off after a failure      1 second doubling to 60, jittered downwards by up to 25 %
//	one fetch, Timeout            5 seconds; discovery included
//	a request waits at most       2 seconds, and never longer than its context
//	ids known to be unknown       1024, for 10 seconds
//	key id                        256 bytes, no control characters
//	body                          512 KiB after decoding; 128 keys
//	keys under one id             4
//	redirects                     3, within the same origin
//	RSA                           2048 to 8192 bits, exponent 65537 to 2^31-1
//	EC                            P-256, P-384, P-521
//	OKP                           Ed25519
//
// The RSA exponent 3 is legal (RFC 8017 section 3.1) and refused all the same:
// implementations that got small exponents wrong are why forged signatures exist.
// Symmetric keys are refused wherever they are found.
//
// # Sources of your own
//
// [Custom] makes a source of a key store of your own, [NewKey] the keys that it
// returns. [Source.Wrap] adds something to any source, such as a metric, and loses
// nothing of it. [Keyfunc] hands the keys of a source to golang-jwt.
package jwks
