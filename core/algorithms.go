package core

import (
	"github.com/golang-jwt/jwt/v5"
)

// algorithms are the signature algorithms of RFC 7518 and RFC 8037 that can be
// allowed. Symmetric ones are missing on purpose: whoever can verify with
// them can also sign.
var algorithms = map[string]jwt.SigningMethod{
	"RS256": jwt.SigningMethodRS256,
	"RS384": jwt.SigningMethodRS384,
	"RS512": jwt.SigningMethodRS512,
	"PS256": strictPSS(jwt.SigningMethodPS256),
	"PS384": strictPSS(jwt.SigningMethodPS384),
	"PS512": strictPSS(jwt.SigningMethodPS512),
	"ES256": jwt.SigningMethodES256,
	"ES384": jwt.SigningMethodES384,
	"ES512": jwt.SigningMethodES512,
	"EdDSA": jwt.SigningMethodEdDSA,
}

// strictPSS makes the salt as long as the hash, which RFC 7518 section 3.5
// demands and golang-jwt for compatibility does not.
func strictPSS(m *jwt.SigningMethodRSAPSS) jwt.SigningMethod {
	return &jwt.SigningMethodRSAPSS{SigningMethodRSA: m.SigningMethodRSA, Options: m.Options}
}
