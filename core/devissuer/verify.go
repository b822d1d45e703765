package devissuer

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"
)

// verify returns the claims of a token that a published key of the issuer signed in
// its name. It does not look at times: the caller does.
func (i *Issuer) verify(token string) (Claims, error) {
	notOurs := errors.New("devissuer: not a token of this issuer")
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, notOurs
	}
	var decoded [3][]byte
	for n, part := range parts {
		var err error
		if decoded[n], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return nil, notOurs
		}
	}
	var header struct{ Alg, Kid string }
	var claims Claims
	if json.Unmarshal(decoded[0], &header) != nil || json.Unmarshal(decoded[1], &claims) != nil {
		return nil, notOurs
	}
	i.mu.Lock()
	keys := slices.Clone(i.published)
	i.mu.Unlock()
	for _, k := range keys {
		if k.ID == header.Kid && k.Algorithm == header.Alg && signed(k, []byte(parts[0]+"."+parts[1]), decoded[2]) && claims["iss"] == i.url {
			return claims, nil
		}
	}
	return nil, notOurs
}

// signed reports whether the key made the signature of input (RFC 7518 section 3,
// RFC 8037 section 3.1).
func signed(k *Key, input, signature []byte) bool {
	a := mustAlgorithm(k.Algorithm)
	digest := input
	if a.hash != 0 {
		h := a.hash.New()
		h.Write(input)
		digest = h.Sum(nil)
	}
	switch pub := k.Private.Public().(type) {
	case *rsa.PublicKey:
		if a.family == "PSS" {
			return rsa.VerifyPSS(pub, a.hash, digest, signature, nil) == nil
		}
		return rsa.VerifyPKCS1v15(pub, a.hash, digest, signature) == nil
	case *ecdsa.PublicKey:
		half := (pub.Params().N.BitLen() + 7) / 8
		if len(signature) != 2*half {
			return false
		}
		return ecdsa.Verify(pub, digest, new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:]))
	case ed25519.PublicKey:
		return ed25519.Verify(pub, input, signature)
	case hmacSigner:
		again, err := pub.Sign(nil, input, a.hash)
		return err == nil && bytes.Equal(again, signature)
	}
	return false
}
