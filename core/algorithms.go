package core

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

// algorithms are the signature algorithms of RFC 7518 and RFC 8037 that can be
// allowed. Symmetric ones are missing on purpose: whoever can verify with
// them can also sign.
var algorithms = map[string]jwt.SigningMethod{
	"RS256": &directRSA{jwt.SigningMethodRS256},
	"RS384": &directRSA{jwt.SigningMethodRS384},
	"RS512": &directRSA{jwt.SigningMethodRS512},
	"PS256": strictPSS(jwt.SigningMethodPS256),
	"PS384": strictPSS(jwt.SigningMethodPS384),
	"PS512": strictPSS(jwt.SigningMethodPS512),
	"ES256": &directECDSA{jwt.SigningMethodES256},
	"ES384": &directECDSA{jwt.SigningMethodES384},
	"ES512": &directECDSA{jwt.SigningMethodES512},
	"EdDSA": &directEd25519{jwt.SigningMethodEdDSA},
}

// strictPSS makes the salt as long as the hash, which RFC 7518 section 3.5
// demands and golang-jwt for compatibility does not.
func strictPSS(m *jwt.SigningMethodRSAPSS) jwt.SigningMethod {
	return &jwt.SigningMethodRSAPSS{SigningMethodRSA: m.SigningMethodRSA, Options: m.Options}
}

// workspace is what a signature check needs for a moment: the signing input as
// bytes and its hash. On the stack they would move to the heap, because what
// crypto is given escapes: 1 KB for each token (BenchmarkVerify/*/uncached).
type workspace struct {
	input [2048]byte
	hash  [sha512.Size]byte
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// release gives the workspace back without anything of the token in it.
func (w *workspace) release() {
	*w = workspace{}
	workspaces.Put(w)
}

// bytes returns s as bytes, good until the next call.
func (w *workspace) bytes(s string) []byte { return append(w.input[:0], s...) }

// digest returns the hash of s, good until the next call.
func (w *workspace) digest(hash crypto.Hash, s string) []byte {
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

// directRSA is golang-jwt's method in a workspace: without its hash state and
// its copy of the signing input.
type directRSA struct{ *jwt.SigningMethodRSA }

// Verify checks an RSASSA-PKCS1-v1_5 signature (RFC 7518 section 3.3).
func (m *directRSA) Verify(signed string, signature []byte, key any) error {
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return jwt.ErrInvalidKeyType
	}
	w := workspaces.Get().(*workspace)
	defer w.release()
	return rsa.VerifyPKCS1v15(public, m.Hash, w.digest(m.Hash, signed), signature)
}

// directEd25519 is golang-jwt's method in a workspace.
type directEd25519 struct{ *jwt.SigningMethodEd25519 }

// Verify checks an Ed25519 signature (RFC 8037 section 3.1).
func (*directEd25519) Verify(signed string, signature []byte, key any) error {
	public, ok := key.(ed25519.PublicKey)
	if !ok || len(public) != ed25519.PublicKeySize {
		return jwt.ErrInvalidKeyType
	}
	w := workspaces.Get().(*workspace)
	defer w.release()
	if !ed25519.Verify(public, w.bytes(signed), signature) {
		return jwt.ErrEd25519Verification
	}
	return nil
}

// directECDSA is golang-jwt's method in a workspace and without the way through
// two big.Int, which crypto/ecdsa turns into ASN.1 again: more than ten
// allocations for a token (BenchmarkVerify/ES256/uncached).
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
	w := workspaces.Get().(*workspace)
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

// allowed returns the issuer's algorithm of that name, or nil.
func (is *issuer) allowed(alg string) *allowed {
	for i := range is.algorithms {
		if is.algorithms[i].name == alg {
			return &is.algorithms[i]
		}
	}
	return nil
}
