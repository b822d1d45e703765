package clerk

import (
	"context"
	"encoding/json"
	"time"
)

// User is a user as the Backend API has it. Text that Clerk has as null is "".
//
// There is no unsafe_metadata: the user writes it. Nobody who authorizes has a
// use for it, and many have mistaken it for one of the other two.
type User struct {
	ID                    string         `json:"id"`
	ExternalID            string         `json:"external_id"`
	Username              string         `json:"username"`
	FirstName             string         `json:"first_name"`
	LastName              string         `json:"last_name"`
	ImageURL              string         `json:"image_url"`
	PrimaryEmailAddressID string         `json:"primary_email_address_id"`
	EmailAddresses        []EmailAddress `json:"email_addresses"`
	PrimaryPhoneNumberID  string         `json:"primary_phone_number_id"`
	PhoneNumbers          []PhoneNumber  `json:"phone_numbers"`

	PublicMetadata  json.RawMessage `json:"public_metadata"`  // your back end writes it, the user can read it
	PrivateMetadata json.RawMessage `json:"private_metadata"` // your back end alone; never send it to a client

	TwoFactorEnabled bool   `json:"two_factor_enabled"`
	Banned           bool   `json:"banned"`
	Locked           bool   `json:"locked"`
	LastSignInAt     Millis `json:"last_sign_in_at"`
	CreatedAt        Millis `json:"created_at"`
	UpdatedAt        Millis `json:"updated_at"`
}

// EmailAddress is one address of a [User]. It proves nothing unless verified.
type EmailAddress struct {
	ID           string       `json:"id"`
	EmailAddress string       `json:"email_address"`
	Verification Verification `json:"verification"`
}

// PhoneNumber is one number of a [User]. It proves nothing unless verified.
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
func (u *User) PrimaryEmail() (EmailAddress, bool) {
	for _, e := range u.EmailAddresses {
		if e.ID == u.PrimaryEmailAddressID && e.ID != "" {
			return e, true
		}
	}
	return EmailAddress{}, false
}

// Millis is a time as Clerk has it: milliseconds since 1970, 0 when it is not set.
type Millis int64

// Time returns the zero Time for 0.
func (m Millis) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m))
}

// Metadata is what to write. A nil member is left as it is.
type Metadata struct {
	Public  map[string]any `json:"public_metadata,omitempty"`
	Private map[string]any `json:"private_metadata,omitempty"`
}

// User returns the user. [ErrNotFound] is in the error when there is none, or
// none any more.
func (b *Backend) User(ctx context.Context, id string) (*User, error) {
	if err := checkID("user", id); err != nil {
		return nil, err
	}
	return b.user(ctx, "GET", path("v1", "users", id), id, nil)
}

// UpdateUserMetadata merges metadata into what the user has, at every depth; a
// key with the value nil is deleted. It returns the user as it is then. Clerk
// takes 10 writes in 10 seconds for one user.
func (b *Backend) UpdateUserMetadata(ctx context.Context, id string, m Metadata) (*User, error) {
	if err := checkID("user", id); err != nil {
		return nil, err
	}
	return b.user(ctx, "PATCH", path("v1", "users", id, "metadata"), id, m)
}

// ReplaceUserMetadata puts each member of m in the place of what the user has.
// An empty map that is not nil clears it. Prefer UpdateUserMetadata: two writers
// that replace undo each other.
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

// user makes a call whose answer is the user with this id. Anything else is no
// answer: what a cache or a proxy mixed up must not grant one user the rights of
// another.
func (b *Backend) user(ctx context.Context, method, path, id string, in any) (*User, error) {
	var u User
	if err := b.call(ctx, method, path, in, &u); err != nil {
		return nil, err
	}
	if u.ID != id {
		return nil, &APIError{Status: 200, cause: errGarbage}
	}
	return &u, nil
}
