package clerk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// OrganizationRecord is an organization as the Backend API has it. What a
// session says of its active one is [Organization].
type OrganizationRecord struct {
	ID                    string          `json:"id"`
	Name                  string          `json:"name"`
	Slug                  string          `json:"slug"`
	ImageURL              string          `json:"image_url"`
	CreatedBy             string          `json:"created_by"`
	MembersCount          int64           `json:"members_count"`
	MaxAllowedMemberships int64           `json:"max_allowed_memberships"` // 0: no limit
	PublicMetadata        json.RawMessage `json:"public_metadata"`
	PrivateMetadata       json.RawMessage `json:"private_metadata"`
	CreatedAt             Millis          `json:"created_at"`
	UpdatedAt             Millis          `json:"updated_at"`
}

// Membership is one user in one organization.
type Membership struct {
	ID              string             `json:"id"`
	Role            string             `json:"role"` // with its prefix: org:admin
	RoleName        string             `json:"role_name"`
	Permissions     []string           `json:"permissions"` // those of the system (org:sys_…) too
	Organization    OrganizationRecord `json:"organization"`
	PublicMetadata  json.RawMessage    `json:"public_metadata"`
	PrivateMetadata json.RawMessage    `json:"private_metadata"`
	CreatedAt       Millis             `json:"created_at"`
	UpdatedAt       Millis             `json:"updated_at"`
}

// Page is a part of a list: at most Limit elements, after Offset others.
type Page struct {
	Limit  int // 1 to 500; 0 is 100
	Offset int
}

func (p Page) query() (string, error) {
	if p.Limit == 0 {
		p.Limit = 100
	}
	if p.Limit < 1 || p.Limit > 500 || p.Offset < 0 {
		return "", fmt.Errorf("clerk: Page{Limit: %d, Offset: %d}: the limit is 1 to 500, the offset not negative", p.Limit, p.Offset)
	}
	return "?limit=" + strconv.Itoa(p.Limit) + "&offset=" + strconv.Itoa(p.Offset), nil
}

// Organization returns the organization with this id (org_…) or slug.
// [ErrNotFound] is in the error when there is none.
func (b *Backend) Organization(ctx context.Context, idOrSlug string) (*OrganizationRecord, error) {
	if !isIdentifier(idOrSlug, "_-", maxID) {
		return nil, fmt.Errorf("%w: an organization's id or slug is letters, digits, - and _", ErrInvalidID)
	}
	var o OrganizationRecord
	if err := b.call(ctx, "GET", path("v1", "organizations", idOrSlug), nil, &o); err != nil {
		return nil, err
	}
	if o.ID == "" || o.ID != idOrSlug && o.Slug != idOrSlug {
		return nil, &APIError{Status: 200, cause: errGarbage}
	}
	return &o, nil
}

// Memberships returns one page of the organizations that the user is a member
// of, and how many there are in all.
func (b *Backend) Memberships(ctx context.Context, userID string, p Page) (list []Membership, total int, err error) {
	if err := checkID("user", userID); err != nil {
		return nil, 0, err
	}
	query, err := p.query()
	if err != nil {
		return nil, 0, err
	}
	var answer struct {
		Data  []Membership `json:"data"`
		Total *int         `json:"total_count"`
	}
	if err := b.call(ctx, "GET", path("v1", "users", userID, "organization_memberships")+query, nil, &answer); err != nil {
		return nil, 0, err
	}
	if answer.Total == nil {
		return nil, 0, &APIError{Status: 200, cause: errGarbage}
	}
	return answer.Data, *answer.Total, nil
}

