package jwks

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"slices"
)

// Key is one public key. It does not change, and as long as the issuer publishes
// the same material under the same id and algorithm, a source keeps returning the
// same pointer, which therefore may be remembered with what it verified.
type Key struct {
	id         string
	algorithm  string
	algorithms []string
	public     any
	thumbprint string
}

// ID returns the key's id (RFC 7517 section 4.5); empty when it has none, as PEM
// keys never have.
func (k *Key) ID() string { return k.id }

// Algorithm returns the one algorithm that the issuer bound the key to (RFC 7517
// section 4.4); empty when it is bound to none. Use Fits to decide.
func (k *Key) Algorithm() string { return k.algorithm }

// Public returns the key itself: *rsa.PublicKey, *ecdsa.PublicKey or
// ed25519.PublicKey. It must not be changed.
func (k *Key) Public() any { return k.public }

// Thumbprint returns the SHA-256 thumbprint of RFC 7638 in base64url: a name for
// the key that does not depend on the issuer.
func (k *Key) Thumbprint() string { return k.thumbprint }

// Fits reports whether the key may verify signatures of a JWS algorithm: the one
// it is bound to, or without a binding those of its type and curve. That is not
// the allow-list of algorithms, which the verifier has to hold beside it.
func (k *Key) Fits(alg string) bool { return slices.Contains(k.algorithms, alg) }

var (
	rsaAlgorithms     = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	ed25519Algorithms = []string{"EdDSA"}
	curveAlgorithms   = map[string][]string{"P-256": {"ES256"}, "P-384": {"ES384"}, "P-521": {"ES512"}}
)

// newKey makes a key, or says why it is not one to trust. alg is empty for a key
// that is bound to no algorithm.
func newKey(id, alg string, public any) (k *Key, reason string) {
	var algorithms []string
	var members string
	switch p := public.(type) {
	case *rsa.PublicKey:
		if reason := checkRSA(p); reason != "" {
			return nil, reason
		}
		algorithms = rsaAlgorithms
		members = `{"e":"` + encode(big.NewInt(int64(p.E)).Bytes()) + `","kty":"RSA","n":"` + encode(p.N.Bytes()) + `"}`
	case *ecdsa.PublicKey:
		curve := p.Curve.Params().Name
		point, err := p.Bytes()
		if algorithms = curveAlgorithms[curve]; algorithms == nil {
			return nil, "curve"
		}
		if err != nil {
			return nil, "point"
		}
		xy := point[1:] // after the mark of an uncompressed point
		members = `{"crv":"` + curve + `","kty":"EC","x":"` + encode(xy[:len(xy)/2]) + `","y":"` + encode(xy[len(xy)/2:]) + `"}`
	case ed25519.PublicKey:
		if reason := checkEd25519(p); reason != "" {
			return nil, reason
		}
		algorithms = ed25519Algorithms
		members = `{"crv":"Ed25519","kty":"OKP","x":"` + encode(p) + `"}`
	default:
		return nil, "key_type"
	}
	if algorithms = bind(algorithms, alg); algorithms == nil {
		return nil, "algorithm"
	}
	sum := sha256.Sum256([]byte(members))
	return &Key{id: id, algorithm: alg, algorithms: algorithms, public: public, thumbprint: encode(sum[:])}, ""
}

// bind narrows the algorithms of a key's type to the one it names, nil when that
// is none of them.
func bind(algorithms []string, alg string) []string {
	switch {
	case alg == "":
		return algorithms
	case alg == "Ed25519" && slices.Contains(algorithms, "EdDSA"):
		// RFC 9864 gives EdDSA with this curve a name of its own.
		return algorithms
	case slices.Contains(algorithms, alg):
		return []string{alg}
	}
	return nil
}

// same reports that two keys differ in nothing that matters to a verdict.
func (k *Key) same(o *Key) bool {
	return k.id == o.id && k.algorithm == o.algorithm && k.thumbprint == o.thumbprint
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
