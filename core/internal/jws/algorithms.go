package jws

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256" // with crypto/sha512 also what golang-jwt looks up by name
	"crypto/sha512"
	"sync"

	"github.com/golang-jwt/jwt/v5"
)

// Method verifies signatures of one algorithm.
type Method = jwt.SigningMethod

// Algorithms are the signature algorithms of RFC 7518 and RFC 8037 that can be
// allowed. Symmetric ones are missing on purpose: a key that verifies can also
// sign.
var Algorithms = map[string]Method{
	"RS256":   &rsaVerifier{jwt.SigningMethodRS256},
	"RS384":   &rsaVerifier{jwt.SigningMethodRS384},
	"RS512":   &rsaVerifier{jwt.SigningMethodRS512},
	"PS256":   strictPSS(jwt.SigningMethodPS256),
	"PS384":   strictPSS(jwt.SigningMethodPS384),
	"PS512":   strictPSS(jwt.SigningMethodPS512),
	"ES256":   &ecdsaVerifier{jwt.SigningMethodES256},
	"ES384":   &ecdsaVerifier{jwt.SigningMethodES384},
	"ES512":   &ecdsaVerifier{jwt.SigningMethodES512},
	"EdDSA":   &ed25519Verifier{jwt.SigningMethodEdDSA},
	"Ed25519": &ed25519Verifier{jwt.SigningMethodEdDSA}, // RFC 9864 section 2.2
}

// strictPSS makes the salt as long as the hash, which RFC 7518 section 3.5
// demands and golang-jwt for compatibility does not.
func strictPSS(m *jwt.SigningMethodRSAPSS) Method {
	return &jwt.SigningMethodRSAPSS{SigningMethodRSA: m.SigningMethodRSA, Options: m.Options}
}

// scratch is what a signature check needs for a moment: the signing input as
// bytes and its hash. On the stack they would move to the heap, because what
// crypto is given escapes: 1 KB for each token (BenchmarkVerify/*/uncached).
type scratch struct {
	input [2048]byte
	hash  [sha512.Size]byte
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// release gives the scratch space back without anything of the token in it.
func (w *scratch) release() {
	*w = scratch{}
	scratches.Put(w)
}

// bytes returns s as bytes, good until the next call.
func (w *scratch) bytes(s string) []byte { return append(w.input[:0], s...) }

// digest returns the hash of s, good until the next call.
func (w *scratch) digest(hash crypto.Hash, s string) []byte {
	switch input := w.bytes(s); hash {
	case crypto.SHA256:
		sum := sha256.Sum256(input)
		return append(w.hash[:0], sum[:]...)
	case crypto.SHA384:
		sum := sha512.Sum384(input)
		return append(w.hash[:0], sum[:]...)
	default:
		sum := sha512.Sum512(input)
		return append(w.hash[:0], sum[:]...)
	}
}

// rsaVerifier is golang-jwt's method in pooled memory: without its hash state and
// its copy of the signing input.
type rsaVerifier struct{ *jwt.SigningMethodRSA }

// Verify checks an RSASSA-PKCS1-v1_5 signature (RFC 7518 section 3.3).
func (m *rsaVerifier) Verify(signed string, signature []byte, key any) error {
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return jwt.ErrInvalidKeyType
	}
	w := scratches.Get().(*scratch)
	defer w.release()
	return rsa.VerifyPKCS1v15(public, m.Hash, w.digest(m.Hash, signed), signature)
}

// ed25519Verifier is golang-jwt's method in pooled memory.
type ed25519Verifier struct{ *jwt.SigningMethodEd25519 }

// Verify checks an Ed25519 signature (RFC 8037 section 3.1).
func (*ed25519Verifier) Verify(signed string, signature []byte, key any) error {
	public, ok := key.(ed25519.PublicKey)
	if !ok || len(public) != ed25519.PublicKeySize {
		return jwt.ErrInvalidKeyType
	}
	w := scratches.Get().(*scratch)
	defer w.release()
	if !ed25519.Verify(public, w.bytes(signed), signature) {
		return jwt.ErrEd25519Verification
	}
	return nil
}

// ecdsaVerifier is golang-jwt's method in pooled memory and without the way through
// two big.Int, which crypto/ecdsa turns into ASN.1 again: more than ten
// allocations for a token (BenchmarkVerify/ES256/uncached).
type ecdsaVerifier struct{ *jwt.SigningMethodECDSA }

// Verify checks an r || s signature (RFC 7518 section 3.4).
func (m *ecdsaVerifier) Verify(signed string, signature []byte, key any) error {
	public, ok := key.(*ecdsa.PublicKey)
	if !ok {
		return jwt.ErrInvalidKeyType
	}
	if len(signature) != 2*m.KeySize {
		return jwt.ErrECDSAVerification
	}
	w := scratches.Get().(*scratch)
	defer w.release()
	var encoded [160]byte
	if !ecdsa.VerifyASN1(public, w.digest(m.Hash, signed), asn1Signature(encoded[:0], signature)) {
		return jwt.ErrECDSAVerification
	}
	return nil
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
