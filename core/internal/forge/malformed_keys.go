package forge

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
)

// NewRSAKey generates an RSA key of any size from 1024 bits, with any public
// exponent that is odd and at least 3. Its signatures are valid. It panics on
// other exponents: use [Exponent] and [NewExponentOneKey] for those.
func NewRSAKey(id, alg string, bits, exponent int) *devissuer.Key {
	if exponent < 3 || exponent%2 == 0 {
		panic(fmt.Sprintf("forge: an RSA key cannot have the public exponent %d", exponent))
	}
	e := big.NewInt(int64(exponent))
	for {
		p, q := prime(bits-bits/2), prime(bits/2)
		n := new(big.Int).Mul(p, q)
		one := big.NewInt(1)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(e, phi)
		if d == nil || n.BitLen() != bits || p.Cmp(q) == 0 {
			continue
		}
		k := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: exponent}, D: d, Primes: []*big.Int{p, q}}
		k.Precompute()
		if err := k.Validate(); err != nil {
			panic("forge: " + err.Error())
		}
		return &devissuer.Key{ID: id, Algorithm: alg, Private: k}
	}
}

func prime(bits int) *big.Int {
	p, err := rand.Prime(rand.Reader, bits)
	if err != nil {
		panic("forge: " + err.Error())
	}
	return p
}

// Exponent returns the JWK of an RSA key with another public exponent, such as
// 2, 4 or 2^31+1.
func Exponent(k *devissuer.Key, e uint64) map[string]any {
	return devissuer.With(k.JWK(), devissuer.Claims{"e": b64(new(big.Int).SetUint64(e).Bytes())})
}

// EvenModulus returns the JWK of an RSA key with an even modulus.
func EvenModulus(k *devissuer.Key) map[string]any {
	n := member(k, "n")
	n[len(n)-1] &^= 1
	return devissuer.With(k.JWK(), devissuer.Claims{"n": b64(n)})
}

// MalformedModulus returns the JWK of an RSA key whose modulus is not base64url.
func MalformedModulus(k *devissuer.Key) map[string]any {
	return devissuer.With(k.JWK(), devissuer.Claims{"n": "*" + b64(member(k, "n"))})
}

// LargeModulus returns the JWK of an RSA public key of any size, such as 16384
// bits with e = 2^31-1, which makes each signature check slow. The private key
// is not known to anybody.
func LargeModulus(id, alg string, bits int, e uint64) map[string]any {
	return devissuer.Claims{
		"kty": "RSA", "kid": id, "alg": alg, "use": "sig",
		"n": b64(unknownModulus(bits / 8)), "e": b64(new(big.Int).SetUint64(e).Bytes()),
	}
}

// unknownModulus returns a random odd number of full length. Its factors are
// not known.
func unknownModulus(size int) []byte {
	n := make([]byte, size)
	rand.Read(n)
	n[0] |= 0x80
	n[size-1] |= 1
	return n
}

// OffCurve returns the JWK of an EC key whose point is not on its curve.
func OffCurve(k *devissuer.Key) map[string]any {
	y := member(k, "y")
	y[len(y)-1] ^= 1
	return devissuer.With(k.JWK(), devissuer.Claims{"y": b64(y)})
}

// PaddedCoordinate returns the JWK of an EC key whose x has a zero byte in front:
// the right number at the wrong size (RFC 7518 section 6.2.1.2).
func PaddedCoordinate(k *devissuer.Key) map[string]any {
	return devissuer.With(k.JWK(), devissuer.Claims{"x": b64(append([]byte{0}, member(k, "x")...))})
}

// ShortEd25519 returns the JWK of an Ed25519 key of 31 bytes.
func ShortEd25519(k *devissuer.Key) map[string]any {
	return devissuer.With(k.JWK(), devissuer.Claims{"x": b64(member(k, "x")[:ed25519.PublicKeySize-1])})
}

