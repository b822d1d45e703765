package clerkapi

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/authkeel/authkeel/core/clerk/internal/form"
)

// Metadata is what to write. A nil member is left as it is.
type Metadata struct {
	Public  map[string]any `json:"public_metadata,omitempty"`
	Private map[string]any `json:"private_metadata,omitempty"`
}

func checkID(kind, id string) error {
	if !form.IsID(kind, id) {
		return fmt.Errorf("%w: it must be %s_ and letters and digits", ErrInvalidID, kind)
	}
	return nil
}

// User returns the user. The error has [ErrNotFound] in it when no such user
// exists.
func (b *Backend) User(ctx context.Context, id string) (*User, error) {
	if err := checkID("user", id); err != nil {
		return nil, err
	}
	return b.user(ctx, "GET", path("v1", "users", id), id, nil)
}

// UpdateUserMetadata merges metadata into that of the user, at every depth; a
// key with the value nil is deleted. It returns the user afterwards. Clerk
// accepts 10 writes in 10 seconds for one user.
func (b *Backend) UpdateUserMetadata(ctx context.Context, id string, m Metadata) (*User, error) {
	if err := checkID("user", id); err != nil {
		return nil, err
	}
	return b.user(ctx, "PATCH", path("v1", "users", id, "metadata"), id, m)
}

// ReplaceUserMetadata replaces each kind of metadata that m has. An empty map
// that is not nil clears it. Prefer UpdateUserMetadata: two writers that replace
// undo each other's changes.
func (b *Backend) ReplaceUserMetadata(ctx context.Context, id string, m Metadata) (*User, error) {
	if err := checkID("user", id); err != nil {
		return nil, err
	}
	body := make(map[string]any, 2) // omitempty would leave an empty map out
	if m.Public != nil {
		body["public_metadata"] = m.Public
	}
	if m.Private != nil {
		body["private_metadata"] = m.Private
	}
	return b.user(ctx, "PUT", path("v1", "users", id, "metadata"), id, body)
}

// user makes a call whose answer must be the user with this ID: an answer that
// a cache or a proxy mixed up must not give one user the rights of another.
func (b *Backend) user(ctx context.Context, method, path, id string, in any) (*User, error) {
	var u User
	if err := b.call(ctx, method, path, in, &u); err != nil {
		return nil, err
	}
	if u.Validate() != nil || u.ID != id || u.Deleted {
		return nil, &APIError{Status: 200, cause: errUnexpected}
	}
	return &u, nil
}

// Organization returns the organization with this ID (org_…) or slug. The error
// has [ErrNotFound] in it when there is none.
func (b *Backend) Organization(ctx context.Context, idOrSlug string) (*Organization, error) {
	if !form.IsIdentifier(idOrSlug, "_-", form.MaxID) {
		return nil, fmt.Errorf("%w: an organization's ID or slug has letters, digits, - and _", ErrInvalidID)
	}
	var o Organization
	if err := b.call(ctx, "GET", path("v1", "organizations", idOrSlug), nil, &o); err != nil {
		return nil, err
	}
	if o.Validate() != nil || o.ID != idOrSlug && o.Slug != idOrSlug || o.Deleted {
		return nil, &APIError{Status: 200, cause: errUnexpected}
	}
	return &o, nil
}

// Page is a part of a list: at most Limit elements, after the first Offset.
type Page struct {
	Limit  int // 1 to 500; 0 is 100
	Offset int
}

func (p Page) query() (string, error) {
	if p.Limit == 0 {
		p.Limit = 100
	}
	if p.Limit < 1 || p.Limit > 500 || p.Offset < 0 {
		return "", fmt.Errorf("clerkapi: Page{Limit: %d, Offset: %d}: the limit must be 1 to 500, and the offset not negative", p.Limit, p.Offset)
	}
	return "?limit=" + strconv.Itoa(p.Limit) + "&offset=" + strconv.Itoa(p.Offset), nil
}

