// Package clerksdk lets authkeel find users through clerk-sdk-go, for programs
// that use it already and want one client for everything.
package clerksdk

import (
	"context"
	"errors"
	"fmt"
	"net/http"

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
	// What the application reads with clerk.CurrentUser; the rights need the
	// metadata alone.
	return &clerkapi.User{
		ID: found.ID, FirstName: text(found.FirstName), LastName: text(found.LastName), Username: text(found.Username),
		PublicMetadata: found.PublicMetadata, Banned: found.Banned, Locked: found.Locked,
	}, nil
}

// Organizations implements clerk.MembershipSource.
func (u Users) Organizations(ctx context.Context, userID string) ([]string, error) {
	const page = 100
	var ids []string
	for {
		params := &user.ListOrganizationMembershipsParams{}
		params.Limit, params.Offset = sdk.Int64(page), sdk.Int64(int64(len(ids)))
		list, err := u.Client.ListOrganizationMemberships(ctx, userID, params)
		if err != nil {
			return nil, translated(err)
		}
		for _, m := range list.OrganizationMemberships {
			ids = append(ids, m.Organization.ID)
		}
		if len(list.OrganizationMemberships) == 0 || int64(len(ids)) >= list.TotalCount {
			return ids, nil
		}
	}
}

// translated tells a user who does not exist from an outage.
func translated(err error) error {
	var answer *sdk.APIErrorResponse
	if errors.As(err, &answer) && answer.HTTPStatusCode == http.StatusNotFound {
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
