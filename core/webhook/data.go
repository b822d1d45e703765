package webhook

import (
	"encoding/json"
	"time"
)

// Millis is a time in milliseconds since 1970, 0 when it is not set.
type Millis int64

// Time returns the zero Time for 0.
func (m Millis) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m))
}

// User is the data of user events. Text that is null is "".
type User struct {
	ID                    string          `json:"id"`
	Object                string          `json:"object"`
	ExternalID            string          `json:"external_id"`
	Deleted               bool            `json:"deleted"`
	Username              string          `json:"username"`
	FirstName             string          `json:"first_name"`
	LastName              string          `json:"last_name"`
	ImageURL              string          `json:"image_url"`
	PrimaryEmailAddressID string          `json:"primary_email_address_id"`
	EmailAddresses        []EmailAddress  `json:"email_addresses"`
	PrimaryPhoneNumberID  string          `json:"primary_phone_number_id"`
	PhoneNumbers          []PhoneNumber   `json:"phone_numbers"`
	PublicMetadata        json.RawMessage `json:"public_metadata"`
	PrivateMetadata       json.RawMessage `json:"private_metadata"`
	UnsafeMetadata        json.RawMessage `json:"unsafe_metadata"` // the user writes it: never authorize on it
	TwoFactorEnabled      bool            `json:"two_factor_enabled"`
	Banned                bool            `json:"banned"`
	Locked                bool            `json:"locked"`
	LastSignInAt          Millis          `json:"last_sign_in_at"`
	CreatedAt             Millis          `json:"created_at"`
	UpdatedAt             Millis          `json:"updated_at"`
}

// EmailAddress is one address of a [User]. It proves nothing unless Verified.
type EmailAddress struct {
	ID           string       `json:"id"`
	EmailAddress string       `json:"email_address"`
	Verification Verification `json:"verification"`
}

// PhoneNumber is one number of a [User]. It proves nothing unless Verified.
type PhoneNumber struct {
	ID           string       `json:"id"`
	PhoneNumber  string       `json:"phone_number"`
	Verification Verification `json:"verification"`
}

// Verification says how an address was proved to be its user's.
type Verification struct {
	Status   string `json:"status"`
	Strategy string `json:"strategy"`
}

// Verified reports whether the user proved that it is theirs.
func (v Verification) Verified() bool { return v.Status == "verified" }

// PrimaryEmail returns the user's primary address, and false when there is none.
// Look at its Verification before you rely on it.
func (u User) PrimaryEmail() (EmailAddress, bool) {
	for _, e := range u.EmailAddresses {
		if e.ID == u.PrimaryEmailAddressID && e.ID != "" {
			return e, true
		}
	}
	return EmailAddress{}, false
}

// Session is the data of session events.
type Session struct {
	ID                       string          `json:"id"`
	Object                   string          `json:"object"`
	UserID                   string          `json:"user_id"`
	ClientID                 string          `json:"client_id"`
	Status                   string          `json:"status"`
	LastActiveOrganizationID string          `json:"last_active_organization_id"`
	Actor                    json.RawMessage `json:"actor"` // who acts as the user; null mostly
	User                     *User           `json:"user"`  // nil where it is not embedded
	LastActiveAt             Millis          `json:"last_active_at"`
	ExpireAt                 Millis          `json:"expire_at"`
	AbandonAt                Millis          `json:"abandon_at"`
	CreatedAt                Millis          `json:"created_at"`
	UpdatedAt                Millis          `json:"updated_at"`
}

// Organization is the data of organization events.
type Organization struct {
	ID                    string          `json:"id"`
	Object                string          `json:"object"`
	Deleted               bool            `json:"deleted"`
	Name                  string          `json:"name"`
	Slug                  string          `json:"slug"`
	ImageURL              string          `json:"image_url"`
	CreatedBy             string          `json:"created_by"`
	MembersCount          int64           `json:"members_count"`
	MaxAllowedMemberships int64           `json:"max_allowed_memberships"`
	PublicMetadata        json.RawMessage `json:"public_metadata"`
	PrivateMetadata       json.RawMessage `json:"private_metadata"`
	CreatedAt             Millis          `json:"created_at"`
	UpdatedAt             Millis          `json:"updated_at"`
}

// Membership is the data of organizationMembership events.
type Membership struct {
	ID              string          `json:"id"`
	Object          string          `json:"object"`
	Role            string          `json:"role"` // with its prefix: org:admin
	RoleName        string          `json:"role_name"`
	Permissions     []string        `json:"permissions"` // those of the system too
	Organization    Organization    `json:"organization"`
	User            PublicUser      `json:"public_user_data"`
	PublicMetadata  json.RawMessage `json:"public_metadata"`
	PrivateMetadata json.RawMessage `json:"private_metadata"`
	CreatedAt       Millis          `json:"created_at"`
	UpdatedAt       Millis          `json:"updated_at"`
}

// PublicUser is what a [Membership] says of its user.
type PublicUser struct {
	UserID     string `json:"user_id"`
	FirstName  string `json:"first_name"`
	LastName   string `json:"last_name"`
	ImageURL   string `json:"image_url"`
	Identifier string `json:"identifier"`
}

// object is what Data compares, so that a function for users is not handed a
// session with its members in the wrong places.
func (u User) object() (is, want, id string)         { return u.Object, "user", u.ID }
func (s Session) object() (is, want, id string)      { return s.Object, "session", s.ID }
func (o Organization) object() (is, want, id string) { return o.Object, "organization", o.ID }
func (m Membership) object() (is, want, id string) {
	return m.Object, "organization_membership", m.ID
}
