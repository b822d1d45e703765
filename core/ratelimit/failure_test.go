package ratelimit

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core/store"
)

func failureLimit(t *testing.T, cfg FailureConfig) *FailureLimit {
	t.Helper()
	f, err := NewFailureLimit(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var (
	attacker  = netip.MustParseAddr("192.0.2.1")
	bystander = netip.MustParseAddr("192.0.2.2")
)

func TestFailureLimit(t *testing.T) {
	clock, ctx := newClock(), t.Context()
	f := failureLimit(t, FailureConfig{Failures: 3, Per: 30 * time.Second, Checks: 2, Now: clock.now})
	allowed := func(addr netip.Addr, n int) (allows int) {
		for range n {
			if _, ok := f.Allow(ctx, addr); ok {
				allows++
			}
		}
		return allows
	}
	if got := allowed(attacker, 100); got != 100 {
		t.Errorf("got %d checks without a failure, want 100", got)
	}
	for range 3 {
		if _, ok := f.Allow(ctx, attacker); !ok {
			t.Error("a check was refused below the limit")
		}
		f.Failed(ctx, attacker)
	}
	// Over the limit, two checks a second are shared.
	if got := allowed(attacker, 10); got != 2 {
		t.Errorf("got %d checks over the limit, want 2", got)
	}
	clock.elapse(500 * time.Millisecond)
	if got := allowed(attacker, 10); got != 1 {
		t.Errorf("got %d checks half a second later, want 1", got)
	}
	if wait, ok := f.Allow(ctx, attacker); ok || wait != 9500*time.Millisecond {
		t.Errorf("got %v, %v; want to wait until a failure is forgiven", wait, ok)
	}
	if got := allowed(bystander, 10); got != 10 {
		t.Errorf("got %d checks of another address, want 10", got)
	}
	// Failures over the limit, of shared checks, do not make it last longer.
	for range 100 {
		f.Failed(ctx, attacker)
	}
	clock.elapse(10 * time.Second)
	if got := allowed(attacker, 10); got != 10 {
		t.Errorf("got %d checks after a failure was forgiven, want 10", got)
	}
	f.Failed(ctx, attacker)
	if got := allowed(attacker, 10); got != 2 {
		t.Errorf("got %d checks over the limit again, want 2", got)
	}
	clock.elapse(time.Minute)
	if got := allowed(attacker, 10); got != 10 {
		t.Errorf("got %d checks when all is forgiven, want 10", got)
	}
}

func TestFailureLimitWithoutChecks(t *testing.T) {
	f, ctx := failureLimit(t, FailureConfig{Failures: 1, Per: time.Hour, Checks: -1}), t.Context()
	f.Failed(ctx, attacker)
	if wait, ok := f.Allow(ctx, attacker); ok || wait < 59*time.Minute {
		t.Errorf("got %v, %v; want no check for an hour", wait, ok)
	}
}

func TestFailureLimitAddresses(t *testing.T) {
	for _, tt := range []struct {
		failed, asked netip.Addr
		same          bool
	}{
		{attacker, attacker, true},
		{attacker, bystander, false},
		{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::ffff:1"), true},
		{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8:0:1::1"), false},
		{netip.Addr{}, netip.Addr{}, true}, // nobody is free
		{netip.Addr{}, attacker, false},
	} {
		f, ctx := failureLimit(t, FailureConfig{Failures: 1, Checks: -1}), context.Background()
		f.Failed(ctx, tt.failed)
		if _, ok := f.Allow(ctx, tt.asked); ok == tt.same {
			t.Errorf("%v, then %v: got allowed %v", tt.failed, tt.asked, ok)
		}
	}
}

// TestFailureLimitInOutage: the limit holds in the memory of the process.
func TestFailureLimitInOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, shared := &events{}, newFlaky()
		f, ctx := failureLimit(t, FailureConfig{Failures: 3, Per: time.Hour, Checks: -1, Store: shared, Name: "logins", Observer: log}), t.Context()
		shared.set(func(ctx context.Context) error { <-ctx.Done(); return store.ErrUnavailable })
		allows := 0
		for range 20 {
			before := time.Now()
			if _, ok := f.Allow(ctx, attacker); ok {
				allows++
				f.Failed(ctx, attacker)
			}
			if waited := time.Since(before); waited > maxWait {
				t.Errorf("a request waited for %v", waited)
			}
		}
		if allows != 3 {
			t.Errorf("got %d checks, want 3", allows)
		}
		if got := log.take("store"); len(got) != 1 {
			t.Errorf("got %d reports, want 1", len(got))
		}
	})
}

func TestWrongFailureConfig(t *testing.T) {
	var noStore *store.Memory
	var noObserver *events
	for field, cfg := range map[string]FailureConfig{
		"Failures": {Failures: -1},
		"Per":      {Per: -1},
		"Checks":   {Checks: 2_000_000},
		"Name":     {Store: store.NewMemory(store.MemoryOptions{})},
		"Store":    {Store: noStore, Name: "a"},
		"Observer": {Observer: noObserver},
	} {
		f, err := NewFailureLimit(cfg)
		if err == nil || f != nil || !strings.HasPrefix(err.Error(), "authkeel: ratelimit: FailureConfig."+field+" ") {
			t.Errorf("got %v, want an error of %s", err, field)
		}
	}
	for _, cfg := range []FailureConfig{{Failures: 2_000_000, Per: time.Second}, {Per: 1000 * 24 * time.Hour}, {Name: "a b"}} {
		if _, err := NewFailureLimit(cfg); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}
