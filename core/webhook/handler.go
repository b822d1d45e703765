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

// Config is the configuration of a [Handler]. Verifier and at least one function
// are required.
type Config struct {
	Verifier *Verifier   // see NewVerifier
	Handlers Handlers    // the functions by event type
	Default  HandlerFunc // for types without a function in Handlers; nil: they are acknowledged and dropped

	// EveryDelivery runs for each delivery whose signature is valid, before the
	// function for its type, and also when the message was processed before or is
	// being processed. Use it for what each replica must do by itself, such as
	// dropping a cache in memory, where the sender delivers to each of them. When it
	// returns an error the delivery fails, and nothing else runs.
	EveryDelivery HandlerFunc

	// Store remembers which messages were processed. nil: in memory, for a service
	// with one replica; all replicas of a service must share one.
	Store store.Store
	// Name separates endpoints that share a store; default "default", 64 bytes at
	// most. It must be the same on all replicas.
	Name string
	// Remember is how long a processed message is remembered; 0 = 48 hours, at least
	// twice the tolerance. A message that is delivered again later runs again, so it
	// has to be longer than the sender keeps trying: Svix does for 28 hours.
	Remember time.Duration
	// Timeout ends the context of a function; 0 = 30 seconds. Svix stops waiting
	// after 15, but the function goes on and its success counts.
	Timeout time.Duration

	Logger *slog.Logger // default slog.Default(), as it is at the time of logging
}

// Handler is an [http.Handler] that verifies webhooks and runs the function for
// their event type: at least once for each message, not again after it succeeded,
// and never twice at the same time. The package documentation has its answers.
type Handler struct {
	cfg    Config
	prefix string // of keys in the store
}

// New checks the configuration and returns an error that names the field.
func New(cfg Config) (*Handler, error) {
	if cfg.Verifier == nil {
		return nil, errors.New("webhook: Config.Verifier is nil: set it to what NewVerifier returns")
	}
	if len(cfg.Handlers) == 0 && cfg.Default == nil && cfg.EveryDelivery == nil {
		return nil, errors.New("webhook: Config.Handlers is empty: set the functions to run, there or in Default or EveryDelivery")
	}
	handlers := make(Handlers, len(cfg.Handlers)) // the caller may change its map later
	for name, f := range cfg.Handlers {
		if f == nil || name == "" || len(name) > maxTypeBytes {
			return nil, fmt.Errorf("webhook: Config.Handlers[%q]: the function must not be nil, and the type must have 1 to %d bytes", name, maxTypeBytes)
		}
		handlers[name] = f
	}
	cfg.Handlers = handlers
	if cfg.Name == "" {
		cfg.Name = defaultName
	}
	if len(cfg.Name) > maxNameBytes || strings.Contains(cfg.Name, ":") {
		return nil, fmt.Errorf("webhook: Config.Name is %q: use at most %d bytes, without a colon", cfg.Name, maxNameBytes)
	}
	if cfg.Remember == 0 {
		cfg.Remember = DefaultRemember
	}
	least := 2 * time.Duration(cfg.Verifier.tolerance) * time.Second
	if cfg.Remember < least || cfg.Remember > store.MaxDuration {
		return nil, fmt.Errorf("webhook: Config.Remember is %v: it must be between %v, twice the tolerance, and %v", cfg.Remember, least, store.MaxDuration)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Timeout < 0 {
		return nil, errors.New("webhook: Config.Timeout must not be negative")
	}
	if cfg.Store == nil {
		cfg.Store = store.NewMemory(store.MemoryOptions{Now: cfg.Verifier.now})
	}
	return &Handler{cfg, "webhook:" + cfg.Name + ":"}, nil
}

// ServeHTTP answers one delivery.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	result := h.serve(w, r)
	result.log(r.Context(), h.cfg.Logger)
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
	if err := h.everyDelivery(r.Context(), event); err != nil {
		return result{answer: failed, event: event, err: err}
	}
	run := h.cfg.Handlers[event.Type]
	if run == nil {
		run = h.cfg.Default
	}
	if run == nil {
		return result{answer: ignored, event: event}
	}
	return h.once(r.Context(), event, run)
}

// everyDelivery runs the function of that name, where there is one.
func (h *Handler) everyDelivery(ctx context.Context, e *Event) error {
	if h.cfg.EveryDelivery == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.cfg.Timeout)
	defer cancel()
	return h.cfg.EveryDelivery(ctx, e)
}

// once runs f unless the message was or is being processed.
func (h *Handler) once(ctx context.Context, e *Event, f HandlerFunc) result {
	claim, err := h.claim(ctx, e.ID)
	switch {
	case errors.Is(err, errDone):
		return result{answer: duplicate, event: e}
	case errors.Is(err, errBusy):
		return result{answer: busy, event: e}
	case err != nil:
		return result{answer: unavailable, event: e, err: err}
	}
	// The sender may stop waiting. The function still runs to its end, so that the
	// next delivery finds the message processed.
	ctx = context.WithoutCancel(ctx)
	if err := claim.run(ctx, h.cfg.Timeout, func(ctx context.Context) error { return f(ctx, e) }); err != nil {
		return result{answer: failed, event: e, err: err}
	}
	// The function succeeded, even when the mark cannot be written: any other answer
	// than success would make it run again.
	return result{answer: processed, event: e, err: claim.done(ctx, h.cfg.Remember)}
}
