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
	HasType   bool   // `typ` is there, perhaps empty
}

// parse reads the parameters that decide something. Others are ignored, among
// them jku, jwk, x5u and x5c, which would let the token choose its own key (RFC
// 8725 section 3.10).
func (h *Header) parse(text string) *Error {
	h.Text = text
	var buf [8]strictjson.Member
	members, err := strictjson.Parse(text, buf[:0])
	if err != nil {
		return jsonError(err)
	}
	var ok bool
	for _, m := range members {
		switch m.Name {
		case "alg":
			if h.Algorithm, ok = m.Value.Text(); !ok {
				return ErrAlgorithm
			}
		case "kid":
			if h.KeyID, ok = m.Value.Text(); !ok || h.KeyID == "" || !keyid.Valid(h.KeyID) {
				return ErrKeyID
			}
		case "typ":
			if h.Type, h.HasType = m.Value.Text(); !h.HasType {
				return ErrType
			}
		case "crit", "b64", "zip", "cty":
			// Support for none of them exists, so acting as if it did would be wrong:
			// RFC 7515 section 4.1.11, RFC 7797, RFC 7516, RFC 7519 section 5.2.
			return ErrCritical
		default:
			if isCaseVariant(m.Name, headerNames) {
				return ErrCase
			}
		}
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

// The names that are read, in one spelling. A member that differs from one of
// them in case alone is refused: encoding/json would read it as that member.
var (
	headerNames = folded("alg", "kid", "typ", "crit", "b64", "zip", "cty")
	claimNames  = folded("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "azp", "client_id",
		"sid", "cnf", "act", "auth_time")
)

func folded(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[strictjson.Fold(n)] = true
	}
	return set
}

// isCaseVariant reports whether name equals a name in set except for letter case.
// The caller has compared it with the names themselves.
func isCaseVariant(name string, set map[string]bool) bool {
	for i := range len(name) {
		if c := name[i]; 'A' <= c && c <= 'Z' || c >= 0x80 {
			return set[strictjson.Fold(name)]
		}
	}
	return false
}
