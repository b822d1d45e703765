package core

import (
	"encoding/base64"
	"strings"
	"unicode"

	"github.com/authkeel/authkeel/core/internal/strictjson"
)

// maxKeyIDBytes bounds `kid` before it is looked up anywhere.
const maxKeyIDBytes = 256

// envelope is a token taken apart, nothing of it believed yet. Its strings are
// parts of the token or of one decoded copy.
type envelope struct {
	signed    string // what the signature is over: header.payload
	signature string // still base64url
	header    string // JSON
	payload   string // JSON

	alg, kid, typ string
	hasKid        bool
	hasTyp        bool
}

// strictBase64 is base64url without padding whose unused bits are zero: one
// spelling for each value (RFC 7515 appendix C, RFC 4648 section 3.5).
var strictBase64 = base64.RawURLEncoding.Strict()

// split finds the three segments of a JWS in compact form (RFC 7515 section
// 7.1) without looking past a fourth.
func (e *envelope) split(token string) (header64, payload64 string, err *Error) {
	first := strings.IndexByte(token, '.')
	if first < 0 {
		return "", "", errSegments
	}
	second := strings.IndexByte(token[first+1:], '.')
	if second < 0 {
		return "", "", errSegments
	}
	second += first + 1
	if strings.IndexByte(token[second+1:], '.') >= 0 {
		return "", "", errSegments
	}
	// encoding/base64 skips line breaks wherever they stand.
	if strings.IndexByte(token, '\n') >= 0 || strings.IndexByte(token, '\r') >= 0 {
		return "", "", errBase64
	}
	e.signed, e.signature = token[:second], token[second+1:]
	if first == 0 || second == first+1 || e.signature == "" {
		return "", "", errSegments
	}
	return token[:first], token[first+1 : second], nil
}

// open takes the token apart and reads its header.
func (e *envelope) open(token string) *Error {
	header64, payload64, refused := e.split(token)
	if refused != nil {
		return refused
	}
	// Header and payload go through one scratch buffer into one string, of which
	// all later strings are parts: one allocation for the whole token.
	var scratch [2048]byte
	buf := scratch[:]
	if n := strictBase64.DecodedLen(len(header64)) + strictBase64.DecodedLen(len(payload64)); n > len(buf) {
		buf = make([]byte, n)
	}
	h, err := strictBase64.Decode(buf, []byte(header64))
	if err != nil {
		return errBase64
	}
	p, err := strictBase64.Decode(buf[h:], []byte(payload64))
	if err != nil {
		return errBase64
	}
	text := string(buf[:h+p])
	e.header, e.payload = text[:h], text[h:]
	return e.readHeader()
}

// readHeader reads the parameters that decide something. Those it does not
// know are ignored, among them jku, jwk, x5u and x5c, which would let the token
// choose its own key (RFC 8725 section 3.10).
func (e *envelope) readHeader() *Error {
	var buf [8]strictjson.Member
	members, err := strictjson.Parse(e.header, buf[:0])
	if err != nil {
		return jsonError(err)
	}
	for _, m := range members {
		ok := true
		switch m.Name {
		case "alg":
			e.alg, ok = m.Value.Text()
		case "kid":
			if e.kid, e.hasKid = m.Value.Text(); !e.hasKid || !validKeyID(e.kid) {
				return errKeyID
			}
		case "typ":
			e.typ, e.hasTyp = m.Value.Text()
			ok = e.hasTyp
		case "crit", "b64", "zip", "cty":
			// Understanding none of them, we must not act as if we did: RFC 7515
			// section 4.1.11, RFC 7797, RFC 7516, RFC 7519 section 5.2.
			return errCritical
		default:
			if disguised(m.Name, headerNames) {
				return errCase
			}
		}
		if !ok {
			return errHeaderType(m.Name)
		}
	}
	return nil
}

func errHeaderType(name string) *Error {
	if name == "alg" {
		return errAlgorithm
	}
	return errType
}

// validKeyID keeps out what has no business in a key id, before it reaches a
// map, a log or a fetch.
func validKeyID(kid string) bool {
	if kid == "" || len(kid) > maxKeyIDBytes {
		return false
	}
	return strings.IndexFunc(kid, unicode.IsControl) < 0
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

// disguised reports whether name, which is none of the names of set, is one of
// them in another case.
func disguised(name string, set map[string]bool) bool {
	for i := range len(name) {
		if c := name[i]; 'A' <= c && c <= 'Z' || c >= 0x80 {
			return set[strictjson.Fold(name)]
		}
	}
	return false
}
