package webhook_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core/store"
	"github.com/authkeel/authkeel/core/webhook"
)

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

// lateStore makes the first change, and its answer comes too late.
type lateStore struct {
	store.Store
	late atomic.Bool
}

func (s *lateStore) Swap(ctx context.Context, key, old, value string, ttl time.Duration) (string, bool, error) {
	current, swapped, err := s.Store.Swap(ctx, key, old, value, ttl)
	if err == nil && s.late.CompareAndSwap(true, false) {
		return "", false, store.ErrUnavailable
	}
	return current, swapped, err
}

// TestClaimWithALateAnswer: the sender's next attempt need not wait for the end of a
// lease that nobody uses.
func TestClaimWithALateAnswer(t *testing.T) {
	var ran calls
	shared := &lateStore{Store: memory()}
	e := newEndpoint(t, webhook.Config{Default: ran.run, Store: shared})
	shared.late.Store(true)
	for _, want := range []int{503, 200, 200} {
		if status := e.deliver("msg_1", userCreated); status != want {
			t.Errorf("got %d, want %d", status, want)
		}
	}
	if ran.n != 1 {
		t.Errorf("the function ran %d times, want once", ran.n)
	}
}
