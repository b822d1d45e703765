package redisstore

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

func TestNewNamesTheWrongField(t *testing.T) {
	at := func(change func(*redis.UniversalOptions)) Options {
		o := &redis.UniversalOptions{Addrs: []string{"127.0.0.1:6379"}}
		change(o)
		return Options{Redis: o}
	}
	tests := map[string]struct {
		options Options
		want    string
	}{
		"nothing":        {Options{}, "URL: "},
		"both":           {Options{URL: "redis://h", Redis: &redis.UniversalOptions{}}, "URL: "},
		"another scheme": {Options{URL: "http://user:secret@h"}, "URL: "},
		"no URL":         {Options{URL: "redis://user:secret@h:%zz"}, "URL: "},
		"parameters":     {Options{URL: "redis://user:secret@h?max_retries=2"}, "URL: "},
		"a database":     {Options{URL: "redis://user:secret@h/x"}, "URL: "},
		"braces":         {Options{URL: "redis://h", Prefix: "{a}:"}, "Prefix: "},
		"a long prefix":  {Options{URL: "redis://h", Prefix: strings.Repeat("p", 65)}, "Prefix: "},
		"no time":        {Options{URL: "redis://h", Timeout: -1}, "Timeout: "},
		"little time":    {Options{URL: "redis://h", Timeout: time.Microsecond}, "Timeout: "},
		"much time":      {Options{URL: "redis://h", Timeout: time.Minute}, "Timeout: "},
		"no address":     {Options{Redis: &redis.UniversalOptions{}}, "Redis.Addrs: "},
		"retries":        {at(func(o *redis.UniversalOptions) { o.MaxRetries = 3 }), "Redis.MaxRetries: "},
		"dial retries":   {at(func(o *redis.UniversalOptions) { o.DialerRetries = 2 }), "Redis.DialerRetries: "},
		"read timeout":   {at(func(o *redis.UniversalOptions) { o.ReadTimeout = -1 }), "Redis.ReadTimeout: "},
		"write timeout":  {at(func(o *redis.UniversalOptions) { o.WriteTimeout = time.Second }), "Redis.WriteTimeout: "},
		"pool timeout":   {at(func(o *redis.UniversalOptions) { o.PoolTimeout = time.Second }), "Redis.PoolTimeout: "},
		"replicas":       {at(func(o *redis.UniversalOptions) { o.ReadOnly = true }), "Redis.ReadOnly: "},
		"latency":        {at(func(o *redis.UniversalOptions) { o.RouteByLatency = true }), "Redis.RouteByLatency: "},
		"any replica":    {at(func(o *redis.UniversalOptions) { o.RouteRandomly = true }), "Redis.RouteRandomly: "},
		"a cache": {at(func(o *redis.UniversalOptions) {
			o.ClientSideCacheConfig = &redis.ClientSideCacheConfig{}
		}), "Redis.ClientSideCacheConfig: "},
		"maintenance": {at(func(o *redis.UniversalOptions) {
			o.MaintNotificationsConfig = &maintnotifications.Config{}
		}), "Redis.MaintNotificationsConfig: "},
		"a database of a cluster": {at(func(o *redis.UniversalOptions) { o.IsClusterMode, o.DB = true, 1 }), "Redis.DB: "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := New(tt.options)
			if err == nil {
				s.Close()
				t.Fatalf("got no error, want one that begins with %q", tt.want)
			}
			if !strings.HasPrefix(err.Error(), "redisstore: "+tt.want) {
				t.Errorf("got %q, want redisstore: %s…", err, tt.want)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error has the password: %v", err)
			}
		})
	}
}

func TestNewDoesNotChangeItsArgument(t *testing.T) {
	o := &redis.UniversalOptions{Addrs: []string{"127.0.0.1:1"}}
	s, err := New(Options{Redis: o})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if o.MaxRetries != 0 || o.OnConnect != nil || o.Protocol != 0 {
		t.Errorf("New changed the caller's options: %+v", o)
	}
}

func TestCheckServer(t *testing.T) {
	tests := map[string]struct {
		rules serverRules
		info  string
		want  error
	}{
		"no limit":                   {serverRules{}, "redis_mode:standalone\r\nmaxmemory:0\r\nmaxmemory_policy:allkeys-lru\r\n", nil},
		"a limit without eviction":   {serverRules{}, "maxmemory:1000\r\nmaxmemory_policy:noeviction\r\n", nil},
		"any key":                    {serverRules{}, "maxmemory:1000\r\nmaxmemory_policy:allkeys-lru\r\n", ErrEvicts},
		"keys that expire":           {serverRules{}, "maxmemory:1000\r\nmaxmemory_policy:volatile-ttl\r\n", ErrEvicts},
		"an unknown limit":           {serverRules{}, "maxmemory_policy:volatile-ttl\r\n", ErrEvicts},
		"allowed":                    {serverRules{allowEviction: true}, "maxmemory:1000\r\nmaxmemory_policy:allkeys-lru\r\n", nil},
		"a server that says nothing": {serverRules{}, "# Server\r\n", nil},
		"a node of a cluster":        {serverRules{}, "redis_mode:cluster\r\n", ErrMode},
		"a cluster":                  {serverRules{cluster: true}, "redis_mode:cluster\r\n", nil},
		"no cluster":                 {serverRules{cluster: true}, "redis_mode:standalone\r\n", ErrMode},
		"a Sentinel":                 {serverRules{}, "redis_mode:sentinel\r\n", ErrMode},
		"Sentinel, as expected":      {serverRules{sentinel: true}, "redis_mode:sentinel\r\n", nil},
		"a server behind Sentinel":   {serverRules{sentinel: true}, "redis_mode:standalone\r\n", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := tt.rules.check(parseInfo(tt.info)); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestMilliseconds(t *testing.T) {
	for d, want := range map[time.Duration]int64{
		time.Millisecond: 1, time.Millisecond + 1: 2, 2*time.Millisecond - 1: 2, 366 * 24 * time.Hour: 31_622_400_000,
	} {
		if got := milliseconds(d); got != want {
			t.Errorf("milliseconds(%v) = %d, want %d", d, got, want)
		}
	}
}
