package jws

import (
	"strings"

	"github.com/authkeel/authkeel/core/internal/keyid"
	"github.com/authkeel/authkeel/core/internal/strictjson"
)

// Header is what a JOSE header says (RFC 7515 section 4).
type Header struct {
	Text      string // JSON
	Algorithm string // `alg`
	KeyID     string // `kid`; "" when there is none
	Type      string // `typ`
	HasType   bool   // `typ` is there, even if it is empty

	Thumbprint string // `x5t#S256`, or `x5t` where there is none: of the key's certificate, in base64url
}

// parse reads the parameters that decide something, by their exact names. Others
// are ignored, among them jku, jwk, x5u and x5c, which would let the token choose
// its own key (RFC 8725 section 3.10).
func (h *Header) parse(text string) *Error {
	h.Text = text
	var buf [8]strictjson.Member
	members, err := strictjson.Parse(text, buf[:0])
	if err != nil {
		return jsonError(err)
	}
	for _, m := range members {
		if err := h.set(m); err != nil {
			return err
		}
	}
	return nil
}

func (h *Header) set(m strictjson.Member) *Error {
	var ok bool
	switch m.Name {
	case "alg":
		if h.Algorithm, ok = m.Value.Text(); !ok {
			return ErrAlgorithm.at("alg", m.Value, "a string")
		}
	case "kid": // "" and null name no key, so they are like no kid
		if h.KeyID, ok = m.Value.Text(); !ok && m.Value.Kind() != strictjson.Null || !keyid.Valid(h.KeyID) {
			return ErrKeyID.at("kid", m.Value, "a string of at most 256 bytes without control characters")
		}
	case "typ":
		if h.Type, h.HasType = m.Value.Text(); !h.HasType {
			return ErrType.at("typ", m.Value, "a string")
		}
	case "x5t": // a hint among keys: what cannot be read gives none
		if x5t, _ := m.Value.Text(); h.Thumbprint == "" && keyid.Valid(x5t) {
			h.Thumbprint = x5t
		}
	case "x5t#S256":
		if x5t, _ := m.Value.Text(); x5t != "" && keyid.Valid(x5t) {
			h.Thumbprint = x5t
		}
	case "cty": // "JWT" is not recommended for claims, and says nothing about them (RFC 7519 section 5.2)
		cty, _ := m.Value.Text()
		if cty = MediaType(cty); cty != "" && !strings.EqualFold(cty, "JWT") && !strings.EqualFold(cty, "json") {
			return ErrCritical.at("cty", m.Value, "JWT, or no cty: the payload must be claims")
		}
	case "crit", "b64", "zip":
		// Support for none of them exists, so acting as if it did would be wrong:
		// RFC 7515 section 4.1.11, RFC 7797, RFC 7516.
		return ErrCritical.at(m.Name, m.Value, "no such header parameter")
	}
	return nil
}

// MediaType is a media type without "application/", which RFC 7515 section
// 4.1.9 lets a `typ` leave out.
func MediaType(typ string) string {
	const application = "application/"
	if len(typ) > len(application) && strings.EqualFold(typ[:len(application)], application) &&
		!strings.Contains(typ[len(application):], "/") {
		return typ[len(application):]
	}
	return typ
}
