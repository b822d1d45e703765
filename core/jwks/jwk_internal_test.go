package jwks

import (
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"math/big"
	"slices"
	"testing"
)

// Each of these is put into a set beside a good key, which has to survive.
var oneKey = []struct {
	name string
	jwk  func() any
	want string // reason; empty: accepted
	fits []string
}{
	{"RSA", func() any { return jwkOf(testRSA().Public(), "a") }, "", rsaAlgorithms},
	{"RSA for one algorithm", func() any { return with(jwkOf(testRSA().Public(), "a"), jwkMap{"alg": "RS512"}) }, "", []string{"RS512"}},
	{"P-256", func() any { return jwkOf(testEC().Public(), "a") }, "", []string{"ES256"}},
	{"P-384", func() any { return jwkOf(newEC(elliptic.P384()).Public(), "a") }, "", []string{"ES384"}},
	{"P-521", func() any { return jwkOf(newEC(elliptic.P521()).Public(), "a") }, "", []string{"ES512"}},
	{"Ed25519", func() any { return jwkOf(testEd().Public(), "a") }, "", ed25519Algorithms},
	{"Ed25519 as EdDSA", func() any { return with(jwkOf(testEd().Public(), "a"), jwkMap{"alg": "EdDSA"}) }, "", ed25519Algorithms},
	{"Ed25519 under its new name", func() any { return with(jwkOf(testEd().Public(), "a"), jwkMap{"alg": "Ed25519"}) }, "", ed25519Algorithms},
	{"Ed448 under the old name", func() any { return with(jwkOf(testEd().Public(), "a"), jwkMap{"alg": "Ed448"}) }, "algorithm", nil},
	{"for signatures", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"use": "sig"}) }, "", []string{"ES256"}},
	{"for encryption", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"use": "enc"}) }, "use", nil},
	{"for something else", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"use": "Sig"}) }, "use", nil},
	{"key_ops verify", func() any {
		return with(jwkOf(testEC().Public(), "a"), jwkMap{"key_ops": []string{"sign", "verify"}})
	}, "", []string{"ES256"}},
	{"key_ops empty", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"key_ops": []string{}}) }, "", []string{"ES256"}},
	{"key_ops encrypt", func() any {
		return with(jwkOf(testEC().Public(), "a"), jwkMap{"key_ops": []string{"encrypt"}})
	}, "key_ops", nil},
	{"key_ops text", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"key_ops": "verify"}) }, "key_ops", nil},
	{"null members", func() any {
		return json.RawMessage(`{"use":null,"alg":null,"key_ops":null,"x5c":null,"d":null,` + string(must(json.Marshal(jwkOf(testEC().Public(), "a"))))[1:])
	}, "", []string{"ES256"}},
	{"unknown members", func() any {
		return with(jwkOf(testEC().Public(), "a"), jwkMap{"issuer": "x", "ext": true, "x5u": "http://127.0.0.1:1/", "x5t": 7})
	}, "", []string{"ES256"}},
	{"algorithm of encryption", func() any { return with(jwkOf(testRSA().Public(), "a"), jwkMap{"alg": "RSA-OAEP"}) }, "algorithm", nil},
	{"algorithm of another type", func() any { return with(jwkOf(testRSA().Public(), "a"), jwkMap{"alg": "ES256"}) }, "algorithm", nil},
	{"algorithm of another curve", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"alg": "ES384"}) }, "algorithm", nil},
	{"HMAC with an RSA key", func() any { return with(jwkOf(testRSA().Public(), "a"), jwkMap{"alg": "HS256"}) }, "algorithm", nil},
	{"none", func() any { return with(jwkOf(testRSA().Public(), "a"), jwkMap{"alg": "none"}) }, "algorithm", nil},
	{"symmetric", func() any { return jwkMap{"kty": "oct", "kid": "a", "k": "c2VjcmV0", "alg": "HS256"} }, "symmetric", nil},
	{"symmetric member in an RSA key", func() any { return with(jwkOf(testRSA().Public(), "a"), jwkMap{"k": "c2VjcmV0"}) }, "private", nil},
	{"private exponent", func() any {
		return with(jwkOf(testRSA().Public(), "a"), jwkMap{"d": encode(testRSA().D.Bytes())})
	}, "private", nil},
	{"private prime", func() any { return with(jwkOf(testRSA().Public(), "a"), jwkMap{"p": "AQAB"}) }, "private", nil},
	{"private EC", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"d": "AQAB"}) }, "private", nil},
	{"private Ed25519", func() any { return with(jwkOf(testEd().Public(), "a"), jwkMap{"d": "AQAB"}) }, "private", nil},
	{"private with a wrong type", func() any { return with(jwkOf(testEd().Public(), "a"), jwkMap{"d": 7}) }, "private", nil},
	{"unknown type", func() any { return jwkMap{"kty": "NEW", "kid": "a", "alg": "NEW-1", "pub": "AQAB"} }, "key_type", nil},
	{"type in small letters", func() any { return with(jwkOf(testRSA().Public(), "a"), jwkMap{"kty": "rsa"}) }, "key_type", nil},
	{"no type", func() any { return with(jwkOf(testRSA().Public(), "a"), jwkMap{"kty": nil}) }, "malformed", nil},
	{"type a number", func() any { return with(jwkOf(testRSA().Public(), "a"), jwkMap{"kty": 1}) }, "malformed", nil},
	{"id a number", func() any { return with(jwkOf(testRSA().Public(), ""), jwkMap{"kid": 7}) }, "malformed", nil},
	{"id of 256 bytes", func() any { return jwkOf(testEC().Public(), string(make256('k', 256))) }, "", []string{"ES256"}},
	{"id of 257 bytes", func() any { return jwkOf(testEC().Public(), string(make256('k', 257))) }, "key_id", nil},
	{"id with a line break", func() any { return jwkOf(testEC().Public(), "a\nb") }, "key_id", nil},
	{"modulus not base64", func() any { return with(jwkOf(testRSA().Public(), "a"), jwkMap{"n": "!!!"}) }, "malformed", nil},
	{"modulus with padding", func() any {
		return with(jwkOf(testRSA().Public(), "a"), jwkMap{"n": encode(modulus(2048).Bytes()) + "==", "e": "AQAB="})
	}, "", rsaAlgorithms},
	{"modulus of padding alone", func() any { return with(jwkOf(testRSA().Public(), "a"), jwkMap{"n": "=="}) }, "malformed", nil},
	{"modulus with padding inside", func() any {
		n := encode(testRSA().N.Bytes())
		return with(jwkOf(testRSA().Public(), "a"), jwkMap{"n": n[:8] + "=" + n[8:]})
	}, "malformed", nil},
	{"modulus with a line break", func() any {
		n := encode(testRSA().N.Bytes())
		return with(jwkOf(testRSA().Public(), "a"), jwkMap{"n": n[:8] + "\n" + n[8:]})
	}, "malformed", nil},
	{"modulus missing", func() any { return with(jwkOf(testRSA().Public(), "a"), jwkMap{"n": nil}) }, "malformed", nil},
	{"modulus with a zero in front", func() any {
		return with(jwkOf(testRSA().Public(), "a"), jwkMap{"n": encode(append([]byte{0}, testRSA().N.Bytes()...)), "e": "AAEAAQ"})
	}, "", rsaAlgorithms},
	{"RSA 1024", func() any { return rsaJWK(modulus(1024), 65537) }, "rsa_size", nil},
	{"RSA 2047", func() any { return rsaJWK(modulus(2047), 65537) }, "rsa_size", nil},
	{"RSA 2048", func() any { return rsaJWK(modulus(2048), 65537) }, "", rsaAlgorithms},
	{"RSA 8192", func() any { return rsaJWK(modulus(8192), 65537) }, "", rsaAlgorithms},
	{"RSA 8193", func() any { return rsaJWK(modulus(8193), 65537) }, "rsa_size", nil},
	{"RSA 65536", func() any { return rsaJWK(modulus(65536), 65537) }, "rsa_size", nil},
	{"even modulus", func() any { return rsaJWK(new(big.Int).Lsh(big.NewInt(1), 2047), 65537) }, "rsa_modulus", nil},
	{"exponent 1", func() any { return rsaJWK(modulus(2048), 1) }, "rsa_exponent", nil},
	{"exponent 3", func() any { return rsaJWK(modulus(2048), 3) }, "rsa_exponent", nil},
	{"exponent even", func() any { return rsaJWK(modulus(2048), 65538) }, "rsa_exponent", nil},
	{"exponent 2^31-1", func() any { return rsaJWK(modulus(2048), 1<<31-1) }, "", rsaAlgorithms},
	{"exponent 2^31+1", func() any { return rsaJWK(modulus(2048), 1<<31+1) }, "rsa_exponent", nil},
	{"exponent 2^64+1", func() any { return with(rsaJWK(modulus(2048), 1), jwkMap{"e": "AQAAAAAAAAAB"}) }, "rsa_exponent", nil},
	{"unknown curve", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"crv": "secp256k1"}) }, "curve", nil},
	{"no curve", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"crv": nil}) }, "curve", nil},
	{"off the curve", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"x": encode(make([]byte, 32))}) }, "point", nil},
	{"coordinates without their zeros in front", func() any { return shortP521() }, "", []string{"ES512"}},
	{"a short coordinate of another point", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"y": encode(make([]byte, 31))}) }, "point", nil},
	{"a coordinate with zeros too many", func() any {
		m := jwkOf(testEC().Public(), "a")
		x, _ := decode(m["x"].(string))
		return with(m, jwkMap{"x": encode(append([]byte{0, 0}, x...))})
	}, "", []string{"ES256"}},
	{"a coordinate too long", func() any {
		m := jwkOf(testEC().Public(), "a")
		x, _ := decode(m["x"].(string))
		return with(m, jwkMap{"x": encode(append([]byte{1}, x...))})
	}, "point", nil},
	{"coordinates with padding", func() any {
		m := jwkOf(testEC().Public(), "a")
		return with(m, jwkMap{"x": m["x"].(string) + "=", "y": m["y"].(string) + "="})
	}, "", []string{"ES256"}},
	{"no coordinate", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"x": ""}) }, "malformed", nil},
	{"RSA key of a broken generator", func() any { return rsaJWK(rocaModulus(2048), 65537) }, "rsa_roca", nil},
	{"RSA 4096 of a broken generator", func() any { return rsaJWK(rocaModulus(4096), 65537) }, "rsa_roca", nil},
	{"Ed448", func() any { return with(jwkOf(testEd().Public(), "a"), jwkMap{"crv": "Ed448"}) }, "curve", nil},
	{"X25519", func() any { return with(jwkOf(testEd().Public(), "a"), jwkMap{"crv": "X25519"}) }, "curve", nil},
	{"Ed25519 of 31 bytes", func() any { return with(jwkOf(testEd().Public(), "a"), jwkMap{"x": encode(make([]byte, 31))}) }, "point", nil},
	{"Ed25519 identity", func() any { return ed("1") }, "small_order", nil},
	{"Ed25519 identity, other sign", func() any { return ed("8000000000000000000000000000000000000000000000000000000000000001") }, "small_order", nil},
	{"Ed25519 order 4", func() any { return ed("0") }, "small_order", nil},
	{"Ed25519 identity spelt p+1", func() any { return ed("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffee") }, "point", nil},
	{"Ed25519 not on the curve", func() any { return ed("2") }, "point", nil},
	{"x5c of the same key", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"x5c": []string{testCerts()[0]}}) }, "", []string{"ES256"}},
	{"x5c of another key", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"x5c": []string{testCerts()[1]}}) }, "", []string{"ES256"}},
	{"x5c of another type", func() any { return with(jwkOf(testRSA().Public(), "a"), jwkMap{"x5c": []string{testCerts()[1]}}) }, "", rsaAlgorithms},
	{"x5t of the wrong size", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"x5t": "AQAB"}) }, "", []string{"ES256"}},
	{"an issuer that is no text", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"issuer": []string{"x"}}) }, "", []string{"ES256"}},
	{"x5c junk", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"x5c": []string{"!!"}}) }, "", []string{"ES256"}},
	{"x5c empty", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"x5c": []string{}}) }, "", []string{"ES256"}},
	{"x5c a number", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"x5c": 7}) }, "", []string{"ES256"}},
	{"x5c base64 junk", func() any { return with(jwkOf(testEC().Public(), "a"), jwkMap{"x5c": []any{"AQAB"}}) }, "", []string{"ES256"}},
	{"duplicate member", func() any { return json.RawMessage(`{"kid":"a","kty":"oct","kty":"RSA"}`) }, "duplicate_member", nil},
	{"members that differ in case", func() any { return json.RawMessage(`{"kid":"a","kty":"RSA","KTY":"EC"}`) }, "malformed", nil},
	{"duplicate member deep inside", func() any { return json.RawMessage(`{"kid":"a","ext":[{"x":1,"x":2}]}`) }, "duplicate_member", nil},
	{"half a surrogate pair", func() any { return json.RawMessage(`{"kid":"a","kty":"\ud800"}`) }, "malformed", nil},
	{"number out of range", func() any { return json.RawMessage(`{"kid":"a","exp":1e999}`) }, "malformed", nil},
	{"not an object", func() any { return "key" }, "malformed", nil},
	{"null", func() any { return nil }, "malformed", nil},
}

