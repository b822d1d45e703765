package jwks

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"slices"
	"strings"
)

const (
	minRSABits     = 2048
	maxRSABits     = 8192 // a larger one makes every signature check an attack on the processor
	minRSAExponent = 65537
	maxRSAExponent = 1<<31 - 1
)

// checkRSA returns why a key must not be used, or "".
func checkRSA(p *rsa.PublicKey) (reason string) {
	switch bits := p.N.BitLen(); {
	case bits < minRSABits || bits > maxRSABits:
		return "rsa_size"
	case p.N.Bit(0) == 0:
		return "rsa_modulus"
	case p.E < minRSAExponent || p.E > maxRSAExponent || p.E%2 == 0:
		return "rsa_exponent"
	case isROCA(p.N):
		return "rsa_roca"
	}
	return ""
}

// rocaPrimes are small primes, and for each the residues that the moduli of a
// broken generator have: powers of 65537.
var rocaPrimes = func() (list []rocaPrime) {
	for _, p := range []uint64{3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89,
		97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167} {
		residues := make([]bool, p)
		for r := uint64(1); !residues[r]; r = r * 65537 % p {
			residues[r] = true
		}
		list = append(list, rocaPrime{new(big.Int).SetUint64(p), residues})
	}
	return list
}()

type rocaPrime struct {
	p        *big.Int
	residues []bool
}

// isROCA reports whether n has the fingerprint of CVE-2017-15361, keys from
// smart cards and TPMs that can be factored: it is a power of 65537 modulo every
// small prime, which happens to other moduli about once in 2^150.
func isROCA(n *big.Int) bool {
	var r big.Int
	for _, small := range rocaPrimes {
		if !small.residues[r.Mod(n, small.p).Uint64()] {
			return false
		}
	}
	return true
}

// parseRSA reads the members n and e (RFC 7518 section 6.3.1). Zeros in front,
// which the section forbids and some issuers write, change nothing.
func parseRSA(n64, e64 string) (*rsa.PublicKey, string) {
	if len(n64) > 2*maxRSABits/8 {
		return nil, "rsa_size"
	}
	n, ok := decode(n64)
	if !ok {
		return nil, "malformed"
	}
	e, ok := decode(e64)
	if !ok {
		return nil, "malformed"
	}
	exponent := new(big.Int).SetBytes(e)
	if exponent.BitLen() > 31 {
		return nil, "rsa_exponent"
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}, ""
}

var curves = map[string]elliptic.Curve{
	"P-256": elliptic.P256(),
	"P-384": elliptic.P384(),
	"P-521": elliptic.P521(),
}

// parseEC reads the members crv, x and y (RFC 7518 section 6.2.1). Coordinates that
// lack their zeros in front, as some issuers write them, or have more of them, are
// read: a number has one meaning, and it is checked against the curve.
func parseEC(crv, x64, y64 string) (*ecdsa.PublicKey, string) {
	curve, ok := curves[crv]
	if !ok {
		return nil, "curve"
	}
	x, okX := decode(x64)
	y, okY := decode(y64)
	if !okX || !okY {
		return nil, "malformed"
	}
	size := (curve.Params().BitSize + 7) / 8
	x, okX = resize(x, size)
	y, okY = resize(y, size)
	if !okX || !okY {
		return nil, "point"
	}
	p, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil, "point"
	}
	return p, ""
}

// resize writes a number with exactly size bytes: it adds zeros in front or removes
// them. ok is false for a number that is too large.
func resize(b []byte, size int) (sized []byte, ok bool) {
	for len(b) > size && b[0] == 0 {
		b = b[1:]
	}
	if len(b) > size {
		return nil, false
	}
	return append(make([]byte, size-len(b), size), b...), true
}

// parseOKP reads the members crv and x (RFC 8037 section 2).
func parseOKP(crv, x64 string) (ed25519.PublicKey, string) {
	if crv != "Ed25519" {
		return nil, "curve"
	}
	x, ok := decode(x64)
	if !ok {
		return nil, "malformed"
	}
	return x, ""
}

// The field and the curve of RFC 8032 section 5.1, and the points of small order
// by their y: under such a key, signatures exist that hold for every message.
var (
	ed25519P = fromHex("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed")
	ed25519D = fromHex("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3")

	smallOrder = []*big.Int{
		big.NewInt(0), // order 4
		big.NewInt(1), // the identity
		new(big.Int).Sub(ed25519P, big.NewInt(1)),                                   // order 2
		fromHex("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826"), // order 8
		fromHex("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7"), // order 8
	}
)

// checkEd25519 returns why a key must not be used, or "".
func checkEd25519(k ed25519.PublicKey) (reason string) {
	if len(k) != ed25519.PublicKeySize {
		return "point"
	}
	b := slices.Clone(k)
	slices.Reverse(b)
	b[0] &= 0x7f // the sign of x
	y := new(big.Int).SetBytes(b)
	if y.Cmp(ed25519P) >= 0 {
		return "point" // a second spelling of a smaller y
	}
	for _, s := range smallOrder {
		if y.Cmp(s) == 0 {
			return "small_order"
		}
	}
	// x² = (y² - 1) / (d y² + 1), and half of all y have no such x.
	one := big.NewInt(1)
	yy := new(big.Int).Mul(y, y)
	u := new(big.Int).Sub(yy, one)
	v := new(big.Int).Mul(ed25519D, yy)
	v.Add(v, one).ModInverse(v.Mod(v, ed25519P), ed25519P)
	xx := u.Mul(u, v)
	if new(big.Int).ModSqrt(xx.Mod(xx, ed25519P), ed25519P) == nil {
		return "point"
	}
	return ""
}

// decode reads base64url as in RFC 7515 section 2, and padding that it forbids:
// nobody can use a second spelling of a public key for anything.
func decode(s string) ([]byte, bool) {
	if s == "" || strings.ContainsAny(s, "\r\n") {
		return nil, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimRight(s, "="))
	return b, err == nil && len(b) > 0
}

func fromHex(s string) *big.Int {
	n, _ := new(big.Int).SetString(s, 16)
	return n
}
