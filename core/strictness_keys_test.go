package core_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/internal/forge"
	"github.com/authkeel/authkeel/core/jwks"
)

// withKeys is an Authenticator whose issuer has this key set.
func withKeys(t testing.TB, algorithms []string, keys ...any) *core.Authenticator {
	t.Helper()
	return build(t, func(c *core.Config) {
		c.Issuers[0].Algorithms, c.Issuers[0].Keys = algorithms, static(t, keys...)
	})
}

// strictKeys are tokens whose algorithm is not that of the key.
func strictKeys(t *testing.T) {
	k := trusted()
	pem := k.rs.PEM()
	for _, secret := range [][2]string{{"PEM", string(pem)}, {"PEM_without_end", strings.TrimSpace(string(pem))}} {
		forged := devissuer.SignRaw(devissuer.NewSecretKey("rs", "HS256", []byte(secret[1])), "HS256",
			[]byte(header("alg", `"HS256"`)), []byte(payload()))
		t.Run("03_HMAC_with_public_key/"+secret[0], func(t *testing.T) {
			refused(t, build(t), forged, core.ErrAlgorithm, "algorithm_not_allowed")
		})
		t.Run("03b_HMAC_with_PEM_source/"+secret[0], func(t *testing.T) {
			source, err := jwks.PEM(pem)
			if err != nil {
				t.Fatal(err)
			}
			a := build(t, func(c *core.Config) { c.Issuers[0].Keys = source })
			accepted(t, a, signed(header(), payload()))
			refused(t, a, forged, core.ErrAlgorithm, "algorithm_not_allowed")
		})
	}

	both := []string{"RS256", "PS256"}
	a := withKeys(t, both, k.rs.JWK(), k.ps.JWK())
	crossed := devissuer.SignRaw(k.rs, "PS256", []byte(header("alg", `"PS256"`)), []byte(payload()))
	t.Run("04_algorithm_of_key/not_listed", func(t *testing.T) {
		refused(t, withKeys(t, []string{"RS256"}, k.rs.JWK(), k.ps.JWK()), crossed, core.ErrAlgorithm, "algorithm_not_allowed")
	})
	t.Run("04_algorithm_of_key/both_listed", func(t *testing.T) {
		refused(t, a, crossed, core.ErrUnknownKey, "unknown_key")
		accepted(t, a, signed(header(), payload()))
		accepted(t, a, signedBy(k.ps, payload()))
	})
	t.Run("04_algorithm_of_key/key_without_alg", func(t *testing.T) {
		free := withKeys(t, nil, devissuer.With(k.rs.JWK(), devissuer.Claims{"alg": nil}))
		accepted(t, free, signed(header(), payload()))
		refused(t, free, crossed, core.ErrAlgorithm, "algorithm_not_allowed")
	})

	pss := func(sign func([]byte) []byte) string {
		return devissuer.SignCompact([]byte(headerOf(k.ps)), []byte(payload()), sign)
	}
	t.Run("05_PSS_salt/empty", func(t *testing.T) {
		refused(t, a, pss(func(in []byte) []byte { return forge.PSSWithoutSalt(k.ps, "PS256", in) }), core.ErrSignature, "bad_signature")
	})
	for _, salt := range []int{20, 31, 33, rsa.PSSSaltLengthAuto} {
		t.Run(fmt.Sprintf("05_PSS_salt/%d", salt), func(t *testing.T) {
			refused(t, a, pss(func(in []byte) []byte { return signPSS(t, k.ps, in, salt) }), core.ErrSignature, "bad_signature")
		})
	}
	t.Run("05_PSS_salt/control_32", func(t *testing.T) {
		accepted(t, a, pss(func(in []byte) []byte { return signPSS(t, k.ps, in, 32) }))
	})
	t.Run("06_PSS_length", func(t *testing.T) {
		own := func(in []byte) []byte { return forge.SignatureOf(k.ps, "PS256", in) }
		accepted(t, a, pss(own))
		refused(t, a, pss(func(in []byte) []byte { return append([]byte{0}, own(in)...) }), core.ErrSignature, "bad_signature")
		refused(t, a, pss(func(in []byte) []byte { return append(own(in), 0) }), core.ErrSignature, "bad_signature")
	})
}

