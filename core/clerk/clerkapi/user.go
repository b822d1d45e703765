package clerkapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// User is a user of the Backend API and the data of user events. Text that
// Clerk sends as null is "". The data of `user.deleted` has ID, ExternalID and
// Deleted alone.
type User struct {
	ID                    string         `json:"id"`
	Object                string         `json:"object"` // "user"
	Deleted               bool           `json:"deleted"`
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
	PrivateMetadata json.RawMessage `json:"private_metadata"` // your back end writes and reads it; never send it to a client
	UnsafeMetadata  json.RawMessage `json:"unsafe_metadata"`  // the user writes it: never authorize on it

	TwoFactorEnabled bool      `json:"two_factor_enabled"`
	Banned           bool      `json:"banned"`
	Locked           bool      `json:"locked"`
	LastSignInAt     Timestamp `json:"last_sign_in_at"`
	CreatedAt        Timestamp `json:"created_at"`
	UpdatedAt        Timestamp `json:"updated_at"`
}

// EmailAddress is one address of a [User]. It belongs to the user only when its
// Verification says so.
type EmailAddress struct {
	ID           string       `json:"id"`
	EmailAddress string       `json:"email_address"`
	Verification Verification `json:"verification"`
}

// PhoneNumber is one number of a [User]. It belongs to the user only when its
// Verification says so.
type PhoneNumber struct {
	ID           string       `json:"id"`
	PhoneNumber  string       `json:"phone_number"`
	Verification Verification `json:"verification"`
}

// Verification says how an address was shown to be the user's.
type Verification struct {
	Status   string `json:"status"`
	Strategy string `json:"strategy"`
}

// Verified reports whether the user has shown that the address is theirs.
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

// Clone returns a copy that shares no memory with u.
func (u User) Clone() User {
	u.EmailAddresses, u.PhoneNumbers = slices.Clone(u.EmailAddresses), slices.Clone(u.PhoneNumbers)
	u.PublicMetadata, u.PrivateMetadata = slices.Clone(u.PublicMetadata), slices.Clone(u.PrivateMetadata)
	u.UnsafeMetadata = slices.Clone(u.UnsafeMetadata)
	return u
}

// UnmarshalJSON reads a user by exact member names, see the package
// documentation.
func (u *User) UnmarshalJSON(document []byte) error { return decode(document, u) }

// Validate returns an error when u is not a user or has no ID. webhook.Data
// asks, so that a function for users is not called with a session.
func (u User) Validate() error { return validate(u.Object, "user", u.ID) }

func validate(object, want, id string) error {
	switch {
	case object != want:
		return fmt.Errorf("clerkapi: the object is a %.40q, not a %q", object, want)
	case id == "":
		return errors.New("clerkapi: the " + want + " has no id")
	}
	return nil
}
