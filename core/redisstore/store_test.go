package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/redisstore"
	"github.com/authkeel/authkeel/core/store"
	"github.com/authkeel/authkeel/core/store/storetest"
)

// patient is a timeout for tests that are not about time, on a machine that does
// other work as well.
const patient = 5 * time.Second

func TestConforms(t *testing.T) {
	s := shared(t)
	storetest.Run(t, func(t *testing.T) storetest.Fixture {
		o := redisstore.Options{URL: s.url(), Prefix: prefix(t), Timeout: patient}
		return storetest.Fixture{Store: open(t, o), Second: open(t, o), Elapse: time.Sleep}
	})
}

// TestIntervalsAddUp has intervals that are no whole number of microseconds, and
// longer ones than Lua's numbers hold in nanoseconds: bursts must be exact.
func TestIntervalsAddUp(t *testing.T) {
	s := open(t, redisstore.Options{URL: shared(t).url(), Prefix: prefix(t), Timeout: patient})
	for i, tt := range []struct {
		period time.Duration
		n      int
	}{{100 * time.Second, 3}, {100 * time.Second, 7}, {store.MaxDuration, 11}, {store.MaxDuration, 1}} {
		key := fmt.Sprint("k", i)
		each := tt.period / time.Duration(tt.n)
		passed := 0
		var ahead time.Duration
		for range tt.n + 1 {
			d, ok, err := s.Advance(t.Context(), key, each, each*time.Duration(tt.n))
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				passed++
			}
			ahead = d
		}
		if passed != tt.n {
			t.Errorf("%d passed of %d per %v", passed, tt.n, tt.period)
		}
		if most := each * time.Duration(tt.n); ahead > most || ahead < most-patient {
			t.Errorf("%d per %v: %v ahead, want nearly %v", tt.n, tt.period, ahead, most)
		}
	}
}

// TestEverythingExpires looks for keys that would stay in Redis for ever, and for
// records that would go before their time.
func TestEverythingExpires(t *testing.T) {
	server := startServer(t)
	s := open(t, redisstore.Options{URL: server.url(), Timeout: patient})
	ctx := t.Context()
	const ttl = time.Hour + time.Microsecond
	_, _, swapErr := s.Swap(ctx, "swap", "", "v", ttl)
	_, _, advanceErr := s.Advance(ctx, "advance", ttl, ttl)
	_, _, lookErr := s.Advance(ctx, "look", 0, ttl)
	_, _, refusedErr := s.Advance(ctx, "refused", 2, 1)
	_, _, otherErr := s.Swap(ctx, "other", "x", "v", ttl)
	_, getErr := s.Get(ctx, "a", "b")
	if err := errors.Join(s.Set(ctx, "set", "v", ttl), s.Set(ctx, "nothing", "", 0), swapErr, advanceErr, lookErr, refusedErr, otherErr, getErr); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"authkeel:r{}:set": true, "authkeel:r{}:swap": true, "authkeel:c{}:advance": true}
	keys, err := server.Admin.Keys(ctx, "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		left, err := server.Admin.PTTL(ctx, key).Result()
		if !want[key] || err != nil || left > ttl+time.Millisecond || left < ttl-patient {
			t.Errorf("%s lives for another %v (%v), want one of %v for an hour", key, left, err, want)
		}
		delete(want, key)
	}
	for key := range want {
		t.Errorf("there is no %s among %q", key, keys)
	}
}

