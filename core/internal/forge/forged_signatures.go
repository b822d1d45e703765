// Package forge makes the keys that a strict verifier must not use and the
// signatures that it must not accept, for the tests of core, jwks and devissuer.
//
// A JWK with one wrong member needs no function here: use
// devissuer.With(k.JWK(), devissuer.Claims{"use": "enc"}), {"key_ops": …},
// {"alg": "RSA-OAEP"}, {"alg": nil}, {"kid": nil} or {"x5u": …}. An `oct` key for
// a remote set is devissuer.NewKey(id, "HS256").JWK().
package forge

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/authkeel/authkeel/core/devissuer"
)

// hashes has the hash of each algorithm that signs a digest.
var hashes = map[string]crypto.Hash{
	"RS256": crypto.SHA256, "RS384": crypto.SHA384, "RS512": crypto.SHA512,
	"PS256": crypto.SHA256, "PS384": crypto.SHA384, "PS512": crypto.SHA512,
	"ES256": crypto.SHA256, "ES384": crypto.SHA384, "ES512": crypto.SHA512,
}

// mustHash returns the hash of alg, which has to begin with family.
func mustHash(alg, family string) crypto.Hash {
	h, ok := hashes[alg]
	if !ok || !strings.HasPrefix(alg, family) {
		panic(fmt.Sprintf("forge: %q is not one of the %s algorithms", alg, family))
	}
	return h
}

// SignatureOf returns the correct JWS signature (RFC 7515 section 5.1) of
// signingInput, which is the encoded header, a dot and the encoded payload. The
// key may be of another algorithm of its type, as for [devissuer.SignSegments].
func SignatureOf(key *devissuer.Key, alg string, signingInput []byte) []byte {
	header, payload, ok := strings.Cut(string(signingInput), ".")
	if !ok {
		panic(fmt.Sprintf("forge: %q is not the signing input of a JWS: it has no dot", signingInput))
	}
	token := devissuer.SignSegments(key, alg, header, payload)
	signature, err := base64.RawURLEncoding.DecodeString(token[strings.LastIndexByte(token, '.')+1:])
	if err != nil {
		panic("forge: " + err.Error())
	}
	return signature
}

// PSSWithoutSalt returns an RSASSA-PSS signature with an empty salt, where RFC
// 7518 section 3.5 requires one as long as the hash. alg is PS256, PS384 or
// PS512.
func PSSWithoutSalt(key *devissuer.Key, alg string, signingInput []byte) []byte {
	h := mustHash(alg, "PS")
	// crypto/rsa reads SaltLength 0 as "as long as possible", so the encoding
	// (RFC 8017 section 9.1.1) is done here.
	p, ok := key.Private.(*rsa.PrivateKey)
	if !ok {
		panic("forge: PSS needs an RSA key")
	}
	digest := sum(h, signingInput)
	digest = sum(h, append(make([]byte, 8), digest...)) // eight zeros, the digest, no salt
	em := make([]byte, (p.N.BitLen()-1+7)/8)
	db := em[:len(em)-h.Size()-1]
	db[len(db)-1] = 1
	for i, m := range mgf1(h, digest, len(db)) {
		db[i] ^= m
	}
	db[0] &= 0xff >> (8*len(em) - (p.N.BitLen() - 1))
	copy(em[len(db):], digest)
	em[len(em)-1] = 0xbc
	s := new(big.Int).Exp(new(big.Int).SetBytes(em), p.D, p.N)
	return s.FillBytes(make([]byte, p.Size()))
}

func mgf1(h crypto.Hash, seed []byte, n int) []byte {
	var out []byte
	for i := byte(0); len(out) < n; i++ {
		out = append(out, sum(h, append(append([]byte{}, seed...), 0, 0, 0, i))...)
	}
	return out[:n]
}

func sum(h crypto.Hash, b []byte) []byte {
	d := h.New()
	d.Write(b)
	return d.Sum(nil)
}

