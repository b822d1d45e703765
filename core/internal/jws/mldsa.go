//go:build go1.27 && authkeel_mldsa

package jws

import (
	"crypto/mldsa"

	"github.com/golang-jwt/jwt/v5"
)

func init() {
	Algorithms["ML-DSA-44"] = mldsaVerifier{"ML-DSA-44", mldsa.MLDSA44SignatureSize}
	Algorithms["ML-DSA-65"] = mldsaVerifier{"ML-DSA-65", mldsa.MLDSA65SignatureSize}
}

// mldsaVerifier verifies ML-DSA signatures (RFC 9964 section 4). It does not sign.
type mldsaVerifier struct {
	name string
	size int
}

func (m mldsaVerifier) Alg() string { return m.name }

func (m mldsaVerifier) Verify(signed string, signature []byte, key any) error {
	public, ok := key.(*mldsa.PublicKey)
	if !ok {
		return jwt.ErrInvalidKeyType
	}
	if len(signature) != m.size {
		return jwt.ErrSignatureInvalid
	}
	return mldsa.Verify(public, []byte(signed), signature, nil)
}

func (mldsaVerifier) Sign(string, any) ([]byte, error) { return nil, jwt.ErrInvalidKeyType }