// No honest modulus is taken for one of the broken generator.
func TestHonestModuliAreNotROCA(t *testing.T) {
	for range 2000 {
		if n := must(rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 2048))); isROCA(n) {
			t.Fatalf("got %x taken for a broken key", n)
		}
	}
}

func make256(c byte, n int) []byte { return slices.Repeat([]byte{c}, n) }

func TestOneOddKeyDoesNotSpoilTheSet(t *testing.T) {
	good := jwkOf(otherEC().Public(), "good")
	for _, tt := range oneKey {
		t.Run(tt.name, func(t *testing.T) {
			doc := string(must(json.Marshal(map[string]any{"keys": []any{tt.jwk(), good}})))
			s, fail := parseSet(doc, nil)
			if fail != nil {
				t.Fatalf("got failure %v", fail)
			}
			if keys, _ := s.find(name{kid: "good"}, "ES256"); len(keys) != 1 {
				t.Errorf("got %d candidates for the good key, want 1", len(keys))
			}
			if tt.want != "" {
				if len(s.dropped) != 1 || s.dropped[0].Reason != tt.want {
					t.Errorf("got dropped %v, want %s", s.dropped, tt.want)
				}
				if len(s.keys) != 1 {
					t.Errorf("got %d keys, want 1", len(s.keys))
				}
				return
			}
			if len(s.dropped) != 0 || len(s.keys) != 2 {
				t.Fatalf("got %d keys, dropped %v", len(s.keys), s.dropped)
			}
			for _, alg := range append([]string{"HS256", "none", ""}, slices.Concat(rsaAlgorithms, []string{"ES256", "ES384", "ES512", "EdDSA", "Ed25519", "Ed448"})...) {
				if got, want := s.keys[0].Fits(alg), slices.Contains(tt.fits, alg); got != want {
					t.Errorf("fits %q: got %v, want %v", alg, got, want)
				}
			}
		})
	}
}

