package core

import (
	"context"
	"errors"
	"net/netip"
	"runtime"
	"time"
	"weak"

	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/jwks"
)

// EventKind says what happened.
type EventKind string

// The kinds of events.
const (
	EventAccepted    EventKind = "accepted"     // a token was good
	EventAnonymous   EventKind = "anonymous"    // no token, on a route with optional authentication
	EventRefused     EventKind = "refused"      // a request or token was not
	EventDenied      EventKind = "denied"       // a check found a right missing, or could not find out
	EventRevoked     EventKind = "revoked"      // a revoked token was used; EventRefused follows
	EventRateLimited EventKind = "rate_limited" // a limit was reached; EventRefused follows when it is that of failures
	EventKeys        EventKind = "keys"         // an issuer's key set was fetched, or could not be
	EventHint        EventKind = "hint"         // a setting that does not fit what issuers or proxies send; told once
	EventStore       EventKind = "store"        // state that replicas share could not be reached; told once a minute
)

// Event is one entry of the audit log, for logs and metrics, never for the client.
// It holds nothing of a token but what was verified, and Found.
type Event struct {
	Kind     EventKind
	Reason   string        // the code of an Error, or jwks.Refresh.Err; "" when all is well
	Status   int           // what the client gets, before Config.RewriteRefusal; 0 when it is let through
	Cached   bool          // the token was in the cache
	Duration time.Duration // of the decision
	Client   netip.Addr    // see Config.TrustedProxies; not valid when there was no request

	// The request, where the event is about one: its method, its path without the
	// query, and the ID that middleware gave it, see Config.RequestID. Each is
	// printable and at most 128 bytes long, and what looks like a token is left out.
	Method, Path, RequestID string

	// Who the token belongs to, once that is proved.
	Issuer, Subject, SessionID, TokenID, KeyID string

	// Why: the header parameter, claim or route parameter that decided, what the token
	// has there, what it should have, and what to change. Found is whatever a stranger sent:
	// quote it and cut it off, as [LogObserver] does.
	Member, Found, Expected, Advice string

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

// StoreUnavailable returns the event that state which replicas share could not be
// reached, for packages that use a store; err is what the store said.
func StoreUnavailable(err error) Event {
	return Event{Kind: EventStore, Reason: "store_unavailable", Err: err}
}

// reportDecision reports the outcome of an authentication.
func (a *Authenticator) reportDecision(ctx context.Context, r adapter.Request, id *Identity, err error, cached bool, start time.Time) {
	if err == nil && a.onlyRefusals {
		return
	}
	e := Event{Kind: EventAccepted, Cached: cached}
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
			a.tell(ctx, r, revoked)
			id = known.identity
		}
	}
	e.about(id)
	e.Duration = a.now().Sub(start)
	a.tell(ctx, r, e)
}

// reportDenial reports a check that did not let a request go on.
func (a *Authenticator) reportDenial(ctx context.Context, r adapter.Request, id *Identity, err *Error) {
	var e Event
	e.refused(EventDenied, err)
	e.about(id)
	a.tell(ctx, r, e)
}

func (e *Event) refused(kind EventKind, err error) {
	e.Kind = kind
	var known *Error
	if errors.As(err, &known) {
		e.Reason, e.Status, e.Err = known.Reason, known.public().status, known.cause
		e.Member, e.Found, e.Expected, e.Advice = known.Member, known.Found, known.Expected, known.Advice
	}
}

func (e *Event) about(id *Identity) {
	d := id.read()
	e.Issuer, e.Subject, e.SessionID, e.TokenID = d.Issuer, d.Subject, d.SessionID, d.TokenID
	if id != nil {
		e.KeyID = id.keyID
	}
}

// observeKeys tells the Observer of every fetch of the issuers' keys. A source may
// outlive the Authenticator, so it must not keep it in memory.
func (a *Authenticator) observeKeys() {
	self := weak.Make(a)
	for _, is := range a.issuers {
		a.observeKeysOf(self, is)
	}
	for _, is := range a.templates {
		a.observeKeysOf(self, is)
	}
}

func (a *Authenticator) observeKeysOf(self weak.Pointer[Authenticator], is *issuer) {
	url, names := is.URL, is.algorithmNames()
	unsubscribe := is.Keys.Subscribe(func(r jwks.Refresh) {
		if a := self.Value(); a != nil {
			a.reportKeys(url, names, r)
		}
	})
	runtime.AddCleanup(a, func(unsubscribe func()) { unsubscribe() }, unsubscribe)
}

func (a *Authenticator) reportKeys(url string, algorithms []string, r jwks.Refresh) {
	e := Event{Kind: EventKeys, Reason: r.Err, Issuer: url, Duration: r.Duration, Keys: &r}
	if r.Detail != "" {
		e.Err = errors.New(r.Detail)
	}
	a.observer.Observe(context.Background(), e)
	if hint, ok := noUsableKey(algorithms, r); ok {
		a.hint(context.Background(), url, hint)
	}
}
