// Package clerksdk lets authkeel find users through clerk-sdk-go, for programs
// that use it already and want one client for everything.
package clerksdk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	sdk "github.com/clerk/clerk-sdk-go/v2"
	"github.com/clerk/clerk-sdk-go/v2/user"

	"github.com/authkeel/authkeel/core/clerk/clerkapi"
)

// Users is a clerk.UserSource and a clerk.MembershipSource.
type Users struct{ Client *user.Client }

// User implements clerk.UserSource.
func (u Users) User(ctx context.Context, id string) (*clerkapi.User, error) {
	found, err := u.Client.Get(ctx, id)
	if err != nil {
		return nil, translated(err)
	}
	// The rights need the metadata alone; the other fields are for
	// clerk.CurrentUser.
	return &clerkapi.User{
		ID: found.ID, FirstName: text(found.FirstName), LastName: text(found.LastName), Username: text(found.Username),
		PublicMetadata: found.PublicMetadata, Banned: found.Banned, Locked: found.Locked,
	}, nil
}

// Memberships implements clerk.MembershipSource.
func (u Users) Memberships(ctx context.Context, userID string) ([]clerkapi.Membership, error) {
	const page = 100
	var memberships []clerkapi.Membership
	for {
		params := &user.ListOrganizationMembershipsParams{}
		params.Limit, params.Offset = sdk.Int64(page), sdk.Int64(int64(len(memberships)))
		list, err := u.Client.ListOrganizationMemberships(ctx, userID, params)
		if err != nil {
			return nil, translated(err)
		}
		for _, m := range list.OrganizationMemberships {
			memberships = append(memberships, clerkapi.Membership{
				ID: m.ID, Role: m.Role, Permissions: m.Permissions, Organization: clerkapi.Organization{ID: m.Organization.ID, Slug: m.Organization.Slug},
			})
		}
		if len(list.OrganizationMemberships) == 0 || int64(len(memberships)) >= list.TotalCount {
			return memberships, nil
		}
	}
}

// translated marks the error for a user who does not exist. Every other error is
// an outage, also a 404 without Clerk's code, such as that of a proxy.
func translated(err error) error {
	var answer *sdk.APIErrorResponse
	if errors.As(err, &answer) && answer.HTTPStatusCode == http.StatusNotFound &&
		slices.ContainsFunc(answer.Errors, func(e sdk.Error) bool { return e.Code == "resource_not_found" }) {
		return fmt.Errorf("%w: trace %s", clerkapi.ErrNotFound, answer.TraceID)
	}
	return err
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
