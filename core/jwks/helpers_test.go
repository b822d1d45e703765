package jwks_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"math/big"
	"net/http"

	"github.com/authkeel/authkeel/core/jwks"
)

type jwkMap = jwks.JWKMap

var (
	testRSA, testEC, otherEC = jwks.TestRSA, jwks.TestEC, jwks.OtherEC
	testEd, testKey          = jwks.TestEd, jwks.TestKey

	jwkOf, with, setOf, newEC, modulus = jwks.JWKOf, jwks.With, jwks.SetOf, jwks.NewEC, jwks.Modulus
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

type (
	rsaPublic = *rsa.PublicKey
	edPublic  = ed25519.PublicKey
)

var (
	nilRSA   *rsa.PublicKey
	emptyRSA = &rsa.PublicKey{}
	nilEC    *ecdsa.PublicKey
	emptyEC  = &ecdsa.PublicKey{}
)

func newEC256() *ecdsa.PrivateKey { return newEC(elliptic.P256()) }

func smallRSA() *rsa.PublicKey { return &rsa.PublicKey{N: modulus(1024), E: 65537} }

func offCurve() *ecdsa.PublicKey {
	return &ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)}
}

// client is an http.Client without a network.
func client(f *fakeIssuer) *http.Client { return &http.Client{Transport: f} }
