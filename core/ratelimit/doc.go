// Package ratelimit limits how many requests a caller may send, and slows down
// who sends one bad token after another.
//
//	limiter, err := ratelimit.New(ratelimit.Config{
//		Authenticator: auth,
//		Name:          "api",
//		Key:           ratelimit.ByUser(),
//		Limits:        []ratelimit.Limit{{Requests: 10, Per: time.Second}, {Requests: 1000, Per: time.Hour}},
//	})
//	api := r.Group("/api", ginauth.RequireAuth(auth), ginauth.RateLimit(limiter))
//
// Every adapter has RateLimit; [Limiter.Step] is for those who write an adapter.
// Mount a limit by address before authentication, and one by user after it. For a
// limit on one route make a Limiter with a name of its own and mount it there.
//
// # What is counted
//
// A request counts when every limit admits it. Limits are asked in order of the
// time that they need for one request, the fastest first, and the first that
// refuses ends it: the faster ones before it have counted the request, which they
// give back before the one that refused admits the next. The algorithm is GCRA (see
// [store.Store]): a caller may send Burst requests at once, and gets each of them
// back after Per/Requests; there is no window at whose end all come back.
//
// A [Key] says whom a request counts for. Text of the request never becomes part
// of a key as it stands when it is long or has odd characters; then its SHA-256
// does. A request that has nothing to count by, such as an address on a Unix
// socket, counts under one key that all such requests share: none is free.
//
// # Several replicas
//
// Without Config.Store every process counts for itself in memory, for the 100,000
// keys that are nearest to their limits. With a store that replicas share the
// limits hold for all of them together. A decision waits at most 100 milliseconds
// for the store. When the store fails, does not answer in time or is full, requests are
// counted in the memory of the process at the same rates, the store is asked again
// once a second, and an event of kind [core.EventStore] is reported once a minute.
//
// # What the client sees
//
// A request over the limit gets 429 with Retry-After, in the format of all
// refusals, and Config.RewriteRefusal of the Authenticator applies. It and the
// answers to requests that go on have the RateLimit-Policy and RateLimit fields of
// draft-ietf-httpapi-ratelimit-headers-11, the latter for the limit that is the
// nearest to its end:
//
//	RateLimit-Policy: "api-1s";q=10;w=1, "api-1h";q=1000;w=3600
//	RateLimit: "api-1s";r=7;t=1
//
// w is left out for a Per that is not a whole number of seconds. Two Limiters on
// one route send a line each.
//
// # Cost
//
// A decision in memory by one limit takes about 150 ns, and allocates nothing: 145 ns
// by user and 152 ns by address, the lowest of 60 rounds on 2 virtual processors that
// were busy with other work, with Go 1.26, on 2026-11-26. On yours,
//
//	go test -run '^$' -bench Decision -benchmem
//
// in this folder measures it. What a decision costs on a Redis is in the README of
// core/redisstore. The fields on an answer to a request that goes on cost net/http an
// allocation; Config.HeaderOnRefusalOnly leaves them out.
//
// # Failed logins
//
// [NewFailureLimit] makes the guard for core.Config.FailureLimit.
package ratelimit
