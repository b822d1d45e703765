package providers_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // x5t is a SHA-1 thumbprint (RFC 7515 section 4.1.7)
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"
)

// testKey is a key of testdata/README.md.
type testKey struct {
	signer crypto.Signer
	x5c    []byte // a certificate of the key
}

// testKeys are made at first use and shared by all tests.
var testKeys = struct {
	sync.Mutex
	made map[string]*testKey
}{made: map[string]*testKey{}}

func keyNamed(t *testing.T, alias string) *testKey {
	t.Helper()
	testKeys.Lock()
	defer testKeys.Unlock()
	key := testKeys.made[alias]
	if key == nil {
		signer, err := newKey(alias)
		if err != nil {
			t.Fatalf("key %q: %v", alias, err)
		}
		key = &testKey{signer: signer}
		template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
		if key.x5c, err = x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer); err != nil {
			t.Fatalf("certificate of %q: %v", alias, err)
		}
		testKeys.made[alias] = key
	}
	return key
}

func newKey(alias string) (crypto.Signer, error) {
	switch alias {
	case "rsa1", "rsa2", "rsa3", "rsa4", "rsa5", "rsa6":
		return rsa.GenerateKey(rand.Reader, 2048)
	case "p256a", "p256b":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "p384a":
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "p521a":
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "p256short":
		return newShortKey(elliptic.P256())
	case "p384short":
		return newShortKey(elliptic.P384())
	case "p521short":
		return newShortKey(elliptic.P521())
	case "ed1":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return nil, fmt.Errorf("there is no key of this name")
}

// newShortKey makes keys until a coordinate begins with a zero byte: one in 128 does.
func newShortKey(curve elliptic.Curve) (crypto.Signer, error) {
	for {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			return nil, err
		}
		if x, y := coordinates(&key.PublicKey); x[0] == 0 || y[0] == 0 {
			return key, nil
		}
	}
}

func coordinates(key *ecdsa.PublicKey) (x, y []byte) {
	point, err := key.Bytes()
	if err != nil {
		panic(err) // the key was just made
	}
	size := (len(point) - 1) / 2
	return point[1 : 1+size], point[1+size:]
}

// member returns the value of a placeholder for a key, such as "n zero pad".
func (k *testKey) member(t *testing.T, what string) string {
	t.Helper()
	name, rest, _ := strings.Cut(what, " ")
	var value []byte
	switch name {
	case "x5c":
		if rest == "url" {
			return base64.URLEncoding.EncodeToString(k.x5c)
		}
		return base64.StdEncoding.EncodeToString(k.x5c)
	case "x5t":
		sum := sha1.Sum(k.x5c) //nolint:gosec // as above
		value = sum[:]
	case "x5t#S256":
		sum := sha256.Sum256(k.x5c)
		value = sum[:]
	case "n":
		value = k.signer.Public().(*rsa.PublicKey).N.Bytes()
	case "e":
		value = big.NewInt(int64(k.signer.Public().(*rsa.PublicKey).E)).Bytes()
	case "x", "y":
		if ed, ok := k.signer.Public().(ed25519.PublicKey); ok {
			value = ed
			break
		}
		x, y := coordinates(k.signer.Public().(*ecdsa.PublicKey))
		if value = x; name == "y" {
			value = y
		}
	default:
		t.Fatalf("a key has no member %q", name)
	}
	encoding := base64.RawURLEncoding
	for how := range strings.FieldsSeq(rest) {
		switch how {
		case "zero":
			value = append([]byte{0}, value...)
		case "min":
			value = new(big.Int).SetBytes(value).Bytes()
		case "cut":
			value = value[:len(value)-1]
		case "pad":
			encoding = base64.URLEncoding
		default:
			t.Fatalf("a member cannot be spelled %q", how)
		}
	}
	return encoding.EncodeToString(value)
}

var hashes = map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}

// sign makes the signature of a token. An algorithm that does not exist, such as
// "ed25519", is signed as the key can.
func sign(t *testing.T, alias, algorithm, text string) []byte {
	t.Helper()
	switch {
	case algorithm == "none":
		return nil
	case alias == "hmac1":
		mac := hmac.New(sha256.New, []byte("a symmetric key of 32 bytes: 0123"))
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
	key := keyNamed(t, alias).signer
	if ed, ok := key.(ed25519.PrivateKey); ok {
		return ed25519.Sign(ed, []byte(text))
	}
	hash, ok := hashes[algorithm[2:]]
	if !ok {
		t.Fatalf("algorithm %q cannot sign with %q", algorithm, alias)
	}
	h := hash.New()
	h.Write([]byte(text))
	var signature []byte
	var err error
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if strings.HasPrefix(algorithm, "PS") {
			signature, err = rsa.SignPSS(rand.Reader, key, hash, h.Sum(nil), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		} else {
			signature, err = rsa.SignPKCS1v15(rand.Reader, key, hash, h.Sum(nil))
		}
	case *ecdsa.PrivateKey:
		var r, s *big.Int
		if r, s, err = ecdsa.Sign(rand.Reader, key, h.Sum(nil)); err == nil {
			size := (key.Params().BitSize + 7) / 8
			signature = append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return signature
}