func TestThumbprint(t *testing.T) {
	// RFC 7638 section 3.1 and RFC 8037 appendix A.3.
	for _, tt := range []struct{ jwk, want string }{
		{`{"kty":"RSA","e":"AQAB","kid":"2011-04-29","alg":"RS256","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}`, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
		{`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
	} {
		s, fail := parseSet(`{"keys":[`+tt.jwk+`]}`, nil)
		if fail != nil || len(s.keys) != 1 {
			t.Fatalf("got %v, %v", s, fail)
		}
		if got := s.keys[0].thumbprint; got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

// The list of small orders is checked against the group: eight times the point
// is the identity.
func TestSmallOrderPoints(t *testing.T) {
	p := ed25519P
	mul := func(a, b *big.Int) *big.Int { r := new(big.Int).Mul(a, b); return r.Mod(r, p) }
	add := func(a, b *big.Int) *big.Int { r := new(big.Int).Add(a, b); return r.Mod(r, p) }
	one := big.NewInt(1)
	for _, y := range smallOrder {
		yy := mul(y, y)
		den := add(mul(ed25519D, yy), one)
		xx := mul(add(yy, new(big.Int).Neg(one)), new(big.Int).ModInverse(den, p))
		x := new(big.Int).ModSqrt(xx, p)
		if x == nil {
			t.Errorf("y = %x is not on the curve", y)
			continue
		}
		py := new(big.Int).Set(y)
		for range 3 { // (x, y) = 2 (x, y), by the formulas of RFC 8032 section 5.1.4 in affine form
			k := mul(ed25519D, mul(mul(x, x), mul(py, py)))
			nx := mul(add(mul(x, py), mul(x, py)), new(big.Int).ModInverse(add(one, k), p))
			ny := mul(add(mul(py, py), mul(x, x)), new(big.Int).ModInverse(add(one, new(big.Int).Neg(k)), p))
			x, py = nx, ny
		}
		if x.Sign() != 0 || py.Cmp(one) != 0 {
			t.Errorf("y = %x is not of small order", y)
		}
	}
}

func TestMLDSAKeysAreOfUnknownTypeWithoutTheBuildTag(t *testing.T) {
	want := "key_type"
	if parseAKP != nil {
		want = "point" // the key is too short
	}
	s, fail := parseSet(`{"keys":[{"kty":"AKP","kid":"a","alg":"ML-DSA-44","pub":"AQAB"}]}`, nil)
	if s == nil || len(s.dropped) != 1 || s.dropped[0].Reason != want {
		t.Errorf("got %v, failure %v, want the key dropped for %s", s, fail, want)
	}
}
