package clerkapi

import "encoding/json"

// Session is a session of the Backend API and the data of session events. What
// a session's token says is clerk.Session.
type Session struct {
	ID                       string          `json:"id"`
	Object                   string          `json:"object"` // "session"
	UserID                   string          `json:"user_id"`
	ClientID                 string          `json:"client_id"`
	Status                   string          `json:"status"` // active, pending, revoked, ended, expired, removed, abandoned, replaced
	LastActiveOrganizationID string          `json:"last_active_organization_id"`
	Actor                    json.RawMessage `json:"actor"` // who impersonates the user; usually null
	User                     *User           `json:"user"`  // in webhooks; nil from the Backend API
	LastActiveAt             Timestamp       `json:"last_active_at"`
	ExpireAt                 Timestamp       `json:"expire_at"`
	AbandonAt                Timestamp       `json:"abandon_at"`
	CreatedAt                Timestamp       `json:"created_at"`
	UpdatedAt                Timestamp       `json:"updated_at"`
}

// UnmarshalJSON reads a session by exact member names.
func (s *Session) UnmarshalJSON(document []byte) error { return decode(document, s) }

// Validate returns an error when s is not a session or has no ID.
func (s Session) Validate() error { return validate(s.Object, "session", s.ID) }
