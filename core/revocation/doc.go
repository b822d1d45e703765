// Package revocation lets tokens count no longer before they expire: those of a
// session, a subject, an organization or a client, or a single one.
//
//	list, err := revocation.New(revocation.Config{Store: shared})
//	auth, err := core.New(core.Config{Issuers: issuers, Revocations: list})
//	…
//	err = list.RevokeSession(ctx, id.Issuer(), id.SessionID())
//
// Revocations come from your own calls, from Clerk's webhooks (clerk.Revoke), and
// from OpenID Connect Back-Channel Logout 1.0 ([LogoutHandler]).
//
// # How it reaches all replicas
//
// Every replica has all revocations that are in force in its memory, and asks its
// memory alone about a token. The store holds a journal: each revocation is an entry
// with a number, and the head says which number is the first that is still in force
// and which is the last. A replica that starts reads all of them; afterwards it
// reads the head, and the new entries. It does so when requests come, and when it has
// a revocation to write that the store did not take. Otherwise it starts no goroutine:
//
//	what is known is              a request
//	younger than half a second    is answered from memory
//	up to a second old            starts a reading, and is answered from memory
//	older                         waits for the reading, 250 ms at most
//
// So what was revoked a second ago on any replica is refused on all, tokens that
// are remembered included, also after a time without requests. How long the journal
// is changes nothing: a replica that missed many entries reads them all. Call
// [List.Ready] before a replica takes requests, so that they need not wait.
//
// # When the store is down
//
// After a second without an answer every token gets an error, which is status 503,
// because nobody knows whether it was revoked. With [Config].AllowStale the
// revocations that are known count for that long instead. The log says so once, and
// once when the outage is over. A revocation that is made meanwhile counts on the
// replica that was asked. That replica writes it a few seconds after the store answers
// again, also when it gets no more requests, and then it counts on all. When the
// replica ends before that, it is lost: repeat a call that returned an error.
//
// # When the store loses records
//
// A store that restarts empty, or that takes over from one that had more, does not
// take back a revocation: running replicas keep what they know, notice it when they
// next read the journal, and one of them writes it again. A replica that starts
// before that, which is half a second when there are requests and some seconds for
// thousands of revocations, does not know them yet. When no replica runs meanwhile,
// they are lost: let the store keep its records on disk.
//
// # How long a revocation lives
//
// As long as the longest token, [Config].MaxTokenLife, and 10 minutes more. It is
// never forgotten earlier: when there is no room, the one who revokes gets
// [store.ErrFull]. For a token without `exp`, which only a core.TokenVerifier can
// accept, the revocation ends after that time too: by then the verifier must know.
//
// # Back-channel logout
//
// A logout token must have the issuer's signature, the `typ` logout+jwt, one of the
// ClientIDs in `aud`, `iat`, `exp`, a `jti` that was not used before, the logout
// member in `events`, `sid` or `sub` or both, and no `nonce`. With a `sid` that
// session is revoked, and the tokens of the subject that name no session and were
// issued before; with a `sub` alone, all tokens of the subject that were issued
// before. The issuer sees:
//
//	case                                        status  body
//	the tokens are revoked                      200     -
//	form or logout token not accepted           400     error  invalid_request
//	a method other than POST                    405     error  method_not_allowed
//	a body of more than 32 KiB                  413     error  body_too_large
//	keys or store unavailable, list full        503     error  temporarily_unavailable, Retry-After
//
// All answers have Cache-Control: no-store, and the reason is in the log.
package revocation
