package jwks_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

func TestStatic(t *testing.T) {
	good := jwkOf(testEC().Public(), "a")
	src, err := jwks.Static([]byte(setOf(good, jwkMap{"kty": "oct", "kid": "h"})))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := src.Keys(t.Context(), "a", "ES256")
	if err != nil || len(keys) != 1 || !src.Has(keys[0]) {
		t.Errorf("got %v, %v", keys, err)
	}
	if src.Has(testKey()) || src.Has(nil) {
		t.Error("has a key of another source")
	}
	if keys, err := src.Keys(t.Context(), strings.Repeat("k", 257), "ES256"); err != nil || len(keys) != 0 {
		t.Errorf("long id: got %v, %v", keys, err)
	}
	if h := src.Health(); !h.Ready || h.Keys != 1 || h.Dropped != 1 {
		t.Errorf("got %+v", h)
	}
	checkFixed(t, src, keys[0])
	for _, tt := range []struct{ name, doc, want string }{
		{"no usable key", setOf(jwkMap{"kty": "oct", "kid": "h", "k": "c2VjcmV0"}, with(good, jwkMap{"use": "enc"})), `"h" (symmetric), "a" (use)`},
		{"private key", setOf(with(good, jwkMap{"d": "AQAB"})), `"a" (private)`},
		{"empty", setOf(), "empty"},
		{"not a set", `{}`, `it has no "keys"`},
		{"keys null", `{"keys":null}`, "null"},
		{"keys an object", `{"keys":{}}`, "not an array"},
		{"not JSON", "-----BEGIN PUBLIC KEY-----", "not an object"},
		{"too large", setOf(good) + strings.Repeat(" ", jwks.MaxBody), "512 KiB"},
	} {
		_, err := jwks.Static([]byte(tt.doc))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q in it", tt.name, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("%s: the error holds key material: %v", tt.name, err)
		}
	}
}

// checkFixed asks the methods that say nothing new for a source without a network.
func checkFixed(t *testing.T, src *jwks.Source, k *jwks.Key) {
	t.Helper()
	if !src.HasAt(k, time.Time{}) || src.HasAt(testKey(), time.Time{}) {
		t.Error("HasAt and Has differ")
	}
	if err := errors.Join(src.Validate(), src.Ready(t.Context()), src.WaitReady(t.Context())); err != nil {
		t.Errorf("got %v, want ready", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := errors.Join(src.Ready(ctx), src.WaitReady(ctx)); err != nil {
		t.Errorf("after the end of the context: got %v, want ready", err)
	}
	if got := src.Refetch(t.Context(), k.ID(), "RS256", []*jwks.Key{k}); got != nil {
		t.Errorf("Refetch: got %v", got)
	}
	src.Subscribe(func(jwks.Refresh) { t.Error("got an event from a source that fetches nothing") })()
}
