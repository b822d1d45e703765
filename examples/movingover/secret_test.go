package movingover

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// TestSecret: an application that signs its own tokens moves from a secret to a key.
func TestSecret(t *testing.T) {
	secret := []byte("a secret of thirty-two bytes or more")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := publicKeys("2026-11", key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(public) // the application itself, at /.well-known/jwks.json
	t.Cleanup(server.Close)
	keys, err := jwks.Remote(server.URL+"/.well-known/jwks.json", jwks.Options{})
	if err != nil {
		t.Fatal(err)
	}
	auth, err := core.New(core.Config{Observer: core.Silent, Issuers: []core.Issuer{{URL: "https://app.example.test", Audiences: []string{"api"}, Keys: keys}}})
	if err != nil {
		t.Fatal(err)
	}
	claims := jwt.MapClaims{"iss": "https://app.example.test", "aud": "api", "sub": "user_zoe", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix()}
	old, err := signWithSecret(secret, claims)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := signWithKey("2026-11", key, claims)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	confused, err := signWithSecret(der, claims)
	if err != nil {
		t.Fatal(err)
	}
	api, watching := secretDuring(secret, keys, auth)
	during, after := served(api), served(chiAfter(auth))
	for name, row := range map[string]struct {
		token         string
		during, after int
	}{
		"old": {old, 200, 401}, "new": {fresh, 200, 200}, "none": {"", 401, 401}, "the public key as a secret": {confused, 401, 401},
	} {
		if got, body := ask(t, during, row.token); got != row.during || got == 200 && body != "user_zoe" {
			t.Errorf("%s, during: got %d %s, want %d", name, got, body, row.during)
		}
		if got, body := ask(t, after, row.token); got != row.after || got == 200 && body != "user_zoe" {
			t.Errorf("%s, after: got %d %s, want %d", name, got, body, row.after)
		}
	}
	report := watching.ShadowReport()
	if len(report.Differences) != 1 || report.Differences[0].Old != "accepted" || report.Differences[0].Next != "algorithm_not_allowed" {
		t.Errorf("got %+v", report)
	}
	if last := lastDifference(watching); time.Since(last) > time.Minute {
		t.Errorf("got %v", last)
	}
}
