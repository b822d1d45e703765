package jwks

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/authkeel/authkeel/core/internal/keyid"
)

// Key is one public key. It does not change, and as long as the issuer publishes
// the same material under the same key ID and algorithm, a source keeps returning
// the same pointer, which therefore may be remembered with what it verified.
type Key struct {
	id         string
	algorithm  string
	algorithms []string
	public     any
	issuer     string
	x5t        thumbprints
	members    string // the public members as JSON, in the order of RFC 7638
	thumbprint string // the SHA-256 thumbprint of RFC 7638, in base64url
}

// NewKey returns a key for [Custom] or [Handler]. public is an *rsa.PublicKey, an
// *ecdsa.PublicKey or an ed25519.PublicKey, and must not be changed afterwards; a
// private key is an error. id is the key ID that tokens name, at most 256 bytes.
// alg is the one JWS algorithm that the key is for, such as "RS256"; empty allows
// all those of the key's type.
//
// A key has to meet the same rules as one from a key set: see the package
// documentation.
func NewKey(id, alg string, public crypto.PublicKey) (*Key, error) {
	if !keyid.Valid(id) {
		return nil, fmt.Errorf("jwks: NewKey: the key ID is longer than %d bytes or has control characters", keyid.MaxBytes)
	}
	switch p := public.(type) {
	case nil:
		return nil, errors.New("jwks: NewKey: the key is nil")
	case crypto.Signer: // the private keys of RSA, EC and Ed25519
		return nil, errors.New("jwks: NewKey: this is a private key, which verifying does not need: pass key.Public()")
	case *rsa.PublicKey:
		if p == nil || p.N == nil {
			return nil, errors.New("jwks: NewKey: the RSA key is empty")
		}
	case *ecdsa.PublicKey:
		if p == nil || p.Curve == nil {
			return nil, errors.New("jwks: NewKey: the EC key is empty")
		}
	}
	k, reason := newKey(id, alg, public)
	if reason == "algorithm" {
		return nil, fmt.Errorf("jwks: NewKey: a key of type %T cannot be for algorithm %.40q", public, alg)
	}
	if reason != "" {
		return nil, fmt.Errorf("jwks: NewKey: %w", unfit(public, reason))
	}
	return k, nil
}

// ID returns the key ID (RFC 7517 section 4.5). It is empty when the key has none,
// as PEM keys never have.
func (k *Key) ID() string { return k.id }

// Algorithm returns the one algorithm that the issuer bound the key to (RFC 7517
// section 4.4), as it is spelled there. It is empty when the key is bound to none.
// Use Fits to decide.
func (k *Key) Algorithm() string { return k.algorithm }

// Issuer returns the key's own issuer member, which Microsoft Entra ID publishes
// in the key set that its tenants share: the key signs tokens of that issuer alone.
// It may hold the template {tenantid}, which stands for every tenant. Empty, as
// with all other providers, when the key has none; the key then belongs to the
// issuer of the source.
func (k *Key) Issuer() string { return k.issuer }

// Public returns the key itself: *rsa.PublicKey, *ecdsa.PublicKey or
// ed25519.PublicKey. It must not be changed.
func (k *Key) Public() any { return k.public }

// Fits reports whether the key may verify signatures of a JWS algorithm: the one
// it is bound to, or without a binding those of its type and curve. That is not
// the allow-list of algorithms, which the verifier has to hold beside it.
func (k *Key) Fits(alg string) bool { return slices.Contains(k.algorithms, alg) }

var (
	rsaAlgorithms     = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	ed25519Algorithms = []string{"EdDSA", "Ed25519"} // RFC 8037 and RFC 9864: one algorithm
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
		if algorithms = curveAlgorithms[curve]; algorithms == nil {
			return nil, "curve"
		}
		point, err := p.Bytes() // checks that the point is on the curve
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
	case *akpKey:
		algorithms, public = []string{p.algorithm}, p.public
		members = `{"alg":"` + p.algorithm + `","kty":"AKP","pub":"` + encode(p.encoded) + `"}`
	default:
		return nil, "key_type"
	}
	if algorithms = bind(algorithms, alg); algorithms == nil {
		return nil, "algorithm"
	}
	sum := sha256.Sum256([]byte(members))
	return &Key{id: id, algorithm: alg, algorithms: algorithms, public: public, members: members, thumbprint: encode(sum[:])}, ""
}

// bind narrows the algorithms of a key's type to the one it names, nil when that
// is none of them.
func bind(algorithms []string, alg string) []string {
	switch {
	case alg == "":
		return algorithms
	case !slices.Contains(algorithms, alg):
		return nil
	case alg == "EdDSA" || alg == "Ed25519":
		return algorithms
	}
	return []string{alg}
}

// keyIdentity is everything of a key that matters to a decision.
type keyIdentity struct {
	id, algorithm, issuer, thumbprint string
	x5t                               thumbprints
}

func (k *Key) identity() keyIdentity {
	return keyIdentity{k.id, k.algorithm, k.issuer, k.thumbprint, k.x5t}
}

// same reports that two keys differ in nothing that matters to a decision.
func (k *Key) same(o *Key) bool { return k.identity() == o.identity() }

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// algorithmsOf returns the algorithms that the keys fit, sorted.
func algorithmsOf(keys []*Key) []string {
	var algorithms []string
	for _, k := range keys {
		algorithms = append(algorithms, k.algorithms...)
	}
	slices.Sort(algorithms)
	return slices.Compact(algorithms)
}
