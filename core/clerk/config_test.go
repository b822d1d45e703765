package clerk

import (
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk/internal/form"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/jwks"
)

const secret = "sk_live_abcDEF123"

// TestConfigErrors wants each mistake found at the start, by the name of its
// field and of its environment variable, and no secret in the message.
func TestConfigErrors(t *testing.T) {
	good := string(signing().PEM())
	private, err := x509.MarshalPKCS8PrivateKey(signing().Private)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		config Config
		want   []string // in the message
	}{
		{"nothing", Config{}, []string{"Config.PublishableKey (CLERK_PUBLISHABLE_KEY)", "empty"}},
		{"a PEM alone", Config{JWTKey: good}, []string{"Config.PublishableKey", "which issuer to trust"}},
		{"a secret key alone", Config{SecretKey: secret}, []string{"Config.PublishableKey", "which issuer to trust"}},
		{"a proxy alone", Config{ProxyURL: "https://app.example.com/__clerk"}, []string{"Config.PublishableKey", "keys"}},

		{"placeholder", Config{PublishableKey: "your_clerk_publishable_key_here"}, []string{"Config.PublishableKey (CLERK_PUBLISHABLE_KEY)", "placeholder"}},
		{"placeholder in capitals", Config{PublishableKey: "YOUR_CLERK_PUBLISHABLE_KEY_HERE"}, []string{"placeholder"}},
		{"placeholder with a prefix", Config{PublishableKey: "pk_test_your_key_here"}, []string{"placeholder"}},
		{"placeholder with dots", Config{PublishableKey: "pk_test_..."}, []string{"placeholder"}},
		{"placeholder in brackets", Config{PublishableKey: "<publishable key>"}, []string{"placeholder"}},
		{"placeholder in the secret", Config{PublishableKey: liveKey, SecretKey: "your_clerk_secret_key_here"}, []string{"Config.SecretKey (CLERK_SECRET_KEY)", "placeholder"}},
		{"placeholder in the PEM", Config{PublishableKey: liveKey, JWTKey: "your_clerk_jwt_key_here"}, []string{"Config.JWTKey (CLERK_JWT_KEY)", "placeholder"}},
		{"placeholder in the proxy", Config{PublishableKey: liveKey, ProxyURL: "your_clerk_proxy_url_here"}, []string{"Config.ProxyURL (CLERK_PROXY_URL)", "placeholder"}},
		{"placeholder in the parties", Config{PublishableKey: liveKey, AuthorizedParties: []string{origin, "your_app_origin_here"}}, []string{"Config.AuthorizedParties (CLERK_AUTHORIZED_PARTIES)", "placeholder"}},

		{"a secret key for publishable", Config{PublishableKey: secret}, []string{"Config.PublishableKey", "secret key", "replace"}},
		{"not base64", Config{PublishableKey: "pk_live_%%%"}, []string{"Config.PublishableKey", "not a publishable key"}},
		{"a path in it", Config{PublishableKey: "pk_live_ZXZpbC5leGFtcGxlL3gk"}, []string{"not a publishable key"}},
		{"a user name in it", Config{PublishableKey: "pk_live_YUBldmlsLmV4YW1wbGUk"}, []string{"not a publishable key"}},
		{"a space in it", Config{PublishableKey: "pk_live_ZXZpbCAuZXhhbXBsZSQ="}, []string{"not a publishable key"}},
		{"spaces around it", Config{PublishableKey: " " + liveKey}, []string{"not a publishable key"}},

		{"a publishable key for secret", Config{PublishableKey: liveKey, SecretKey: liveKey}, []string{"Config.SecretKey", "publishable key"}},
		{"not a secret key", Config{PublishableKey: liveKey, SecretKey: "ak_live_x"}, []string{"Config.SecretKey", "sk_test_"}},
		{"of another mode", Config{PublishableKey: testKey, SecretKey: secret}, []string{"Config.SecretKey", "another instance"}},
		{"of another mode, the old form", Config{PublishableKey: liveKey, SecretKey: "test_x"}, []string{"Config.SecretKey", "another instance"}},

		{"a damaged PEM", Config{PublishableKey: liveKey, JWTKey: good[:200]}, []string{"Config.JWTKey (CLERK_JWT_KEY)"}},
		{"a private key", Config{PublishableKey: liveKey, JWTKey: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))}, []string{"Config.JWTKey", "private key"}},
		{"an EC key", Config{PublishableKey: liveKey, JWTKey: string(devissuer.NewKey("", "ES256").PEM())}, []string{"Config.JWTKey", "RSA"}},

		{"a relative proxy", Config{PublishableKey: liveKey, ProxyURL: "/__clerk"}, []string{"Config.ProxyURL (CLERK_PROXY_URL)", "absolute"}},
		{"a proxy in http", Config{PublishableKey: liveKey, ProxyURL: "http://app.example.com"}, []string{"Config.ProxyURL", "https"}},
		{"a proxy with a query", Config{PublishableKey: liveKey, ProxyURL: "https://app.example.com/?x"}, []string{"Config.ProxyURL", "query"}},
		{"a proxy with a password", Config{PublishableKey: liveKey, ProxyURL: "https://u:p@app.example.com/"}, []string{"Config.ProxyURL", "user name"}},
		{"the Backend API in http", Config{PublishableKey: liveKey, APIURL: "http://api.example.com", JWKS: jwks.Options{AllowHTTP: true}}, []string{"Config.APIURL (CLERK_API_URL)", "https"}},

		{"an empty party", Config{PublishableKey: liveKey, AuthorizedParties: []string{origin, ""}}, []string{"Config.AuthorizedParties", "empty entry"}},
		{"an empty audience", Config{PublishableKey: liveKey, Audiences: []string{""}}, []string{"Config.Audiences", "empty entry"}},
		{"cookies without parties", Config{PublishableKey: liveKey, AllowCookie: true}, []string{"Config.AuthorizedParties", "AllowCookie"}},
		{"cookies without a publishable key", Config{ProxyURL: "https://app.example.com", SecretKey: secret, AllowCookie: true, AuthorizedParties: []string{origin}}, []string{"Config.PublishableKey", "AllowCookie"}},
		{"odd key options", Config{PublishableKey: liveKey, JWKS: jwks.Options{Timeout: -1}}, []string{"Config.JWKS", "Timeout"}},

		{"core's own", Config{PublishableKey: liveKey, Core: core.Config{MaxTokenBytes: -1}}, []string{"MaxTokenBytes"}},
		{"Clerk named twice", Config{PublishableKey: liveKey, Core: core.Config{Issuers: []core.Issuer{{URL: "https://clerk.example.com", AllowAnyAudience: true}}}}, []string{"named twice"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := New(tt.config)
			if err == nil || a != nil {
				t.Fatalf("got %v, %v; want an error alone", a, err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q in it", err, want)
				}
			}
			for _, value := range []string{"abcDEF123", "MII"} {
				if strings.Contains(err.Error(), value) {
					t.Errorf("got %q, with %q of a key in it", err, value)
				}
			}
		})
	}
}

