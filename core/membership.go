package core

import (
	"context"
	"slices"
)

// InOrganization grants when the token's active organization has this ID, and
// for no other: the roles and permissions of the token are those in the active
// organization, so that with this policy [Role] and [Permission] ask about the
// organization named here.
//
//	core.AllOf(core.InOrganization(id), core.Role("org:admin")) // admin of id
//
// For a user who may be acting in another organization use [MemberOf] or
// [RoleIn].
func InOrganization(id string) Policy {
	mustName("organization", id)
	denied := &DeniedError{Requirement: policyName("organization", id)}
	return func(_ context.Context, caller *Identity) error {
		if caller.inOrganization(id) {
			return nil
		}
		return denied
	}
}

// MemberOf grants when the organization is the token's active one, or one of the
// memberships that Issuer.LookupRights knows. It says nothing about the caller's
// role there: never combine it with [Role] or [Permission], which are about the
// active organization. Use [RoleIn] or [PermissionIn].
func MemberOf(organization string) Policy {
	mustName("organization", organization)
	return within(organization, memberOf(policyName("member of", organization)))
}

// RoleIn grants when the caller has the role in that organization: as the role
// of the token's active organization, or in the membership that
// Issuer.LookupRights knows.
func RoleIn(organization, role string) Policy {
	mustName("organization", organization)
	return within(organization, roleIn(role, policyName("organization", organization)))
}

// PermissionIn grants when the caller has the permission in that organization:
// among the permissions of the token's active organization, or in the membership
// that Issuer.LookupRights knows.
func PermissionIn(organization, permission string) Policy {
	mustName("organization", organization)
	return within(organization, permissionIn(permission, policyName("organization", organization)))
}

// valueCheck is a policy about a value that is known when it is asked, such as
// the ID of an organization.
type valueCheck func(ctx context.Context, id *Identity, value string) error

// within is the policy that check makes for one organization.
func within(organization string, check valueCheck) Policy {
	return func(ctx context.Context, id *Identity) error { return check(ctx, id, organization) }
}

func memberOf(requirement string) valueCheck {
	return inMembership(requirement, func(*IdentityData) bool { return true }, func(*Membership) bool { return true })
}

func roleIn(role, where string) valueCheck {
	mustName("role", role)
	return inMembership(policyName("role", role)+" in "+where,
		func(d *IdentityData) bool { return d.Organization.Role == role },
		func(m *Membership) bool { return slices.Contains(m.Roles, role) })
}

func permissionIn(permission, where string) valueCheck {
	mustName("permission", permission)
	return inMembership(policyName("permission", permission)+" in "+where,
		func(d *IdentityData) bool { return slices.Contains(d.OrganizationPermissions, permission) },
		func(m *Membership) bool { return slices.Contains(m.Permissions, permission) })
}

// inMembership grants when the active organization is the one named and active
// holds for it, or when held holds for a membership in it. The token is read
// first, because it needs no lookup.
func inMembership(requirement string, active func(*IdentityData) bool, held func(*Membership) bool) valueCheck {
	denied := &DeniedError{Requirement: requirement}
	return func(ctx context.Context, id *Identity, organization string) error {
		if id.inOrganization(organization) && active(&id.data) {
			return nil
		}
		rights, err := externalRights(ctx, id)
		if err != nil {
			return err
		}
		for i := range rights.Memberships {
			if m := &rights.Memberships[i]; m.Organization == organization && held(m) {
				return nil
			}
		}
		return denied
	}
}
