package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// traffic calls every API, without a pause to speak of, with tokens that are valid.
type traffic struct {
	apis   []api
	stop   context.CancelFunc
	ended  sync.WaitGroup
	served atomic.Int64

	mu     sync.Mutex // guards what follows
	tokens []string
	lost   []string // requests that were not answered with 200
}

func startTraffic(ctx context.Context, apis []api) *traffic {
	ctx, cancel := context.WithCancel(ctx)
	t := &traffic{apis: apis, stop: cancel}
	for i := range apis {
		t.ended.Go(func() { t.run(ctx, &apis[i]) })
	}
	return t
}

// use says which tokens are valid from now on. It returns when no request with
// another one is under way.
func (t *traffic) use(tokens ...string) {
	t.mu.Lock()
	t.tokens = tokens
	t.mu.Unlock()
	time.Sleep(100 * time.Millisecond) // far longer than a request takes
}

func (t *traffic) run(ctx context.Context, a *api) {
	for ctx.Err() == nil {
		t.mu.Lock()
		tokens := t.tokens
		t.mu.Unlock()
		for i, token := range tokens {
			began := time.Now()
			status, err := a.call(ctx, token)
			switch {
			case ctx.Err() != nil:
				return
			case err != nil || status != http.StatusOK:
				t.mu.Lock()
				t.lost = append(t.lost, fmt.Sprintf("%s token %d: %d %v after %v", a.framework, i, status, err, time.Since(began).Round(time.Millisecond)))
				t.mu.Unlock()
			default:
				t.served.Add(1)
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// losses returns what was lost since the last time, and how much was served.
func (t *traffic) losses() error {
	served := t.served.Swap(0)
	t.mu.Lock()
	defer t.mu.Unlock()
	lost := t.lost
	t.lost = nil
	switch {
	case len(lost) > 0:
		return fmt.Errorf("%d of %d valid requests are lost, the first: %s", len(lost), served+int64(len(lost)), lost[0])
	case served < 100:
		return fmt.Errorf("there were only %d requests", served)
	}
	return nil
}

func (t *traffic) end() {
	t.stop()
	t.ended.Wait()
}
