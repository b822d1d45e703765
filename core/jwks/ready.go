package jwks

import (
	"context"
	"errors"
	"fmt"
	"time"
)

var errNoKeys = fmt.Errorf("%w (empty): the issuer publishes no keys", ErrUnavailable)

// ready makes one attempt when there are no usable keys, whatever the back-off.
func (r *remote) ready(ctx context.Context) error {
	now := r.now()
	r.mu.Lock()
	if r.state.Load().ready(now) {
		r.mu.Unlock()
		return nil
	}
	f := r.flight
	if f == nil {
		f = r.start(now, nil)
	}
	r.mu.Unlock()
	if err := f.wait(ctx, -1); err != nil {
		return err
	}
	if !r.state.Load().ready(r.now()) {
		return errNoKeys
	}
	return nil
}

func (r *remote) pause() time.Duration {
	s := r.state.Load()
	if s.err == nil { // the set is empty for good
		return r.o.Cooldown
	}
	return s.retryAt.Sub(r.now())
}

func (s *state) ready(now time.Time) bool {
	return s.usable(now) && len(s.set.keys) > 0
}

// WaitReady makes attempts, with back-off between them, until there are usable
// keys or ctx ends; the error then wraps [ErrUnavailable] and ctx.Err, and says why
// the last attempt failed.
func (s *Source) WaitReady(ctx context.Context) error {
	if s.Validate() != nil {
		return s.Ready(ctx) // no waiting helps
	}
	var last error
	for {
		err := s.Ready(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return late(ctx, err, last)
		}
		last = err
		timer := time.NewTimer(min(max(s.backend.pause(), minBackoff/2), maxBackoff))
		select {
		case <-ctx.Done():
			timer.Stop()
			return late(ctx, err, last)
		case <-timer.C:
		}
	}
}

// late is the error of a wait that ended with ctx while err was in the way; last
// is the attempt before, nil when there was none.
func late(ctx context.Context, err, last error) error {
	if errors.Is(err, ctx.Err()) {
		if last == nil {
			return err
		}
		err = last
	}
	return fmt.Errorf("%w: %w", err, ctx.Err())
}
