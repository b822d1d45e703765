package jwks_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/jwks"
)

// What Handler serves is what Remote reads.
func TestHandler(t *testing.T) {
	keys := []*jwks.Key{
		must(jwks.NewKey("rs", "RS256", testRSA().Public())),
		must(jwks.NewKey("any rs", "", testRSA().Public())),
		must(jwks.NewKey("2026-01", "ES256", testEC().Public())),
		must(jwks.NewKey(`quotes " and <tags>`, "EdDSA", testEd().Public())),
	}
	handler := must(jwks.Handler(keys...))
	var private []string
	source := must(jwks.Remote(serve(t, func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
	}), jwks.Options{OnRefresh: func(e jwks.Refresh) { private = append(private, e.Detail) }}))
	for _, k := range keys {
		for _, alg := range []string{"RS256", "PS512", "ES256", "EdDSA"} {
			found, err := source.Keys(t.Context(), k.ID(), alg)
			if err != nil || (len(found) == 1) != k.Fits(alg) || len(found) == 1 && !samePublic(found[0].Public(), k.Public()) {
				t.Errorf("%q, %s: got %v, %v", k.ID(), alg, found, err)
			}
		}
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil || len(set.Keys) != 4 {
		t.Fatalf("got %s, %v", w.Body, err)
	}
	for i, k := range set.Keys {
		if k["kid"] != keys[i].ID() || k["use"] != "sig" || k["alg"] != keys[i].Algorithm() || k["d"] != "" || k["kty"] == "" {
			t.Errorf("key %d: got %v", i, k)
		}
	}
}

func TestHandlerAnswers(t *testing.T) {
	handler := must(jwks.Handler(must(jwks.NewKey("a", "ES256", testEC().Public()))))
	ask := func(method, tag string) *http.Response {
		r := httptest.NewRequest(method, "/.well-known/jwks.json", nil)
		if tag != "" {
			r.Header.Set("If-None-Match", tag)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Result()
	}
	first := ask(http.MethodGet, "")
	tag := first.Header.Get("ETag")
	if got := first.Header.Get("Content-Type"); got != "application/jwk-set+json" {
		t.Errorf("got content type %q", got)
	}
	if got := first.Header.Get("Cache-Control"); got != "public, max-age=300" {
		t.Errorf("got caching %q", got)
	}
	if !strings.HasPrefix(tag, `"`) || first.ContentLength == 0 {
		t.Errorf("got entity tag %q, length %d", tag, first.ContentLength)
	}
	for _, tt := range []struct {
		method, tag string
		want        int
		allow       string
	}{
		{http.MethodGet, "", 200, ""}, {http.MethodHead, "", 200, ""}, {http.MethodGet, tag, 304, ""}, {http.MethodGet, `"other"`, 200, ""},
		{http.MethodPost, "", 405, "GET, HEAD"}, {http.MethodDelete, "", 405, "GET, HEAD"}, {http.MethodOptions, "", 405, "GET, HEAD"},
	} {
		if res := ask(tt.method, tt.tag); res.StatusCode != tt.want || res.Header.Get("Allow") != tt.allow {
			t.Errorf("%s %s: got %d, Allow %q", tt.method, tt.tag, res.StatusCode, res.Header.Get("Allow"))
		}
	}
	other := must(jwks.Handler(must(jwks.NewKey("b", "ES256", testEC().Public()))))
	w := httptest.NewRecorder()
	other.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Header().Get("ETag") == tag {
		t.Error("two sets have one entity tag")
	}
}

func TestHandlerRefuses(t *testing.T) {
	key := func(id string) *jwks.Key { return must(jwks.NewKey(id, "ES256", testEC().Public())) }
	many := make([]*jwks.Key, 129)
	for i := range many {
		many[i] = key(fmt.Sprint(i))
	}
	for _, tt := range []struct {
		name string
		keys []*jwks.Key
		want string
	}{
		{"no keys", nil, "at least one"},
		{"a nil key", []*jwks.Key{key("a"), nil}, "key 1 is empty"},
		{"a zero key", []*jwks.Key{{}}, "key 0 is empty"},
		{"a key without ID", []*jwks.Key{key("a"), key("")}, "key 1 has no key ID"},
		{"two keys of one ID", []*jwks.Key{key("a"), key("b"), key("a")}, `the key ID "a"`},
		{"129 keys", many, "129 keys"},
	} {
		if h, err := jwks.Handler(tt.keys...); h != nil || err == nil || !strings.HasPrefix(err.Error(), "jwks: Handler: ") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, %v; want %q", tt.name, h, err, tt.want)
		}
	}
}
