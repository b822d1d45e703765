package jwks

import (
	"context"
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
)

// errUnknownKey says that a token names no key of the source.
var errUnknownKey = errors.New("jwks: the issuer has no key with this key ID for this algorithm")

// Keyfunc lets a program that keeps golang-jwt verify with the keys of src:
//
//	token, err := jwt.ParseWithClaims(text, &claims, jwks.Keyfunc(src),
//		jwt.WithValidMethods([]string{"RS256"}), jwt.WithStrictDecoding(),
//		jwt.WithIssuer(issuer), jwt.WithAudience(api), jwt.WithExpirationRequired())
//
// It returns the keys that have the token's key ID and are meant for its algorithm,
// so that a token cannot choose its own key and is never verified as HMAC. It
// refuses a kid that is not a string, and a token that uses crit, b64 or zip (RFC
// 7515 section 4.1.11, RFC 7797, RFC 7516), which golang-jwt ignores. During an
// outage of the issuer, errors.Is finds [ErrUnavailable] in the error: answer with
// status 503, and with 401 after all other errors.
//
// Everything else remains with the program: the list of algorithms (an RSA key that
// names none fits all RS and PS algorithms), the size of the token, strict base64,
// and all claims, in which golang-jwt accepts duplicate members and names in
// another case. Package core checks these by itself.
//
// golang-jwt passes no context to a Keyfunc: a question that has to wait for the
// issuer waits up to 2 seconds, even when the request has ended.
func Keyfunc(src *Source) jwt.Keyfunc {
	return func(token *jwt.Token) (any, error) {
		kid, ok := token.Header["kid"].(string)
		if _, named := token.Header["kid"]; named && !ok {
			return nil, errors.New("jwks: the kid of the token is not a string")
		}
		for _, name := range []string{"crit", "b64", "zip"} {
			if _, used := token.Header[name]; used {
				return nil, fmt.Errorf("jwks: the token uses %s, which is not supported", name)
			}
		}
		keys, err := src.Keys(context.Background(), kid, token.Method.Alg())
		if err != nil {
			return nil, err
		}
		set := jwt.VerificationKeySet{}
		for _, k := range keys {
			set.Keys = append(set.Keys, k.Public())
		}
		if len(set.Keys) == 0 {
			return nil, errUnknownKey
		}
		return set, nil
	}
}
