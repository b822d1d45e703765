package core

import (
	"context"
	"errors"
)

// Rights are roles, permissions and memberships that are held outside the
// token. They add to what the token says and take nothing away.
type Rights struct {
	// Roles and Permissions hold everywhere. Never put those in that the caller has
	// within one organization only: they belong in Memberships.
	Roles       []string
	Permissions []string
	Memberships []Membership
}

// Membership is an organization that the caller belongs to, with the roles and
// permissions that hold there and nowhere else: for [MemberOf], [RoleIn] and
// [PermissionIn].
type Membership struct {
	Organization string // its ID
	Roles        []string
	Permissions  []string
}

// requestRights remembers the answer of Issuer.LookupRights for one request, so that
// three checks in a row, or forty resolvers side by side, ask once.
type requestRights struct {
	turn   chan struct{} // holds one token; a waiter can leave when its context ends
	loaded bool
	rights Rights
	err    error
}

func newRequestRights() *requestRights {
	return &requestRights{turn: make(chan struct{}, 1)}
}

func (r *requestRights) load(ctx context.Context, id *Identity) (Rights, error) {
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return Rights{}, ctx.Err()
	}
	if r.loaded {
		return r.rights, r.err
	}
	rights, err := id.lookupRights(ctx, id)
	if err != nil && ctx.Err() != nil {
		return Rights{}, err // it was this asker's end: the next one may have more time
	}
	r.loaded, r.rights, r.err = true, rights, err
	return rights, err
}

type rightsFunc func(context.Context, *Identity) (Rights, error)

// externalRights returns what Issuer.LookupRights knows about the identity. Its error
// is an outage and never becomes a grant or a denial.
func externalRights(ctx context.Context, id *Identity) (Rights, error) {
	if id == nil || id.lookupRights == nil {
		return Rights{}, nil
	}
	var rights Rights
	var err error
	if c := fromContext(ctx); c != nil && c.id == id && c.rights != nil {
		rights, err = c.rights.load(ctx, id)
	} else {
		rights, err = id.lookupRights(ctx, id)
	}
	if err != nil {
		return Rights{}, unavailable("rights_unavailable", err)
	}
	return rights, nil
}

func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
