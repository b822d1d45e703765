package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/authkeel/authkeel/core/store"
)

// ErrEvicts is a Redis that may remove records before their time. Set
// maxmemory-policy to noeviction, or [Options].AllowEviction.
var ErrEvicts = errors.New("redisstore: Redis may remove records before their time")

// ErrMode is a Redis of another kind than Options says: a cluster, a node of
// Sentinel, or a replica, which takes no changes.
var ErrMode = errors.New("redisstore: Redis is not what Options says")

// Health returns nil when every master of Redis answers, takes changes and keeps
// what it is given, for the readiness check of a service. It takes no longer than
// [Options].Timeout. Its error is [store.ErrUnavailable], and [ErrEvicts] or
// [ErrMode] where one of them is the reason.
//
// A service that can work for a while without Redis should report a failure and
// go on serving: when all replicas are taken out of service at once, everybody is
// locked out.
func (s *Store) Health(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	callCtx, cancel := s.begin(ctx)
	defer cancel()
	var err error
	if s.cluster != nil {
		err = s.cluster.ForEachMaster(callCtx, func(ctx context.Context, master *redis.Client) error {
			return s.rules.health(ctx, master)
		})
	} else {
		err = s.rules.health(callCtx, s.client)
	}
	if err != nil {
		return s.failed(ctx, err)
	}
	return nil
}

// serverRules says what a server has to be like.
type serverRules struct {
	allowEviction     bool
	cluster, sentinel bool
}

// health looks at one master. PING fails where INFO does not: while a server
// loads its data, and when a replica has lost its master.
func (r serverRules) health(ctx context.Context, c redis.Cmdable) error {
	if err := c.Ping(ctx).Err(); err != nil {
		return err
	}
	info, err := c.Info(ctx).Result()
	if err != nil {
		return secret(err)
	}
	fields := parseInfo(info)
	if fields["role"] == "slave" {
		return fmt.Errorf("%w: it is a replica, which takes no changes; connect to its master", ErrMode)
	}
	return r.check(fields)
}

// onConnect looks at a server before a connection to it is used.
func (r serverRules) onConnect(ctx context.Context, c *redis.Conn) error {
	info, err := c.Info(ctx).Result()
	if err != nil {
		return secret(err)
	}
	if err := r.check(parseInfo(info)); err != nil {
		return &covered{err} // go-redis would unwrap it, and the details would be lost
	}
	return nil
}

// secret is nil for a server that does not tell what it is like.
func secret(err error) error {
	if isAnswer(err) {
		return nil
	}
	return err
}

func (r serverRules) check(info map[string]string) error {
	mode := info["redis_mode"]
	switch {
	case mode == "sentinel" && !r.sentinel:
		return fmt.Errorf("%w: it is a Sentinel; set Redis.MasterName", ErrMode)
	case mode == "cluster" && !r.cluster:
		return fmt.Errorf("%w: it is a cluster; set Redis.IsClusterMode", ErrMode)
	case mode == "standalone" && r.cluster:
		return fmt.Errorf("%w: it is not in cluster mode; name one address in Redis.Addrs", ErrMode)
	}
	policy, limit := info["maxmemory_policy"], info["maxmemory"]
	if policy != "" && policy != "noeviction" && limit != "0" && !r.allowEviction {
		return fmt.Errorf("%w: maxmemory-policy is %s; set it to noeviction", ErrEvicts, policy)
	}
	return nil
}

// parseInfo reads the answer of INFO: lines such as "maxmemory:0".
func parseInfo(text string) map[string]string {
	fields := make(map[string]string)
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	return fields
}