// ECDSAInDER returns an ECDSA signature in ASN.1 DER, where JWS requires the
// bytes of r and then those of s (RFC 7518 section 3.4).
func ECDSAInDER(key *devissuer.Key, alg string, signingInput []byte) []byte {
	h := mustHash(alg, "ES")
	signature, err := key.Private.Sign(rand.Reader, sum(h, signingInput), h)
	if err != nil {
		panic("forge: " + err.Error())
	}
	return signature
}

// Malleate makes a second signature of the same message from one of
// [SignatureOf]: (r, n-s) for ECDSA, which is valid, and S+L for Ed25519, which
// is not (RFC 8032 section 5.1.7). It panics for other keys.
func Malleate(key *devissuer.Key, signature []byte) []byte {
	out := append([]byte{}, signature...)
	half := out[len(out)/2:]
	switch pub := key.Private.Public().(type) {
	case *ecdsa.PublicKey:
		s := new(big.Int).SetBytes(half)
		s.Sub(pub.Params().N, s).FillBytes(half)
	case ed25519.PublicKey: // little-endian
		s := new(big.Int).SetBytes(reversed(half))
		copy(half, reversed(s.Add(s, ed25519Order).FillBytes(make([]byte, len(half)))))
	default:
		panic(fmt.Sprintf("forge: signatures of %T have no second form", pub))
	}
	return out
}

// ed25519Order is 2^252 + 27742317777372353535851937790883648493.
var ed25519Order = func() *big.Int {
	l, _ := new(big.Int).SetString("27742317777372353535851937790883648493", 10)
	return l.Add(l, new(big.Int).Lsh(big.NewInt(1), 252))
}()

func reversed(b []byte) []byte {
	out := make([]byte, len(b))
	for i, c := range b {
		out[len(b)-1-i] = c
	}
	return out
}

// TrailingBits returns the token with its last character changed in bits that
// base64url does not use: a lenient decoder reads the same bytes from it. It
// panics when there are no such bits (ES512 signatures).
func TrailingBits(token string) string {
	segment := token[strings.LastIndexByte(token, '.')+1:]
	if len(segment)%4 == 0 {
		panic("forge: the last segment has no unused bits")
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(token) - 1
	return token[:last] + string(alphabet[strings.IndexByte(alphabet, token[last])^1])
}

// NewExponentOneKey returns an RSA key with e = 1, for RS256, RS384 or RS512. The
// padded digest is its own signature, so everybody can sign with this key.
func NewExponentOneKey(id, alg string) *devissuer.Key {
	mustHash(alg, "RS")
	n := new(big.Int).SetBytes(unknownModulus(256))
	return &devissuer.Key{ID: id, Algorithm: alg, Private: exponentOne{&rsa.PublicKey{N: n, E: 1}}}
}

type exponentOne struct{ public *rsa.PublicKey }

func (k exponentOne) Public() crypto.PublicKey { return k.public }

// Sign returns the encoding of RFC 8017 section 9.2, without the exponentiation.
func (k exponentOne) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	info, ok := digestInfo[opts.HashFunc()]
	if _, pss := opts.(*rsa.PSSOptions); pss || !ok {
		return nil, errors.New("e = 1 signs RS256, RS384 and RS512 only")
	}
	tail := append([]byte{0}, append([]byte(info), digest...)...)
	em := make([]byte, k.public.Size())
	for i := range em {
		em[i] = 0xff
	}
	em[0], em[1] = 0, 1
	copy(em[len(em)-len(tail):], tail)
	return em, nil
}

// digestInfo is the DER in front of a digest (RFC 8017 section 9.2, note 1).
var digestInfo = map[crypto.Hash]string{
	crypto.SHA256: "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
	crypto.SHA384: "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
	crypto.SHA512: "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
}

// NewSmallOrderKey returns the Ed25519 key that is the neutral element of the
// curve. One signature (R neutral, S = 0) is valid for every message.
func NewSmallOrderKey(id string) *devissuer.Key {
	return &devissuer.Key{ID: id, Algorithm: "EdDSA", Private: neutral{}}
}

type neutral struct{}

func (neutral) Public() crypto.PublicKey {
	return ed25519.PublicKey(append([]byte{1}, make([]byte, ed25519.PublicKeySize-1)...))
}

func (neutral) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return append([]byte{1}, make([]byte, ed25519.SignatureSize-1)...), nil
}
