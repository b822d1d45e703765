package core

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256" // with crypto/sha512 also what golang-jwt looks up by name
	"crypto/sha512"

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
	"ES256": &directECDSA{jwt.SigningMethodES256},
	"ES384": &directECDSA{jwt.SigningMethodES384},
	"ES512": &directECDSA{jwt.SigningMethodES512},
	"EdDSA": jwt.SigningMethodEdDSA,
}

// strictPSS makes the salt as long as the hash, which RFC 7518 section 3.5
// demands and golang-jwt for compatibility does not.
func strictPSS(m *jwt.SigningMethodRSAPSS) jwt.SigningMethod {
	return &jwt.SigningMethodRSAPSS{SigningMethodRSA: m.SigningMethodRSA, Options: m.Options}
}

// directECDSA is golang-jwt's method without the way through two big.Int, which
// crypto/ecdsa turns into ASN.1 again: more than
// ten allocations for a token
// (BenchmarkVerify/ES256/uncached).
type directECDSA struct{ *jwt.SigningMethodECDSA }

// Verify checks an r || s signature (RFC 7518 section 3.4).
func (m *directECDSA) Verify(signed string, signature []byte, key any) error {
	public, ok := key.(*ecdsa.PublicKey)
	if !ok {
		return jwt.ErrInvalidKeyType
	}
	if len(signature) != 2*m.KeySize {
		return jwt.ErrECDSAVerification
	}
	var encoded [160]byte
	if !ecdsa.VerifyASN1(public, m.digest([]byte(signed)), asn1Signature(encoded[:0], signature)) {
		return jwt.ErrECDSAVerification
	}
	return nil
}

func (m *directECDSA) digest(signed []byte) []byte {
	switch m.Hash {
	case crypto.SHA256:
		sum := sha256.Sum256(signed)
		return sum[:]
	case crypto.SHA384:
		sum := sha512.Sum384(signed)
		return sum[:]
	default:
		sum := sha512.Sum512(signed)
		return sum[:]
	}
}

// asn1Signature appends r || s to dst as the ASN.1 sequence of RFC 3279 section
// 2.2.3, as crypto/ecdsa reads it. Two integers of 66 bytes are the most.
func asn1Signature(dst, signature []byte) []byte {
	r, rSize := asn1Integer(signature[:len(signature)/2])
	s, sSize := asn1Integer(signature[len(signature)/2:])
	const sequence, integer, longLength = 0x30, 0x02, 0x81
	dst = append(dst, sequence)
	length := 2 + rSize + 2 + sSize
	if length > 127 {
		dst = append(dst, longLength)
	}
	dst = append(dst, byte(length))
	for _, n := range []struct {
		bytes []byte
		size  int
	}{{r, rSize}, {s, sSize}} {
		dst = append(dst, integer, byte(n.size))
		if n.size > len(n.bytes) {
			dst = append(dst, 0) // else the first bit would be a sign
		}
		dst = append(dst, n.bytes...)
	}
	return dst
}

// asn1Integer returns the bytes of a number without leading zeros, and how many
// its encoding takes.
func asn1Integer(b []byte) (digits []byte, size int) {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	if len(b) == 0 || b[0]&0x80 != 0 {
		return b, len(b) + 1
	}
	return b, len(b)
}

// allowed returns the issuer's algorithm of that name, or nil.
func (is *issuer) allowed(alg string) *allowed {
	for i := range is.algorithms {
		if is.algorithms[i].name == alg {
			return &is.algorithms[i]
		}
	}
	return nil
}
