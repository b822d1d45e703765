package jws

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"math/big"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

func TestASN1Signature(t *testing.T) {
	sizes := []int{32, 48, 66}
	heads := [][]byte{{0}, {0, 0, 0x80}, {0x7f}, {0x80}, {0xff, 0xff}, {0x01}}
	for _, size := range sizes {
		for _, r := range append(heads, nil) {
			for _, s := range append(heads, nil) {
				signature := append(number(size, r), number(size, s)...)
				want, err := asn1.Marshal([]*big.Int{
					new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:]),
				})
				if err != nil {
					t.Fatal(err)
				}
				if got := asn1Signature(nil, signature); !bytes.Equal(got, want) {
					t.Errorf("%x: got %x, want %x", signature, got, want)
				}
			}
		}
	}
}

// number is head followed by ones, or zero for no head.
func number(size int, head []byte) []byte {
	b := make([]byte, size)
	if head == nil {
		return b
	}
	for i := range b {
		b[i] = 1
	}
	copy(b, head)
	return b
}

// TestECDSAAgrees holds our way of verifying against golang-jwt's.
func TestECDSAAgrees(t *testing.T) {
	for alg, curve := range map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()} {
		ours, theirs := Algorithms[alg], jwt.GetSigningMethod(alg)
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			text := rand.Text()
			good, err := theirs.Sign(text, key)
			if err != nil {
				t.Fatal(err)
			}
			size := len(good) / 2
			order := curve.Params().N.FillBytes(make([]byte, size))
			for name, signature := range map[string][]byte{
				"good":          good,
				"bit":           append([]byte{good[0] ^ 1}, good[1:]...),
				"short":         good[1:],
				"long":          append([]byte{0}, good...),
				"empty":         {},
				"zeros":         make([]byte, 2*size),
				"order":         append(bytes.Clone(order), order...),
				"swapped":       append(bytes.Clone(good[size:]), good[:size]...),
				"r is zero":     append(make([]byte, size), good[size:]...),
				"s is zero":     append(bytes.Clone(good[:size]), make([]byte, size)...),
				"all bits":      bytes.Repeat([]byte{0xff}, 2*size),
				"other message": mustSign(t, theirs, text+"x", key),
			} {
				got, want := ours.Verify(text, signature, &key.PublicKey), theirs.Verify(text, signature, &key.PublicKey)
				if (got == nil) != (want == nil) {
					t.Errorf("%s, %s: got %v, golang-jwt has %v", alg, name, got, want)
				}
				if (got == nil) != (name == "good") {
					t.Errorf("%s, %s: got %v", alg, name, got)
				}
			}
		}
		if err := ours.Verify("x", make([]byte, 64), key); err == nil {
			t.Errorf("%s takes a private key", alg)
		}
	}
}

func mustSign(t *testing.T, m jwt.SigningMethod, text string, key any) []byte {
	t.Helper()
	signature, err := m.Sign(text, key)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

// TestDirectAgrees holds our way of verifying RSA and Ed25519 against golang-jwt's.
func TestDirectAgrees(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	edPublic, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		alg             string
		private, public any
	}{
		{"RS256", rsaKey, &rsaKey.PublicKey}, {"RS384", rsaKey, &rsaKey.PublicKey}, {"RS512", rsaKey, &rsaKey.PublicKey},
		{"EdDSA", edKey, edPublic},
	} {
		ours, theirs := Algorithms[row.alg], jwt.GetSigningMethod(row.alg)
		// The longest is longer than a scratch space.
		for _, text := range []string{"", rand.Text(), strings.Repeat("x", 2047), strings.Repeat("x", 2048), strings.Repeat("x", 5000)} {
			good := mustSign(t, theirs, text, row.private)
			for name, signature := range map[string][]byte{
				"good":          good,
				"bit":           append([]byte{good[0] ^ 1}, good[1:]...),
				"last bit":      append(bytes.Clone(good[:len(good)-1]), good[len(good)-1]^1),
				"short":         good[1:],
				"long":          append([]byte{0}, good...),
				"empty":         {},
				"zeros":         make([]byte, len(good)),
				"all bits":      bytes.Repeat([]byte{0xff}, len(good)),
				"other message": mustSign(t, theirs, text+"x", row.private),
			} {
				got, want := ours.Verify(text, signature, row.public), theirs.Verify(text, signature, row.public)
				if (got == nil) != (want == nil) || (got == nil) != (name == "good") {
					t.Errorf("%s, %d bytes, %s: got %v, golang-jwt has %v", row.alg, len(text), name, got, want)
				}
			}
		}
		for name, key := range map[string]any{"a private key": row.private, "nothing": nil, "a short key": ed25519.PublicKey{1}} {
			if err := ours.Verify("x", make([]byte, 256), key); err == nil {
				t.Errorf("%s takes %s", row.alg, name)
			}
		}
	}
}
