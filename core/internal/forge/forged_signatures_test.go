package forge_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/internal/forge"
)

// want says what golang-jwt does: where it accepts a signature that is not to be
// accepted, a verifier built on it has to reject it itself.
func TestForgedSignatures(t *testing.T) {
	rs, ps, es, p521, ed := devissuer.NewKey("", "RS256"), devissuer.NewKey("", "PS256"), devissuer.NewKey("", "ES256"),
		devissuer.NewKey("", "ES512"), devissuer.NewKey("", "EdDSA")
	neutral := forge.NewSmallOrderKey("")
	malleated := func(k *devissuer.Key) func([]byte) []byte {
		return func(in []byte) []byte { return forge.Malleate(k, forge.SignatureOf(k, k.Algorithm, in)) }
	}
	for name, c := range map[string]struct {
		key  *devissuer.Key
		alg  string
		sign func([]byte) []byte
		want bool
	}{
		"plain":               {rs, "RS256", func(in []byte) []byte { return forge.SignatureOf(rs, "RS256", in) }, true},
		"no salt":             {ps, "PS256", func(in []byte) []byte { return forge.PSSWithoutSalt(ps, "PS256", in) }, true},
		"no salt, PS512":      {ps, "PS512", func(in []byte) []byte { return forge.PSSWithoutSalt(ps, "PS512", in) }, true},
		"(r, n-s)":            {es, "ES256", malleated(es), true},
		"(r, n-s) on P-521":   {p521, "ES512", malleated(p521), true},
		"S+L":                 {ed, "EdDSA", malleated(ed), false},
		"DER":                 {es, "ES256", func(in []byte) []byte { return forge.ECDSAInDER(es, "ES256", in) }, false},
		"Ed25519 small order": {neutral, "EdDSA", func(in []byte) []byte { return forge.SignatureOf(neutral, "EdDSA", in) }, true},
		"leading zero": {ps, "PS256", func(in []byte) []byte {
			return append([]byte{0}, forge.SignatureOf(ps, "PS256", in)...)
		}, false},
		"r = s = 0": {es, "ES256", func([]byte) []byte { return make([]byte, 64) }, false},
	} {
		token := devissuer.SignCompact([]byte(`{"alg":"`+c.alg+`"}`), []byte(`{"sub":"`+name+`"}`), c.sign)
		if got := accepts(t, c.key.JWK(), token); got != c.want {
			t.Errorf("%s: golang-jwt accepts: got %v, want %v", name, got, c.want)
		}
	}
}

// The salt is really absent: the signature is not valid for a verifier that
// requires a salt as long as the hash.
func TestPSSWithoutSalt(t *testing.T) {
	for _, bits := range []int{1024, 1025, 2048} {
		k := forge.NewRSAKey("", "PS256", bits, 65537)
		sig := forge.PSSWithoutSalt(k, "PS256", []byte("a.b"))
		h := crypto.SHA256.New()
		h.Write([]byte("a.b"))
		digest := h.Sum(nil)
		pub := k.Private.Public().(*rsa.PublicKey)
		if err := rsa.VerifyPSS(pub, crypto.SHA256, digest, sig, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}); err != nil {
			t.Errorf("%d bits, any salt: %v", bits, err)
		}
		if err := rsa.VerifyPSS(pub, crypto.SHA256, digest, sig, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}); err == nil {
			t.Errorf("%d bits: the salt is as long as the hash", bits)
		}
	}
}

// S+L is the same number modulo the order of the group, so a verifier that
// reduces S accepts it.
func TestMalleatedEd25519(t *testing.T) {
	k := devissuer.NewKey("", "EdDSA")
	sig := forge.SignatureOf(k, "EdDSA", []byte("a.b"))
	odd := forge.Malleate(k, sig)
	number := func(little []byte) *big.Int {
		n := new(big.Int)
		for i := len(little) - 1; i >= 0; i-- {
			n.Lsh(n, 8).Or(n, big.NewInt(int64(little[i])))
		}
		return n
	}
	l, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	diff := new(big.Int).Sub(number(odd[32:]), number(sig[32:]))
	if string(odd[:32]) != string(sig[:32]) || diff.Cmp(l) != 0 {
		t.Errorf("S grew by %v, want %v", diff, l)
	}
}

