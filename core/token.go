package core

import (
	"encoding/json"

	"github.com/authkeel/authkeel/core/internal/strictjson"
)

// Token is a token whose signature and claims hold, as Issuer.MapClaims sees it.
type Token struct {
	alg, kid, typ   string
	header, payload string
}

// Algorithm returns the `alg` that the signature was checked with.
func (t Token) Algorithm() string { return t.alg }

// KeyID returns `kid`, or "".
func (t Token) KeyID() string { return t.kid }

// Type returns `typ` as it stands, or "" when there is none.
func (t Token) Type() string { return t.typ }

// Header returns a header parameter as JSON, or nil when there is none.
func (t Token) Header(name string) json.RawMessage { return rawMember(t.header, name) }

// Claim returns a top-level claim as JSON, or nil when there is none.
func (t Token) Claim(name string) json.RawMessage { return rawMember(t.payload, name) }

// Decode fills v, a pointer to a struct, with the claims, by exact names; see
// [Identity.Decode].
func (t Token) Decode(v any) error { return strictjson.Decode(t.payload, v) }

func rawMember(document, name string) json.RawMessage {
	members, _ := strictjson.Parse(document, nil) // it was accepted before
	if v := member(members, name); v != "" {
		return json.RawMessage(v)
	}
	return nil
}
