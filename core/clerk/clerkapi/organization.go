package clerkapi

import "encoding/json"

// Organization is an organization of the Backend API and the data of
// organization events. The data of `organization.deleted` has ID and Deleted
// alone. What a session says of its active organization is
// clerk.ActiveOrganization.
type Organization struct {
	ID                    string          `json:"id"`
	Object                string          `json:"object"` // "organization"
	Deleted               bool            `json:"deleted"`
	Name                  string          `json:"name"`
	Slug                  string          `json:"slug"`
	ImageURL              string          `json:"image_url"`
	CreatedBy             string          `json:"created_by"`
	MembersCount          int64           `json:"members_count"`
	MaxAllowedMemberships int64           `json:"max_allowed_memberships"` // 0: no limit
	PublicMetadata        json.RawMessage `json:"public_metadata"`
	PrivateMetadata       json.RawMessage `json:"private_metadata"`
	CreatedAt             Timestamp       `json:"created_at"`
	UpdatedAt             Timestamp       `json:"updated_at"`
}

// UnmarshalJSON reads an organization by exact member names.
func (o *Organization) UnmarshalJSON(document []byte) error { return decode(document, o) }

// Validate returns an error when o is not an organization or has no ID.
func (o Organization) Validate() error { return validate(o.Object, "organization", o.ID) }

// Membership is one user in one organization, and the data of
// organizationMembership events.
type Membership struct {
	ID              string          `json:"id"`
	Object          string          `json:"object"` // "organization_membership"
	Role            string          `json:"role"`   // with its prefix: org:admin
	RoleName        string          `json:"role_name"`
	Permissions     []string        `json:"permissions"` // includes those of the system (org:sys_…)
	Organization    Organization    `json:"organization"`
	User            PublicUser      `json:"public_user_data"`
	PublicMetadata  json.RawMessage `json:"public_metadata"`
	PrivateMetadata json.RawMessage `json:"private_metadata"`
	CreatedAt       Timestamp       `json:"created_at"`
	UpdatedAt       Timestamp       `json:"updated_at"`
}

// PublicUser is what a [Membership] says of its user.
type PublicUser struct {
	UserID     string `json:"user_id"`
	FirstName  string `json:"first_name"`
	LastName   string `json:"last_name"`
	ImageURL   string `json:"image_url"`
	Identifier string `json:"identifier"`
}

// UnmarshalJSON reads a membership by exact member names.
func (m *Membership) UnmarshalJSON(document []byte) error { return decode(document, m) }

// Validate returns an error when m is not a membership, or names no
// organization.
func (m Membership) Validate() error {
	if err := validate(m.Object, "organization_membership", m.ID); err != nil {
		return err
	}
	return m.Organization.Validate()
}
