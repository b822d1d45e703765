package devclerk_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

type Claims = devclerk.Claims

// client is an HTTP client with connections of its own and no redirects.
func client(t *testing.T) *http.Client {
	t.Helper()
	tr := &http.Transport{DisableCompression: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{
		Transport:     tr,
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// get returns the response and whatever of its body arrived before err.
func get(t *testing.T, url string) (*http.Response, []byte, error) {
	t.Helper()
	res, err := client(t).Get(url)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res, body, err
}

func mustGet(t *testing.T, url string) (*http.Response, []byte) {
	t.Helper()
	res, body, err := get(t, url)
	if err != nil {
		t.Fatal(err)
	}
	return res, body
}

func keysAt(t *testing.T, url string) []Claims {
	t.Helper()
	_, body := mustGet(t, url)
	var set struct{ Keys []Claims }
	if err := json.Unmarshal(body, &set); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return set.Keys
}

func kids(t *testing.T, url string) []any {
	t.Helper()
	var ids []any
	for _, k := range keysAt(t, url) {
		ids = append(ids, k["kid"])
	}
	return ids
}

// TestClerkAgain: an instance that was there before.
func TestClerkAgain(t *testing.T) {
	first := startClerk(t, devclerk.Options{})
	key := first.Issuer().Key("RS256")
	again := startClerk(t, devclerk.Options{Key: key, SecretKey: first.SecretKey(), WebhookSecret: first.WebhookSecret()})
	if again.JWTKey() != first.JWTKey() || again.InstanceID() != first.InstanceID() || again.SecretKey() != first.SecretKey() || again.WebhookSecret() != first.WebhookSecret() {
		t.Error("it is another instance")
	}
	if got := kids(t, again.ProxyURL()+"/.well-known/jwks.json"); len(got) != 1 || got[0] != key.ID {
		t.Errorf("got the keys %v", got)
	}
}

func decode(v any) []byte {
	b, err := base64.RawURLEncoding.DecodeString(fmt.Sprint(v))
	if err != nil {
		panic(err)
	}
	return b
}
