package main

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"sync/atomic"
)

// key is a signing key with its key ID.
type key struct {
	id      string
	private *rsa.PrivateKey
}

// keyring holds the keys of an issuer, the one that signs first. It outlives the
// issuer, so that a restart changes nothing.
type keyring []key

// rotate puts a new key in front and keeps the one that signed before.
func (k *keyring) rotate() error {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	*k = append(keyring{{fmt.Sprintf("key-%d", serials.Add(1)), private}}, *k...)
	if len(*k) > 2 {
		*k = (*k)[:2]
	}
	return nil
}

var serials atomic.Int64

// jwks is the key set (RFC 7517), with the private members when asked for.
func (k keyring) jwks(private bool) ([]byte, error) {
	set := struct {
		Keys []map[string]string `json:"keys"`
	}{}
	for _, key := range k {
		jwk := map[string]string{
			"kty": "RSA", "kid": key.id, "alg": "RS256", "use": "sig",
			"n": encode(key.private.N), "e": encode(big.NewInt(int64(key.private.E))),
		}
		if private {
			key.private.Precompute()
			for name, value := range map[string]*big.Int{
				"d": key.private.D, "p": key.private.Primes[0], "q": key.private.Primes[1],
				"dp": key.private.Precomputed.Dp, "dq": key.private.Precomputed.Dq, "qi": key.private.Precomputed.Qinv,
			} {
				jwk[name] = encode(value)
			}
		}
		set.Keys = append(set.Keys, jwk)
	}
	return json.Marshal(set)
}

func encode(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }

// headerOf and claimsOf show what a token says.
func headerOf(token string) string { return segment(token, 0) }
func claimsOf(token string) string { return segment(token, 1) }

func segment(token string, i int) string {
	segments := strings.Split(token, ".")
	if i >= len(segments) {
		return "nothing"
	}
	text, err := base64.RawURLEncoding.DecodeString(segments[i])
	if err != nil {
		return "no base64url"
	}
	return string(text)
}