// UnknownType returns a JWK of a key type that a verifier need not support
// (ML-DSA, kty AKP, RFC 9964).
func UnknownType(id string) map[string]any {
	pub := make([]byte, 1312)
	rand.Read(pub)
	return devissuer.Claims{"kty": "AKP", "alg": "ML-DSA-44", "kid": id, "use": "sig", "pub": b64(pub)}
}

// PrivateMembers returns the JWK of a key with its private members, which an
// issuer must never publish. It panics for keys that are not RSA, EC or Ed25519.
func PrivateMembers(k *devissuer.Key) map[string]any {
	private := devissuer.Claims{}
	switch p := k.Private.(type) {
	case *rsa.PrivateKey:
		for name, v := range map[string]*big.Int{
			"d": p.D, "p": p.Primes[0], "q": p.Primes[1],
			"dp": p.Precomputed.Dp, "dq": p.Precomputed.Dq, "qi": p.Precomputed.Qinv,
		} {
			private[name] = b64(v.Bytes())
		}
	case *ecdsa.PrivateKey:
		d, err := p.Bytes()
		if err != nil {
			panic("forge: " + err.Error())
		}
		private["d"] = b64(d)
	case ed25519.PrivateKey:
		private["d"] = b64(p.Seed())
	default:
		panic(fmt.Sprintf("forge: no private members for %T", p))
	}
	return devissuer.With(k.JWK(), private)
}

// JunkX5C returns the JWK of a good key with an x5c that is not a certificate.
func JunkX5C(k *devissuer.Key) map[string]any {
	return devissuer.With(k.JWK(), devissuer.Claims{"x5c": []string{"bm90IGEgY2VydGlmaWNhdGU="}})
}

// X5C returns the JWK of k with a self-signed certificate for certified. Pass k
// for a correct JWK, and another key for one whose x5c has a different key.
func X5C(k, certified *devissuer.Key) map[string]any {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, certified.Private.Public(), certified.Private)
	if err != nil {
		panic("forge: " + err.Error())
	}
	return devissuer.With(k.JWK(), devissuer.Claims{"x5c": []string{base64.StdEncoding.EncodeToString(der)}})
}

// DuplicateMember returns the JWK with one member twice: first with this value,
// then with its own, which a decoder that keeps the last one uses. Pass it to
// [Set].
func DuplicateMember(k *devissuer.Key, name string, value any) json.RawMessage {
	rest := mustMarshal(k.JWK())[1:]
	return fmt.Appendf(nil, "{%s:%s,%s", mustMarshal(name), mustMarshal(value), rest)
}

// Set returns a JWKS (RFC 7517 section 5) of these keys, which are maps or raw
// JSON, for [devissuer.Issuer.ServeJWKS]. Without keys it is the empty set.
func Set(keys ...any) []byte {
	return mustMarshal(map[string]any{"keys": append([]any{}, keys...)})
}

// SmallOrder returns the JWKs of the eight Ed25519 public keys of small order,
// with the key IDs kid-0 to kid-7. Signatures for them need no private key; see
// [NewSmallOrderKey].
func SmallOrder(kid string) []map[string]any {
	keys := make([]map[string]any, len(smallOrder))
	for i, point := range smallOrder {
		pub, err := hex.DecodeString(point)
		if err != nil {
			panic("forge: " + err.Error())
		}
		keys[i] = devissuer.Claims{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": fmt.Sprintf("%s-%d", kid, i), "x": b64(pub)}
	}
	return keys
}

// smallOrder lists the points of order 1, 2, 4, 4, 8, 8, 8 and 8.
var smallOrder = [...]string{
	"0100000000000000000000000000000000000000000000000000000000000000",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
}

// member returns a decoded member of the key's JWK.
func member(k *devissuer.Key, name string) []byte {
	s, ok := k.JWK()[name].(string)
	if !ok {
		panic(fmt.Sprintf("forge: a key for %s has no member %q", k.Algorithm, name))
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		panic("forge: " + err.Error())
	}
	return b
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func mustMarshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic("forge: " + err.Error())
	}
	return text
}
