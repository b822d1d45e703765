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
// It hands out the keys that have the token's key ID and are meant for its
// algorithm, so that no token chooses its own key and none is verified as HMAC. It
// refuses a kid that is no text, and a token that uses crit, b64 or zip (RFC 7515
// section 4.1.11, RFC 7797, RFC 7516), which golang-jwt ignores. An outage of the
// issuer is an error for which errors.Is finds [ErrUnavailable]: answer 503, and
// 401 to all others.
//
// Everything else remains the program's: the list of algorithms, the size of the
// token, strict base64, and all claims, in which golang-jwt accepts duplicate
// members and names in another case. package core checks those by itself.
//
// golang-jwt hands no context to a Keyfunc: a question that has to wait for the
// issuer waits up to 2 seconds, also when the request has ended.
func Keyfunc(src *Source) jwt.Keyfunc {
	return func(token *jwt.Token) (any, error) {
		kid, ok := token.Header["kid"].(string)
		if _, named := token.Header["kid"]; named && !ok {
			return nil, errors.New("jwks: the kid of the token is not a text")
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
