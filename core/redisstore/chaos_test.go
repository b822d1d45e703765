package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/authkeel/authkeel/core/redisstore"
	"github.com/authkeel/authkeel/core/store"
)

const (
	timeout = 100 * time.Millisecond
	// late is what a call may take beyond its timeout on a machine that does other
	// work as well. The library itself adds less than a millisecond.
	late = 250 * time.Millisecond
	// recovery is how long a store may need after Redis is back.
	recovery = 3 * time.Second
)

// bounded makes a call that has to be over in time, with an error or without.
func bounded(t *testing.T, what string, call func() error) error {
	t.Helper()
	start := time.Now()
	err := call()
	if took := time.Since(start); took > timeout+late {
		t.Errorf("%s took %v, want %v at most", what, took, timeout)
	}
	if err != nil && !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("%s: %v, want ErrUnavailable", what, err)
	}
	return err
}

// everyCall makes every kind of call, with a context that has no deadline.
func everyCall(t *testing.T, s *redisstore.Store) (errs []error) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	for what, call := range map[string]func() error{
		"Get":         func() error { _, err := s.Get(ctx, "a"); return err },
		"Get of many": func() error { _, err := s.Get(ctx, "a", "b", "c"); return err },
		"Set":         func() error { return s.Set(ctx, "a", "v", time.Hour) },
		"Swap":        func() error { _, _, err := s.Swap(ctx, "b", "", "v", time.Hour); return err },
		"Advance":     func() error { _, _, err := s.Advance(ctx, "a", 1, time.Hour); return err },
		"Health":      func() error { return s.Health(ctx) },
	} {
		errs = append(errs, bounded(t, what, call))
	}
	return errs
}

// wantDown checks that calls fail, and after some of them at once.
func wantDown(t *testing.T, s *redisstore.Store) {
	t.Helper()
	for range 2 {
		for _, err := range everyCall(t, s) {
			if err == nil {
				t.Fatal("a call succeeded while Redis was gone")
			}
		}
	}
	// One call in 250 ms is let through and takes the timeout; the others must not
	// wait.
	var quick int
	start := time.Now()
	for range 20 {
		before := time.Now()
		if err := bounded(t, "Get", func() error { _, err := s.Get(t.Context(), "a"); return err }); err == nil {
			t.Fatal("a call succeeded while Redis was gone")
		}
		if time.Since(before) < timeout/2 {
			quick++
		}
	}
	if quick < 10 {
		t.Errorf("%d of 20 calls failed at once, in %v all together, want most of them", quick, time.Since(start))
	}
}

// wantBack waits until calls succeed again.
func wantBack(t *testing.T, s *redisstore.Store) {
	t.Helper()
	if err := within(recovery, func() error { return s.Health(t.Context()) }); err != nil {
		t.Fatal(err)
	}
	if err := within(recovery, func() error { return errors.Join(everyCall(t, s)...) }); err != nil {
		t.Error(err)
	}
}

func TestKilledAndRestarted(t *testing.T) {
	server := startServer(t)
	s := open(t, redisstore.Options{URL: server.url()})
	wantBack(t, s)
	for range 2 {
		server.kill()
		wantDown(t, s)
		if err := server.start(); err != nil {
			t.Fatal(err)
		}
		wantBack(t, s)
	}
}

func TestStartsWithoutRedis(t *testing.T) {
	server := startServer(t)
	server.kill()
	s := open(t, redisstore.Options{URL: server.url()})
	wantDown(t, s)
	if err := server.start(); err != nil {
		t.Fatal(err)
	}
	wantBack(t, s)
}

// TestStopped has a server that accepts connections and bytes and does not
// answer, while many requests come at once.
func TestStopped(t *testing.T) {
	server := startServer(t)
	s := open(t, redisstore.Options{URL: server.url()})
	wantBack(t, s)
	resume := server.pause(t)
	var callers sync.WaitGroup
	for range 200 { // more than there are connections
		callers.Go(func() {
			if err := bounded(t, "Get", func() error { _, err := s.Get(t.Context(), "a"); return err }); err == nil {
				t.Error("a call succeeded while Redis was stopped")
			}
		})
	}
	callers.Wait()
	wantDown(t, s)
	resume()
	wantBack(t, s)
}

