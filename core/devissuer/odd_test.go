package devissuer_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"testing"

	"github.com/authkeel/authkeel/core/devissuer"
)

func TestNewRSAKey(t *testing.T) {
	for _, c := range []struct{ bits, exponent int }{{1024, 65537}, {1025, 3}, {2048, 3}, {2048, 257}} {
		k := devissuer.NewRSAKey("odd", "RS256", c.bits, c.exponent)
		jwk := k.JWK()
		n, e := new(big.Int).SetBytes(decode(jwk["n"])), new(big.Int).SetBytes(decode(jwk["e"]))
		if n.BitLen() != c.bits || e.Int64() != int64(c.exponent) {
			t.Errorf("%+v: got %d bits, exponent %v", c, n.BitLen(), e)
		}
		for _, alg := range []string{"RS256", "PS256"} {
			if !accepts(t, jwk, devissuer.SignRaw(k, alg, []byte(`{"alg":"`+alg+`"}`), []byte(`{}`))) {
				t.Errorf("%+v: its %s signature does not hold", c, alg)
			}
		}
	}
}

// Each odd key differs from the good one in what its name says and in nothing
// else, so that a verifier which overlooks it would take the key.
func TestOddKeys(t *testing.T) {
	rs, es, ed := devissuer.NewKey("r", "RS256"), devissuer.NewKey("e", "ES256"), devissuer.NewKey("d", "EdDSA")
	num := func(v any) *big.Int { return new(big.Int).SetBytes(decode(v)) }
	for name, c := range map[string]struct {
		good    *devissuer.Key
		odd     Claims
		changed []string
		is      func(odd Claims) bool
	}{
		"exponent 2":        {rs, devissuer.Exponent(rs, 2), []string{"e"}, func(o Claims) bool { return num(o["e"]).Int64() == 2 }},
		"exponent 2^31+1":   {rs, devissuer.Exponent(rs, 1<<31+1), []string{"e"}, func(o Claims) bool { return num(o["e"]).Int64() == 1<<31+1 }},
		"even modulus":      {rs, devissuer.EvenModulus(rs), []string{"n"}, func(o Claims) bool { return num(o["n"]).Bit(0) == 0 && num(o["n"]).BitLen() == 2048 }},
		"malformed modulus": {rs, devissuer.MalformedModulus(rs), []string{"n"}, func(o Claims) bool { _, err := base64.RawURLEncoding.DecodeString(o["n"].(string)); return err != nil }},
		"off curve":         {es, devissuer.OffCurve(es), []string{"y"}, func(o Claims) bool { _, err := public(o); return err != nil }},
		"padded coordinate": {es, devissuer.PaddedCoordinate(es), []string{"x"}, func(o Claims) bool { return len(decode(o["x"])) == 33 && num(o["x"]).Cmp(num(es.JWK()["x"])) == 0 }},
		"31 bytes":          {ed, devissuer.ShortEd25519(ed), []string{"x"}, func(o Claims) bool { return len(decode(o["x"])) == 31 }},
		"junk x5c":          {es, devissuer.JunkX5C(es), []string{"x5c"}, func(o Claims) bool { return certified(o) == nil }},
		"its own x5c":       {es, devissuer.X5C(es, es), []string{"x5c"}, func(o Claims) bool { return same(certified(o), es) }},
		"another's x5c":     {es, devissuer.X5C(es, rs), []string{"x5c"}, func(o Claims) bool { return same(certified(o), rs) }},
		"private RSA": {rs, devissuer.PrivateMembers(rs), []string{"d", "p", "q", "dp", "dq", "qi"}, func(o Claims) bool {
			return new(big.Int).Mul(num(o["p"]), num(o["q"])).Cmp(num(o["n"])) == 0
		}},
		"private EC": {es, devissuer.PrivateMembers(es), []string{"d"}, func(o Claims) bool { return len(decode(o["d"])) == 32 }},
		"private Ed25519": {ed, devissuer.PrivateMembers(ed), []string{"d"}, func(o Claims) bool {
			return bytes.Equal(ed25519.NewKeyFromSeed(decode(o["d"])).Public().(ed25519.PublicKey), decode(o["x"]))
		}},
		"enc": {es, devissuer.With(es.JWK(), Claims{"use": "enc", "alg": nil}), []string{"use", "alg"}, func(o Claims) bool { return o["use"] == "enc" }},
	} {
		if !c.is(c.odd) {
			t.Errorf("%s: it is not: %v", name, c.odd)
		}
		rest := map[string]any{}
		for _, m := range c.changed {
			rest[m] = nil
		}
		got, want := devissuer.With(c.odd, rest), devissuer.With(c.good.JWK(), rest)
		if string(marshal(t, got)) != string(marshal(t, want)) {
			t.Errorf("%s: the rest is %v, want %v", name, got, want)
		}
	}
}

func certified(jwk Claims) crypto.PublicKey {
	der, err := base64.StdEncoding.DecodeString(jwk["x5c"].([]string)[0])
	if err != nil {
		return nil
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	return cert.PublicKey
}

func same(pub crypto.PublicKey, k *devissuer.Key) bool {
	p, ok := pub.(interface{ Equal(crypto.PublicKey) bool })
	return ok && p.Equal(k.Private.Public())
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestKeysNobodyHas(t *testing.T) {
	large := devissuer.LargeModulus("l", "RS256", 16384, 1<<31-1)
	n := new(big.Int).SetBytes(decode(large["n"]))
	if n.BitLen() != 16384 || n.Bit(0) != 1 || large["e"] != "f____w" {
		t.Errorf("got %d bits, last %d, e %v", n.BitLen(), n.Bit(0), large["e"])
	}
	if _, err := public(devissuer.UnknownType("u")); err == nil {
		t.Error("the unknown type is known")
	}
}

// A point has small order when its multiples are few: a signature with S = 0
// and R one of the eight points then holds for some messages.
func TestSmallOrder(t *testing.T) {
	keys := devissuer.SmallOrder("s")
	if len(keys) != 8 || keys[7]["kid"] != "s-7" {
		t.Fatalf("got %d keys, the last %v", len(keys), keys[len(keys)-1]["kid"])
	}
	for _, k := range keys {
		pub := ed25519.PublicKey(decode(k["x"]))
		forged := false
		for m := byte(0); m < 64 && !forged; m++ {
			for _, r := range keys {
				sig := append(decode(r["x"]), make([]byte, 32)...)
				forged = forged || ed25519.Verify(pub, []byte{m}, sig)
			}
		}
		if !forged {
			t.Errorf("%v: no forgery holds", k["kid"])
		}
	}
}

func TestSetAndDuplicateMember(t *testing.T) {
	i := one(t)
	k := i.Key("ES256")
	i.ServeJWKS(devissuer.Set(devissuer.DuplicateMember(k, "kid", "other"), devissuer.UnknownType("u")))
	keys := keysAt(t, i.JWKSURL())
	if len(keys) != 2 || string(marshal(t, keys[0])) != string(marshal(t, k.JWK())) {
		t.Errorf("the last member does not win: %v", keys)
	}
	_, body := mustGet(t, i.JWKSURL())
	if got := bytes.Count(body, []byte(`"kid"`)); got != 3 {
		t.Errorf("got %d kid members, want 3: %s", got, body)
	}
	if got := string(devissuer.Set()); got != `{"keys":[]}` {
		t.Errorf("got %s", got)
	}
}
