package jwks

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"sync"
	"time"
)

type jwkMap = map[string]any

var (
	testRSA   = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	testEC    = sync.OnceValue(func() *ecdsa.PrivateKey { return newEC(elliptic.P256()) })
	testEd    = sync.OnceValue(func() ed25519.PrivateKey { _, k, err := ed25519.GenerateKey(nil); return must(k, err) })
	testKey   = sync.OnceValue(func() *Key { k, _ := newKey("", "", testEC().Public()); return k })
	otherEC   = sync.OnceValue(func() *ecdsa.PrivateKey { return newEC(elliptic.P256()) })
	testCerts = sync.OnceValue(func() [2]string { return [2]string{certificate(testEC()), certificate(otherEC())} })
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newEC(c elliptic.Curve) *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(c, rand.Reader)) }

// certificate is a self-signed one as x5c has it.
func certificate(k *ecdsa.PrivateKey) string {
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(2e9, 0)}
	return base64.StdEncoding.EncodeToString(must(x509.CreateCertificate(rand.Reader, c, c, k.Public(), k)))
}

func jwkOf(public crypto.PublicKey, kid string) jwkMap {
	var m jwkMap
	switch p := public.(type) {
	case *rsa.PublicKey:
		m = jwkMap{"kty": "RSA", "n": encode(p.N.Bytes()), "e": encode(big.NewInt(int64(p.E)).Bytes())}
	case *ecdsa.PublicKey:
		xy := must(p.Bytes())[1:]
		m = jwkMap{"kty": "EC", "crv": p.Params().Name, "x": encode(xy[:len(xy)/2]), "y": encode(xy[len(xy)/2:])}
	case ed25519.PublicKey:
		m = jwkMap{"kty": "OKP", "crv": "Ed25519", "x": encode(p)}
	}
	if kid != "" {
		m["kid"] = kid
	}
	return m
}

// with is m with members laid over it; nil takes one away.
func with(m jwkMap, over jwkMap) jwkMap {
	m = maps.Clone(m)
	for name, v := range over {
		if m[name] = v; v == nil {
			delete(m, name)
		}
	}
	return m
}

func setOf(keys ...jwkMap) string {
	return string(must(json.Marshal(map[string]any{"keys": append([]jwkMap{}, keys...)})))
}

func rsaJWK(n *big.Int, e int64) jwkMap {
	return jwkMap{"kty": "RSA", "kid": "a", "n": encode(n.Bytes()), "e": encode(big.NewInt(e).Bytes())}
}

// modulus is an odd number of exactly that many bits.
func modulus(bits uint) *big.Int {
	n := new(big.Int).Lsh(big.NewInt(1), bits-1)
	return n.SetBit(n, 0, 1)
}

func ed(hex string) jwkMap {
	b := fromHex(hex).FillBytes(make([]byte, 32))
	slices.Reverse(b)
	return jwkMap{"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": encode(b)}
}

// shortP521 is a key of which both coordinates begin with a zero, written without.
var shortP521 = sync.OnceValue(func() jwkMap {
	for {
		m := jwkOf(newEC(elliptic.P521()).Public(), "a")
		x, _ := decode(m["x"].(string))
		y, _ := decode(m["y"].(string))
		if x[0] == 0 && y[0] == 0 {
			return with(m, jwkMap{"x": encode(bytes.TrimLeft(x, "\x00")), "y": encode(bytes.TrimLeft(y, "\x00"))})
		}
	}
})

// rocaModulus is a number of that many bits as the generator of CVE-2017-15361 made
// its primes and so its moduli: a power of 65537 modulo a product of small primes.
func rocaModulus(bits uint) *big.Int {
	m := big.NewInt(2)
	for _, small := range rocaPrimes {
		m.Mul(m, small.p)
	}
	n := new(big.Int).Exp(big.NewInt(65537), big.NewInt(123457), m)
	k := new(big.Int).Lsh(big.NewInt(3), bits-2) // the top bits
	k.Div(k, m)
	return n.Add(n, k.Mul(k, m))
}