// AllMemberships goes through all organizations of the user, page by page. The
// list is read while others may change it: one that is joined or left meanwhile
// can be missed or come twice. After an error nothing follows.
func (b *Backend) AllMemberships(ctx context.Context, userID string) iter.Seq2[Membership, error] {
	return func(yield func(Membership, error) bool) {
		for offset := 0; ; {
			list, total, err := b.Memberships(ctx, userID, Page{Offset: offset})
			if err != nil {
				yield(Membership{}, err)
				return
			}
			for _, m := range list {
				if !yield(m, nil) {
					return
				}
			}
			if offset += len(list); len(list) == 0 || offset >= total {
				return
			}
		}
	}
}

// IsMember reports whether the user is a member of the organization with this
// id. It asks Clerk each time: for what every request asks, use a [Directory]
// and core.InOrganization.
func (b *Backend) IsMember(ctx context.Context, userID, organizationID string) (bool, error) {
	if err := checkID("org", organizationID); err != nil {
		return false, err
	}
	for m, err := range b.AllMemberships(ctx, userID) {
		if errors.Is(err, ErrNotFound) {
			return false, nil // there is no such user
		}
		if err != nil {
			return false, err
		}
		if m.Organization.ID == organizationID {
			return true, nil
		}
	}
	return false, nil
}

// SessionRecord is a session as the Backend API has it. What a session's token
// says is [Session].
type SessionRecord struct {
	ID                       string          `json:"id"`
	UserID                   string          `json:"user_id"`
	ClientID                 string          `json:"client_id"`
	Status                   string          `json:"status"` // active, pending, revoked, ended, expired, removed, abandoned, replaced
	LastActiveOrganizationID string          `json:"last_active_organization_id"`
	Actor                    json.RawMessage `json:"actor"` // who acts as the user; null mostly
	LastActiveAt             Millis          `json:"last_active_at"`
	ExpireAt                 Millis          `json:"expire_at"`
	AbandonAt                Millis          `json:"abandon_at"`
	CreatedAt                Millis          `json:"created_at"`
	UpdatedAt                Millis          `json:"updated_at"`
}

// ErrSessionNotActive is in the error of [Backend.VerifySession] for a session
// that is there and does not count any more, or not yet.
var ErrSessionNotActive = errors.New("clerk: the session is not active")

// Session returns the session. [ErrNotFound] is in the error when there is none.
func (b *Backend) Session(ctx context.Context, id string) (*SessionRecord, error) {
	return b.session(ctx, "GET", id)
}

// VerifySession asks Clerk whether the session is active at this moment, which
// its token cannot know: for what is worth a call each time, such as a payment.
// The error has [ErrSessionNotActive] in it when it is not.
func (b *Backend) VerifySession(ctx context.Context, id string) (*SessionRecord, error) {
	s, err := b.Session(ctx, id)
	if err != nil {
		return nil, err
	}
	if s.Status != "active" {
		return nil, fmt.Errorf("%w: %s", ErrSessionNotActive, printable(s.Status))
	}
	return s, nil
}

// RevokeSession ends the session. Tokens that were given out before count until
// they expire, a minute by Clerk's default; see core.Config.Revocations.
func (b *Backend) RevokeSession(ctx context.Context, id string) (*SessionRecord, error) {
	return b.session(ctx, "POST", id, "revoke")
}

func (b *Backend) session(ctx context.Context, method, id string, action ...string) (*SessionRecord, error) {
	if err := checkID("sess", id); err != nil {
		return nil, err
	}
	var s SessionRecord
	err := b.call(ctx, method, path(append([]string{"v1", "sessions", id}, action...)...), nil, &s)
	if err != nil {
		return nil, err
	}
	if s.ID != id || !strings.HasPrefix(s.UserID, "user_") {
		return nil, &APIError{Status: 200, cause: errGarbage}
	}
	return &s, nil
}

// Organizations returns the ids of all organizations of the user: what a
// [Directory] asks. [ErrNotFound] is in the error when there is no such user.
func (b *Backend) Organizations(ctx context.Context, userID string) ([]string, error) {
	var ids []string
	for m, err := range b.AllMemberships(ctx, userID) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, m.Organization.ID)
	}
	return ids, nil
}
