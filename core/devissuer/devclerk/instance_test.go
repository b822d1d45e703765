package devclerk_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

func startClerk(t *testing.T, o devclerk.Options) *devclerk.Instance {
	t.Helper()
	c, err := devclerk.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return c
}

func TestClerkKeySets(t *testing.T) {
	c := startClerk(t, devclerk.Options{ProxyPath: "/app/__clerk"})
	base := "http://" + c.Issuer().Addr()
	if got, want := c.ProxyURL(), base+"/app/__clerk"; got != want {
		t.Errorf("proxy URL: got %s, want %s", got, want)
	}
	const refused = `"code":"clerk_key_invalid"`
	tests := []struct {
		name, url, authorization string
		status                   int
	}{
		{"Frontend API", base + "/.well-known/jwks.json", "", 200},
		{"Frontend API behind a proxy", c.ProxyURL() + "/.well-known/jwks.json", "", 200},
		{"Backend API", c.APIURL() + "/v1/jwks", "Bearer " + c.SecretKey(), 200},
		{"Backend API, no key", c.APIURL() + "/v1/jwks", "", 401},
		{"Backend API, key alone", c.APIURL() + "/v1/jwks", c.SecretKey(), 401},
		{"Backend API, another key", c.APIURL() + "/v1/jwks", "Bearer sk_test_other", 401},
		{"another proxy path", base + "/__clerk/.well-known/jwks.json", "", 501},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tt.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			if tt.authorization != "" {
				r.Header.Set("Authorization", tt.authorization)
			}
			res, err := client(t).Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != tt.status {
				t.Errorf("got %s, want %d", res.Status, tt.status)
			}
			switch tt.status {
			case 200:
				if got, want := string(body), string(c.Issuer().JWKS()); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			case 401:
				if got := string(body); !strings.Contains(got, refused) {
					t.Errorf("got %s, want %s", got, refused)
				}
			}
		})
	}
	if got := c.Issuer().Counts().JWKS; got != 3 {
		t.Errorf("got %d requests for keys, want 3", got)
	}
	if got := kids(t, base+"/.well-known/jwks.json"); len(got) != 1 || got[0] != c.InstanceID() {
		t.Errorf("got keys %v, want %s alone", got, c.InstanceID())
	}
	c.Issuer().SetJWKSFault(devissuer.Fail(502))
	if res, _ := mustGet(t, c.ProxyURL()+"/.well-known/jwks.json"); res.StatusCode != 502 {
		t.Errorf("with a fault: got %s, want 502", res.Status)
	}
}

func TestClerkRotation(t *testing.T) {
	c := startClerk(t, devclerk.Options{})
	old := c.JWTKey()
	k := c.Issuer().Rotate("RS256")
	if k.ID == c.InstanceID() || !strings.HasPrefix(k.ID, "ins_") {
		t.Errorf("got key id %s, want another ins_…", k.ID)
	}
	if c.JWTKey() == old || c.JWTKey() != string(k.PEM()) {
		t.Errorf("JWTKey is not that of the new key:\n%s", c.JWTKey())
	}
	header, _ := parts(t, c.Token(devclerk.Admin(), nil))
	if header["kid"] != k.ID {
		t.Errorf("got kid %v, want %s", header["kid"], k.ID)
	}
}

func TestClerkKeys(t *testing.T) {
	c, other := startClerk(t, devclerk.Options{}), startClerk(t, devclerk.Options{})
	encoded, ok := strings.CutPrefix(c.PublishableKey(), "pk_test_")
	host, err := base64.StdEncoding.DecodeString(encoded)
	if got, want := string(host), c.Issuer().Addr()+"$"; !ok || err != nil || got != want {
		t.Errorf("publishable key %s: got %q, %v, want %q", c.PublishableKey(), got, err, want)
	}
	key, err := jwt.ParseRSAPublicKeyFromPEM([]byte(c.JWTKey()))
	if err != nil {
		t.Fatal(err)
	}
	verifies := func(token string) bool {
		_, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return key, nil }, jwt.WithIssuer(c.ProxyURL()))
		return err == nil
	}
	if !verifies(c.Token(devclerk.Member(), nil)) {
		t.Error("JWTKey does not verify a token of the instance")
	}
	if verifies(other.Token(devclerk.Member(), Claims{"iss": c.ProxyURL()})) {
		t.Error("JWTKey verifies a token of another instance")
	}
	for name, value := range c.Env() {
		if value == "" {
			t.Errorf("%s is empty", name)
		}
		if same := other.Env()[name]; same == value && name != "CLERK_AUTHORIZED_PARTIES" {
			t.Errorf("%s is %s in two instances", name, value)
		}
	}
	if got := len(c.Env()); got != 6 {
		t.Errorf("got %d variables, want 6", got)
	}
}

func TestClerkOptions(t *testing.T) {
	tests := []struct {
		name string
		o    devclerk.Options
		says string
	}{
		{"beyond loopback", devclerk.Options{Addr: "192.0.2.1:0"}, "not a loopback address"},
		{"no port", devclerk.Options{Addr: "127.0.0.1"}, "Options.Addr"},
		{"no slash", devclerk.Options{ProxyPath: "__clerk"}, "Options.ProxyPath"},
		{"root", devclerk.Options{ProxyPath: "/"}, "Options.ProxyPath"},
		{"slash at the end", devclerk.Options{ProxyPath: "/__clerk/"}, "Options.ProxyPath"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := devclerk.Start(tt.o)
			if err == nil {
				t.Fatalf("started at %s: %v", c.ProxyURL(), c.Close())
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want it to say %q", err, tt.says)
			}
		})
	}
}

// parts are header and claims of a token, nothing verified.
func parts(t *testing.T, token string) (header, claims Claims) {
	t.Helper()
	segments := strings.Split(token, ".")
	if len(segments) != 3 {
		t.Fatalf("%q is no token", token)
	}
	for i, v := range []*Claims{&header, &claims} {
		if err := json.Unmarshal(decode(segments[i]), v); err != nil {
			t.Fatal(err)
		}
	}
	return header, claims
}