func signPSS(t *testing.T, k *devissuer.Key, input []byte, salt int) []byte {
	t.Helper()
	h := crypto.SHA256.New()
	h.Write(input)
	sig, err := k.Private.Sign(rand.Reader, h.Sum(nil), &rsa.PSSOptions{SaltLength: salt, Hash: crypto.SHA256})
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// strictSignatures are signatures that are not what RFC 7518 makes them.
func strictSignatures(t *testing.T) {
	k := trusted()
	a := build(t)
	with := func(key *devissuer.Key, change func([]byte) []byte) string {
		return devissuer.SignCompact([]byte(headerOf(key)), []byte(payload()), func(in []byte) []byte {
			return change(forge.SignatureOf(key, key.Algorithm, in))
		})
	}
	order := k.es.Private.Public().(*ecdsa.PublicKey).Params().N.Bytes()
	for _, tt := range []struct {
		name   string
		key    *devissuer.Key
		change func([]byte) []byte
	}{
		{"10_psychic/zero", k.es, func([]byte) []byte { return make([]byte, 64) }},
		{"10_psychic/order", k.es, func([]byte) []byte { return append(bytes.Clone(order), order...) }},
		{"10_psychic/r_zero", k.es, func(s []byte) []byte { return append(make([]byte, 32), s[32:]...) }},
		{"10_psychic/s_zero", k.es, func(s []byte) []byte { return append(s[:32:32], make([]byte, 32)...) }},
		{"12_ECDSA_encoding/65_bytes", k.es, func(s []byte) []byte { return append(s, 0) }},
		{"12_ECDSA_encoding/65_bytes_zero_first", k.es, func(s []byte) []byte { return append([]byte{0}, s...) }},
		{"12_ECDSA_encoding/63_bytes", k.es, func(s []byte) []byte { return s[:63] }},
		{"14_Ed25519_encoding/S_plus_L", k.ed, func(s []byte) []byte { return forge.Malleate(k.ed, s) }},
		{"14_Ed25519_encoding/65_bytes", k.ed, func(s []byte) []byte { return append(s, 0) }},
		{"15_framing/other_signature", k.rs, func(s []byte) []byte { return append([]byte{s[0] ^ 1}, s[1:]...) }},
		{"15_framing/RSA_zero_first", k.rs, func(s []byte) []byte { return append([]byte{0}, s...) }},
		{"15_framing/RSA_one_byte", k.rs, func(s []byte) []byte { return s[:1] }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			accepted(t, a, with(tt.key, func(s []byte) []byte { return s }))
			refused(t, a, with(tt.key, tt.change), core.ErrSignature, "bad_signature")
		})
	}
	t.Run("12_ECDSA_encoding/DER", func(t *testing.T) {
		refused(t, a, devissuer.SignCompact([]byte(headerOf(k.es)), []byte(payload()), func(in []byte) []byte {
			return forge.ECDSAInDER(k.es, "ES256", in)
		}), core.ErrSignature, "bad_signature")
	})
	t.Run("11_ECDSA_malleability", func(t *testing.T) {
		list := &revocations{}
		a := build(t, func(c *core.Config) { c.Revocations = list })
		token := signedBy(k.es, payload("jti", `"j1"`))
		dot := strings.LastIndexByte(token, '.')
		twin := devissuer.SignCompact([]byte(headerOf(k.es)), []byte(payload("jti", `"j1"`)), func(in []byte) []byte {
			return forge.Malleate(k.es, unbase64(t, token[dot+1:]))
		})
		if token == twin || token[:dot] != twin[:dot] {
			t.Fatal("the twin differs in more or less than its signature")
		}
		one, two := accepted(t, a, token), accepted(t, a, twin)
		if one == two || one.TokenID() != two.TokenID() {
			t.Errorf("got identities %p %p of tokens %q %q, want two of one token id", one, two, one.TokenID(), two.TokenID())
		}
		list.revoke("j1") // by what the token says, so both texts end
		refused(t, a, token, core.ErrRevoked, "revoked")
		refused(t, a, twin, core.ErrRevoked, "revoked")
	})

	sig := strings.Split(signed(header(), payload()), ".")
	h, p, s := sig[0], sig[1], sig[2]
	for _, token := range []string{
		h + "." + p, h + "." + p + ".", h + "." + p + "." + s + ".", h + ".." + s, h + "." + p + "." + s + "." + s,
		"." + p + "." + s, "..", ".", h, h + p + s,
	} {
		name := strings.NewReplacer(h, "h", p, "p", s, "s").Replace(token)
		t.Run("15_framing/"+name, func(t *testing.T) {
			refused(t, a, token, core.ErrMalformed, "not_three_segments")
		})
	}
	t.Run("15_framing/flattened_JSON", func(t *testing.T) {
		token := fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, p, h, s)
		refused(t, a, token, core.ErrInvalidRequest, "separator_in_credential")
		id, err := a.Verify(t.Context(), token)
		isRefusal(t, id, err, core.ErrMalformed, "not_three_segments")
	})
}

