package jwks_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/jwks"
)

func block64(label string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func spki(public any) string {
	return block64("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(public)))
}

// body is what stands between the lines of a PEM block.
func body(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[1:len(lines)-1], "\n")
}

func joined(text string) string { return strings.ReplaceAll(text, "\n", "") }

// damage is what editors, shells and dashboards do to a key.
var damage = []struct {
	name string
	do   func(string) string
}{
	{"as made", func(s string) string { return s }},
	{"CR LF", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }},
	{"CR", func(s string) string { return strings.ReplaceAll(s, "\n", "\r") }},
	{"one line", joined},
	{"one line with spaces", func(s string) string { return strings.ReplaceAll(s, "\n", " ") }},
	{"bare base64, wrapped", body},
	{"bare base64, one line", func(s string) string { return joined(body(s)) }},
	{"bare base64 without padding", func(s string) string { return strings.TrimRight(joined(body(s)), "=") }},
	{"literal backslash n", func(s string) string { return strings.ReplaceAll(s, "\n", `\n`) }},
	{"literal backslash r n", func(s string) string { return strings.ReplaceAll(s, "\n", `\r\n`) }},
	{"backslash n escaped twice", func(s string) string { return strings.ReplaceAll(s, "\n", `\\n`) }},
	{"bare base64, literal backslash n", func(s string) string { return strings.ReplaceAll(body(s), "\n", `\n`) }},
	{"double quotes", func(s string) string { return `"` + s + `"` }},
	{"single quotes", func(s string) string { return `'` + s + `'` }},
	{"quotes twice", func(s string) string { return `"'` + s + `'"` }},
	{"surrounding spaces", func(s string) string { return " \t\n" + s + " \n " }},
	{"byte order mark", func(s string) string { return "\uFEFF" + s }},
	{"indented lines", func(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }},
	{"quotes, spaces and backslash n", func(s string) string { return ` " ` + strings.ReplaceAll(s, "\n", `\n`) + ` " ` }},
	{"quotes and one line", func(s string) string { return `"` + joined(s) + `"` }},
	{"quotes, CR LF and bare", func(s string) string { return `"` + strings.ReplaceAll(body(s), "\n", "\r\n") + `"` }},
}

