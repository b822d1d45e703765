package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/internal/safelog"
)

// watchEvery is how often the revocation list is asked about connections that are
// open.
const watchEvery = 500 * time.Millisecond

// Watch is for what lives longer than a request, such as a WebSocket, server-sent
// events or a GraphQL subscription. It returns a context that ends when the token of
// ctx is accepted no longer: [context.Cause] is then an [*Error] of class
// [ErrExpired], at `exp` and [Config.Leeway], or [ErrRevoked], within a second of
// the revocation. When [Config.Revocations] cannot answer, the class is
// [ErrUnavailable], as a request would get 503.
//
//	ctx, stop := core.Watch(r.Context())
//	defer stop()
//	…
//	<-ctx.Done()
//	connection.Close(status, "sign in again")
//
// ctx is the context of a request behind RequireAuth or OptionalAuth. A caller
// without a token, and a token without `exp`, have no end of their own. Where no
// authentication ran, the context has ended, and its cause is of class
// [ErrNoAuthentication]. Call stop when the connection ends: it gives the memory
// back.
//
// A watch costs one timer. While connections are open, the list of their
// Authenticator is asked about each of them twice a second, on one goroutine. It
// does not repeat what Issuer.CheckConfirmation or a [TokenVerifier] has answered.
func Watch(ctx context.Context) (watched context.Context, stop context.CancelFunc) {
	c := fromContext(ctx)
	ctx, end := context.WithCancelCause(ctx)
	if c == nil {
		slog.ErrorContext(ctx, "authkeel: Watch is called without authentication before it; "+
			"mount RequireAuth or OptionalAuth on the route, and give Watch the context of the request")
		end(errNoAuthentication)
		return ctx, func() {}
	}
	stop = func() { end(context.Canceled) }
	id, a := c.id, c.auth
	if id == nil || id.anonymous {
		return ctx, stop
	}
	if expires := id.ExpiresAt(); !expires.IsZero() {
		release := context.CancelFunc(nil)
		ctx, release = context.WithTimeoutCause(ctx, expires.Add(a.leeway).Sub(a.now()), errExpired)
		stop = func() { end(context.Canceled); release() }
	}
	if a.watches != nil {
		w := &watch{ctx: ctx, id: id, end: end}
		a.watches.add(w)
		context.AfterFunc(ctx, func() { a.watches.remove(w) })
	}
	return ctx, stop
}

// watch is a token that a connection depends on.
type watch struct {
	ctx context.Context
	id  *Identity
	end context.CancelCauseFunc
}

// watches are the connections of an Authenticator. One timer runs while there are
// any.
type watches struct {
	revocations RevocationList

	mu    sync.Mutex
	open  map[*watch]struct{}
	timed bool // the timer runs, or what it started
}

func newWatches(list RevocationList) *watches {
	return &watches{revocations: list, open: make(map[*watch]struct{})}
}

func (ws *watches) add(w *watch) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.open[w] = struct{}{}
	if !ws.timed {
		ws.timed = true
		time.AfterFunc(watchEvery, ws.ask)
	}
}

func (ws *watches) remove(w *watch) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	delete(ws.open, w)
}

// ask asks about all connections, and sets the timer again when there are any. The
// next time comes after this one has ended, however long the list takes.
func (ws *watches) ask() {
	ws.mu.Lock()
	open := make([]*watch, 0, len(ws.open))
	for w := range ws.open {
		open = append(open, w)
	}
	ws.mu.Unlock()
	for _, w := range open {
		if err := ws.check(w); err != nil && w.ctx.Err() == nil {
			w.end(err)
		}
	}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.timed = len(ws.open) > 0; ws.timed {
		time.AfterFunc(watchEvery, ws.ask)
	}
}

// check asks about one. A panic of the list would end the process here, so it
// becomes an outage.
func (ws *watches) check(w *watch) (err error) {
	defer func() {
		if p := recover(); p != nil {
			safelog.Log(w.ctx, slog.Default(), slog.LevelError, "authkeel: Config.Revocations panicked",
				slog.String("panic", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
			err = unavailable("revocations_unavailable", errors.New("the revocation list panicked"))
		}
	}()
	return revokedBy(w.ctx, ws.revocations, w.id)
}

// revokedBy returns nil when the list says that the token is not revoked.
func revokedBy(ctx context.Context, list RevocationList, id *Identity) error {
	revoked, err := list.Revoked(ctx, id)
	if err != nil {
		return unavailable("revocations_unavailable", err)
	}
	if revoked {
		return &Error{Reason: "revoked", class: ErrRevoked, identity: id}
	}
	return nil
}
