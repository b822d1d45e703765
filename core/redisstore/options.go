package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Options says where Redis is and how long a call may take. Set URL or Redis.
type Options struct {
	// URL is one Redis server:
	//
	//	redis://user:password@host:6379/0
	//	rediss://user:password@host:6380/0    with TLS
	//	unix:///run/redis/redis.sock
	//
	// User, password, port and the number of the database may be left out.
	URL string

	// Redis is a server, a server behind Sentinel or a cluster, in the words of
	// go-redis, for everything that a URL does not say. New refuses the fields that
	// would break a promise of this package: retries, timeouts other than
	// DialTimeout, reads from replicas and caches. DialTimeout is 1 s by default; a
	// call does not wait for it, because connections are made in the background.
	// An OnConnect or a credentials provider of your own must return in time.
	Redis *redis.UniversalOptions

	// Prefix begins the name of every key in Redis, at most 64 bytes without { and
	// }; default "authkeel:". Services with the same prefix on the same database
	// share their limits and revocations.
	Prefix string

	// Timeout is the longest that a call may take, from 1 ms to 5 s; default
	// 100 ms. A request to your service may make several calls.
	Timeout time.Duration

	// AllowEviction accepts a Redis that removes records when its memory is full.
	// A revoked token or a replayed request may then pass; rate limits alone are
	// only less exact. Never set it for a store of revocations, nonces or webhooks.
	AllowEviction bool
}

const (
	defaultPrefix      = "authkeel:"
	maxPrefixBytes     = 64
	defaultTimeout     = 100 * time.Millisecond
	minTimeout         = time.Millisecond
	maxTimeout         = 5 * time.Second
	defaultDialTimeout = time.Second
)

// New makes a store and does not connect yet: a service can start while Redis is
// down. Its error names the wrong field. Use [Store.Health] to wait for Redis.
//
// New makes a client of its own, because clients for other uses repeat commands
// and wait for seconds.
func New(o Options) (*Store, error) {
	given, err := o.redis()
	if err != nil {
		return nil, err
	}
	s := &Store{prefix: o.Prefix, timeout: o.Timeout}
	switch {
	case s.prefix == "":
		s.prefix = defaultPrefix
	case len(s.prefix) > maxPrefixBytes:
		return nil, fmt.Errorf("redisstore: Prefix: has %d bytes; use at most %d", len(s.prefix), maxPrefixBytes)
	case strings.ContainsAny(s.prefix, "{}"):
		return nil, errors.New("redisstore: Prefix: has { or }, which would keep all records on one node of a cluster; leave them out")
	}
	if s.timeout == 0 {
		s.timeout = defaultTimeout
	}
	if s.timeout < minTimeout || s.timeout > maxTimeout {
		return nil, fmt.Errorf("redisstore: Timeout: %v is not between %v and %v", s.timeout, minTimeout, maxTimeout)
	}
	s.connect(given, serverRules{
		allowEviction: o.AllowEviction,
		cluster:       isCluster(given),
		sentinel:      given.MasterName != "",
	})
	return s, nil
}

