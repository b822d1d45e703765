package jws

import (
	"time"

	"github.com/authkeel/authkeel/core/internal/strictjson"
)

// Claims are the registered claims of a payload, and all its members. Routing,
// checks and the identity all come from here, so that nothing is read twice.
type Claims struct {
	Members []strictjson.Member
	room    [24]strictjson.Member // of Members, for most tokens

	Issuer, Subject, TokenID, SessionID    string    // `iss`, `sub`, `jti`, `sid`
	AuthorizedParty, ClientID              string    // `azp`, `client_id`
	ExpiresAt, NotBefore, IssuedAt, AuthAt time.Time // `exp`, `nbf`, `iat`, `auth_time`; zero: absent
	HasSubject                             bool      // `sub` is there, perhaps empty

	Audience, Confirmation strictjson.Value // `aud`, `cnf`; "": absent
	Actor                  Actor            // `act`; zero: absent
}

// parse reads the registered claims. Each must be of its type if it is there at
// all (RFC 7519 section 4.1); null is not absent.
func (c *Claims) parse(payload string) *Error {
	var err error
	if c.Members, err = strictjson.Parse(payload, c.room[:0]); err != nil {
		return jsonError(err)
	}
	for i := range c.Members {
		m := &c.Members[i]
		ok := true
		switch m.Name {
		case "iss":
			c.Issuer, ok = m.Value.Text()
		case "sub":
			c.Subject, ok = m.Value.Text()
			c.HasSubject = true
		case "jti":
			c.TokenID, ok = m.Value.Text()
		case "azp":
			c.AuthorizedParty, ok = m.Value.Text()
		case "client_id":
			c.ClientID, ok = m.Value.Text()
		case "sid":
			c.SessionID, ok = m.Value.Text()
		case "exp":
			c.ExpiresAt, ok = numericDate(m.Value)
		case "nbf":
			c.NotBefore, ok = numericDate(m.Value)
		case "iat":
			c.IssuedAt, ok = numericDate(m.Value)
		case "auth_time":
			c.AuthAt, ok = numericDate(m.Value)
		case "aud":
			c.Audience = m.Value
		case "act":
			c.Actor, ok = actor(m.Value)
		case "cnf":
			c.Confirmation = m.Value
		default:
			if isCaseVariant(m.Name, claimNames) {
				return ErrCase
			}
		}
		if !ok {
			return ErrClaimType
		}
	}
	return nil
}

// Party is the client that the token was issued to (OpenID Connect Core section
// 2, RFC 9068 section 2.2).
func (c *Claims) Party() string {
	if c.AuthorizedParty != "" {
		return c.AuthorizedParty
	}
	return c.ClientID
}
