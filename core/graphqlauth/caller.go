package graphqlauth

import (
	"context"
	"errors"

	"github.com/authkeel/authkeel/core"
)

// AdminRole is the role that [Caller.IsAdmin] asks for.
const AdminRole = "admin"

// Caller is who is calling, for resolvers and for a type of the schema: a GraphQL
// library binds fields such as userId, isAdmin and organizationId to its methods.
//
//	type Caller { userId: ID! isAdmin: Boolean! roles: [String!]! organizationId: ID }
//
// IsAdmin, HasRole and HasPermission also know what Issuer.LookupRights gives; the
// lists have what the token says. They report no denial: a resolver that refuses calls
// [Authorize].
type Caller struct{ id *core.Identity }

// CallerFrom returns who is calling. It reports false for an anonymous caller, and
// where no authentication ran.
func CallerFrom(ctx context.Context) (Caller, bool) {
	id, ok := core.IdentityFrom(ctx)
	return Caller{id}, ok
}

// Identity returns the whole identity, nil for the zero Caller.
func (c Caller) Identity() *core.Identity { return c.id }

// UserID returns the subject of the token, "" for the zero Caller.
func (c Caller) UserID() string { return c.id.Subject() }

// SessionID returns `sid`, or nil.
func (c Caller) SessionID() *string { return optional(c.id.SessionID()) }

// OrganizationID returns the organization that the caller acts in, or nil.
func (c Caller) OrganizationID() *string { return optional(c.id.Organization().ID) }

// OrganizationRole returns the caller's role in that organization, or nil.
func (c Caller) OrganizationRole() *string { return optional(c.id.Organization().Role) }

// ImpersonatedBy returns the subject of who acts as the caller, or nil.
func (c Caller) ImpersonatedBy() *string { return optional(c.id.Actor().Subject) }

// Roles returns the roles in the token. It is never nil.
func (c Caller) Roles() []string { return list(c.id.Roles()) }

// Permissions returns the permissions in the token. It is never nil.
func (c Caller) Permissions() []string { return list(c.id.Permissions()) }

// Scopes returns the scopes in the token. It is never nil.
func (c Caller) Scopes() []string { return list(c.id.Scopes()) }

// IsAdmin reports whether the caller has the role [AdminRole]. An error is an outage
// of what Issuer.LookupRights asks, of type [*Error].
func (c Caller) IsAdmin(ctx context.Context) (bool, error) { return c.HasRole(ctx, AdminRole) }

// HasRole reports whether the caller has the role; see IsAdmin.
func (c Caller) HasRole(ctx context.Context, role string) (bool, error) {
	return c.has(ctx, core.Role, role)
}

// HasPermission reports whether the caller has the permission; see IsAdmin.
func (c Caller) HasPermission(ctx context.Context, permission string) (bool, error) {
	return c.has(ctx, core.Permission, permission)
}

func (c Caller) has(ctx context.Context, kind func(string) core.Policy, name string) (bool, error) {
	if c.id == nil || name == "" {
		return false, nil
	}
	err := kind(name)(ctx, c.id)
	var refused *core.Error
	if errors.As(err, &refused) { // an outage; what is denied is a DeniedError alone
		return false, refusal(err)
	}
	return err == nil, nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
