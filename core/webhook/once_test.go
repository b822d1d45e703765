package webhook_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core/store"
	"github.com/authkeel/authkeel/core/webhook"
)

// brokenStore fails from the n-th Swap on, n counted from 0.
type brokenStore struct {
	store.Store
	err   error
	after int
	swaps atomic.Int32
}

func (s *brokenStore) Swap(ctx context.Context, key, old, value string, ttl time.Duration) (string, bool, error) {
	if int(s.swaps.Add(1)) > s.after {
		return "", false, s.err
	}
	return s.Store.Swap(ctx, key, old, value, ttl)
}

func memory() *store.Memory { return store.NewMemory(store.MemoryOptions{}) }

func TestProcessedOnce(t *testing.T) {
	var ran calls
	e := newEndpoint(t, webhook.Config{Default: ran.run})
	for i := range 5 { // retries are signed anew
		if status := e.deliver("msg_1", userCreated); status != 200 {
			t.Errorf("delivery %d: %d, want 200", i, status)
		}
		e.elapse(9 * time.Hour)
	}
	replayed := e.request("msg_2", userCreated)
	again := e.request("msg_2", userCreated)
	serve(e, replayed)
	if w := serve(e, again); w.Code != 200 || !strings.Contains(w.Body.String(), "already_processed") {
		t.Errorf("replay: %d %s, want 200 already_processed", w.Code, w.Body)
	}
	if ran.n != 2 {
		t.Errorf("the handler ran %d times for 2 messages", ran.n)
	}

	e.elapse(webhook.DefaultRemember)
	e.deliver("msg_1", userCreated)
	if ran.n != 3 {
		t.Errorf("the handler ran %d times, want again when the message is forgotten", ran.n)
	}
}

func TestFailedRunsAgain(t *testing.T) {
	ran := calls{err: errors.New("no")}
	e := newEndpoint(t, webhook.Config{Default: ran.run})
	for range 3 {
		if status := e.deliver("msg_1", userCreated); status != 500 {
			t.Errorf("%d, want 500", status)
		}
	}
	ran.err = nil
	for range 3 {
		if status := e.deliver("msg_1", userCreated); status != 200 {
			t.Errorf("%d, want 200", status)
		}
	}
	if ran.n != 4 {
		t.Errorf("the handler ran %d times, want 3 failures and a success", ran.n)
	}
}

func TestPanicPassesAndReleases(t *testing.T) {
	first := true
	e := newEndpoint(t, webhook.Config{Default: func(context.Context, *webhook.Event) error {
		if first {
			first = false
			panic("of the handler")
		}
		return nil
	}})
	func() {
		defer func() {
			if p := recover(); p != "of the handler" {
				t.Errorf("recovered %v, want the handler's panic", p)
			}
		}()
		e.deliver("msg_1", userCreated)
	}()
	if status := e.deliver("msg_1", userCreated); status != 200 {
		t.Errorf("%d after a panic, want 200", status)
	}
}

func TestTwoDeliveriesAtOnceRunOne(t *testing.T) {
	started, goOn := make(chan struct{}), make(chan struct{})
	shared := memory()
	cfg := webhook.Config{Store: shared, Default: func(context.Context, *webhook.Event) error {
		close(started) // panics when run twice
		<-goOn
		return nil
	}}
	one, other := newEndpoint(t, cfg), newEndpoint(t, cfg) // two replicas
	result := make(chan int)
	go func() { result <- one.deliver("msg_1", userCreated) }()
	<-started
	for _, replica := range []*endpoint{other, other} {
		w := serve(replica, replica.request("msg_1", userCreated))
		if w.Code != 409 || w.Header().Get("Retry-After") == "" {
			t.Errorf("the second delivery: %d, Retry-After %q, want 409 and when to come back", w.Code, w.Header().Get("Retry-After"))
		}
	}
	close(goOn)
	if status := <-result; status != 200 {
		t.Errorf("the first delivery: %d, want 200", status)
	}
	if status := other.deliver("msg_1", userCreated); status != 200 {
		t.Errorf("afterwards: %d, want 200", status)
	}
}

func TestManyDeliveriesAtOnce(t *testing.T) {
	var running, ran atomic.Int32
	e := newEndpoint(t, webhook.Config{Default: func(context.Context, *webhook.Event) error {
		if running.Add(1) != 1 {
			t.Error("two run at once")
		}
		defer running.Add(-1)
		if ran.Add(1) < 3 {
			return errors.New("not yet")
		}
		return nil
	}})
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			for start := time.Now(); e.deliver("msg_1", userCreated) != 200; runtime.Gosched() {
				if time.Since(start) > 20*time.Second {
					t.Error("never processed")
					return
				}
			}
		})
	}
	done.Wait()
	if n := ran.Load(); n != 3 {
		t.Errorf("the handler ran %d times, want 2 failures and a success", n)
	}
}

// TestClaimsDiffer holds what tells a claim from one that took its place.
func TestClaimsDiffer(t *testing.T) {
	shared := memory()
	owners := make(map[string]bool)
	e := newEndpoint(t, webhook.Config{Store: shared, Default: func(ctx context.Context, e *webhook.Event) error {
		got, err := shared.Get(ctx, "webhook:default:"+e.ID)
		owners[strings.Join(got, "")] = true
		return errors.Join(err, errors.New("again"))
	}})
	e.deliver("msg_1", userCreated)
	e.deliver("msg_1", userCreated)
	if len(owners) != 2 || owners[""] {
		t.Errorf("claimed as %v, want two different names", owners)
	}
}

