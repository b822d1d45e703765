package core

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/jwks"
)

// EventKind says what happened.
type EventKind string

// The kinds of events.
const (
	EventAccepted    EventKind = "accepted"     // a token was good
	EventAnonymous   EventKind = "anonymous"    // none came, where authentication is optional
	EventRefused     EventKind = "refused"      // a request or token was not
	EventDenied      EventKind = "denied"       // a check found a right missing, or could not find out
	EventRevoked     EventKind = "revoked"      // a revoked token was used; EventRefused follows
	EventRateLimited EventKind = "rate_limited" // a limit was reached; EventRefused follows
	EventKeys        EventKind = "keys"         // an issuer's key set was fetched, or could not be
)

// Event is one entry of the audit log. It holds nothing of a token but what was
// verified, and is for logs and metrics, never for the client.
type Event struct {
	Kind     EventKind
	Reason   string        // the code of an Error, or jwks.Refresh.Err; "" when all is well
	Status   int           // what the client gets, before Config.RewriteRefusal; 0 when it is let through
	Cached   bool          // the token was remembered
	Duration time.Duration // of the decision
	Client   netip.Addr    // see Config.TrustedProxies; not valid when there was no request

	// Who the token belongs to, once that is proved.
	Issuer, Subject, SessionID, TokenID, KeyID string

	Err  error         // behind the reason, with texts of other systems; nil when there is nothing more to know
	Keys *jwks.Refresh // for EventKeys
}

// Observer is told of every authentication, of every check that does not let a
// request go on, and of every fetch of keys. It is called on the request's
// goroutine, so it has to be quick; it must not keep the context. Several
// goroutines call it at once.
type Observer interface {
	Observe(ctx context.Context, e Event)
}

// LogObserver writes events to a structured log: acceptance and fetches that
// changed nothing at level Debug, refusals and changed keys at Info, what
// somebody should look at (outages, revoked tokens in use) at Warn.
func LogObserver(log *slog.Logger) Observer { return logObserver{log} }

type logObserver struct{ log *slog.Logger }

func (o logObserver) Observe(ctx context.Context, e Event) {
	level := slog.LevelInfo
	switch {
	case e.Kind == EventAccepted, e.Kind == EventAnonymous, e.Kind == EventKeys && e.Reason == "" && !e.Keys.Changed:
		level = slog.LevelDebug
	case e.Kind == EventRevoked, e.Kind == EventKeys && e.Reason != "", e.Status >= 500:
		level = slog.LevelWarn
	}
	if !o.log.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 16)
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
		attrs = append(attrs, slog.Duration("duration", e.Duration))
	}
	if e.Keys != nil {
		attrs = append(attrs, slog.Int("keys", e.Keys.Keys), slog.Int("dropped", len(e.Keys.Dropped)))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("error", e.Err.Error()))
	}
	o.log.LogAttrs(ctx, level, "authkeel", attrs...)
}

// reportDecision reports the outcome of an authentication.
func (a *Authenticator) reportDecision(ctx context.Context, r adapter.Request, id *Identity, err error, cached bool, start time.Time) {
	if a.cfg.Observer == nil {
		return
	}
	e := Event{Kind: EventAccepted, Cached: cached, Client: a.clientAddr(r)}
	if id != nil && id.anonymous {
		e.Kind = EventAnonymous
	}
	if err != nil {
		e.refused(EventRefused, err)
		var known *Error
		if errors.As(err, &known) && known.identity != nil {
			revoked := e
			revoked.Kind = EventRevoked
			revoked.about(known.identity)
			a.cfg.Observer.Observe(ctx, revoked)
			id = known.identity
		}
	}
	e.about(id)
	e.Duration = a.now().Sub(start)
	a.cfg.Observer.Observe(ctx, e)
}

// reportDenial reports a check that did not let a request go on.
func (a *Authenticator) reportDenial(ctx context.Context, r adapter.Request, id *Identity, err *Error) {
	if a.cfg.Observer == nil {
		return
	}
	e := Event{Client: a.clientAddr(r)}
	e.refused(EventDenied, err)
	e.about(id)
	a.cfg.Observer.Observe(ctx, e)
}

// reportRateLimit reports that the failure limit was reached.
func (a *Authenticator) reportRateLimit(ctx context.Context, client netip.Addr) {
	if a.cfg.Observer != nil {
		a.cfg.Observer.Observe(ctx, Event{Kind: EventRateLimited, Reason: "too_many_failures", Status: rateLimited.status, Client: client})
	}
}

func (e *Event) refused(kind EventKind, err error) {
	e.Kind = kind
	var known *Error
	if errors.As(err, &known) {
		e.Reason, e.Status, e.Err = known.Reason, known.answer().status, known.cause
	}
}

func (e *Event) about(id *Identity) {
	d := id.read()
	e.Issuer, e.Subject, e.SessionID, e.TokenID = d.Issuer, d.Subject, d.SessionID, d.TokenID
	if id != nil {
		e.KeyID = id.keyID
	}
}

// observeKeys tells the Observer of every fetch of keys.
func (a *Authenticator) observeKeys() {
	if a.cfg.Observer == nil {
		return
	}
	for _, is := range a.issuers {
		is.Keys.Subscribe(func(r jwks.Refresh) {
			e := Event{Kind: EventKeys, Reason: r.Err, Issuer: is.URL, Duration: r.Duration, Keys: &r}
			if r.Detail != "" {
				e.Err = errors.New(r.Detail)
			}
			a.cfg.Observer.Observe(context.Background(), e)
		})
	}
}
