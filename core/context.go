package core

import (
	"context"
	"time"
)

// contextKey is the one key under which an identity travels.
type contextKey struct{}

// identityContext carries an identity, the Authenticator whose settings hold for
// the request, and what the request learns about rights, in one allocation.
type identityContext struct {
	context.Context
	id     *Identity
	auth   *Authenticator
	rights *requestRights
}

func (c *identityContext) Value(key any) any {
	if key == (contextKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// WithIdentity returns a context that carries id, for identities that
// [Authenticator.Verify] or [Authenticator.Authenticate] returned where there is
// no middleware, such as in a gRPC interceptor. Policies that are asked with this
// context use the Authenticator's clock and LookupRights, and report to its
// Observer.
func (a *Authenticator) WithIdentity(ctx context.Context, id *Identity) context.Context {
	return withIdentity(ctx, id, a)
}

// WithIdentity returns a context that carries id. Middleware does this for
// you; use it in tests, and where a context has to carry another identity. For
// work that outlives the request use [context.WithoutCancel], which keeps the
// identity.
func WithIdentity(ctx context.Context, id *Identity) context.Context {
	return withIdentity(ctx, id, authenticatorOf(ctx))
}

func withIdentity(ctx context.Context, id *Identity, a *Authenticator) context.Context {
	c := &identityContext{Context: ctx, id: id, auth: a}
	if id != nil && id.lookupRights != nil {
		c.rights = newRequestRights()
	}
	return c
}

// IdentityFrom returns the identity that ctx carries. It reports false for a
// request without one, also where authentication is optional and the request
// had no token.
func IdentityFrom(ctx context.Context) (*Identity, bool) {
	c := fromContext(ctx)
	if c == nil || c.id == nil || c.id.anonymous {
		return nil, false
	}
	return c.id, true
}

// fromContext returns what authentication put into ctx, or nil.
func fromContext(ctx context.Context) *identityContext {
	c, _ := ctx.Value(contextKey{}).(*identityContext)
	return c
}

// unconfigured stands in where no Authenticator ran: it has the defaults and no
// observer.
var unconfigured = &Authenticator{now: time.Now, leeway: defaultLeeway, observer: Silent}

// authenticatorOf returns the Authenticator whose settings hold for ctx.
func authenticatorOf(ctx context.Context) *Authenticator {
	if c := fromContext(ctx); c != nil {
		return c.auth
	}
	return unconfigured
}
