// Package redisstore is a [store.Store] on Redis, for a service that runs in
// more than one process: rate limits, revocations, replay protection and
// webhooks that are handled once then hold for all of its replicas together.
//
//	shared, err := redisstore.New(redisstore.Options{URL: "redis://redis.internal:6379/0"})
//	if err != nil {
//		log.Fatal(err) // names the wrong field and how to fix it
//	}
//	defer shared.Close()
//
// It needs Redis 7 or a later release, or another server with the same commands:
// one server, one behind Sentinel ([redis.UniversalOptions].MasterName), or a
// Redis Cluster (several Addrs, or IsClusterMode). A service with one process
// needs no Redis: use [store.NewMemory].
//
// # Round trips
//
// Every call is one round trip. Get of several keys is one MGET; in a cluster it
// is one pipeline of GETs for each master that has some of the keys, all at the
// same time. Swap and Advance are scripts, called by their SHA-1 digest; a server
// that does not know a script, such as one that was just started, gets the
// script's text in a second round trip. A new connection costs two more, one to
// authenticate and one to look at the configuration of the server.
//
// # Keys
//
// The record of the key K is the string authkeel:r{}:K, its clock is
// authkeel:c{}:K, and [Options].Prefix replaces "authkeel:". The empty braces
// switch hash tags off, so that a client who can put braces into a key cannot
// choose the node of a cluster. Each call touches the keys it names and no
// others. Everything that is written expires.
//
// # When Redis does not answer
//
// No call takes longer than [Options].Timeout, 100 ms by default, whatever the
// deadline of its context: not when Redis is stopped, not when it is slow, not
// when connecting hangs, not when all connections are in use. It then returns an
// error for which errors.Is(err, [store.ErrUnavailable]) holds, and what to do is
// the caller's decision. A Swap or Advance whose outcome is not known is never
// repeated.
//
// After 5 failures of a server in a row, without an answer in between, calls to
// that server fail at once. 250 ms later one call is let through; when it is
// answered, all are. Recovery needs no help and takes about a second: go-redis
// waits up to that long before it connects again to a server that was down for
// long. In a cluster this is decided for each node, and a
// failure makes the client ask for the new layout of the cluster. A redirection
// (MOVED, ASK) and the answer of a server that cannot execute a command now
// (LOADING, READONLY, CLUSTERDOWN, TRYAGAIN) are followed or repeated within the
// timeout, because then nothing was done.
//
// # What Redis has to be configured for
//
// A store never forgets a record before its time, because that would let a
// revoked token or a replayed request pass. Redis does forget when it has a
// memory limit and a policy that evicts keys; every policy but noeviction evicts
// those that expire, as all of ours do. Each new connection therefore looks at
// maxmemory and maxmemory_policy (INFO), and all calls fail with an error that
// says so while they are wrong, unless [Options].AllowEviction is set. A server
// that does not let us see them is trusted. With noeviction a full server makes
// changes fail with [store.ErrFull].
//
// Redis replicates after it has answered. When a master is lost, the changes of
// the last moments may be lost with it, and a restart without persistence loses
// everything: revocations, marks of replay protection, rate limits. Replicas of the
// service that run write the revocations again that they know; nothing else comes
// back.
package redisstore
