package devissuer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	_ "crypto/sha256" // for crypto.Hash
	_ "crypto/sha512"
)

type algorithm struct {
	family string // "RSA", "PSS", "EC", "OKP", "oct"
	hash   crypto.Hash
	curve  elliptic.Curve
}

var algorithms = map[string]algorithm{
	"RS256": {"RSA", crypto.SHA256, nil},
	"RS384": {"RSA", crypto.SHA384, nil},
	"RS512": {"RSA", crypto.SHA512, nil},
	"PS256": {"PSS", crypto.SHA256, nil},
	"PS384": {"PSS", crypto.SHA384, nil},
	"PS512": {"PSS", crypto.SHA512, nil},
	"ES256": {"EC", crypto.SHA256, elliptic.P256()},
	"ES384": {"EC", crypto.SHA384, elliptic.P384()},
	"ES512": {"EC", crypto.SHA512, elliptic.P521()},
	"EdDSA": {"OKP", 0, nil},
	"HS256": {"oct", crypto.SHA256, nil},
	"HS384": {"oct", crypto.SHA384, nil},
	"HS512": {"oct", crypto.SHA512, nil},
}

// Key is a signing key. Treat it as read-only: issuers share what they are given.
type Key struct {
	ID        string // `kid`; "" for none
	Algorithm string // `alg` of the JWK and of the tokens an issuer signs with it
	// Private makes the signatures: *rsa.PrivateKey, *ecdsa.PrivateKey,
	// ed25519.PrivateKey, or another signer with a public key of these types.
	Private crypto.Signer
}

// NewKey generates a key that nothing else in the process uses, for one of the
// algorithms of [Options] or for HS256, HS384 or HS512. It panics on another
// algorithm. RSA keys have 2048 bits and take about 0.1 s.
func NewKey(id, alg string) *Key { return newKey(id, alg, generateRSA) }

func newKey(id, alg string, newRSA func() *rsa.PrivateKey) *Key {
	a := mustAlgorithm(alg)
	k := &Key{ID: id, Algorithm: alg}
	var err error
	switch a.family {
	case "RSA", "PSS":
		k.Private = newRSA()
	case "EC":
		k.Private, err = ecdsa.GenerateKey(a.curve, rand.Reader)
	case "OKP":
		_, k.Private, err = ed25519.GenerateKey(rand.Reader)
	case "oct":
		secret := make([]byte, a.hash.Size())
		rand.Read(secret)
		k.Private = hmacSigner(secret)
	}
	if err != nil {
		panic("devissuer: " + err.Error())
	}
	return k
}

// NewSecretKey is an HMAC key (HS256, HS384, HS512) with a given secret. With
// the bytes of another key's [Key.PEM] it signs the tokens that confuse a
// verifier which lets the token choose between RSA and HMAC.
func NewSecretKey(id, alg string, secret []byte) *Key {
	if mustAlgorithm(alg).family != "oct" {
		panic("devissuer: " + alg + " does not use a secret")
	}
	return &Key{ID: id, Algorithm: alg, Private: hmacSigner(append([]byte(nil), secret...))}
}

// JWK is the public key as a JSON Web Key (RFC 7517) with kid, alg and use. Of
// an HMAC key it is the secret itself, as a remote set must not have it. The
// map is the caller's to change; see [With].
func (k *Key) JWK() map[string]any {
	jwk := map[string]any{"alg": k.Algorithm, "use": "sig"}
	if k.ID != "" {
		jwk["kid"] = k.ID
	}
	switch pub := k.Private.Public().(type) {
	case *rsa.PublicKey:
		jwk["kty"] = "RSA"
		jwk["n"] = b64(pub.N.Bytes())
		jwk["e"] = b64(big.NewInt(int64(pub.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := pub.Bytes() // 0x04, x, y, each of full length (RFC 7518 section 6.2.1.2)
		if err != nil {
			panic("devissuer: " + err.Error())
		}
		half := (len(point) - 1) / 2
		jwk["kty"] = "EC"
		jwk["crv"] = pub.Params().Name
		jwk["x"], jwk["y"] = b64(point[1:1+half]), b64(point[1+half:])
	case ed25519.PublicKey:
		jwk["kty"], jwk["crv"], jwk["x"] = "OKP", "Ed25519", b64(pub)
	case hmacSigner:
		jwk["kty"], jwk["k"] = "oct", b64(pub)
	default:
		panic(fmt.Sprintf("devissuer: no JWK for %T", pub))
	}
	return jwk
}

// PEM is the public key as a PKIX "PUBLIC KEY" block. It panics for keys that
// have no such form (HMAC).
func (k *Key) PEM() []byte {
	der, err := x509.MarshalPKIXPublicKey(k.Private.Public())
	if err != nil {
		panic("devissuer: " + err.Error())
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// PrivatePEM is the private key as a PKCS #8 "PRIVATE KEY" block, for an issuer
// that is to sign with it again another day ([ParseKey], [Issuer.AddSigningKey]). It panics
// for keys that have no such form (HMAC).
func (k *Key) PrivatePEM() []byte {
	der, err := x509.MarshalPKCS8PrivateKey(k.Private)
	if err != nil {
		panic("devissuer: " + err.Error())
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// ParseKey reads what [Key.PrivatePEM] wrote.
func ParseKey(id, alg string, text []byte) (*Key, error) {
	block, _ := pem.Decode(text)
	a, known := algorithms[alg]
	if block == nil || !known {
		return nil, fmt.Errorf("devissuer: no PEM, or %q is no algorithm", alg)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("devissuer: the key cannot be read: %w", err)
	}
	fits := false
	switch private := parsed.(type) {
	case *rsa.PrivateKey:
		fits = isRSA(a.family)
	case *ecdsa.PrivateKey:
		fits = a.family == "EC" && private.Curve == a.curve
	case ed25519.PrivateKey:
		fits = a.family == "OKP"
	}
	private, isSigner := parsed.(crypto.Signer)
	if !fits || !isSigner {
		return nil, fmt.Errorf("devissuer: the key is not one for %s", alg)
	}
	return &Key{ID: id, Algorithm: alg, Private: private}, nil
}

// hmacSigner signs whole messages, as ed25519 keys do, with HMAC.
type hmacSigner []byte

func (s hmacSigner) Public() crypto.PublicKey { return s }

func (s hmacSigner) Sign(_ io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	if !opts.HashFunc().Available() {
		return nil, errors.New("HMAC needs a hash")
	}
	m := hmac.New(opts.HashFunc().New, s)
	m.Write(message)
	return m.Sum(nil), nil
}

func mustAlgorithm(alg string) algorithm {
	a, ok := algorithms[alg]
	if !ok {
		panic(fmt.Sprintf("devissuer: unknown algorithm %q", alg))
	}
	return a
}

// newID is readable in a log and never given twice.
func newID(alg string) string {
	return strings.ToLower(alg) + "-" + strings.ToLower(rand.Text()[:12])
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
