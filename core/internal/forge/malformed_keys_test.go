package forge_test

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
	"github.com/authkeel/authkeel/core/internal/forge"
)

type Claims = devissuer.Claims

func TestNewRSAKey(t *testing.T) {
	for _, c := range []struct{ bits, exponent int }{{1024, 65537}, {1025, 3}, {2048, 3}, {2048, 257}} {
		k := forge.NewRSAKey("odd", "RS256", c.bits, c.exponent)
		jwk := k.JWK()
		n, e := new(big.Int).SetBytes(decode(jwk["n"])), new(big.Int).SetBytes(decode(jwk["e"]))
		if n.BitLen() != c.bits || e.Int64() != int64(c.exponent) {
			t.Errorf("%+v: got %d bits, exponent %v", c, n.BitLen(), e)
		}
		for _, alg := range []string{"RS256", "PS256"} {
			if !accepts(t, jwk, devissuer.SignRaw(k, alg, []byte(`{"alg":"`+alg+`"}`), []byte(`{}`))) {
				t.Errorf("%+v: its %s signature is not valid", c, alg)
			}
		}
	}
}

// Each malformed key differs from the good key in the member that its name says
// and in nothing else, so a verifier that overlooks the fault uses the key.
func TestMalformedKeys(t *testing.T) {
	rs, es, ed := devissuer.NewKey("r", "RS256"), devissuer.NewKey("e", "ES256"), devissuer.NewKey("d", "EdDSA")
	num := func(v any) *big.Int { return new(big.Int).SetBytes(decode(v)) }
	for name, c := range map[string]struct {
		good    *devissuer.Key
		odd     Claims
		changed []string
		is      func(odd Claims) bool
	}{
		"exponent 2":        {rs, forge.Exponent(rs, 2), []string{"e"}, func(o Claims) bool { return num(o["e"]).Int64() == 2 }},
		"exponent 2^31+1":   {rs, forge.Exponent(rs, 1<<31+1), []string{"e"}, func(o Claims) bool { return num(o["e"]).Int64() == 1<<31+1 }},
		"even modulus":      {rs, forge.EvenModulus(rs), []string{"n"}, func(o Claims) bool { return num(o["n"]).Bit(0) == 0 && num(o["n"]).BitLen() == 2048 }},
		"malformed modulus": {rs, forge.MalformedModulus(rs), []string{"n"}, func(o Claims) bool { _, err := base64.RawURLEncoding.DecodeString(o["n"].(string)); return err != nil }},
		"off curve":         {es, forge.OffCurve(es), []string{"y"}, func(o Claims) bool { _, err := public(o); return err != nil }},
		"padded coordinate": {es, forge.PaddedCoordinate(es), []string{"x"}, func(o Claims) bool { return len(decode(o["x"])) == 33 && num(o["x"]).Cmp(num(es.JWK()["x"])) == 0 }},
		"31 bytes":          {ed, forge.ShortEd25519(ed), []string{"x"}, func(o Claims) bool { return len(decode(o["x"])) == 31 }},
		"junk x5c":          {es, forge.JunkX5C(es), []string{"x5c"}, func(o Claims) bool { return certified(o) == nil }},
		"its own x5c":       {es, forge.X5C(es, es), []string{"x5c"}, func(o Claims) bool { return same(certified(o), es) }},
		"another's x5c":     {es, forge.X5C(es, rs), []string{"x5c"}, func(o Claims) bool { return same(certified(o), rs) }},
		"private RSA": {rs, forge.PrivateMembers(rs), []string{"d", "p", "q", "dp", "dq", "qi"}, func(o Claims) bool {
			return new(big.Int).Mul(num(o["p"]), num(o["q"])).Cmp(num(o["n"])) == 0
		}},
		"private EC": {es, forge.PrivateMembers(es), []string{"d"}, func(o Claims) bool { return len(decode(o["d"])) == 32 }},
		"private Ed25519": {ed, forge.PrivateMembers(ed), []string{"d"}, func(o Claims) bool {
			return bytes.Equal(ed25519.NewKeyFromSeed(decode(o["d"])).Public().(ed25519.PublicKey), decode(o["x"]))
		}},
		"enc": {es, devissuer.With(es.JWK(), Claims{"use": "enc", "alg": nil}), []string{"use", "alg"}, func(o Claims) bool { return o["use"] == "enc" }},
	} {
		if !c.is(c.odd) {
			t.Errorf("%s: the key does not have this fault: %v", name, c.odd)
		}
		rest := map[string]any{}
		for _, m := range c.changed {
			rest[m] = nil
		}
		got, want := devissuer.With(c.odd, rest), devissuer.With(c.good.JWK(), rest)
		if string(marshal(t, got)) != string(marshal(t, want)) {
			t.Errorf("%s: got the other members %v, want %v", name, got, want)
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

func TestKeysWithoutAPrivateKey(t *testing.T) {
	large := forge.LargeModulus("l", "RS256", 16384, 1<<31-1)
	n := new(big.Int).SetBytes(decode(large["n"]))
	if n.BitLen() != 16384 || n.Bit(0) != 1 || large["e"] != "f____w" {
		t.Errorf("got %d bits, last %d, e %v", n.BitLen(), n.Bit(0), large["e"])
	}
	if _, err := public(forge.UnknownType("u")); err == nil {
		t.Error("the helper of this test reads a key of an unknown type")
	}
}

// A point of small order has at most eight multiples. For some messages a
// signature with S = 0 and one of these points as R is therefore valid.
func TestSmallOrder(t *testing.T) {
	keys := forge.SmallOrder("s")
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
			t.Errorf("%v: no forged signature is valid", k["kid"])
		}
	}
}

func TestSetAndDuplicateMember(t *testing.T) {
	k := devissuer.NewKey("e", "ES256")
	body := forge.Set(forge.DuplicateMember(k, "kid", "other"), forge.UnknownType("u"))
	var set struct{ Keys []Claims }
	if err := json.Unmarshal(body, &set); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	keys := set.Keys
	if len(keys) != 2 || string(marshal(t, keys[0])) != string(marshal(t, k.JWK())) {
		t.Errorf("got %v, want encoding/json to keep the second kid", keys)
	}
	if got := bytes.Count(body, []byte(`"kid"`)); got != 3 {
		t.Errorf("got %d kid members, want 3: %s", got, body)
	}
	if got := string(forge.Set()); got != `{"keys":[]}` {
		t.Errorf("got %s", got)
	}
}
