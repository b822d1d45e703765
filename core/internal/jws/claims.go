package jws

import (
	"time"

	"github.com/authkeel/authkeel/core/internal/strictjson"
)

// Claims are the registered claims of a payload, and all its members. Routing,
// checks and the identity all come from here, so that nothing is read twice.
//
// A claim that decides whether the token is valid must be of its type (RFC 7519
// section 4.1). A claim that only informs is absent when it cannot be read, and
// listed in Unreadable, for rules that need it. null is absent everywhere.
type Claims struct {
	Members []strictjson.Member
	room    [24]strictjson.Member // of Members, for most tokens

	Issuer, Subject                string           // `iss`, `sub`
	ExpiresAt, NotBefore, IssuedAt time.Time        // `exp`, `nbf`, `iat`; zero: absent
	Audience                       strictjson.Value // `aud`; "": absent
	Confirmation                   strictjson.Value // `cnf`; "": absent
	Actor                          *Actor           // `act`; nil: absent

	TokenID, SessionID string    // `jti`, `sid`
	AuthAt             time.Time // `auth_time`; zero: absent
	Unreadable         Informing // which of these are there and cannot be read
}

// Informing is a set of claims that only inform.
type Informing uint8

// The claims that only inform.
const (
	TokenID Informing = 1 << iota
	SessionID
	AuthTime
)

// parse reads the registered claims, by their exact names.
func (c *Claims) parse(payload string) *Error {
	var err error
	if c.Members, err = strictjson.Parse(payload, c.room[:0]); err != nil {
		return jsonError(err)
	}
	for i := range c.Members {
		m := &c.Members[i]
		if m.Value.Kind() == strictjson.Null {
			continue // absent: serializers write null for what a token does not have
		}
		if err := c.set(m); err != nil {
			return err
		}
	}
	return nil
}

func (c *Claims) set(m *strictjson.Member) *Error {
	ok, expected := true, ""
	switch m.Name {
	case "iss":
		c.Issuer, ok = m.Value.Text()
		expected = "a string"
	case "sub":
		c.Subject, ok = m.Value.Text()
		expected = "a string"
	case "exp":
		c.ExpiresAt, ok = numericDate(m.Value)
		expected = "a number of seconds since 1970"
	case "nbf":
		c.NotBefore, ok = numericDate(m.Value)
		expected = "a number of seconds since 1970"
	case "iat":
		c.IssuedAt, ok = numericDate(m.Value)
		expected = "a number of seconds since 1970"
	case "aud":
		c.Audience = m.Value
	case "cnf":
		c.Confirmation = m.Value
	case "act":
		c.Actor, ok = actor(m.Value)
		expected = "an object whose sub is a string (RFC 8693 section 4.1)"
	case "jti":
		c.TokenID = c.inform(TokenID, m.Value)
	case "sid":
		c.SessionID = c.inform(SessionID, m.Value)
	case "auth_time":
		if c.AuthAt, ok = numericDate(m.Value); !ok {
			c.AuthAt, c.Unreadable = time.Time{}, c.Unreadable|AuthTime
		}
		ok = true
	}
	if !ok {
		return ErrClaimType.at(m.Name, m.Value, expected)
	}
	return nil
}

// inform reads a claim that only informs.
func (c *Claims) inform(claim Informing, v strictjson.Value) string {
	text, ok := v.Text()
	if !ok {
		c.Unreadable |= claim
	}
	return text
}
