//go:build go1.27 && authkeel_mldsa

package core_test

import (
	"crypto/mldsa"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
)

// TestMLDSA verifies post-quantum signatures (RFC 9964), which are longer than most
// tokens, and caches such tokens.
func TestMLDSA(t *testing.T) {
	encode := base64.RawURLEncoding.EncodeToString
	for alg, parameters := range map[string]mldsa.Parameters{"ML-DSA-44": mldsa.MLDSA44(), "ML-DSA-65": mldsa.MLDSA65()} {
		key, err := mldsa.GenerateKey(parameters)
		if err != nil {
			t.Fatal(err)
		}
		jwk := map[string]any{"kty": "AKP", "alg": alg, "kid": "pq", "pub": encode(key.PublicKey().Bytes())}
		sign := func(header, payload string) string {
			signed := encode([]byte(header)) + "." + encode([]byte(payload))
			signature, err := key.Sign(nil, []byte(signed), &mldsa.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return signed + "." + encode(signature)
		}
		h := `{"alg":"` + alg + `","kid":"pq"}`
		token := sign(h, payload())
		log := &events{}
		a := build(t, func(c *core.Config) {
			c.Issuers[0].Keys, c.Observer = static(t, jwk, trusted().ed.JWK()), log
		})
		accepted(t, a, token)
		accepted(t, a, token)
		if got := log.take(); !got[1].Cached {
			t.Errorf("%s: a token of %d bytes is not cached", alg, len(token))
		}
		refused(t, a, withBadSignature(token), core.ErrSignature, "bad_signature")
		refused(t, a, token[:strings.LastIndexByte(token, '.')+1]+"YQ", core.ErrSignature, "bad_signature")
		refused(t, a, sign(strings.Replace(h, alg, "EdDSA", 1), payload()), core.ErrUnknownKey, "unknown_key")
		for name, change := range map[string]map[string]any{
			"no alg":      {"kty": "AKP", "kid": "pq", "pub": jwk["pub"]},
			"another alg": {"kty": "AKP", "kid": "pq", "pub": jwk["pub"], "alg": "ML-DSA-87"},
			"a short key": {"kty": "AKP", "kid": "pq", "pub": "YWJj", "alg": alg},
			"private":     {"kty": "AKP", "kid": "pq", "pub": jwk["pub"], "alg": alg, "priv": "YQ"},
		} {
			source := static(t, change, trusted().ed.JWK())
			if got := source.Health(); got.Keys != 1 || got.Dropped != 1 {
				t.Errorf("%s, %s: got %+v, want the key dropped", alg, name, got)
			}
		}
	}
}
