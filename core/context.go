package core

import "context"

// contextKey is the one key under which an identity travels.
type contextKey struct{}

// identityContext carries an identity, and what a request learns about its
// rights, in one allocation.
type identityContext struct {
	context.Context
	id     *Identity
	rights *requestRights
}

func (c *identityContext) Value(key any) any {
	if key == (contextKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// WithIdentity returns a context that carries id. Middleware does this for
// you; use it in tests, and where an identity has to cross into work that has a
// context of its own.
func WithIdentity(ctx context.Context, id *Identity) context.Context {
	c := &identityContext{Context: ctx, id: id}
	if id != nil && id.issuer != nil && id.issuer.rights != nil {
		c.rights = newRequestRights()
	}
	return c
}

// IdentityFrom returns the identity that ctx carries. It reports false for a
// request without one, also where authentication is optional and none came.
func IdentityFrom(ctx context.Context) (*Identity, bool) {
	c := carried(ctx)
	if c == nil || c.id == nil || c.id.anonymous {
		return nil, false
	}
	return c.id, true
}

// carried returns what WithIdentity laid into ctx, or nil.
func carried(ctx context.Context) *identityContext {
	c, _ := ctx.Value(contextKey{}).(*identityContext)
	return c
}
