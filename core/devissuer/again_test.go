package devissuer_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/authkeel/authkeel/core/devissuer"
)

func TestParseKey(t *testing.T) {
	for _, alg := range []string{"RS256", "PS384", "ES256", "ES512", "EdDSA"} {
		k := devissuer.NewKey("k1", alg)
		again, err := devissuer.ParseKey("k1", alg, k.PrivatePEM())
		if err != nil || string(again.PEM()) != string(k.PEM()) || again.ID != "k1" || again.Algorithm != alg {
			t.Errorf("%s: got %+v, %v", alg, again, err)
		}
	}
	ec := devissuer.NewKey("k1", "ES256").PrivatePEM()
	for name, row := range map[string]struct {
		alg, text string
	}{
		"another algorithm": {"RS256", string(ec)}, "another curve": {"ES384", string(ec)}, "no algorithm": {"ES", string(ec)},
		"no PEM": {"ES256", "x"}, "a public key": {"ES256", string(devissuer.NewKey("k", "ES256").PEM())},
	} {
		if k, err := devissuer.ParseKey("k1", row.alg, []byte(row.text)); err == nil {
			t.Errorf("%s: got %+v", name, k)
		}
	}
}

// TestClerkAgain: an instance that was there before.
func TestClerkAgain(t *testing.T) {
	first := startClerk(t, devissuer.ClerkOptions{})
	key := first.Issuer().Key("RS256")
	again := startClerk(t, devissuer.ClerkOptions{Key: key, SecretKey: first.SecretKey(), WebhookSecret: first.WebhookSecret()})
	if again.JWTKey() != first.JWTKey() || again.InstanceID() != first.InstanceID() || again.SecretKey() != first.SecretKey() || again.WebhookSecret() != first.WebhookSecret() {
		t.Error("it is another instance")
	}
	if got := kids(t, again.ProxyURL()+"/.well-known/jwks.json"); len(got) != 1 || got[0] != key.ID {
		t.Errorf("got the keys %v", got)
	}
}

// TestRest: what the issuer does not answer.
func TestRest(t *testing.T) {
	pages := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a page") })
	plain, err := devissuer.Start(devissuer.Options{Algorithms: []string{"ES256"}, Handler: pages})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = plain.Close() })
	c := startClerk(t, devissuer.ClerkOptions{Handler: pages})
	for url, page := range map[string]bool{
		"http://" + plain.Addr() + "/": true, plain.JWKSURL(): false, "http://" + plain.Addr() + "/v1/users/user_ada": true,
		c.APIURL() + "/": true, c.APIURL() + "/v1/users/user_ada": false, c.ProxyURL() + "/.well-known/jwks.json": false,
	} {
		res, err := client(t).Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || (string(body) == "a page") != page {
			t.Errorf("%s: got %.40s, %v", url, body, err)
		}
	}
}
