package core

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/internal/safelog"
	"github.com/authkeel/authkeel/core/jwks"
)

// Silent is an Observer that is told nothing. Without an Observer, refusals go to
// [slog.Default], the first of each reason and then one a minute.
var Silent Observer = silent{}

type silent struct{}

func (silent) Observe(context.Context, Event) {}

// LogObserver writes events to a structured log: acceptance and fetches that
// changed nothing at level Debug, refusals and changed keys at Info, what
// somebody should look at (outages, revoked tokens in use, settings that can never
// match) at Warn. The message is "authkeel"; the attributes, each left out when it
// says nothing, are:
//
//	event      the EventKind
//	reason     the reason code; REASONS.md says what each means and what to do
//	status     what the client got
//	method, path, request_id    of the request; never its query
//	member     the header parameter or claim that decided
//	found      what the token has there, quoted, at most 128 bytes
//	expected   what it should have
//	advice     what to change
//	issuer, subject, session, token (the jti), key (the kid)    once proved
//	client     the client's address
//	cached     whether the token was in the cache
//	duration_ms    of the decision, or of the fetch of keys, in milliseconds
//	keys, dropped    usable and rejected keys of a fetched key set
//	dropped_keys     the rejected keys, with their ids and reasons
//	error      what another system said
//
// Tokens, signatures and keys are never written.
func LogObserver(log *slog.Logger) Observer { return logObserver{log} }

type logObserver struct{ log *slog.Logger }

func (o logObserver) Observe(ctx context.Context, e Event) { writeEvent(ctx, o.log, e) }

func writeEvent(ctx context.Context, log *slog.Logger, e Event, more ...slog.Attr) {
	level := levelOf(&e)
	if !log.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 24)
	text := func(name, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(name, value))
		}
	}
	text("event", string(e.Kind))
	text("reason", e.Reason)
	if e.Status != 0 {
		attrs = append(attrs, slog.Int("status", e.Status))
	}
	text("method", e.Method)
	text("path", e.Path)
	text("request_id", e.RequestID)
	text("member", e.Member)
	text("found", safelog.Text(e.Found))
	text("expected", safelog.Text(e.Expected))
	text("advice", e.Advice)
	text("issuer", e.Issuer)
	text("subject", e.Subject)
	text("session", e.SessionID)
	text("token", e.TokenID)
	text("key", e.KeyID)
	if e.Client.IsValid() {
		attrs = append(attrs, slog.String("client", e.Client.String()))
	}
	if e.Kind == EventAccepted {
		attrs = append(attrs, slog.Bool("cached", e.Cached))
	}
	if e.Duration > 0 {
		// A slog.Duration is a number without a unit in JSON.
		attrs = append(attrs, slog.Float64("duration_ms", float64(e.Duration)/float64(time.Millisecond)))
	}
	if e.Keys != nil {
		attrs = append(attrs, slog.Int("keys", e.Keys.Keys), slog.Int("dropped", len(e.Keys.Dropped)))
		text("dropped_keys", droppedKeys(e.Keys.Dropped))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("error", e.Err.Error()))
	}
	log.LogAttrs(ctx, level, "authkeel", append(attrs, more...)...)
}

func levelOf(e *Event) slog.Level {
	switch {
	case e.Kind == EventAccepted, e.Kind == EventAnonymous, e.Kind == EventKeys && e.Reason == "" && !e.Keys.Changed:
		return slog.LevelDebug
	case e.Kind == EventRevoked, e.Kind == EventHint, e.Kind == EventStore, e.Kind == EventKeys && e.Reason != "", e.Status >= 500:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// maxDroppedInLog bounds how many rejected keys one line of the log names.
const maxDroppedInLog = 8

func droppedKeys(dropped []jwks.Dropped) string {
	var names []string
	for i, d := range dropped {
		if i == maxDroppedInLog {
			names = append(names, fmt.Sprintf("and %d more", len(dropped)-i))
			break
		}
		names = append(names, d.String())
	}
	return strings.Join(names, ", ")
}

// refusalLog stands in for an Observer: it writes the first refusal of each
// reason to slog.Default, and then one a minute with a count, so that nobody is
// refused without a trace and a flood of bad tokens fills no disk.
type refusalLog struct {
	now func() time.Time

	mu   sync.Mutex
	seen map[refusalKind]*repeated
}

// refusalKind is what lines of the log have in common that are counted together.
type refusalKind struct {
	event          EventKind
	reason, member string
}

type repeated struct {
	until time.Time // no other line before
	count int       // refusals since the last line
}

const (
	refusalLogEvery = time.Minute
	maxRefusalKinds = 256 // reasons are a closed list, members nearly so
)

func newRefusalLog(now func() time.Time) *refusalLog {
	return &refusalLog{now: now, seen: make(map[refusalKind]*repeated)}
}

func (l *refusalLog) Observe(ctx context.Context, e Event) {
	if count, ok := l.admit(&e); ok {
		l.write(ctx, e, count)
	}
}

// admit reports whether an event becomes a line now, and for how many events the line
// stands.
func (l *refusalLog) admit(e *Event) (count int, ok bool) {
	if levelOf(e) < slog.LevelInfo || e.Kind == EventKeys && e.Reason == "" && len(e.Keys.Dropped) == 0 {
		return 0, false
	}
	return l.take(refusalKind{e.Kind, e.Reason, e.Member})
}

func (l *refusalLog) write(ctx context.Context, e Event, count int) {
	if count > 1 {
		writeEvent(ctx, slog.Default(), e, slog.Int("count", count))
		return
	}
	writeEvent(ctx, slog.Default(), e)
}

// take reports whether a line of this kind may be written now, and for how many
// events it stands.
func (l *refusalLog) take(kind refusalKind) (count int, ok bool) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.seen[kind]
	if r == nil {
		if len(l.seen) >= maxRefusalKinds {
			kind = refusalKind{}
		}
		if r = l.seen[kind]; r == nil {
			r = &repeated{}
			l.seen[kind] = r
		}
	}
	r.count++
	if now.Before(r.until) {
		return 0, false
	}
	count, r.count, r.until = r.count, 0, now.Add(refusalLogEvery)
	return count, true
}
