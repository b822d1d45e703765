package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/store"
)

// Limits and defaults of a [Handler].
const (
	DefaultTimeout  = 30 * time.Second
	DefaultRemember = 48 * time.Hour

	defaultName  = "default"
	maxNameBytes = 64
)

// Config is what a [Handler] is made of. Verifier and something to run are
// required.
type Config struct {
	Verifier *Verifier // see NewVerifier and VerifierFromEnv
	Handlers Handlers  // what runs, by event type
	Other    Func      // for types that have no handler; nil: they are acknowledged and dropped

	// Store remembers which messages were processed. nil: in memory, right for a
	// service with one replica; all replicas of a service must share one.
	Store store.Store
	// Name tells endpoints that share a store apart; default "default", 64 bytes
	// at most. It must be the same on all replicas.
	Name string
	// Remember is how long a message that was processed is known; 0 = 48 hours,
	// at least twice the tolerance. A message that is delivered again later runs
	// again, so it has to be longer than the sender keeps trying: Svix does for 28
	// hours.
	Remember time.Duration
	// Timeout ends the context of a handler; 0 = 30 seconds. Svix stops waiting
	// after 15, but the handler goes on and its success counts.
	Timeout time.Duration

	Log *slog.Logger // default slog.Default(), as it is at the time of logging
}

// Handler is an [http.Handler] that verifies webhooks and runs the function for
// their event type: at least once for each message, not again once it succeeded,
// and never twice at the same time. See the package documentation for what it
// answers.
type Handler struct {
	cfg    Config
	prefix string // of keys in the store
}

// New checks the configuration and returns an error that names the field.
func New(cfg Config) (*Handler, error) {
	if cfg.Verifier == nil {
		return nil, errors.New("webhook: Verifier is nil; use NewVerifier or VerifierFromEnv")
	}
	if len(cfg.Handlers) == 0 && cfg.Other == nil {
		return nil, errors.New("webhook: Handlers and Other are empty; there is nothing to run")
	}
	handlers := make(Handlers, len(cfg.Handlers)) // the caller may go on with theirs
	for name, f := range cfg.Handlers {
		if f == nil || name == "" || len(name) > maxTypeBytes {
			return nil, fmt.Errorf("webhook: Handlers[%q] is nil, or its type not between 1 and %d bytes long", name, maxTypeBytes)
		}
		handlers[name] = f
	}
	cfg.Handlers = handlers
	if cfg.Name == "" {
		cfg.Name = defaultName
	}
	if len(cfg.Name) > maxNameBytes || strings.Contains(cfg.Name, ":") {
		return nil, fmt.Errorf("webhook: Name is %q; it must be shorter than %d bytes and without a colon", cfg.Name, maxNameBytes+1)
	}
	if cfg.Remember == 0 {
		cfg.Remember = DefaultRemember
	}
	least := 2 * time.Duration(cfg.Verifier.tolerance) * time.Second
	if cfg.Remember < least || cfg.Remember > store.MaxDuration {
		return nil, fmt.Errorf("webhook: Remember is %v; it must be between %v, twice the tolerance, and %v", cfg.Remember, least, store.MaxDuration)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Timeout < 0 {
		return nil, fmt.Errorf("webhook: Timeout is %v", cfg.Timeout)
	}
	if cfg.Store == nil {
		cfg.Store = store.NewMemory(store.MemoryOptions{Now: cfg.Verifier.now})
	}
	return &Handler{cfg, "webhook:" + cfg.Name + ":"}, nil
}

// NewFromEnv is [New] with the secrets of [VerifierFromEnv], and everything
// else as it is by default: for a service with one replica.
func NewFromEnv(handlers Handlers) (*Handler, error) {
	v, err := VerifierFromEnv()
	if err != nil {
		return nil, err
	}
	return New(Config{Verifier: v, Handlers: handlers})
}

// ServeHTTP answers one delivery.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	result := h.serve(w, r)
	result.log(r.Context(), h.cfg.Log)
	result.write(w)
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) result {
	if r.Method != http.MethodPost {
		return result{answer: wrongMethod}
	}
	body, err := h.body(w, r)
	if err != nil {
		return refused(err)
	}
	message, err := h.cfg.Verifier.Verify(r.Header, body)
	if err != nil {
		return refused(err)
	}
	event, err := message.Event()
	if err != nil {
		return refused(err)
	}
	run := h.cfg.Handlers[event.Type]
	if run == nil {
		run = h.cfg.Other
	}
	if run == nil {
		return result{answer: ignored, event: event}
	}
	return h.once(r.Context(), event, run)
}

// once runs f unless the message was or is being processed.
func (h *Handler) once(ctx context.Context, e *Event, f Func) result {
	claim, err := h.claim(ctx, e.ID)
	switch {
	case errors.Is(err, errDone):
		return result{answer: duplicate, event: e}
	case errors.Is(err, errBusy):
		return result{answer: busy, event: e}
	case err != nil:
		return result{answer: unavailable, event: e, err: err}
	}
	// The sender may stop waiting. What was begun is still brought to an end, so
	// that its next try finds it done.
	ctx = context.WithoutCancel(ctx)
	if err := claim.run(ctx, h.cfg.Timeout, func(ctx context.Context) error { return f(ctx, e) }); err != nil {
		return result{answer: failed, event: e, err: err}
	}
	// The handler succeeded, whatever becomes of the mark: to answer anything but
	// success would have it run again.
	return result{answer: processed, event: e, err: claim.done(ctx, h.cfg.Remember)}
}
