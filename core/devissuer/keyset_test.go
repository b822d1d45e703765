package devissuer_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/authkeel/authkeel/core/devissuer"
)

func TestRotateAndRetire(t *testing.T) {
	i := start(t, devissuer.Options{Algorithms: []string{"ES256", "EdDSA"}})
	old, ed := i.Key("ES256"), i.Key("EdDSA")
	before := i.Token(nil)
	next := i.Rotate("ES256")
	after := i.Token(nil)
	if got, want := kids(t, i.JWKSURL()), []any{old.ID, ed.ID, next.ID}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if i.Key("ES256") != next || old.ID == next.ID {
		t.Errorf("the current key is %s, want the new %s", i.Key("ES256").ID, next.ID)
	}
	for name, token := range map[string]string{"old": before, "new": after} {
		if _, err := verify(t, i, token); err != nil {
			t.Errorf("%s token after rotation: %v", name, err)
		}
	}
	i.Retire(old.ID)
	if _, err := verify(t, i, before); err == nil {
		t.Error("a token of the retired key verifies")
	}
	if _, err := verify(t, i, after); err != nil {
		t.Errorf("new token after retirement: %v", err)
	}
}

func TestUseSameKid(t *testing.T) {
	i := one(t)
	old := i.Key("ES256")
	again := devissuer.NewKey(old.ID, "ES256")
	i.AddSigningKey(again)
	if got, want := kids(t, i.JWKSURL()), []any{old.ID, old.ID}; !reflect.DeepEqual(got, want) {
		t.Errorf("duplicate kid: got %v, want %v", got, want)
	}
	i.Retire(old.ID)
	if got := kids(t, i.JWKSURL()); got != nil {
		t.Errorf("retired: got %v, want none", got)
	}
	i.AddSigningKey(again)
	if keys := keysAt(t, i.JWKSURL()); len(keys) != 1 || !accepts(t, keys[0], i.Token(nil)) || accepts(t, old.JWK(), i.Token(nil)) {
		t.Errorf("same kid, new material: got %v", keys)
	}
}

func TestKeyWithoutID(t *testing.T) {
	i := one(t)
	i.Retire(i.Key("ES256").ID)
	i.AddSigningKey(devissuer.NewKey("", "ES256"))
	tok, err := verify(t, i, i.Token(nil)) // verify pairs the missing kid with the key that has none
	if err != nil {
		t.Fatal(err)
	}
	if kid, ok := tok.Header["kid"]; ok {
		t.Errorf("the token has kid %v", kid)
	}
	if kid, ok := keysAt(t, i.JWKSURL())[0]["kid"]; ok {
		t.Errorf("the key has kid %v", kid)
	}
}

func TestPublish(t *testing.T) {
	i := one(t)
	odd := Claims{"kty": "AKP", "kid": "odd"}
	i.Publish(odd, Claims{"kty": 7})
	odd["kid"] = "changed afterwards"
	keys := keysAt(t, i.JWKSURL())
	if len(keys) != 3 || keys[0]["kid"] != i.Key("ES256").ID || keys[1]["kid"] != "odd" || keys[2]["kty"] != 7.0 {
		t.Errorf("got %v", keys)
	}
	i.Retire("odd")
	if got := len(keysAt(t, i.JWKSURL())); got != 2 {
		t.Errorf("got %d keys after Retire, want 2", got)
	}
}

func TestServeJWKS(t *testing.T) {
	i := one(t)
	for _, raw := range []string{"", "not JSON", `{"keys":[]}`} {
		i.ServeJWKS([]byte(raw))
		res, body := mustGet(t, i.JWKSURL())
		if string(body) != raw || res.StatusCode != 200 {
			t.Errorf("got %d %q, want %q", res.StatusCode, body, raw)
		}
	}
	i.ServeJWKS(nil)
	res, body := mustGet(t, i.JWKSURL())
	if string(body) != string(i.JWKS()) || !json.Valid(body) {
		t.Errorf("got %q, want the real set", body)
	}
	if got := res.Header.Get("Content-Type"); got != "application/jwk-set+json" {
		t.Errorf("got %q", got)
	}
	if got, ok := res.Header["Cache-Control"]; ok {
		t.Errorf("got Cache-Control %q, want none", got)
	}
	i.CacheControl("max-age=60")
	if res, _ = mustGet(t, i.JWKSURL()); res.Header.Get("Cache-Control") != "max-age=60" {
		t.Errorf("got Cache-Control %q", res.Header.Get("Cache-Control"))
	}
}

// RSA keys come back to later issuers, but never twice at a time, never under
// the same id, and not when a test has seen them.
func TestRSAKeysAreNotShared(t *testing.T) {
	modulus := func(i *devissuer.Issuer) any { return keysAt(t, i.JWKSURL())[0]["n"] }
	seen := map[any]bool{}
	first := start(t, devissuer.Options{Algorithms: []string{"RS256", "PS256"}})
	for _, k := range keysAt(t, first.JWKSURL()) {
		seen[k["n"]] = true
	}
	second := start(t, devissuer.Options{Algorithms: []string{"RS256"}})
	if seen[modulus(second)] || len(seen) != 2 {
		t.Error("two open issuers share an RSA key")
	}
	held := second.Key("RS256").JWK()["n"]
	free := modulus(first)
	kid := kids(t, first.JWKSURL())[0]
	second.Close()
	first.Close()
	var recycled bool
	for range 3 {
		i := start(t, devissuer.Options{Algorithms: []string{"RS256"}})
		if modulus(i) == held {
			t.Error("a key that was handed out came back")
		}
		if kids(t, i.JWKSURL())[0] == kid {
			t.Error("a key id came back")
		}
		recycled = recycled || modulus(i) == free
	}
	if !recycled {
		t.Error("no RSA key of a closed issuer was used again")
	}
}