// With e = 1 a verifier compares the signature with the padded digest, so the
// forged signature must equal a real one raised to its exponent.
func TestExponentOne(t *testing.T) {
	honest := devissuer.NewKey("", "RS256")
	for _, alg := range []string{"RS256", "RS384", "RS512"} {
		forger := forge.NewExponentOneKey("one", alg)
		pub := honest.Private.Public().(*rsa.PublicKey)
		sig := new(big.Int).SetBytes(forge.SignatureOf(honest, alg, []byte("a.b")))
		want := sig.Exp(sig, big.NewInt(int64(pub.E)), pub.N)
		got := forge.SignatureOf(forger, alg, []byte("a.b"))
		if new(big.Int).SetBytes(got).Cmp(want) != 0 || len(got) != 256 {
			t.Errorf("%s: got %x, want %x", alg, got, want)
		}
		if e := forger.JWK()["e"]; e != "AQ" {
			t.Errorf("%s: got e %v, want AQ", alg, e)
		}
	}
}

func TestSmallOrderSignsEverything(t *testing.T) {
	k := forge.NewSmallOrderKey("zero")
	pub := k.Private.Public().(ed25519.PublicKey)
	sig := forge.SignatureOf(k, "EdDSA", []byte("one.message"))
	if !ed25519.Verify(pub, []byte("another.message"), sig) {
		t.Error("the signature is not valid for another message")
	}
}

func TestTrailingBits(t *testing.T) {
	for _, alg := range []string{"ES256", "RS256", "EdDSA"} {
		key := devissuer.NewKey("", alg)
		token := devissuer.SignRaw(key, alg, []byte(`{"alg":"`+alg+`"}`), []byte(`{}`))
		odd := forge.TrailingBits(token)
		if odd == token || !accepts(t, key.JWK(), odd) {
			t.Errorf("%s: got %s, want other text with the same signature as %s", alg, odd, token)
		}
		segment := odd[strings.LastIndexByte(odd, '.')+1:]
		if _, err := base64.RawURLEncoding.Strict().DecodeString(segment); err == nil {
			t.Errorf("%s: a strict decoder accepts it", alg)
		}
	}
}

func TestSignatureOf(t *testing.T) {
	key := devissuer.NewKey("", "ES256")
	token := devissuer.SignCompact([]byte(`{"alg":"ES256"}`), []byte(`{}`), func(input []byte) []byte {
		return forge.SignatureOf(key, "ES256", input)
	})
	if !accepts(t, key.JWK(), token) {
		t.Errorf("the signature of %s is not valid", token)
	}
	for name, f := range map[string]func(){
		"an input without a dot":     func() { forge.SignatureOf(key, "ES256", []byte("x")) },
		"DER of an RSA algorithm":    func() { forge.ECDSAInDER(key, "RS256", []byte("a.b")) },
		"an unknown algorithm":       func() { forge.ECDSAInDER(key, "ES257", []byte("a.b")) },
		"an even exponent":           func() { forge.NewRSAKey("", "RS256", 1024, 4) },
		"a salt of an ECDSA key":     func() { forge.PSSWithoutSalt(key, "PS256", []byte("a.b")) },
		"private members of an HMAC": func() { forge.PrivateMembers(devissuer.NewKey("", "HS256")) },
		"a second form of an RSA signature": func() {
			forge.Malleate(devissuer.NewKey("", "RS256"), make([]byte, 256))
		},
		"unused bits in 4 characters": func() { forge.TrailingBits("a.b.AAAA") },
	} {
		if !panics(f) {
			t.Errorf("%s: got no panic", name)
		}
	}
}

func panics(f func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	f()
	return false
}
