package webhook_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
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

func TestNamesAreSeparate(t *testing.T) {
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
