package jwks

import (
	"context"
	"errors"
	"fmt"
	"time"
)

var errNoKeys = fmt.Errorf("%w (empty): the issuer publishes no keys", ErrUnavailable)

// Ready makes one attempt when there are no usable keys, whatever the back-off,
// and returns why it failed. The source recovers by itself afterwards, so the
// error is no reason not to start.
func (r *remote) Ready(ctx context.Context) error {
	now := r.now()
	r.mu.Lock()
	if r.state.Load().ready(now) {
		r.mu.Unlock()
		return nil
	}
	f := r.flight
	if f == nil {
		f = r.start(now)
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

// WaitReady makes attempts, with back-off between them, until there are usable
// keys or ctx ends; the error then wraps ErrUnavailable and ctx.Err, and says why
// the last attempt failed.
func (r *remote) WaitReady(ctx context.Context) error {
	for {
		err := r.Ready(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return r.late(ctx, err)
		}
		s, now := r.state.Load(), r.now()
		pause := max(s.retryAt.Sub(now), s.coolUntil.Sub(now), minBackoff/2)
		timer := time.NewTimer(min(pause, maxBackoff))
		select {
		case <-ctx.Done():
			timer.Stop()
			return r.late(ctx, err)
		case <-timer.C:
		}
	}
}

// late is the error of a wait that ended with ctx while err was in the way.
func (r *remote) late(ctx context.Context, err error) error {
	if errors.Is(err, ctx.Err()) {
		if last := r.state.Load().err; last != nil {
			err = last
		} else {
			return err
		}
	}
	return fmt.Errorf("%w: %w", err, ctx.Err())
}

func (s *state) ready(now time.Time) bool {
	return s.usable(now) && len(s.set.keys) > 0
}
