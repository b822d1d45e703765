package main

import (
	"context"
	"errors"

	"github.com/authkeel/authkeel/core/clerk/clerkapi"
)

// EnsureUser creates a user, or finds the one with the same ExternalID and writes the
// metadata of u there. It may run again, also after it failed in the middle.
func EnsureUser(ctx context.Context, b *clerkapi.Backend, u clerkapi.NewUser) (*clerkapi.User, error) {
	found, err := b.UserByExternalID(ctx, u.ExternalID)
	switch {
	case errors.Is(err, clerkapi.ErrNotFound):
		return b.CreateUser(ctx, u)
	case err != nil || u.Public == nil && u.Private == nil:
		return found, err
	}
	return b.UpdateUserMetadata(ctx, found.ID, u.Metadata)
}

// EnsureOrganization creates an organization, or finds the one with the same Slug. Clerk
// makes the user in CreatedBy its first admin.
func EnsureOrganization(ctx context.Context, b *clerkapi.Backend, o clerkapi.NewOrganization) (*clerkapi.Organization, error) {
	found, err := b.Organization(ctx, o.Slug)
	if errors.Is(err, clerkapi.ErrNotFound) {
		return b.CreateOrganization(ctx, o)
	}
	return found, err
}

// EnsureMember makes a user a member of an organization with this role, such as
// org:member.
func EnsureMember(ctx context.Context, b *clerkapi.Backend, organizationID, userID, role string) error {
	memberships, err := b.Memberships(ctx, userID)
	if err != nil {
		return err
	}
	for _, m := range memberships {
		switch {
		case m.Organization.ID != organizationID:
		case m.Role == role:
			return nil
		default:
			_, err = b.UpdateMembership(ctx, organizationID, userID, role)
			return err
		}
	}
	_, err = b.CreateMembership(ctx, organizationID, userID, role)
	return err
}
