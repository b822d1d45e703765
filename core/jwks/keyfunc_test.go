package jwks_test

import (
	"crypto"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authkeel/authkeel/core/jwks"
)

// Tokens of golang-jwt's own making are verified with the keys of a source.
func TestKeyfunc(t *testing.T) {
	src := must(jwks.Static([]byte(setOf(
		jwkOf(testRSA().Public(), "rs"), with(jwkOf(testRSA().Public(), "rs512"), jwkMap{"alg": "RS512"}),
		jwkOf(testEC().Public(), "es"), jwkOf(testEd().Public(), "ed"),
		jwkOf(otherEC().Public(), "same"), jwkOf(testEC().Public(), "same"),
	))))
	none := must(jwks.Remote(testURL, jwks.Options{HTTPClient: client(&fakeIssuer{now: reply{status: 500}})}))
	secret := []byte(spki(testRSA().Public()))
	for _, tt := range []struct {
		name   string
		src    *jwks.Source
		method jwt.SigningMethod
		key    any
		header map[string]any
		want   string // in the error; empty: valid
	}{
		{"RS256", src, jwt.SigningMethodRS256, testRSA(), map[string]any{"kid": "rs"}, ""},
		{"PS384", src, jwt.SigningMethodPS384, testRSA(), map[string]any{"kid": "rs"}, ""},
		{"ES256", src, jwt.SigningMethodES256, testEC(), map[string]any{"kid": "es"}, ""},
		{"EdDSA", src, jwt.SigningMethodEdDSA, testEd(), map[string]any{"kid": "ed"}, ""},
		{"EdDSA without kid", src, jwt.SigningMethodEdDSA, testEd(), nil, ""},
		{"two keys under one kid", src, jwt.SigningMethodES256, testEC(), map[string]any{"kid": "same"}, ""},
		{"another key", src, jwt.SigningMethodES256, otherEC(), map[string]any{"kid": "es"}, "verification error"},
		{"unknown kid", src, jwt.SigningMethodRS256, testRSA(), map[string]any{"kid": "x"}, "no key"},
		{"key for another algorithm", src, jwt.SigningMethodRS256, testRSA(), map[string]any{"kid": "rs512"}, "no key"},
		{"kid a number", src, jwt.SigningMethodRS256, testRSA(), map[string]any{"kid": 7}, "not a string"},
		{"kid null", src, jwt.SigningMethodRS256, testRSA(), map[string]any{"kid": nil}, "not a string"},
		{"kid of 257 bytes", src, jwt.SigningMethodRS256, testRSA(), map[string]any{"kid": strings.Repeat("k", 257)}, "no key"},
		{"crit", src, jwt.SigningMethodRS256, testRSA(), map[string]any{"kid": "rs", "crit": []string{"exp"}}, "crit"},
		{"b64", src, jwt.SigningMethodRS256, testRSA(), map[string]any{"kid": "rs", "b64": true}, "b64"},
		{"zip", src, jwt.SigningMethodRS256, testRSA(), map[string]any{"kid": "rs", "zip": "DEF"}, "zip"},
		{"HMAC with the public key", src, jwt.SigningMethodHS256, secret, map[string]any{"kid": "rs"}, "no key"},
		{"HMAC without kid", src, jwt.SigningMethodHS256, secret, nil, "no key"},
		{"none", src, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, map[string]any{"kid": "rs"}, "no key"},
		{"issuer down", none, jwt.SigningMethodRS256, testRSA(), map[string]any{"kid": "rs"}, "status 500"},
		{"no source", nil, jwt.SigningMethodRS256, testRSA(), map[string]any{"kid": "rs"}, "empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			token := jwt.NewWithClaims(tt.method, jwt.RegisteredClaims{Subject: "u", ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour))})
			for name, v := range tt.header {
				token.Header[name] = v
			}
			text, err := token.SignedString(tt.key)
			if err != nil {
				t.Fatal(err)
			}
			_, err = jwt.Parse(text, jwks.Keyfunc(tt.src))
			if tt.want == "" {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
			if down := tt.src == none || tt.src == nil; errors.Is(err, jwks.ErrUnavailable) != down {
				t.Errorf("got %v, want an outage: %v", err, down)
			}
		})
	}
}

func TestNewKey(t *testing.T) {
	for _, tt := range []struct {
		name, id, alg string
		public        any
		want          string // in the error; empty: a key
	}{
		{"RSA", "a", "", testRSA().Public(), ""},
		{"RSA for one algorithm", "a", "PS256", testRSA().Public(), ""},
		{"EC", "a", "ES256", testEC().Public(), ""},
		{"Ed25519", "", "EdDSA", testEd().Public(), ""},
		{"private RSA", "a", "", testRSA(), "key.Public()"},
		{"private EC", "a", "", testEC(), "key.Public()"},
		{"private Ed25519", "a", "", testEd(), "key.Public()"},
		{"nil", "a", "", nil, "nil"},
		{"nil RSA", "a", "", (crypto.PublicKey)(nilRSA), "empty"},
		{"empty RSA", "a", "", emptyRSA, "empty"},
		{"nil EC", "a", "", nilEC, "empty"},
		{"empty EC", "a", "", emptyEC, "empty"},
		{"EC off the curve", "a", "", offCurve(), "curve"},
		{"a secret", "a", "HS256", []byte("secret"), "[]uint8"},
		{"RSA by value", "a", "", *testRSA().Public().(rsaPublic), "rsa.PublicKey"},
		{"RSA 1024", "a", "", smallRSA(), "1024 bits"},
		{"short Ed25519", "a", "", testEd().Public().(edPublic)[:31], "Ed25519"},
		{"algorithm of another type", "a", "ES256", testRSA().Public(), `"ES256"`},
		{"HMAC", "a", "HS256", testRSA().Public(), `"HS256"`},
		{"long ID", strings.Repeat("k", 257), "", testEC().Public(), "256 bytes"},
		{"ID with a line break", "a\nb", "", testEC().Public(), "control"},
	} {
		k, err := jwks.NewKey(tt.id, tt.alg, tt.public)
		if tt.want != "" {
			if k != nil || err == nil || !strings.HasPrefix(err.Error(), "jwks: NewKey: ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: got %v, %v; want %q", tt.name, k, err, tt.want)
			}
			continue
		}
		if err != nil || k.ID() != tt.id || k.Algorithm() != tt.alg || fmt.Sprint(k.Public()) != fmt.Sprint(tt.public) {
			t.Errorf("%s: got %v, %v", tt.name, k, err)
		}
	}
}
