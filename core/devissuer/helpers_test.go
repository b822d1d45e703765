package devissuer_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authkeel/authkeel/core/devissuer"
)

type Claims = devissuer.Claims

func start(t *testing.T, o devissuer.Options) *devissuer.Issuer {
	t.Helper()
	i, err := devissuer.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return i
}

// one starts an issuer with one EC key, which costs nothing.
func one(t *testing.T) *devissuer.Issuer {
	t.Helper()
	return start(t, devissuer.Options{Algorithms: []string{"ES256"}})
}

// client is an HTTP client with connections of its own and no redirects.
func client(t *testing.T) *http.Client {
	t.Helper()
	tr := &http.Transport{DisableCompression: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{
		Transport:     tr,
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// get returns the response and whatever of its body arrived before err.
func get(t *testing.T, url string) (*http.Response, []byte, error) {
	t.Helper()
	res, err := client(t).Get(url)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res, body, err
}

func mustGet(t *testing.T, url string) (*http.Response, []byte) {
	t.Helper()
	res, body, err := get(t, url)
	if err != nil {
		t.Fatal(err)
	}
	return res, body
}

func keysAt(t *testing.T, url string) []Claims {
	t.Helper()
	_, body := mustGet(t, url)
	var set struct{ Keys []Claims }
	if err := json.Unmarshal(body, &set); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return set.Keys
}

func kids(t *testing.T, url string) []any {
	t.Helper()
	var ids []any
	for _, k := range keysAt(t, url) {
		ids = append(ids, k["kid"])
	}
	return ids
}

// verify checks a token against the keys an issuer serves, by kid, with
// golang-jwt and nothing else.
func verify(t *testing.T, i *devissuer.Issuer, token string) (*jwt.Token, error) {
	t.Helper()
	keys := keysAt(t, i.JWKSURL())
	return jwt.Parse(token, func(tok *jwt.Token) (any, error) {
		for _, k := range keys {
			if k["kid"] == tok.Header["kid"] {
				return public(k)
			}
		}
		return nil, errors.New("no such key")
	}, jwt.WithIssuer(i.URL()), jwt.WithAudience(i.Audience()))
}

// public reads a JWK without any of the package's code.
func public(jwk Claims) (any, error) {
	num := func(name string) *big.Int { return new(big.Int).SetBytes(decode(jwk[name])) }
	switch jwk["kty"] {
	case "RSA":
		return &rsa.PublicKey{N: num("n"), E: int(num("e").Int64())}, nil
	case "EC":
		curve := map[any]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[jwk["crv"]]
		return ecdsa.ParseUncompressedPublicKey(curve, append([]byte{4}, append(decode(jwk["x"]), decode(jwk["y"])...)...))
	case "OKP":
		return ed25519.PublicKey(decode(jwk["x"])), nil
	case "oct":
		return decode(jwk["k"]), nil
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

// accepts says whether golang-jwt takes the signature of a token with the key.
func accepts(t *testing.T, jwk Claims, token string) bool {
	t.Helper()
	key, err := public(jwk)
	if err != nil {
		t.Fatal(err)
	}
	_, err = jwt.Parse(token, func(*jwt.Token) (any, error) { return key, nil }, jwt.WithoutClaimsValidation())
	return err == nil
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
