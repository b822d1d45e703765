package core

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/internal/strictjson"
)

// Identity is who is calling, as a verified token or a [TokenVerifier] says.
//
// It cannot be changed: one Identity is remembered with its token and shared
// by all requests that carry it, so lists are returned as copies. Methods on a
// nil Identity return zero values and grant nothing.
type Identity struct {
	data IdentityData

	payload      string                                       // the claims it came from; "" for an identity that NewIdentity made
	keyID        string                                       // of the key that verified its token
	lookupRights rightsFunc                                   // Issuer.LookupRights; nil: none
	confirm      func(context.Context, adapter.Request) error // of a token with `cnf`; nil: none
	anonymous    bool                                         // the marker of optional authentication
}

// IdentityData is what an [Identity] holds, as plain fields: for [NewIdentity], and
// for Issuer.MapClaims to fill. Changing it later changes no identity.
type IdentityData struct {
	Issuer          string    // `iss`
	Subject         string    // `sub`
	AuthorizedParty string    // the client: `azp`, or as ClaimNames.AuthorizedParty says
	TokenID         string    // `jti`
	SessionID       string    // `sid`
	IssuedAt        time.Time // `iat`; zero when absent
	ExpiresAt       time.Time // `exp`
	AuthenticatedAt time.Time // `auth_time`; zero when absent
	Audience        []string  // `aud`

	Roles       []string
	Permissions []string
	Scopes      []string

	Organization Organization
	// OrganizationPermissions are those of Permissions that the caller has within
	// Organization, for [PermissionIn].
	OrganizationPermissions []string
	Actor                   Actor

	// Claims is what Decode reads, for identities that you make. Issuer.MapClaims finds
	// it empty, because it has the Token.
	Claims       json.RawMessage
	ProviderData any // whatever Issuer.MapClaims attaches; must not change afterwards
}

// Organization is the organization in which the caller is acting.
type Organization struct {
	ID   string
	Slug string
	Role string
}

// Actor is who is really acting when the subject is impersonated (`act`,
// RFC 8693 section 4.1). It is zero when nobody is.
type Actor struct {
	Subject   string
	Issuer    string
	SessionID string
	Type      string

	// Prior is who acted before, where actors are nested: the chain of a
	// delegation, the newest first. It is for the audit log, not for decisions
	// (RFC 8693 section 4.1). nil: nobody.
	Prior *Actor
}

// NewIdentity returns an identity with these details, for tests and for
// [TokenVerifier] implementations. It verifies nothing: never call it with
// data from a request that was not checked.
func NewIdentity(d IdentityData) *Identity {
	return &Identity{data: d.clone()}
}

// clone copies what d shares with its maker.
func (d IdentityData) clone() IdentityData {
	d.Audience = slices.Clone(d.Audience)
	d.Roles = slices.Clone(d.Roles)
	d.Permissions = slices.Clone(d.Permissions)
	d.Scopes = slices.Clone(d.Scopes)
	d.OrganizationPermissions = slices.Clone(d.OrganizationPermissions)
	d.Claims = slices.Clone(d.Claims)
	return d
}

var noData IdentityData

func (id *Identity) read() *IdentityData {
	if id == nil {
		return &noData
	}
	return &id.data
}

// Issuer returns `iss`, exactly as configured.
func (id *Identity) Issuer() string { return id.read().Issuer }

// Subject returns `sub`: the caller, unique within the issuer.
func (id *Identity) Subject() string { return id.read().Subject }

// AuthorizedParty returns `azp`, or `client_id` where there is no `azp`.
func (id *Identity) AuthorizedParty() string { return id.read().AuthorizedParty }

// TokenID returns `jti`, or "".
func (id *Identity) TokenID() string { return id.read().TokenID }

// SessionID returns `sid`, or "".
func (id *Identity) SessionID() string { return id.read().SessionID }

// IssuedAt returns `iat`, or the zero time.
func (id *Identity) IssuedAt() time.Time { return id.read().IssuedAt }

// ExpiresAt returns `exp`.
func (id *Identity) ExpiresAt() time.Time { return id.read().ExpiresAt }

// AuthenticatedAt returns `auth_time`, when the user last proved who they are
// (OpenID Connect Core section 2), or the zero time.
func (id *Identity) AuthenticatedAt() time.Time { return id.read().AuthenticatedAt }

// Organization returns the active organization; its ID is "" when there is none.
func (id *Identity) Organization() Organization { return id.read().Organization }

// Actor returns who is acting as the subject; it is zero when nobody is.
func (id *Identity) Actor() Actor { return id.read().Actor }

// Audience returns a copy of `aud`.
func (id *Identity) Audience() []string { return slices.Clone(id.read().Audience) }

// Roles returns a copy of the roles in the token. Roles that Issuer.LookupRights
// knows are not among them: ask with a [Policy].
func (id *Identity) Roles() []string { return slices.Clone(id.read().Roles) }

// Permissions returns a copy of the permissions in the token; see Roles.
func (id *Identity) Permissions() []string { return slices.Clone(id.read().Permissions) }

// Scopes returns a copy of the scopes in the token.
func (id *Identity) Scopes() []string { return slices.Clone(id.read().Scopes) }

// HasRole reports whether the token has the role. It asks nobody else: use
// [Role] where Issuer.LookupRights is set.
func (id *Identity) HasRole(role string) bool {
	return role != "" && slices.Contains(id.read().Roles, role)
}

// HasPermission reports whether the token has the permission; see HasRole.
func (id *Identity) HasPermission(permission string) bool {
	return permission != "" && slices.Contains(id.read().Permissions, permission)
}

// HasScope reports whether the token has the scope.
func (id *Identity) HasScope(scope string) bool {
	return scope != "" && slices.Contains(id.read().Scopes, scope)
}

// inOrganization reports whether the token was made for acting in the organization.
func (id *Identity) inOrganization(organization string) bool {
	return organization != "" && id.read().Organization.ID == organization
}

// Decode fills v, a pointer to a struct of yours, with the token's claims, as
// encoding/json does, but by exact names at every depth: a claim "ROLES" does not
// fill a field that is named "roles". It returns an error when a claim does not
// fit, and for an identity without claims.
func (id *Identity) Decode(v any) error {
	if claims := id.read().Claims; len(claims) > 0 || id == nil {
		return strictjson.Decode(string(claims), v)
	}
	return strictjson.Decode(id.payload, v)
}

// ProviderData returns what Issuer.MapClaims attached, or nil.
func (id *Identity) ProviderData() any { return id.read().ProviderData }