// redis returns a copy of the options for go-redis that the caller gave.
func (o Options) redis() (*redis.UniversalOptions, error) {
	switch {
	case o.URL != "" && o.Redis != nil:
		return nil, errors.New("redisstore: URL: is set together with Redis; set one of them")
	case o.URL != "":
		return parseURL(o.URL)
	case o.Redis == nil:
		return nil, errors.New("redisstore: URL: is empty; set it to the address of Redis, such as redis://localhost:6379/0, or set Redis")
	}
	r := *o.Redis
	if len(r.Addrs) == 0 {
		return nil, errors.New("redisstore: Redis.Addrs: is empty; name at least one host:port")
	}
	if isCluster(&r) && r.DB != 0 {
		return nil, errors.New("redisstore: Redis.DB: a Redis Cluster has only database 0; leave it out")
	}
	const (
		repeats = "a Swap or Advance whose outcome is not known must not be repeated; leave it out"
		timeout = "would bypass Timeout; set Options.Timeout instead"
		stale   = "a read must see what was written before it, on every replica of the service; leave it out"
	)
	for _, field := range []struct {
		name string
		set  bool
		why  string
	}{
		{"MaxRetries", r.MaxRetries > 0, repeats},
		{"ReadTimeout", r.ReadTimeout != 0, timeout},
		{"WriteTimeout", r.WriteTimeout != 0, timeout},
		{"PoolTimeout", r.PoolTimeout != 0, timeout},
		{"DialerRetries", r.DialerRetries > 1, "connecting again would hold up calls; leave it out"},
		{"ReadOnly", r.ReadOnly, stale},
		{"RouteByLatency", r.RouteByLatency, stale},
		{"RouteRandomly", r.RouteRandomly, stale},
		{"ClientSideCache", r.ClientSideCache != nil, stale},
		{"ClientSideCacheConfig", r.ClientSideCacheConfig != nil, stale},
		{"MaintNotificationsConfig", r.MaintNotificationsConfig != nil, "it makes timeouts longer during maintenance; leave it out"},
	} {
		if field.set {
			return nil, fmt.Errorf("redisstore: Redis.%s: %s", field.name, field.why)
		}
	}
	return &r, nil
}

// parseURL does not wrap errors, because those of package url have the password
// in their text.
func parseURL(text string) (*redis.UniversalOptions, error) {
	wrong := func(why string) (*redis.UniversalOptions, error) {
		return nil, fmt.Errorf("redisstore: URL: %s; write redis://user:password@host:6379/0, rediss://… or unix:///path", why)
	}
	u, err := url.Parse(text)
	if err != nil {
		return wrong("is not a URL")
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return wrong("has parameters, which are not read (use Redis for them)")
	}
	one, err := redis.ParseURL(text)
	if err != nil {
		return wrong("is not that of a Redis server")
	}
	return &redis.UniversalOptions{
		Addrs: []string{one.Addr}, DB: one.DB, Username: one.Username, Password: one.Password, TLSConfig: one.TLSConfig,
	}, nil
}

func isCluster(o *redis.UniversalOptions) bool {
	return o.MasterName == "" && (o.IsClusterMode || len(o.Addrs) > 1)
}

// connect makes the client. go-redis connects when the first call is made.
func (s *Store) connect(o *redis.UniversalOptions, rules serverRules) {
	o.MaxRetries = -1
	o.ContextTimeoutEnabled = true
	o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = s.timeout, s.timeout, s.timeout
	o.DialerRetries = 1
	if o.DialTimeout <= 0 {
		o.DialTimeout = defaultDialTimeout
	}
	// Nothing here needs RESP3. Notifications of maintenance come with it and make
	// timeouts longer.
	o.Protocol = 2
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	o.DisableIdentity = true // saves a round trip for every connection

	then := o.OnConnect
	o.OnConnect = func(ctx context.Context, c *redis.Conn) error {
		if err := rules.onConnect(ctx, c); err != nil || then == nil {
			return err
		}
		return then(ctx, c)
	}

	s.rules = rules
	switch {
	case rules.cluster:
		cluster := o.Cluster()
		// A routing policy is asked for with a timeout of 5 s, by the first call.
		cluster.DisableRoutingPolicies = true
		cluster.MinRetryBackoff, cluster.MaxRetryBackoff = time.Millisecond, 16*time.Millisecond
		c := redis.NewClusterClient(cluster)
		c.OnNewNode(func(node *redis.Client) { node.AddHook(newNode()) })
		s.client, s.cluster = c, c
	case rules.sentinel:
		c := redis.NewFailoverClient(o.Failover())
		c.AddHook(newNode())
		s.client = c
	default:
		c := redis.NewClient(o.Simple())
		c.AddHook(newNode())
		s.client = c
	}
}