// MembershipPage returns one page of the memberships of the user, and how many
// there are in total.
func (b *Backend) MembershipPage(ctx context.Context, userID string, p Page) (list []Membership, total int, err error) {
	if err := checkID("user", userID); err != nil {
		return nil, 0, err
	}
	query, err := p.query()
	if err != nil {
		return nil, 0, err
	}
	var answer membershipList
	if err := b.call(ctx, "GET", path("v1", "users", userID, "organization_memberships")+query, nil, &answer); err != nil {
		return nil, 0, err
	}
	if answer.Total == nil {
		return nil, 0, &APIError{Status: 200, cause: errUnexpected}
	}
	for _, m := range answer.Data {
		if m.Validate() != nil || m.User.UserID != "" && m.User.UserID != userID {
			return nil, 0, &APIError{Status: 200, cause: errUnexpected}
		}
	}
	return answer.Data, *answer.Total, nil
}

type membershipList struct {
	Data  []Membership `json:"data"`
	Total *int         `json:"total_count"`
}

func (l *membershipList) UnmarshalJSON(document []byte) error { return decode(document, l) }

// Memberships returns all memberships of the user. It reads page by page: an
// organization that the user joins or leaves meanwhile can be missing, or be in
// the list twice. The error has [ErrNotFound] in it when no such user exists.
func (b *Backend) Memberships(ctx context.Context, userID string) ([]Membership, error) {
	var all []Membership
	for {
		list, total, err := b.MembershipPage(ctx, userID, Page{Limit: 500, Offset: len(all)})
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		if len(list) == 0 || len(all) >= total {
			return all, nil
		}
	}
}

// IsMember reports whether the user is a member of the organization with this
// ID. It asks Clerk each time: for what every request asks, use a
// clerk.Directory and core.MemberOf.
func (b *Backend) IsMember(ctx context.Context, userID, organizationID string) (bool, error) {
	if err := checkID("org", organizationID); err != nil {
		return false, err
	}
	memberships, err := b.Memberships(ctx, userID)
	if errors.Is(err, ErrNotFound) {
		return false, nil // there is no such user
	}
	for _, m := range memberships {
		if m.Organization.ID == organizationID {
			return true, nil
		}
	}
	return false, err
}

// ErrSessionNotActive is in the error of [Backend.VerifySession] for a session
// that exists and is not active.
var ErrSessionNotActive = errors.New("clerkapi: the session is not active")

// Session returns the session. The error has [ErrNotFound] in it when there is
// none.
func (b *Backend) Session(ctx context.Context, id string) (*Session, error) {
	return b.session(ctx, "GET", id)
}

// VerifySession asks Clerk whether the session is active now, which its token
// cannot say. Use it where one call per request is worth it, such as for a
// payment. The error has [ErrSessionNotActive] in it when it is not.
func (b *Backend) VerifySession(ctx context.Context, id string) (*Session, error) {
	s, err := b.Session(ctx, id)
	if err != nil {
		return nil, err
	}
	if s.Status != "active" {
		return nil, fmt.Errorf("%w: %s", ErrSessionNotActive, printable(s.Status))
	}
	return s, nil
}

// RevokeSession ends the session. Its tokens stay valid until they expire, after
// a minute by Clerk's default; see clerk.Revoke.
func (b *Backend) RevokeSession(ctx context.Context, id string) (*Session, error) {
	return b.session(ctx, "POST", id, "revoke")
}

func (b *Backend) session(ctx context.Context, method, id string, action ...string) (*Session, error) {
	if err := checkID("sess", id); err != nil {
		return nil, err
	}
	var s Session
	if err := b.call(ctx, method, path(append([]string{"v1", "sessions", id}, action...)...), nil, &s); err != nil {
		return nil, err
	}
	if s.Validate() != nil || s.ID != id || !form.IsID("user", s.UserID) {
		return nil, &APIError{Status: 200, cause: errUnexpected}
	}
	return &s, nil
}
