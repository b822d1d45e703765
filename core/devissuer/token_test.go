package devissuer_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/internal/forge"
)

func TestEveryAlgorithm(t *testing.T) {
	algs := []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
	i := start(t, devissuer.Options{Algorithms: algs})
	other := map[string]*devissuer.Key{}
	for _, alg := range []string{"RS256", "ES256", "ES384", "ES512", "EdDSA"} {
		other[alg] = devissuer.NewKey("", alg)
	}
	for _, alg := range algs {
		t.Run(alg, func(t *testing.T) {
			tok, err := verify(t, i, i.Sign(alg, nil, i.Claims(nil)))
			if err != nil {
				t.Fatal(err)
			}
			want := Claims{"alg": alg, "typ": "JWT", "kid": i.Key(alg).ID}
			if !reflect.DeepEqual(tok.Header, want) {
				t.Errorf("header: got %v, want %v", tok.Header, want)
			}
			key := other[alg]
			if key == nil {
				key = other["RS256"]
			}
			forged := devissuer.SignRaw(key, alg, marshal(t, want), marshal(t, i.Claims(nil)))
			if _, err := verify(t, i, forged); !errors.Is(err, jwt.ErrTokenSignatureInvalid) {
				t.Errorf("another key: got %v, want a bad signature", err)
			}
		})
	}
}

func TestDefaultAlgorithms(t *testing.T) {
	i := start(t, devissuer.Options{})
	var algs []any
	for _, k := range keysAt(t, i.JWKSURL()) {
		algs = append(algs, k["alg"])
	}
	if want := []any{"RS256", "ES256", "EdDSA", "PS256"}; !reflect.DeepEqual(algs, want) {
		t.Errorf("got %v, want %v", algs, want)
	}
	tok, err := verify(t, i, i.Token(nil))
	if err != nil || tok.Header["alg"] != "RS256" {
		t.Errorf("got %v, %v", tok, err)
	}
}

func TestClaims(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	i := start(t, devissuer.Options{Algorithms: []string{"ES256"}, Audience: "https://a.example.test", Now: func() time.Time { return now }})
	a, b := i.Claims(nil), i.Claims(nil)
	if a["jti"] == b["jti"] || a["jti"] == "" {
		t.Errorf("jti %v and %v", a["jti"], b["jti"])
	}
	delete(a, "jti")
	want := Claims{"iss": i.URL(), "aud": "https://a.example.test", "sub": "user_1", "iat": now.Unix(), "exp": now.Unix() + 3600}
	if !reflect.DeepEqual(a, want) {
		t.Errorf("got %v, want %v", a, want)
	}
	over := Claims{"sub": "user_2", "iat": nil, "jti": nil, "aud": []string{"x"}, "exp": json.RawMessage("null")}
	want = Claims{"iss": i.URL(), "aud": []string{"x"}, "sub": "user_2", "exp": json.RawMessage("null")}
	if got := i.Claims(over); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTokenText(t *testing.T) {
	i := one(t)
	k := i.Key("ES256")
	segments := func(token string) [3]string {
		s := strings.Split(token, ".")
		if len(s) != 3 {
			t.Fatalf("%d segments", len(s))
		}
		return [3]string(s)
	}
	for name, c := range map[string]struct{ token, header, payload string }{
		"header laid on top": {
			i.Sign("ES256", Claims{"kid": nil, "typ": json.RawMessage("null"), "alg": "none", "crit": []string{"x"}}, Claims{}),
			`{"alg":"none","crit":["x"],"typ":null}`, `{}`,
		},
		"no claims": {i.Sign("ES256", Claims{"kid": 7}, nil), `{"alg":"ES256","kid":7,"typ":"JWT"}`, `{}`},
		"duplicate members": {
			devissuer.SignRaw(k, "ES256", []byte(`{"alg":"none","alg":"ES256"}`), []byte(`{"exp":1,"exp":9e9}`)),
			`{"alg":"none","alg":"ES256"}`, `{"exp":1,"exp":9e9}`,
		},
		"invalid UTF-8": {devissuer.SignRaw(k, "ES256", []byte(`{"alg":"ES256"}`), []byte("{\"sub\":\"\xff\"}")), `{"alg":"ES256"}`, "{\"sub\":\"\xff\"}"},
	} {
		s := segments(c.token)
		if h, p := string(decode(s[0])), string(decode(s[1])); h != c.header || p != c.payload {
			t.Errorf("%s: got %s %s, want %s %s", name, h, p, c.header, c.payload)
		}
		if c.header != `{"alg":"none","crit":["x"],"typ":null}` && !accepts(t, k.JWK(), c.token) {
			t.Errorf("%s: the signature does not hold", name)
		}
	}
	// A line feed inside a signed segment, which lenient decoders drop.
	s := segments(i.Token(nil))
	broken := devissuer.SignSegments(k, "ES256", s[0], s[1][:8]+"\n"+s[1][8:])
	if !strings.Contains(broken, "\n") || !accepts(t, k.JWK(), broken) {
		t.Errorf("got %q, want a line feed under a good signature", broken)
	}
	if got := devissuer.SignCompact([]byte(`{"alg":"none"}`), []byte(`{}`), nil); got != "eyJhbGciOiJub25lIn0.e30." {
		t.Errorf("got %q", got)
	}
}

func TestKeyOfAnotherAlgorithm(t *testing.T) {
	rsa, p384 := devissuer.NewKey("r", "RS256"), devissuer.NewKey("e", "ES384")
	for _, alg := range []string{"RS512", "PS256"} {
		token := devissuer.SignRaw(rsa, alg, []byte(`{"alg":"`+alg+`"}`), []byte(`{}`))
		if !accepts(t, rsa.JWK(), token) {
			t.Errorf("RS256 key, %s token: the signature does not hold", alg)
		}
	}
	if got := len(forge.SignatureOf(p384, "ES256", []byte("a.b"))); got != 96 {
		t.Errorf("P-384 under ES256: got %d bytes, want 96", got)
	}
	secret := devissuer.NewSecretKey("r", "HS256", rsa.PEM())
	token := devissuer.SignRaw(secret, "HS256", []byte(`{"alg":"HS256"}`), []byte(`{}`))
	if !accepts(t, Claims{"kty": "oct", "k": secret.JWK()["k"]}, token) || string(decode(secret.JWK()["k"])) != string(rsa.PEM()) {
		t.Error("HS256 under the public PEM does not hold")
	}
	if oct := devissuer.NewKey("o", "HS512"); !accepts(t, oct.JWK(), devissuer.SignRaw(oct, "HS512", []byte(`{"alg":"HS512"}`), []byte(`{}`))) {
		t.Error("HS512 does not hold")
	}
}

func TestProgrammingErrorsPanic(t *testing.T) {
	i := one(t)
	k := i.Key("ES256")
	for name, f := range map[string]func(){
		"claims that are not JSON":  func() { i.Token(Claims{"f": func() {}}) },
		"no key for the algorithm":  func() { i.Sign("RS256", nil, nil) },
		"key of another type":       func() { forge.SignatureOf(k, "RS256", nil) },
		"unknown algorithm":         func() { devissuer.NewKey("", "XX") },
		"an EC key with a secret":   func() { devissuer.NewSecretKey("", "ES256", nil) },
		"RSA with an even exponent": func() { forge.NewRSAKey("", "RS256", 1024, 4) },
		"no salt in ES256":          func() { forge.PSSWithoutSalt(k, "ES256", nil) },
		"a modulus of an EC key":    func() { forge.EvenModulus(k) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
