package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/authkeel/authkeel/core/store"
)

// lease is how long a message stays claimed when the process that works on it
// is gone. While the handler runs the lease is extended three times as often.
// Svix's third try comes after 5 minutes, so the message is free by then.
const lease = time.Minute

// marked is the record of a message that was processed. No claim looks like it.
const marked = "done"

var (
	errDone = errors.New("webhook: the message was processed")
	errBusy = errors.New("webhook: the message is being processed")
	errLost = errors.New("webhook: the claim was lost; the message may be processed twice")
)

// claim is the right to process a message, as long as the store holds owner
// under key.
type claim struct {
	store      store.Store
	key, owner string
}

// claim returns the right to process a message, errDone, errBusy, or an outage.
func (h *Handler) claim(ctx context.Context, id string) (*claim, error) {
	c := &claim{h.cfg.Store, h.prefix + id, "claimed by " + rand.Text()}
	current, claimed, err := c.store.Swap(ctx, c.key, "", c.owner, lease)
	switch {
	case err != nil:
		return nil, err
	case claimed:
		return c, nil
	case current == marked:
		return nil, errDone
	}
	return nil, errBusy
}

// run calls f, extends the lease meanwhile, and lets go of the message unless f
// returns nil: also when it panics, which goes on to whoever recovers.
func (c *claim) run(ctx context.Context, timeout time.Duration, f func(context.Context) error) (err error) {
	work, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	work, lose := context.WithCancelCause(work)
	defer lose(nil)
	stop := c.extend(ctx, lose)

	succeeded := false
	defer func() {
		stop()
		if !succeeded {
			err = errors.Join(err, c.release(ctx))
		}
	}()
	err = f(work)
	succeeded = err == nil
	return err
}

// extend keeps the claim while its handler runs, however long that takes. When
// somebody else has it, the handler's context ends.
func (c *claim) extend(ctx context.Context, lose context.CancelCauseFunc) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(lease / 3)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			_, kept, err := c.store.Swap(ctx, c.key, c.owner, c.owner, lease)
			if err == nil && !kept {
				lose(errLost)
				return
			}
			// After an outage there are two more tries before the lease is over.
		}
	}()
	return func() {
		cancel()
		<-stopped
	}
}

// done marks the message as processed.
func (c *claim) done(ctx context.Context, remember time.Duration) error {
	_, marked, err := c.store.Swap(ctx, c.key, c.owner, marked, remember)
	if err != nil {
		return fmt.Errorf("webhook: not marked as processed: %w", err)
	}
	if !marked {
		return errLost
	}
	return nil
}

// release lets the next delivery try. Without it the lease runs out.
func (c *claim) release(ctx context.Context) error {
	if _, _, err := c.store.Swap(ctx, c.key, c.owner, "", 0); err != nil {
		return fmt.Errorf("webhook: not released: %w", err)
	}
	return nil
}
