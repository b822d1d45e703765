package devissuer_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/devissuer"
)

// What golang-jwt accepts of these, a verifier built on it has to refuse itself.
func TestOddSignatures(t *testing.T) {
	rs, ps, es, p521, ed := devissuer.NewKey("", "RS256"), devissuer.NewKey("", "PS256"), devissuer.NewKey("", "ES256"),
		devissuer.NewKey("", "ES512"), devissuer.NewKey("", "EdDSA")
	neutral := devissuer.NewSmallOrderKey("")
	malleated := func(k *devissuer.Key) func([]byte) []byte {
		return func(in []byte) []byte { return devissuer.Malleate(k, devissuer.SignatureOf(k, k.Algorithm, in)) }
	}
	for name, c := range map[string]struct {
		key  *devissuer.Key
		alg  string
		sign func([]byte) []byte
		want bool
	}{
		"plain":               {rs, "RS256", func(in []byte) []byte { return devissuer.SignatureOf(rs, "RS256", in) }, true},
		"no salt":             {ps, "PS256", func(in []byte) []byte { return devissuer.PSSWithoutSalt(ps, "PS256", in) }, true},
		"no salt, PS512":      {ps, "PS512", func(in []byte) []byte { return devissuer.PSSWithoutSalt(ps, "PS512", in) }, true},
		"(r, n-s)":            {es, "ES256", malleated(es), true},
		"(r, n-s) on P-521":   {p521, "ES512", malleated(p521), true},
		"S+L":                 {ed, "EdDSA", malleated(ed), false},
		"DER":                 {es, "ES256", func(in []byte) []byte { return devissuer.ECDSAInDER(es, "ES256", in) }, false},
		"Ed25519 small order": {neutral, "EdDSA", func(in []byte) []byte { return devissuer.SignatureOf(neutral, "EdDSA", in) }, true},
		"leading zero": {ps, "PS256", func(in []byte) []byte {
			return append([]byte{0}, devissuer.SignatureOf(ps, "PS256", in)...)
		}, false},
		"r = s = 0": {es, "ES256", func([]byte) []byte { return make([]byte, 64) }, false},
	} {
		token := devissuer.Compact([]byte(`{"alg":"`+c.alg+`"}`), []byte(`{"sub":"`+name+`"}`), c.sign)
		if got := accepts(t, c.key.JWK(), token); got != c.want {
			t.Errorf("%s: golang-jwt accepts: got %v, want %v", name, got, c.want)
		}
	}
}

// The salt is really absent: the signature does not hold where the salt must be
// as long as the hash.
func TestPSSWithoutSalt(t *testing.T) {
	for _, bits := range []int{1024, 1025, 2048} {
		k := devissuer.NewRSAKey("", "PS256", bits, 65537)
		sig := devissuer.PSSWithoutSalt(k, "PS256", []byte("x"))
		h := crypto.SHA256.New()
		h.Write([]byte("x"))
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

// S+L is the same number modulo the group's order, for a verifier that reduces.
func TestMalleatedEd25519(t *testing.T) {
	k := devissuer.NewKey("", "EdDSA")
	sig := devissuer.SignatureOf(k, "EdDSA", []byte("x"))
	odd := devissuer.Malleate(k, sig)
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

// With e = 1 verifying is comparing with the padded digest, so the forged
// signature must be what a real one is once it is raised to its exponent.
func TestExponentOne(t *testing.T) {
	honest := devissuer.NewKey("", "RS256")
	for _, alg := range []string{"RS256", "RS384", "RS512"} {
		forger := devissuer.NewExponentOneKey("one", alg)
		pub := honest.Private.Public().(*rsa.PublicKey)
		sig := new(big.Int).SetBytes(devissuer.SignatureOf(honest, alg, []byte("x")))
		want := sig.Exp(sig, big.NewInt(int64(pub.E)), pub.N)
		got := devissuer.SignatureOf(forger, alg, []byte("x"))
		if new(big.Int).SetBytes(got).Cmp(want) != 0 || len(got) != 256 {
			t.Errorf("%s: got %x, want %x", alg, got, want)
		}
		if e := forger.JWK()["e"]; e != "AQ" {
			t.Errorf("%s: got e %v, want AQ", alg, e)
		}
	}
}

func TestSmallOrderSignsEverything(t *testing.T) {
	k := devissuer.NewSmallOrderKey("zero")
	pub := k.Private.Public().(ed25519.PublicKey)
	sig := devissuer.SignatureOf(k, "EdDSA", []byte("one message"))
	if !ed25519.Verify(pub, []byte("another message"), sig) {
		t.Error("the signature does not hold for another message")
	}
}

func TestTrailingBits(t *testing.T) {
	i := start(t, devissuer.Options{Algorithms: []string{"ES256", "RS256", "EdDSA"}})
	for _, alg := range []string{"ES256", "RS256", "EdDSA"} {
		token := i.Sign(alg, nil, i.Claims(nil))
		odd := devissuer.TrailingBits(token)
		if odd == token || !accepts(t, i.Key(alg).JWK(), odd) {
			t.Errorf("%s: not the same signature in other text", alg)
		}
		segment := odd[strings.LastIndexByte(odd, '.')+1:]
		if _, err := base64.RawURLEncoding.Strict().DecodeString(segment); err == nil {
			t.Errorf("%s: a strict decoder accepts it", alg)
		}
	}
}
