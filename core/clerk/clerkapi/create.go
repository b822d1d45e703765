package clerkapi

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/authkeel/authkeel/core/clerk/internal/form"
)

// NewUser is a user to create. What is required besides an address depends on the
// settings of the instance: Clerk answers 422 and names what is missing.
type NewUser struct {
	// ExternalID is the user's ID in a system of yours, unique in the instance. It is
	// what [Backend.UserByExternalID] finds, so that a set-up can run again.
	ExternalID          string
	FirstName, LastName string
	// EmailAddress becomes the primary address, and counts as verified.
	EmailAddress string
	// Password may be empty: the user then signs in in another way, such as with a
	// code by mail, even where the instance asks for passwords.
	Password string
	Metadata
}

// CreateUser creates a user. Clerk answers 422 with the code form_identifier_exists when
// another user has the address or the ExternalID. The call is not repeated: after an
// outage look for the user before you try again.
func (b *Backend) CreateUser(ctx context.Context, n NewUser) (*User, error) {
	body := map[string]any{}
	for name, value := range map[string]string{"external_id": n.ExternalID, "first_name": n.FirstName, "last_name": n.LastName, "password": n.Password} {
		if value != "" {
			body[name] = value
		}
	}
	if n.EmailAddress != "" {
		body["email_address"] = []string{n.EmailAddress}
	}
	if n.Password == "" {
		body["skip_password_requirement"] = true
	}
	n.add(body)
	var u User
	if err := b.call(ctx, "POST", path("v1", "users"), body, &u); err != nil {
		return nil, err
	}
	if u.Validate() != nil || !form.IsID("user", u.ID) || u.Deleted || u.ExternalID != n.ExternalID {
		return nil, &APIError{Status: 200, cause: errUnexpected}
	}
	return &u, nil
}

// add puts the metadata that are there into the body of a request.
func (m Metadata) add(body map[string]any) {
	if m.Public != nil {
		body["public_metadata"] = m.Public
	}
	if m.Private != nil {
		body["private_metadata"] = m.Private
	}
}

// UserByExternalID returns the user with this ID of a system of yours. The error has
// [ErrNotFound] in it when there is none.
func (b *Backend) UserByExternalID(ctx context.Context, id string) (*User, error) {
	if id == "" || len(id) > 256 || strings.HasPrefix(id, "+") || strings.HasPrefix(id, "-") { // signs that Clerk takes as part of a filter
		return nil, fmt.Errorf("%w: an external ID has 1 to 256 bytes, and neither + nor - in front", ErrInvalidID)
	}
	var list []User
	if err := b.call(ctx, "GET", "/v1/users?limit=2&external_id="+url.QueryEscape(id), nil, &list); err != nil {
		return nil, err
	}
	switch {
	case len(list) == 0:
		return nil, fmt.Errorf("%w: no user has this external ID", ErrNotFound)
	case len(list) > 1 || list[0].Validate() != nil || list[0].ExternalID != id:
		return nil, &APIError{Status: 200, cause: errUnexpected}
	}
	return &list[0], nil
}

// NewOrganization is an organization to create.
type NewOrganization struct {
	Name string
	Slug string // unique in the instance; "" where slugs are switched off
	// CreatedBy is the ID of the user who becomes its first member, as an admin.
	CreatedBy string
	Metadata
}

// CreateOrganization creates an organization. Clerk answers 422 with the code
// form_identifier_exists when another one has the slug. The call is not repeated: after
// an outage look for the organization before you try again.
func (b *Backend) CreateOrganization(ctx context.Context, n NewOrganization) (*Organization, error) {
	if n.CreatedBy != "" {
		if err := checkID("user", n.CreatedBy); err != nil {
			return nil, err
		}
	}
	body := map[string]any{"name": n.Name}
	for name, value := range map[string]string{"slug": n.Slug, "created_by": n.CreatedBy} {
		if value != "" {
			body[name] = value
		}
	}
	n.add(body)
	var o Organization
	if err := b.call(ctx, "POST", path("v1", "organizations"), body, &o); err != nil {
		return nil, err
	}
	if o.Validate() != nil || !form.IsID("org", o.ID) || o.Deleted {
		return nil, &APIError{Status: 200, cause: errUnexpected}
	}
	return &o, nil
}

// CreateMembership makes the user a member of the organization. role has its prefix:
// org:admin, org:member or one of your own. Clerk answers 400 with the code
// already_a_member_in_organization when the user is one.
func (b *Backend) CreateMembership(ctx context.Context, organizationID, userID, role string) (*Membership, error) {
	return b.membership(ctx, "POST", organizationID, userID, map[string]any{"user_id": userID, "role": role})
}

// UpdateMembership gives a member another role. The error has [ErrNotFound] in it when
// the user is no member.
func (b *Backend) UpdateMembership(ctx context.Context, organizationID, userID, role string) (*Membership, error) {
	return b.membership(ctx, "PATCH", organizationID, userID, map[string]any{"role": role}, userID)
}

// membership makes a call whose answer must be the membership of this user in this
// organization.
func (b *Backend) membership(ctx context.Context, method, organizationID, userID string, body map[string]any, more ...string) (*Membership, error) {
	if err := checkID("org", organizationID); err != nil {
		return nil, err
	}
	if err := checkID("user", userID); err != nil {
		return nil, err
	}
	var m Membership
	if err := b.call(ctx, method, path(append([]string{"v1", "organizations", organizationID, "memberships"}, more...)...), body, &m); err != nil {
		return nil, err
	}
	if m.Validate() != nil || m.Organization.ID != organizationID || m.User.UserID != userID {
		return nil, &APIError{Status: 200, cause: errUnexpected}
	}
	return &m, nil
}
