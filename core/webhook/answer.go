package webhook

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/store"
)

// answer is a row of the table in the package documentation: what the client
// sees.
type answer struct {
	status  int
	body    []byte
	header  [2]string // an additional header, or ""
	outcome string    // for the log
	level   slog.Level
}

func problem(code, description string) []byte {
	return core.Body{Error: code, Description: description}.JSON()
}

func success(status string) []byte { return []byte(`{"status":"` + status + `"}`) }

var (
	processed   = &answer{http.StatusOK, success("processed"), [2]string{}, "processed", slog.LevelInfo}
	duplicate   = &answer{http.StatusOK, success("already_processed"), [2]string{}, "already processed", slog.LevelInfo}
	ignored     = &answer{http.StatusOK, success("ignored"), [2]string{}, "ignored: no handler for the type", slog.LevelDebug}
	notAccepted = &answer{http.StatusBadRequest, problem("invalid_webhook", "the webhook is not accepted"), [2]string{}, "refused", slog.LevelInfo}
	wrongMethod = &answer{http.StatusMethodNotAllowed, problem("method_not_allowed", "a webhook is a POST request"), [2]string{"Allow", http.MethodPost}, "wrong method", slog.LevelInfo}
	busy        = &answer{http.StatusConflict, problem("in_progress", "the message is being processed"), [2]string{"Retry-After", "60"}, "being processed by another delivery", slog.LevelInfo}
	tooLarge    = &answer{http.StatusRequestEntityTooLarge, problem("body_too_large", "the body is too large"), [2]string{}, "refused", slog.LevelWarn}
	failed      = &answer{http.StatusInternalServerError, problem("handler_failed", "the message could not be processed"), [2]string{}, "handler failed", slog.LevelError}
	notMounted  = &answer{http.StatusInternalServerError, problem("server_error", "the server is not set up to answer this request"), [2]string{}, "not set up", slog.LevelError}
	unavailable = &answer{http.StatusServiceUnavailable, problem("temporarily_unavailable", "the message cannot be processed at the moment"), [2]string{"Retry-After", "30"}, "store unavailable", slog.LevelError}
)

// result is the outcome of one delivery.
type result struct {
	*answer
	event *Event // set after the signature was found valid
	err   error
}

// refused is the result for a request that is not accepted.
func refused(err error) result {
	switch {
	case errors.Is(err, errConsumed):
		return result{answer: notMounted, err: err}
	case errors.Is(err, ErrTooLarge):
		return result{answer: tooLarge, err: err}
	}
	return result{answer: notAccepted, err: err}
}

func (r result) write(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	if r.header[0] != "" {
		header.Set(r.header[0], r.header[1])
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body) // a sender that is gone needs no answer
}

// log writes one line. It contains nothing of a request whose signature is not
// valid.
func (r result) log(ctx context.Context, log *slog.Logger) {
	if log == nil {
		log = slog.Default()
	}
	level := r.level
	if r.err != nil && r.answer == processed {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{slog.String("outcome", r.outcome), slog.Int("status", r.status)}
	if r.event != nil {
		attrs = append(attrs, slog.String("id", r.event.ID), slog.String("type", r.event.Type))
	}
	var ours *Error
	if errors.As(r.err, &ours) && r.event == nil {
		attrs = append(attrs, slog.String("reason", ours.Reason))
		if hint := hints[ours]; hint != "" {
			attrs = append(attrs, slog.String("hint", hint))
		}
	} else if r.err != nil {
		attrs = append(attrs, slog.String("error", r.err.Error()))
	}
	if errors.Is(r.err, store.ErrFull) {
		attrs = append(attrs, slog.String("hint", "raise store.MemoryOptions.MaxEntries, shorten Config.Remember, or use a shared store"))
	}
	log.LogAttrs(ctx, level, "authkeel webhook", attrs...)
}

// hints has advice for refusals that are common while setting up.
var hints = map[*Error]string{
	errSignature: "the secret is that of another endpoint, or the body was changed on its way: it must be the bytes that were sent, not parsed and encoded again",
	errEmpty:     "if middleware before the handler reads the body, mount the webhook outside of it, or mount Handler.BufferBody before it",
	errOld:       "the clock of this machine may be ahead",
	errFuture:    "the clock of this machine may be behind",
}