// strictKeySets are keys that must not verify anything.
func strictKeySets(t *testing.T) {
	k := trusted()
	p384 := devissuer.NewKey("odd", "ES384")
	small := forge.NewSmallOrderKey("odd")
	one := forge.NewExponentOneKey("odd", "RS256")
	weak := forge.NewRSAKey("odd", "RS256", 1024, 65537)
	three := forge.NewRSAKey("odd", "RS256", 2048, 3)
	odd := func(k *devissuer.Key, alg string) *devissuer.Key {
		return &devissuer.Key{ID: "odd", Algorithm: alg, Private: k.Private}
	}
	es, ed, rs := odd(k.es, "ES256"), odd(k.ed, "EdDSA"), odd(k.rs, "RS256")
	hs := devissuer.NewSecretKey("odd", "HS256", make([]byte, 32))
	without := devissuer.Claims{"alg": nil}
	for _, tt := range []struct {
		name   string
		signer *devissuer.Key
		alg    string
		jwk    any
		class  error
		reason string
	}{
		{"12_ECDSA_key/P-384_under_ES256", p384, "ES256", devissuer.With(p384.JWK(), without), core.ErrUnknownKey, "unknown_key"},
		{"12_ECDSA_key/P-384_labelled_ES256", p384, "ES256", devissuer.With(p384.JWK(), devissuer.Claims{"alg": "ES256"}), core.ErrUnknownKey, "unknown_key"},
		{"12_ECDSA_key/off_curve", es, "ES256", forge.OffCurve(es), core.ErrUnknownKey, "unknown_key"},
		{"12_ECDSA_key/control", es, "ES256", es.JWK(), nil, ""},
		{"13_Ed25519_weak_key/identity_point", small, "EdDSA", small.JWK(), core.ErrUnknownKey, "unknown_key"},
		{"14_Ed25519_key/31_bytes", ed, "EdDSA", forge.ShortEd25519(ed), core.ErrUnknownKey, "unknown_key"},
		{"14_Ed25519_key/control", ed, "EdDSA", ed.JWK(), nil, ""},
		{"21_RSA_exponent/1_forged", one, "RS256", one.JWK(), core.ErrUnknownKey, "unknown_key"},
		{"21_RSA_exponent/2", rs, "RS256", forge.Exponent(rs, 2), core.ErrUnknownKey, "unknown_key"},
		{"21_RSA_exponent/3", three, "RS256", three.JWK(), core.ErrUnknownKey, "unknown_key"},
		{"21_RSA_exponent/4", rs, "RS256", forge.Exponent(rs, 4), core.ErrUnknownKey, "unknown_key"},
		{"21_RSA_exponent/2^31+1", rs, "RS256", forge.Exponent(rs, 1<<31+1), core.ErrUnknownKey, "unknown_key"},
		{"21_RSA_exponent/control_65537", rs, "RS256", forge.Exponent(rs, 65537), nil, ""},
		{"21b_RSA_cost/16384_bits", rs, "RS256", forge.LargeModulus("odd", "RS256", 16384, 1<<31-1), core.ErrUnknownKey, "unknown_key"},
		{"21b_RSA_cost/e_2^32+1", rs, "RS256", forge.Exponent(rs, 1<<32+1), core.ErrUnknownKey, "unknown_key"},
		{"22_RSA_1024", weak, "RS256", weak.JWK(), core.ErrUnknownKey, "unknown_key"},
		{"42_HMAC/secret_in_key_set", hs, "HS256", hs.JWK(), core.ErrAlgorithm, "algorithm_not_allowed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			beside := devissuer.NewKey("beside", "EdDSA") // an odd key does not spoil the set
			a := withKeys(t, nil, tt.jwk, beside.JWK())
			accepted(t, a, signedBy(beside, payload()))
			token := devissuer.SignRaw(tt.signer, tt.alg, []byte(header("alg", `"`+tt.alg+`"`, "kid", `"odd"`)), []byte(payload()))
			if tt.class == nil {
				accepted(t, a, token)
			} else {
				refused(t, a, token, tt.class, tt.reason)
			}
		})
	}
	t.Run("13_Ed25519_weak_key/all_of_small_order", func(t *testing.T) {
		keys := []any{k.ed.JWK()}
		for _, jwk := range forge.SmallOrder("small") {
			keys = append(keys, jwk)
		}
		a := withKeys(t, nil, keys...)
		for i := range 8 {
			token := devissuer.SignRaw(small, "EdDSA", []byte(header("alg", `"EdDSA"`, "kid", fmt.Sprintf(`"small-%d"`, i))), []byte(payload()))
			refused(t, a, token, core.ErrUnknownKey, "unknown_key")
		}
		accepted(t, a, quick())
	})
	for _, secret := range []int{0, 1, 32} {
		t.Run(fmt.Sprintf("42_HMAC/secret_of_%d_bytes", secret), func(t *testing.T) {
			key := devissuer.NewSecretKey("rs", "HS256", make([]byte, secret))
			refused(t, build(t), devissuer.SignRaw(key, "HS256", []byte(header("alg", `"HS256"`)), []byte(payload())),
				core.ErrAlgorithm, "algorithm_not_allowed")
		})
	}
	t.Run("42_HMAC/at_construction", func(t *testing.T) {
		cfg := config(t)
		cfg.Issuers[0].Algorithms = []string{"HS256"}
		if a, err := core.New(cfg); err == nil || a != nil {
			t.Errorf("got %v, %v, want an error", a, err)
		}
	})
	strictManyKeys(t)
}