// TestClientPause has a server that holds back changes, as it does while a replica
// takes over, and still answers reads.
func TestClientPause(t *testing.T) {
	server := startServer(t)
	s := open(t, redisstore.Options{URL: server.url()})
	wantBack(t, s)
	if err := server.Admin.Do(t.Context(), "client", "pause", time.Hour.Milliseconds(), "write").Err(); err != nil {
		t.Fatal(err)
	}
	ctx := context.WithoutCancel(t.Context())
	for what, call := range map[string]func() error{
		"Set":     func() error { return s.Set(ctx, "a", "v", time.Hour) },
		"Swap":    func() error { _, _, err := s.Swap(ctx, "c", "", "v", time.Hour); return err },
		"Advance": func() error { _, _, err := s.Advance(ctx, "a", 1, time.Hour); return err },
	} {
		if err := bounded(t, what, call); err == nil {
			t.Errorf("%s succeeded while Redis held back changes", what)
		}
	}
	if got, err := s.Get(ctx, "a"); err != nil || got[0] != "v" {
		t.Errorf("Get = %q, %v, want v", got, err)
	}
	if err := server.Admin.ClientUnpause(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	wantBack(t, s)
}

// TestNothingTwice counts what a stopped server does when it goes on: no more
// than it was asked for.
func TestNothingTwice(t *testing.T) {
	server := startServer(t)
	s := open(t, redisstore.Options{URL: server.url()})
	wantBack(t, s)
	const step = time.Minute
	if _, _, err := s.Advance(t.Context(), "n", step, 1000*step); err != nil {
		t.Fatal(err)
	}
	resume := server.pause(t)
	asked := 1
	for range 10 {
		err := bounded(t, "Advance", func() error { _, _, err := s.Advance(t.Context(), "n", step, 1000*step); return err })
		if err == nil {
			t.Error("Advance succeeded while Redis was stopped")
		}
		asked++
	}
	resume()
	wantBack(t, s)
	ahead, _, err := s.Advance(t.Context(), "n", 0, 1000*step)
	if err != nil {
		t.Fatal(err)
	}
	if done := int((ahead + step - 1) / step); done > asked || done < 1 {
		t.Errorf("the clock was moved %d times by %d calls", done, asked)
	}
}

func TestSlow(t *testing.T) {
	p := startProxy(t, startServer(t).Addr)
	s := open(t, redisstore.Options{URL: p.url()})
	wantBack(t, s)
	p.delay.Store(int64(3 * timeout))
	wantDown(t, s)
	p.delay.Store(int64(timeout / 20))
	wantBack(t, s)
}

// TestDialingHangs has a network that loses packets: connecting does not end.
func TestDialingHangs(t *testing.T) {
	server := startServer(t)
	var mu sync.Mutex
	lost := make(chan struct{})
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		mu.Lock()
		wait := lost
		mu.Unlock()
		<-wait // longer than its context
		var d net.Dialer
		return d.DialContext(ctx, network, addr)
	}
	s := open(t, redisstore.Options{Redis: &redis.UniversalOptions{Addrs: []string{server.Addr}, Dialer: dial}})
	wantDown(t, s)
	close(lost)
	wantBack(t, s)
}

// TestCallersDeadline has callers with less time than the timeout: Redis is not
// to blame, so the next caller's call is made.
func TestCallersDeadline(t *testing.T) {
	p := startProxy(t, startServer(t).Addr)
	s := open(t, redisstore.Options{URL: p.url(), Timeout: patient})
	wantBack(t, s)
	p.delay.Store(int64(50 * time.Millisecond))
	for range 10 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		_, err := s.Get(ctx, "a")
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("Get with little time: %v, want ErrUnavailable", err)
		}
		cancel()
	}
	if err := s.Set(t.Context(), "a", "v", time.Hour); err != nil {
		t.Errorf("Set after callers with little time: %v", err)
	}
}

// TestSentinel lets Sentinel put a replica in the place of a master that was
// killed.
func TestSentinel(t *testing.T) {
	master := startServer(t)
	host, port, _ := net.SplitHostPort(master.Addr)
	replica := startServer(t, "--replicaof", host+" "+port)
	sentinel := startSentinel(t, master)
	s := open(t, redisstore.Options{Redis: &redis.UniversalOptions{MasterName: "main", Addrs: []string{sentinel.Addr}}})
	wantBack(t, s)
	if err := s.Set(t.Context(), "before", "1", time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := within(20*time.Second, func() error {
		known, err := sentinel.Admin.Do(t.Context(), "sentinel", "replicas", "main").Slice()
		if err == nil && len(known) != 1 {
			err = fmt.Errorf("Sentinel knows %d replicas", len(known))
		}
		if n, existsErr := replica.Admin.Exists(t.Context(), "authkeel:r{}:before").Result(); err == nil && n != 1 {
			err = fmt.Errorf("the record has not been replicated: %w", errors.Join(existsErr, errors.New("not yet")))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	master.kill()
	if err := within(30*time.Second, func() error {
		return bounded(t, "Set", func() error { return s.Set(t.Context(), "after", "1", time.Hour) })
	}); err != nil {
		t.Fatal(err)
	}
	wantBack(t, s)
	if got, err := s.Get(t.Context(), "before", "after"); err != nil || got[0] != "1" || got[1] != "1" {
		t.Errorf("after the failover: %q, %v, want what was written before and after it", got, err)
	}
}