func TestConfigAccepted(t *testing.T) {
	for name, cfg := range map[string]Config{
		"a publishable key":          {PublishableKey: liveKey},
		"with its secret key":        {PublishableKey: liveKey, SecretKey: secret},
		"with an old secret key":     {PublishableKey: testKey, SecretKey: "test_abc"},
		"with a PEM":                 {PublishableKey: liveKey, JWTKey: string(signing().PEM())},
		"a proxy and a secret key":   {ProxyURL: "https://app.example.com/__clerk", SecretKey: secret},
		"a proxy and a PEM":          {ProxyURL: "https://app.example.com/__clerk", JWTKey: string(signing().PEM())},
		"a local proxy":              {PublishableKey: testKey, ProxyURL: "http://localhost:3000/__clerk"},
		"a party like a placeholder": {PublishableKey: liveKey, AuthorizedParties: []string{"https://yourcompany.example.com"}},
	} {
		if _, err := New(cfg); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// setEnv sets the variables of ConfigFromEnv, and empties those not named.
func setEnv(t *testing.T, values map[string]string) {
	t.Helper()
	for _, name := range form.Variables {
		t.Setenv(name, values[name])
	}
}

func TestNewFromEnv(t *testing.T) {
	setEnv(t, map[string]string{
		"CLERK_PUBLISHABLE_KEY":    ` "` + liveKey + `" `,
		"CLERK_SECRET_KEY":         "'" + secret + "'",
		"CLERK_JWT_KEY":            `"` + strings.ReplaceAll(string(signing().PEM()), "\n", `\n`) + `"`,
		"CLERK_AUTHORIZED_PARTIES": " https://app.example.com , https://admin.example.com",
		"CLERK_PROXY_URL":          "https://app.example.com/__clerk/",
	})
	cfg := ConfigFromEnv()
	if cfg.PublishableKey != liveKey || cfg.SecretKey != secret || !slices.Equal(cfg.AuthorizedParties, []string{origin, "https://admin.example.com"}) {
		t.Errorf("got %+v", cfg)
	}
	is, err := Issuer(cfg)
	if err != nil || is.URL != "https://app.example.com/__clerk" {
		t.Errorf("got issuer %q, %v", is.URL, err)
	}
	a, err := NewFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	if h := a.Health(); !h.Ready || h.Issuers[0].URL != is.URL {
		t.Errorf("got %+v, want the PEM ready without network", h)
	}
}

func TestNewFromEnvErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		values map[string]string
		want   string
	}{
		"nothing set":             {nil, "CLERK_PUBLISHABLE_KEY"},
		"placeholders":            {map[string]string{"CLERK_PUBLISHABLE_KEY": "your_clerk_publishable_key_here"}, "CLERK_PUBLISHABLE_KEY"},
		"quoted placeholder":      {map[string]string{"CLERK_PUBLISHABLE_KEY": liveKey, "CLERK_SECRET_KEY": `"your_clerk_secret_key_here"`}, "CLERK_SECRET_KEY"},
		"a party that is not set": {map[string]string{"CLERK_PUBLISHABLE_KEY": liveKey, "CLERK_AUTHORIZED_PARTIES": ","}, "CLERK_AUTHORIZED_PARTIES"},
		"one of two not set":      {map[string]string{"CLERK_PUBLISHABLE_KEY": liveKey, "CLERK_AUTHORIZED_PARTIES": "https://a.example, "}, "CLERK_AUTHORIZED_PARTIES"},
	} {
		t.Run(name, func(t *testing.T) {
			setEnv(t, tt.values)
			if _, err := NewFromEnv(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error that names %s", err, tt.want)
			}
		})
	}
}
