package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/authkeel/authkeel/core/store"
)

// lease is how long a message stays claimed after the process that claimed it has
// died. While the function runs, the lease is extended three times in that time.
// Svix's third attempt comes after 5 minutes, so the message is free by then.
const lease = time.Minute

// processedMark is the record of a message that was processed. No claim has this
// value.
const processedMark = "done"

var (
	errDone = errors.New("webhook: the message was processed")
	errBusy = errors.New("webhook: the message is being processed")
	errLost = errors.New("webhook: the claim was lost, and the message may be processed twice")
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
		// An answer that was late may have been yes. Then the sender's next attempt would
		// get 409 until the lease is over, and the one after that may be hours away.
		if errors.Is(err, store.ErrUnavailable) {
			err = errors.Join(err, c.release(context.WithoutCancel(ctx)))
		}
		return nil, err
	case claimed:
		return c, nil
	case current == processedMark:
		return nil, errDone
	}
	return nil, errBusy
}

// run calls f, extends the lease meanwhile, and releases the message unless f
// returns nil, also when f panics.
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

// extend keeps the claim while the function runs, however long that takes. When
// another delivery has the claim, the function's context ends.
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
			if c.isLost(ctx) {
				lose(errLost)
				return
			}
			// After an outage there are two more attempts before the lease is over.
		}
	}()
	return func() {
		cancel()
		<-stopped
	}
}

// isLost extends the lease once and reports whether another delivery has the
// claim. An outage is not a loss, and neither is a panic of the store: in this
// goroutine it would end the process.
func (c *claim) isLost(ctx context.Context) (lost bool) {
	defer func() {
		if recover() != nil {
			lost = false
		}
	}()
	_, kept, err := c.store.Swap(ctx, c.key, c.owner, c.owner, lease)
	return err == nil && !kept
}

// done marks the message as processed.
func (c *claim) done(ctx context.Context, remember time.Duration) error {
	_, marked, err := c.store.Swap(ctx, c.key, c.owner, processedMark, remember)
	if err != nil {
		return fmt.Errorf("webhook: the message was not marked as processed: %w", err)
	}
	if !marked {
		return errLost
	}
	return nil
}

// release lets the next delivery claim the message. Without it the lease has to
// expire first.
func (c *claim) release(ctx context.Context) error {
	if _, _, err := c.store.Swap(ctx, c.key, c.owner, "", 0); err != nil {
		return fmt.Errorf("webhook: the claim was not released: %w", err)
	}
	return nil
}
