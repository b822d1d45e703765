package devissuer

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
)

// Odd public keys for [Issuer.Publish]. What is only a wrong member needs no
// function: With(k.JWK(), Claims{"use": "enc"}), {"key_ops": …},
// {"alg": "RSA-OAEP"}, {"alg": nil}, {"kid": nil}, {"x5u": …}. A remote `oct`
// key is NewKey(id, "HS256").JWK().

// NewRSAKey generates an RSA key of bits (1024 at least) with a public exponent
// that is odd and at least 3: RSA 1024, e = 3, e = 257. What it signs is valid.
// It panics on other exponents; see [Exponent] and [NewExponentOneKey].
func NewRSAKey(id, alg string, bits, exponent int) *Key {
	if !isRSA(mustAlgorithm(alg).family) || exponent < 3 || exponent%2 == 0 {
		panic(fmt.Sprintf("devissuer: no RSA key for %s with exponent %d", alg, exponent))
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
			panic("devissuer: " + err.Error())
		}
		return &Key{ID: id, Algorithm: alg, Private: k}
	}
}

func prime(bits int) *big.Int {
	p, err := rand.Prime(rand.Reader, bits)
	if err != nil {
		panic("devissuer: " + err.Error())
	}
	return p
}

// Exponent is an RSA key with another public exponent, such as 2, 4 or 2^31+1.
func Exponent(k *Key, e uint64) map[string]any {
	return With(k.JWK(), Claims{"e": b64(new(big.Int).SetUint64(e).Bytes())})
}

// EvenModulus is an RSA key whose modulus is even.
func EvenModulus(k *Key) map[string]any {
	n := member(k, "n")
	n[len(n)-1] &^= 1
	return With(k.JWK(), Claims{"n": b64(n)})
}

// MalformedModulus is an RSA key whose modulus is not base64.
func MalformedModulus(k *Key) map[string]any {
	return With(k.JWK(), Claims{"n": "*" + b64(member(k, "n"))})
}

// LargeModulus is an RSA public key of any size, such as 16384 bits with
// e = 2^31-1, which makes each signature check slow. Nothing can sign for it.
func LargeModulus(id, alg string, bits int, e uint64) map[string]any {
	return Claims{
		"kty": "RSA", "kid": id, "alg": alg, "use": "sig",
		"n": b64(unknownModulus(bits / 8)), "e": b64(new(big.Int).SetUint64(e).Bytes()),
	}
}

// unknownModulus is an odd number of full length whose factors nobody knows.
func unknownModulus(size int) []byte {
	n := make([]byte, size)
	rand.Read(n)
	n[0] |= 0x80
	n[size-1] |= 1
	return n
}

// OffCurve is an EC key whose point is not on its curve.
func OffCurve(k *Key) map[string]any {
	y := member(k, "y")
	y[len(y)-1] ^= 1
	return With(k.JWK(), Claims{"y": b64(y)})
}

// PaddedCoordinate is an EC key whose x has a zero byte in front: the right
// number at the wrong size (RFC 7518 section 6.2.1.2).
func PaddedCoordinate(k *Key) map[string]any {
	return With(k.JWK(), Claims{"x": b64(append([]byte{0}, member(k, "x")...))})
}

// ShortEd25519 is an Ed25519 key of 31 bytes.
func ShortEd25519(k *Key) map[string]any {
	return With(k.JWK(), Claims{"x": b64(member(k, "x")[:ed25519.PublicKeySize-1])})
}

// UnknownType is a key of a type a verifier need not know (ML-DSA, kty AKP).
func UnknownType(id string) map[string]any {
	pub := make([]byte, 1312)
	rand.Read(pub)
	return Claims{"kty": "AKP", "alg": "ML-DSA-44", "kid": id, "use": "sig", "pub": b64(pub)}
}

// PrivateMembers is the whole private key, as no issuer should publish it. It
// panics for keys that are not RSA, EC or Ed25519.
func PrivateMembers(k *Key) map[string]any {
	private := Claims{}
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
			panic("devissuer: " + err.Error())
		}
		private["d"] = b64(d)
	case ed25519.PrivateKey:
		private["d"] = b64(p.Seed())
	default:
		panic(fmt.Sprintf("devissuer: no private members for %T", p))
	}
	return With(k.JWK(), private)
}

// JunkX5C is a good key with an x5c that cannot be read.
func JunkX5C(k *Key) map[string]any {
	return With(k.JWK(), Claims{"x5c": []string{"bm90IGEgY2VydGlmaWNhdGU="}})
}

// X5C is key k with a self-signed certificate of certified: k for a set that is
// right, another key for one where x5c carries a different key.
func X5C(k, certified *Key) map[string]any {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, certified.Private.Public(), certified.Private)
	if err != nil {
		panic("devissuer: " + err.Error())
	}
	return With(k.JWK(), Claims{"x5c": []string{base64.StdEncoding.EncodeToString(der)}})
}

// DuplicateMember is the JWK with a member twice: first with this value, then
// with its own, which decoders that take the last one use. It goes into [Set].
func DuplicateMember(k *Key, name string, value any) json.RawMessage {
	rest := mustMarshal(k.JWK())[1:]
	return fmt.Appendf(nil, "{%s:%s,%s", mustMarshal(name), mustMarshal(value), rest)
}

// Set is a JWKS of these keys, maps or raw JSON, for [Issuer.ServeJWKS]. Without
// keys it is the empty set.
func Set(keys ...any) []byte {
	return mustMarshal(map[string]any{"keys": append([]any{}, keys...)})
}

// SmallOrder are the eight Ed25519 public keys of small order, with the ids
// kid-0 to kid-7. For some of them anybody can sign; see [NewSmallOrderKey].
func SmallOrder(kid string) []map[string]any {
	keys := make([]map[string]any, len(smallOrder))
	for i, point := range smallOrder {
		pub, err := hex.DecodeString(point)
		if err != nil {
			panic("devissuer: " + err.Error())
		}
		keys[i] = Claims{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": fmt.Sprintf("%s-%d", kid, i), "x": b64(pub)}
	}
	return keys
}

// Of order 1, 2, 4, 4, 8, 8, 8, 8.
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

// member is a decoded member of the key's JWK.
func member(k *Key, name string) []byte {
	s, ok := k.JWK()[name].(string)
	if !ok {
		panic(fmt.Sprintf("devissuer: a key for %s has no member %q", k.Algorithm, name))
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		panic("devissuer: " + err.Error())
	}
	return b
}