func TestNamesAreApart(t *testing.T) {
	shared := memory()
	var a, b calls
	for _, e := range []*endpoint{
		newEndpoint(t, webhook.Config{Store: shared, Name: "a", Default: a.run}),
		newEndpoint(t, webhook.Config{Store: shared, Name: "b", Default: b.run}),
	} {
		e.deliver("msg_1", userCreated)
	}
	if a.n != 1 || b.n != 1 {
		t.Errorf("ran %d and %d times, want 1 and 1", a.n, b.n)
	}
}

// TestLongHandlerKeepsItsClaim has a handler that runs much longer than a lease,
// and takes no notice of its context.
func TestLongHandlerKeepsItsClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := memory()
		var timedOut time.Duration
		start := time.Now()
		cfg := webhook.Config{Store: shared, Default: func(ctx context.Context, _ *webhook.Event) error {
			<-ctx.Done()
			timedOut = time.Since(start)
			time.Sleep(time.Hour)
			return nil
		}}
		one, other := newEndpoint(t, cfg), newEndpoint(t, cfg)
		result := make(chan int)
		go func() { result <- one.deliver("msg_1", userCreated) }()
		for range 119 {
			time.Sleep(30 * time.Second)
			if status := other.deliver("msg_1", userCreated); status != 409 {
				t.Fatalf("%v after the start: %d, want 409", time.Since(start), status)
			}
		}
		if status := <-result; status != 200 {
			t.Errorf("%d, want 200 for a handler that succeeded late", status)
		}
		if timedOut != webhook.DefaultTimeout {
			t.Errorf("the context ended after %v, want %v", timedOut, webhook.DefaultTimeout)
		}
	})
}

func TestClaimOfAProcessThatDiedEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := memory()
		dying := newEndpoint(t, webhook.Config{
			// It claims, and is never heard of again.
			Store:   &brokenStore{Store: shared, err: store.ErrUnavailable, after: 1},
			Default: func(context.Context, *webhook.Event) error { return errors.New("killed") },
		})
		if status := dying.deliver("msg_1", userCreated); status != 500 {
			t.Fatalf("%d, want 500", status)
		}
		if !strings.Contains(dying.log.String(), "not released") {
			t.Errorf("log %q, want that the claim was not released", dying.log)
		}
		var ran calls
		other := newEndpoint(t, webhook.Config{Store: shared, Default: ran.run})
		if status := other.deliver("msg_1", userCreated); status != 409 || ran.n != 0 {
			t.Errorf("%d at once, want 409", status)
		}
		time.Sleep(time.Minute)
		if status := other.deliver("msg_1", userCreated); status != 200 || ran.n != 1 {
			t.Errorf("%d after a minute, want 200", status)
		}
	})
}

func TestLostClaimEndsTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := memory()
		var cause error
		e := newEndpoint(t, webhook.Config{Store: shared, Timeout: time.Hour, Default: func(ctx context.Context, ev *webhook.Event) error {
			if err := shared.Set(ctx, "webhook:default:"+ev.ID, "of somebody else", time.Hour); err != nil {
				return err
			}
			<-ctx.Done()
			cause = context.Cause(ctx)
			return ctx.Err()
		}})
		start := time.Now()
		if status := e.deliver("msg_1", userCreated); status != 500 {
			t.Errorf("%d, want 500", status)
		}
		if waited := time.Since(start); waited > time.Minute || cause == nil || !strings.Contains(cause.Error(), "claim was lost") {
			t.Errorf("the context ended after %v with %v", waited, cause)
		}
		if got, err := shared.Get(t.Context(), "webhook:default:msg_1"); err != nil || got[0] != "of somebody else" {
			t.Errorf("the record is %q, %v, want that of the other one", got, err)
		}
	})
}

// TestSenderThatGivesUp goes away while the handler runs: its work is finished
// and counts.
func TestSenderThatGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var seen error
	var ran int
	e := newEndpoint(t, webhook.Config{Default: func(ctx context.Context, _ *webhook.Event) error {
		ran++
		cancel()
		seen = ctx.Err()
		return seen
	}})
	r := e.request("msg_1", userCreated)
	serve(e, r.WithContext(ctx))
	if seen != nil {
		t.Errorf("the handler's context: %v, want it to go on", seen)
	}
	if status := e.deliver("msg_1", userCreated); status != 200 || ran != 1 {
		t.Errorf("the next delivery: %d, ran %d times, want 200 and once", status, ran)
	}
}

// TestSuccessThatCannotBeMarked must not make the sender deliver again.
func TestSuccessThatCannotBeMarked(t *testing.T) {
	var ran calls
	e := newEndpoint(t, webhook.Config{
		Store:   &brokenStore{Store: memory(), err: store.ErrUnavailable, after: 1},
		Default: ran.run,
	})
	if status := e.deliver("msg_1", userCreated); status != 200 || ran.n != 1 {
		t.Errorf("%d, ran %d times, want 200 and once", status, ran.n)
	}
	if log := e.log.String(); !strings.Contains(log, "not marked as processed") || !strings.Contains(log, slog.LevelWarn.String()) {
		t.Errorf("log %q, want a warning", log)
	}
}

func TestStoreThatComesBack(t *testing.T) {
	var ran calls
	broken := &brokenStore{Store: memory(), err: store.ErrUnavailable}
	e := newEndpoint(t, webhook.Config{Store: broken, Default: ran.run})
	if status := e.deliver("msg_1", userCreated); status != http.StatusServiceUnavailable || ran.n != 0 {
		t.Errorf("%d, ran %d times, want 503 and never", status, ran.n)
	}
	broken.after = 1000
	if status := e.deliver("msg_1", userCreated); status != 200 || ran.n != 1 {
		t.Errorf("%d, ran %d times, want 200 and once", status, ran.n)
	}
}
