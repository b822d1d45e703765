package forge_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"math/big"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// public reads a JWK with the standard library alone, so that it shares no
// mistake with the package.
func public(jwk Claims) (any, error) {
	num := func(name string) *big.Int { return new(big.Int).SetBytes(decode(jwk[name])) }
	switch jwk["kty"] {
	case "RSA":
		return &rsa.PublicKey{N: num("n"), E: int(num("e").Int64())}, nil
	case "EC":
		curve := map[any]elliptic.Curve{"P-256": elliptic.P256(), "P-521": elliptic.P521()}[jwk["crv"]]
		return ecdsa.ParseUncompressedPublicKey(curve, append([]byte{4}, append(decode(jwk["x"]), decode(jwk["y"])...)...))
	case "OKP":
		return ed25519.PublicKey(decode(jwk["x"])), nil
	}
	return nil, fmt.Errorf("kty %v", jwk["kty"])
}

func decode(v any) []byte {
	b, err := base64.RawURLEncoding.DecodeString(fmt.Sprint(v))
	if err != nil {
		panic(err)
	}
	return b
}

// accepts reports whether golang-jwt accepts the signature of a token.
func accepts(t *testing.T, jwk Claims, token string) bool {
	t.Helper()
	key, err := public(jwk)
	if err != nil {
		t.Fatal(err)
	}
	_, err = jwt.Parse(token, func(*jwt.Token) (any, error) { return key, nil }, jwt.WithoutClaimsValidation())
	return err == nil
}