func TestPEMForms(t *testing.T) {
	big4096 := &rsa.PublicKey{N: modulus(4096), E: 65537}
	for _, key := range []struct {
		name, text string
		public     any
		fits       []string
	}{
		{"RSA", spki(testRSA().Public()), &testRSA().PublicKey, jwks.RSAAlgorithms},
		{"RSA PKCS#1", block64("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&testRSA().PublicKey)), &testRSA().PublicKey, jwks.RSAAlgorithms},
		{"RSA PKCS#1, wrong label", block64("PUBLIC KEY", x509.MarshalPKCS1PublicKey(&testRSA().PublicKey)), &testRSA().PublicKey, jwks.RSAAlgorithms},
		{"RSA 4096", spki(big4096), big4096, jwks.RSAAlgorithms},
		{"P-256", spki(testEC().Public()), testEC().Public(), []string{"ES256"}},
		{"P-384", spki(ec384.Public()), ec384.Public(), []string{"ES384"}},
		{"Ed25519", spki(testEd().Public()), testEd().Public(), []string{"EdDSA"}},
		{"certificate", block64("CERTIFICATE", must(base64.StdEncoding.DecodeString(jwks.TestCerts()[0]))), testEC().Public(), []string{"ES256"}},
	} {
		for _, d := range damage {
			t.Run(key.name+"/"+d.name, func(t *testing.T) {
				src, err := jwks.PEM([]byte(d.do(key.text)))
				if err != nil {
					t.Fatal(err)
				}
				for _, kid := range []string{"", "ins_1", "anything"} {
					for _, alg := range key.fits {
						keys, err := src.Keys(t.Context(), kid, alg)
						if err != nil || len(keys) != 1 || !samePublic(key.public, keys[0].Public()) || !src.Has(keys[0]) {
							t.Errorf("kid %q, alg %s: got %v, %v", kid, alg, keys, err)
						}
					}
				}
			})
		}
	}
}

var ec384 = newEC(elliptic.P384())

func samePublic(a, b any) bool {
	derA, errA := x509.MarshalPKIXPublicKey(a)
	derB, errB := x509.MarshalPKIXPublicKey(b)
	return errA == nil && errB == nil && bytes.Equal(derA, derB)
}

func TestPEMRefused(t *testing.T) {
	pkcs8 := must(x509.MarshalPKCS8PrivateKey(testEC()))
	pkcs1 := x509.MarshalPKCS1PrivateKey(testRSA())
	good := spki(testRSA().Public())
	even := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 65537}
	identity := append(must(base64.StdEncoding.DecodeString("MCowBQYDK2VwAyEA")), append([]byte{1}, make([]byte, 31)...)...)
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "is the variable set"},
		{"spaces", " \n\t", "is the variable set"},
		{"empty quotes", `""`, "is the variable set"},
		{"private PKCS#8", block64("PRIVATE KEY", pkcs8), "private key"},
		{"private PKCS#8 without lines", body(block64("PRIVATE KEY", pkcs8)), "private key"},
		{"private under a public label", block64("PUBLIC KEY", pkcs8), "private key"},
		{"private PKCS#1", block64("RSA PRIVATE KEY", pkcs1), "-pubout"},
		{"private PKCS#1 without lines", body(block64("RSA PRIVATE KEY", pkcs1)), "-pubout"},
		{"private EC", block64("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(testEC()))), "private key"},
		{"private EC without lines", body(block64("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(testEC())))), "private key"},
		{"encrypted private", block64("ENCRYPTED PRIVATE KEY", []byte("x")), "private key"},
		{"request", block64("CERTIFICATE REQUEST", []byte("x")), `"CERTIFICATE REQUEST"`},
		{"two blocks", good + good, "more than one"},
		{"cut off", good[:200], "no public key"},
		{"text before", "CLERK_JWT_KEY=" + good, "no public key"},
		{"text after", good + "x", "no public key"},
		{"labels that differ", strings.Replace(good, "END PUBLIC", "END RSA PUBLIC", 1), "no public key"},
		{"headers", strings.Replace(good, "-----\n", "-----\nProc-Type: 4\n\n", 1), "no public key"},
		{"nothing between", "-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----", "no public key"},
		{"a character lost", strings.Replace(good, "MII", "MI", 1), "jwks: PEM"},
		{"data after the key", block64("PUBLIC KEY", append(must(x509.MarshalPKIXPublicKey(testRSA().Public())), 0)), "damaged"},
		{"base64 of nothing", "AQAB", "damaged"},
		{"JSON", setOf(), "Static"},
		{"OpenSSH", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA", "ssh-keygen"},
		{"secret key", "sk_test_abc", "no public key"},
		{"RSA 1024", spki(&rsa.PublicKey{N: modulus(1024), E: 65537}), "1024 bits"},
		{"RSA even", spki(even), "rsa_modulus"},
		{"exponent 3", spki(&rsa.PublicKey{N: modulus(2048), E: 3}), "exponent 3"},
		{"P-224", spki(newEC(elliptic.P224()).Public()), "P-224"},
		{"X25519", spki(must(ecdh.X25519().GenerateKey(rand.Reader)).Public()), "cannot verify"},
		{"Ed25519 identity", block64("PUBLIC KEY", identity), "small_order"},
		{"too long", strings.Repeat("A", jwks.MaxPEM+1), "64 KiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src, err := jwks.PEM([]byte(tt.text))
			if src != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, %v; want %q in the error", src, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "MII") {
				t.Errorf("the error repeats the key: %v", err)
			}
		})
	}
}

func TestPEMSource(t *testing.T) {
	src, err := jwks.PEM([]byte(spki(testRSA().Public())))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		kid, alg string
		want     int
	}{{"a", "RS256", 1}, {"", "PS512", 1}, {"a", "ES256", 0}, {"a", "HS256", 0}, {strings.Repeat("k", 257), "RS256", 0}} {
		if keys, err := src.Keys(t.Context(), tt.kid, tt.alg); err != nil || len(keys) != tt.want {
			t.Errorf("%.8q %s: got %v, %v; want %d", tt.kid, tt.alg, keys, err, tt.want)
		}
	}
	k := src.SoleKey()
	if !src.Has(k) || src.Has(testKey()) || src.Has(nil) || k.ID() != "" || k.Algorithm() != "" {
		t.Errorf("got key %+v", k)
	}
	checkFixed(t, src, k)
	if h := src.Health(); !h.Ready || h.Keys != 1 {
		t.Errorf("got %+v", h)
	}
}