// TestRoundTrips counts how often a call waits for the server.
func TestRoundTrips(t *testing.T) {
	server := shared(t)
	p := startProxy(t, server.Addr)
	s := open(t, redisstore.Options{URL: p.url(), Prefix: prefix(t), Timeout: patient})
	ctx := t.Context()
	calls := map[string]func() error{
		"Get":         func() error { _, err := s.Get(ctx, "a"); return err },
		"Get of many": func() error { _, err := s.Get(ctx, "a", "b", "c"); return err },
		"Set":         func() error { return s.Set(ctx, "a", "v", time.Hour) },
		"Set nothing": func() error { return s.Set(ctx, "a", "", 0) },
		"Swap":        func() error { _, _, err := s.Swap(ctx, "b", "", "v", time.Hour); return err },
		"Advance":     func() error { _, _, err := s.Advance(ctx, "a", 1, time.Hour); return err },
	}
	count := func(want map[string]int) {
		t.Helper()
		for name, call := range calls {
			before := p.trips.Load()
			err := call()
			if n := int(p.trips.Load() - before); err != nil || n != max(1, want[name]) {
				t.Errorf("%s: %d round trips, %v, want %d", name, n, err, max(1, want[name]))
			}
		}
	}
	for name, call := range calls { // connect, and make the scripts known
		if err := call(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	count(nil)
	// A server that has lost the scripts gets them again.
	if err := server.Admin.ScriptFlush(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	count(map[string]int{"Swap": 2, "Advance": 2})
	count(nil)

	before := p.trips.Load()
	if _, err := s.Get(ctx); err != nil {
		t.Error(err)
	}
	if _, err := s.Get(ctx, ""); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("Get of no key: %v", err)
	}
	if n := p.trips.Load() - before; n != 0 {
		t.Errorf("calls that need no server waited for it %d times", n)
	}
}

// TestFull fills a server that does not forget.
func TestFull(t *testing.T) {
	server := startServer(t)
	s := open(t, redisstore.Options{URL: server.url(), Timeout: patient})
	ctx := t.Context()
	if err := errors.Join(s.Set(ctx, "seen", "1", time.Hour), server.Admin.ConfigSet(ctx, "maxmemory", "1").Err()); err != nil {
		t.Fatal(err)
	}
	if err := s.Set(ctx, "new", "1", time.Hour); !errors.Is(err, store.ErrFull) {
		t.Errorf("Set: %v, want ErrFull", err)
	}
	if current, swapped, err := s.Swap(ctx, "new", "", "1", time.Hour); !errors.Is(err, store.ErrFull) || swapped || current != "" {
		t.Errorf("Swap: %q, %v, %v, want ErrFull", current, swapped, err)
	}
	if _, ok, err := s.Advance(ctx, "new", 1, 1); !errors.Is(err, store.ErrFull) || ok {
		t.Errorf("Advance: %v, %v, want ErrFull", ok, err)
	}
	// A replay must still be known as one, and there must be a way out.
	if current, swapped, err := s.Swap(ctx, "seen", "", "1", time.Hour); err != nil || swapped || current != "1" {
		t.Errorf("Swap of a key that is taken: %q, %v, %v, want 1, false", current, swapped, err)
	}
	if got, err := s.Get(ctx, "seen", "new"); err != nil || got[0] != "1" || got[1] != "" {
		t.Errorf("Get = %q, %v", got, err)
	}
	if current, swapped, err := s.Swap(ctx, "seen", "1", "", 0); err != nil || !swapped || current != "" {
		t.Errorf("Swap for nothing: %q, %v, %v", current, swapped, err)
	}
	if err := errors.Join(s.Health(ctx), s.Set(ctx, "seen", "", 0)); err != nil {
		t.Error(err)
	}
}

func TestServerThatEvicts(t *testing.T) {
	server := startServer(t, "--maxmemory", "100mb", "--maxmemory-policy", "volatile-lru")
	strict := open(t, redisstore.Options{URL: server.url(), Timeout: patient})
	for name, err := range map[string]error{
		"Health": strict.Health(t.Context()), "Set": strict.Set(t.Context(), "k", "v", time.Hour),
	} {
		if !errors.Is(err, redisstore.ErrEvicts) || !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "volatile-lru") {
			t.Errorf("%s: %v, want ErrEvicts with the policy", name, err)
		}
	}
	loose := open(t, redisstore.Options{URL: server.url(), Timeout: patient, AllowEviction: true})
	if err := errors.Join(loose.Health(t.Context()), loose.Set(t.Context(), "k", "v", time.Hour)); err != nil {
		t.Errorf("with AllowEviction: %v", err)
	}
	// It is looked at again, and works without a restart of the service.
	if err := server.Admin.ConfigSet(t.Context(), "maxmemory-policy", "noeviction").Err(); err != nil {
		t.Fatal(err)
	}
	if err := within(patient, func() error { return strict.Set(t.Context(), "k", "v", time.Hour) }); err != nil {
		t.Error(err)
	}
	if err := server.Admin.ConfigSet(t.Context(), "maxmemory-policy", "allkeys-lfu").Err(); err != nil {
		t.Fatal(err)
	}
	if err := strict.Health(t.Context()); !errors.Is(err, redisstore.ErrEvicts) {
		t.Errorf("Health after the policy was changed: %v, want ErrEvicts", err)
	}
}

// TestServerThatTellsNothing has a user with the rights that the README names,
// except the one to ask what the server is like.
func TestServerThatTellsNothing(t *testing.T) {
	server := startServer(t)
	if err := server.Admin.Do(t.Context(), "acl", "setuser", "api", "on", ">pass/word", "~authkeel:*",
		"+get", "+mget", "+set", "+del", "+evalsha", "+eval", "+time", "+ping", "+hello", "+auth").Err(); err != nil {
		t.Fatal(err)
	}
	s := open(t, redisstore.Options{URL: "redis://api:pass%2Fword@" + server.Addr, Timeout: patient})
	_, getErr := s.Get(t.Context(), "a", "b")
	if err := errors.Join(s.Health(t.Context()), s.Set(t.Context(), "a", "", 0), s.Set(t.Context(), "k", "v", time.Hour), getErr); err != nil {
		t.Error(err)
	}
	_, swapped, swapErr := s.Swap(t.Context(), "k", "v", "w", time.Hour)
	_, ok, advanceErr := s.Advance(t.Context(), "k", 1, 1)
	if err := errors.Join(swapErr, advanceErr); err != nil || !swapped || !ok {
		t.Errorf("Swap %v, Advance %v, %v", swapped, ok, err)
	}
	wrong := open(t, redisstore.Options{URL: "redis://api:other@" + server.Addr, Timeout: patient})
	for name, err := range map[string]error{"Health": wrong.Health(t.Context()), "Set": wrong.Set(t.Context(), "k", "v", time.Hour)} {
		if !errors.Is(err, store.ErrUnavailable) || strings.Contains(err.Error(), "other") {
			t.Errorf("%s with a wrong password: %v, want ErrUnavailable without the password", name, err)
		}
	}
}

func TestReplica(t *testing.T) {
	master := startServer(t)
	host, port, _ := strings.Cut(master.Addr, ":")
	replica := startServer(t, "--replicaof", host+" "+port)
	s := open(t, redisstore.Options{URL: replica.url(), Timeout: patient})
	if err := within(patient, func() error {
		if err := s.Health(t.Context()); !errors.Is(err, redisstore.ErrMode) {
			return fmt.Errorf("Health of a replica: %w, want ErrMode", err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if err := s.Set(t.Context(), "k", "v", time.Hour); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Set on a replica: %v, want ErrUnavailable", err)
	}
}

func TestUnixSocket(t *testing.T) {
	server := startServer(t)
	socket := server.dir + "/s"
	other := startServer(t, "--unixsocket", socket)
	s := open(t, redisstore.Options{URL: "unix://" + socket, Timeout: patient})
	if err := errors.Join(s.Health(t.Context()), s.Set(t.Context(), "k", "v", time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got, err := other.Admin.Get(t.Context(), "authkeel:r{}:k").Result(); err != nil || got != "v" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestClose(t *testing.T) {
	s := open(t, redisstore.Options{URL: shared(t).url(), Prefix: prefix(t), Timeout: patient})
	if err := errors.Join(s.Set(t.Context(), "k", "v", time.Hour), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "k"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Get after Close: %v, want ErrUnavailable", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Health(ctx); !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("Health with a context that is done: %v", err)
	}
}
