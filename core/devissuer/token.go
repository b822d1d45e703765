package devissuer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"fmt"
	"maps"
	"math/big"
	"time"
)

// Claims are the members of a JOSE header or of a token's payload. Where claims
// are laid over others a nil value deletes; json.RawMessage("null") is null.
type Claims = map[string]any

// Claims returns the default claims with over laid on top: `iss`, `aud`, `sub`
// "user_1", `iat` now, `exp` in an hour and a `jti` never given before.
func (i *Issuer) Claims(over Claims) Claims {
	now := i.now()
	return With(Claims{
		"iss": i.url,
		"aud": i.audience,
		"sub": "user_1",
		"iat": now.Unix(),
		"exp": now.Add(time.Hour).Unix(),
		"jti": rand.Text(),
	}, over)
}

// Token signs the default claims, with over laid on top, with the first of
// [Options].Algorithms (RS256 by default). It panics on claims that are not JSON.
func (i *Issuer) Token(over Claims) string {
	return i.Sign(i.algorithms[0], nil, i.Claims(over))
}

// Sign signs claims as they are (nil: none) with the current key of alg. The
// header has alg, the key's kid and typ "JWT"; header is laid on top, so that
// {"kid": nil} removes the kid and {"alg": "none"} only says so. It panics when
// the issuer has no key for alg, and on claims that are not JSON.
func (i *Issuer) Sign(alg string, header, claims Claims) string {
	k := i.unseen(alg)
	if claims == nil {
		claims = Claims{}
	}
	h := Claims{"alg": alg, "typ": "JWT"}
	if k.ID != "" {
		h["kid"] = k.ID
	}
	return SignRaw(k, alg, mustMarshal(With(h, header)), mustMarshal(claims))
}

// SignRaw signs header and payload byte for byte, JSON or not, with alg: for
// duplicate members, invalid UTF-8 and whatever else a map cannot say. alg need
// not be the algorithm of the header. The key may be of another algorithm of its
// type: an RSA key signs RS* and PS*, and a P-384 key signs ES256, with SHA-256
// and the signature length of P-384. It panics when the key cannot sign with alg.
func SignRaw(key *Key, alg string, headerJSON, payload []byte) string {
	return SignSegments(key, alg, b64(headerJSON), b64(payload))
}

// SignSegments signs segments that are already encoded, well or not.
func SignSegments(key *Key, alg, header64, payload64 string) string {
	input := header64 + "." + payload64
	return input + "." + b64(signatureOf(key, alg, []byte(input)))
}

// SignCompact is [SignRaw] with any signature: sign gets the signing input. A nil
// sign leaves the third segment empty.
func SignCompact(headerJSON, payload []byte, sign func(input []byte) []byte) string {
	input := b64(headerJSON) + "." + b64(payload)
	if sign == nil {
		return input + "."
	}
	return input + "." + b64(sign([]byte(input)))
}

// signatureOf is the JWS signature (RFC 7515 section 5.1) of signingInput.
func signatureOf(key *Key, alg string, signingInput []byte) []byte {
	a := mustAlgorithm(alg)
	var opts crypto.SignerOpts = a.hash
	if a.family == "PSS" {
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: a.hash}
	}
	sig := signWith(key, alg, opts, signingInput)
	if pub, ok := key.Private.Public().(*ecdsa.PublicKey); ok {
		return joinRS(pub, sig)
	}
	return sig
}

// signWith asks the key for its own kind of signature, which for ECDSA is DER.
func signWith(key *Key, alg string, opts crypto.SignerOpts, input []byte) []byte {
	a := mustAlgorithm(alg)
	own := mustAlgorithm(key.Algorithm).family
	if fits := own == a.family || isRSA(own) && isRSA(a.family); !fits {
		panic(fmt.Sprintf("devissuer: a key for %s cannot sign %s", key.Algorithm, alg))
	}
	if a.family != "OKP" && a.family != "oct" { // those sign messages, not digests
		h := a.hash.New()
		h.Write(input)
		input = h.Sum(nil)
	}
	sig, err := key.Private.Sign(rand.Reader, input, opts)
	if err != nil {
		panic("devissuer: " + err.Error())
	}
	return sig
}

func isRSA(family string) bool { return family == "RSA" || family == "PSS" }

// joinRS turns a DER signature into r and s at the length of the curve's order
// (RFC 7518 section 3.4).
func joinRS(pub *ecdsa.PublicKey, der []byte) []byte {
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &rs); err != nil {
		panic("devissuer: " + err.Error())
	}
	size := (pub.Params().N.BitLen() + 7) / 8
	sig := make([]byte, 2*size)
	rs.R.FillBytes(sig[:size])
	rs.S.FillBytes(sig[size:])
	return sig
}

// With is a copy of members with change laid on top; a nil value deletes. It
// edits claims, headers and JWKs: With(k.JWK(), Claims{"use": "enc"}).
func With(members, change map[string]any) map[string]any {
	out := make(map[string]any, len(members)+len(change))
	maps.Copy(out, members)
	for name, value := range change {
		if value == nil {
			delete(out, name)
		} else {
			out[name] = value
		}
	}
	return out
}
