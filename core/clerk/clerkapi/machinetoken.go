package clerkapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// MachineToken is what the Backend API says of an API key, an M2M token or an
// OAuth access token.
type MachineToken struct {
	ID         string          `json:"id"`      // ak_…, mt_…, oat_…; not the secret
	Subject    string          `json:"subject"` // user_…, org_… or mch_…
	ClientID   string          `json:"client_id"`
	Name       string          `json:"name"`       // of an API key
	Scopes     []string        `json:"scopes"`     // of an M2M token: the machines that may accept it
	Audience   Audience        `json:"aud"`        // of an OAuth token
	Actor      json.RawMessage `json:"act"`        // of an OAuth token from a token exchange (RFC 8693 section 4.1)
	Claims     json.RawMessage `json:"claims"`     // custom ones; the maker of the token chose them
	Expiration *Timestamp      `json:"expiration"` // nil: the token does not expire
	CreatedAt  Timestamp       `json:"created_at"`

	Active  *bool `json:"active"` // false, and nothing else, for an OAuth token that is inactive
	Revoked *bool `json:"revoked"`
	Expired *bool `json:"expired"`
}

// UnmarshalJSON reads a machine token by exact member names.
func (t *MachineToken) UnmarshalJSON(document []byte) error { return decode(document, t) }

// Audience is a string or an array of strings in JSON (RFC 7519 section 4.1.3).
type Audience []string

// UnmarshalJSON reads both forms.
func (a *Audience) UnmarshalJSON(document []byte) error {
	var one string
	if json.Unmarshal(document, &one) == nil {
		*a = Audience{one}
		return nil
	}
	var list []string
	if err := json.Unmarshal(document, &list); err != nil {
		return errors.New("the audience is not a string or an array of strings")
	}
	*a = list
	return nil
}

// ErrTokenRefused is for a machine token that Clerk does not know, or says is
// revoked, expired or inactive.
var ErrTokenRefused = errors.New("clerkapi: the machine token is refused")

// VerifyAPIKey asks Clerk about an API key, ak_…. Clerk bills the call. The
// error has [ErrTokenRefused] in it for a key that is not good.
func (b *Backend) VerifyAPIKey(ctx context.Context, secret string) (*MachineToken, error) {
	return b.verifyToken(ctx, b.secret, "/v1/api_keys/verify", "secret", "ak_", secret)
}

// VerifyM2MToken asks Clerk about an opaque M2M token, mt_…, with the machine's
// secret key where there is one: Clerk then knows only tokens that may be used
// with that machine. Clerk bills the call. The error has [ErrTokenRefused] in it
// for a token that is not good.
func (b *Backend) VerifyM2MToken(ctx context.Context, token string) (*MachineToken, error) {
	key := b.machineSecret
	if key == nil {
		key = b.secret
	}
	return b.verifyToken(ctx, key, "/v1/m2m_tokens/verify", "token", "mt_", token)
}

// VerifyOAuthToken asks Clerk about an opaque OAuth access token, oat_…. The
// error has [ErrTokenRefused] in it for a token that is not good. Compare
// [MachineToken].Audience with your own: Clerk does not.
func (b *Backend) VerifyOAuthToken(ctx context.Context, token string) (*MachineToken, error) {
	return b.verifyToken(ctx, b.secret, "/v1/oauth_applications/access_tokens/verify", "access_token", "oat_", token)
}

func (b *Backend) verifyToken(ctx context.Context, key *secretKey, path, member, prefix, token string) (*MachineToken, error) {
	var t MachineToken
	err := b.callWith(ctx, key, http.MethodPost, path, map[string]string{member: token}, &t)
	var api *APIError
	switch {
	case errors.As(err, &api) && !api.outage():
		return nil, fmt.Errorf("%w: %w", ErrTokenRefused, err)
	case err != nil:
		return nil, err
	case !t.good(prefix, b.now()):
		return nil, ErrTokenRefused
	}
	return &t, nil
}

// good reports whether the answer says in so many words that the token is good.
func (t *MachineToken) good(prefix string, now time.Time) bool {
	isFalse := func(b *bool) bool { return b != nil && !*b }
	if isFalse(t.Active) || !isFalse(t.Revoked) || !isFalse(t.Expired) || !strings.HasPrefix(t.ID, prefix) {
		return false
	}
	return t.Expiration == nil || t.Expiration.Time().After(now)
}
