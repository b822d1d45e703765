package jwks

import (
	"crypto/elliptic"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/authkeel/authkeel/core/internal/keyid"
)

func TestFind(t *testing.T) {
	rs := func(kid, alg string) jwkMap {
		m := jwkOf(testRSA().Public(), kid)
		if alg != "" {
			m["alg"] = alg
		}
		return m
	}
	ec1, ec2 := jwkOf(testEC().Public(), "a"), jwkOf(otherEC().Public(), "a")
	for _, tt := range []struct {
		name     string
		keys     []jwkMap
		kid, alg string
		want     int
		known    bool
	}{
		{"known id", []jwkMap{rs("a", "")}, "a", "RS256", 1, true},
		{"unknown id", []jwkMap{rs("a", "")}, "b", "RS256", 0, false},
		{"id in other case", []jwkMap{rs("a", "")}, "A", "RS256", 0, false},
		{"duplicate id", []jwkMap{ec1, ec2}, "a", "ES256", 2, true},
		{"duplicate id, turned round", []jwkMap{ec2, ec1}, "a", "ES256", 2, true},
		{"duplicate id, other type", []jwkMap{ec1, rs("a", "")}, "a", "ES256", 1, true},
		{"duplicate id, other type, turned round", []jwkMap{rs("a", ""), ec1}, "a", "ES256", 1, true},
		{"the same key twice", []jwkMap{ec1, ec1}, "a", "ES256", 1, true},
		{"no id, one key", []jwkMap{rs("a", "")}, "", "RS256", 1, true},
		{"no id, one key without id", []jwkMap{rs("", "")}, "", "RS256", 1, true},
		{"no id, two keys", []jwkMap{jwkOf(testEC().Public(), "a"), jwkOf(otherEC().Public(), "b")}, "", "ES256", 2, true},
		{"no id, the second is for encryption", []jwkMap{ec1, with(jwkOf(otherEC().Public(), "b"), jwkMap{"use": "enc"})}, "", "ES256", 1, true},
		{"no id, the second is of another type", []jwkMap{ec1, rs("b", "")}, "", "ES256", 1, true},
		{"no id, no key fits", []jwkMap{rs("a", "RS512")}, "", "RS256", 0, true},
		{"id, key without", []jwkMap{rs("", "")}, "a", "RS256", 0, false},
		{"key for RS256, token PS256", []jwkMap{rs("a", "RS256")}, "a", "PS256", 0, true},
		{"key for RS512, token RS256", []jwkMap{rs("a", "RS512")}, "a", "RS256", 0, true},
		{"key without algorithm", []jwkMap{rs("a", "")}, "a", "PS384", 1, true},
		{"id of a dropped key", []jwkMap{rs("a", "RSA-OAEP")}, "a", "RS256", 0, true},
		{"id of a dropped and a good key", []jwkMap{rs("a", "RSA-OAEP"), rs("a", "")}, "a", "RS256", 1, true},
		{"HMAC under a known id", []jwkMap{rs("a", ""), {"kty": "oct", "kid": "h", "k": "c2VjcmV0"}}, "h", "HS256", 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, fail := parseSet(setOf(tt.keys...), nil)
			if fail != nil {
				t.Fatalf("got %v", fail)
			}
			keys, known := s.find(name{kid: tt.kid}, tt.alg)
			if len(keys) != tt.want || known != tt.known {
				t.Errorf("got %d candidates, known %v; want %d, %v", len(keys), known, tt.want, tt.known)
			}
			for _, k := range keys {
				if !s.has(k) {
					t.Errorf("the set does not have its own key %v", k)
				}
			}
		})
	}
}

func TestDuplicateKeyIDs(t *testing.T) {
	var keys []jwkMap
	for range 5 {
		keys = append(keys, jwkOf(newEC(elliptic.P256()).Public(), "a"))
	}
	s, _ := parseSet(setOf(keys[:4]...), nil)
	if got, _ := s.find(name{kid: "a"}, "ES256"); len(got) != 4 {
		t.Errorf("four keys: got %d candidates, want 4", len(got))
	}
	if !slices.Equal(s.duplicates, []string{"a"}) {
		t.Errorf("got duplicates %q, want a", s.duplicates)
	}
	s, _ = parseSet(setOf(append(keys, jwkOf(testRSA().Public(), "b"))...), nil)
	got, known := s.find(name{kid: "a"}, "ES256")
	if len(got) != 0 || !known || len(s.keys) != 1 {
		t.Errorf("five keys: got %d candidates, known %v, %d keys; want none, true, 1", len(got), known, len(s.keys))
	}
	if len(s.dropped) != 5 || s.dropped[0] != (Dropped{"a", "duplicate_key_id"}) {
		t.Errorf("five keys: got dropped %v", s.dropped)
	}
}

func TestKeysKeepTheirPointer(t *testing.T) {
	a, b := jwkOf(testEC().Public(), "a"), jwkOf(testRSA().Public(), "b")
	old, _ := parseSet(setOf(a, b), nil)
	for _, tt := range []struct {
		name string
		keys []jwkMap
		kept []int // indices into old.keys
		diff bool
	}{
		{"the same set", []jwkMap{a, b}, []int{0, 1}, false},
		{"another order", []jwkMap{b, a}, []int{1, 0}, false},
		{"other members", []jwkMap{with(a, jwkMap{"use": "sig"}), b}, []int{0, 1}, false},
		{"one withdrawn", []jwkMap{b}, []int{1}, true},
		{"another algorithm", []jwkMap{a, with(b, jwkMap{"alg": "RS256"})}, []int{0, -1}, true},
		{"another id", []jwkMap{with(a, jwkMap{"kid": "c"}), b}, []int{-1, 1}, true},
		{"other material", []jwkMap{jwkOf(otherEC().Public(), "a"), b}, []int{-1, 1}, true},
		{"one dropped", []jwkMap{a, b, {"kty": "oct"}}, []int{0, 1}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := parseSet(setOf(tt.keys...), old)
			for i, k := range s.keys {
				if got := slices.Index(old.keys, k); got != tt.kept[i] {
					t.Errorf("key %d: got old index %d, want %d", i, got, tt.kept[i])
				}
				if found, _ := s.find(name{kid: k.ID()}, k.algorithms[0]); !slices.Contains(found, k) {
					t.Errorf("key %d is not found", i)
				}
			}
			if got := s.differs(old); got != tt.diff {
				t.Errorf("differs: got %v, want %v", got, tt.diff)
			}
		})
	}
}

func TestParseSet(t *testing.T) {
	good := string(must(json.Marshal(jwkOf(testEC().Public(), "a"))))
	many := func(n int) string {
		keys := make([]jwkMap, n)
		for i := range keys {
			keys[i] = jwkOf(testEC().Public(), fmt.Sprint(i))
		}
		return setOf(keys...)
	}
	for _, tt := range []struct {
		name, doc string
		keys      int
		want      string
	}{
		{"one key", `{"keys":[` + good + `]}`, 1, ""},
		{"other members", `{"a":{"x":1,"x":2},"keys":[` + good + `]}`, 1, ""},
		{"no keys", `{"keys":[]}`, 0, ""},
		{"128 keys", many(128), 128, ""},
		{"129 keys", many(129), 128, ""},
		{"1000 keys", many(1000), 128, ""},
		{"empty", ``, 0, "parse"},
		{"HTML", `<!doctype html>`, 0, "parse"},
		{"array", `[` + good + `]`, 0, "parse"},
		{"one JWK", good, 0, "parse"},
		{"keys null", `{"keys":null}`, 0, "null"},
		{"keys null twice", `{"keys":null,"keys":null}`, 0, "parse"},
		{"keys missing", `{}`, 0, "parse"},
		{"keys an object", `{"keys":{}}`, 0, "parse"},
		{"keys in other case", `{"Keys":[` + good + `]}`, 0, "parse"},
		{"keys twice", `{"keys":[` + good + `],"keys":[]}`, 0, "parse"},
		{"members that differ in case", `{"keys":[` + good + `],"KEYS":[]}`, 1, ""},
		{"data after it", `{"keys":[` + good + `]}{}`, 0, "parse"},
		{"byte order mark", "\uFEFF{\"keys\":[" + good + `]}`, 0, "parse"},
		{"cut off", `{"keys":[` + good, 0, "parse"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, fail := parseSet(tt.doc, nil)
			if tt.want != "" {
				if fail == nil || fail.class != tt.want {
					t.Errorf("got %v, want %s", fail, tt.want)
				}
				return
			}
			if fail != nil || len(s.keys) != tt.keys {
				t.Errorf("got %v, %v; want %d keys", s.list(), fail, tt.keys)
			}
		})
	}
}

func FuzzParseSet(f *testing.F) {
	for _, tt := range oneKey {
		f.Add(string(must(json.Marshal(map[string]any{"keys": []any{tt.jwk()}}))))
	}
	f.Add(`{"keys":[]}`)
	f.Add(`{"keys":[{"kty":"RSA","n":"","e":""}]}`)
	f.Fuzz(func(t *testing.T, doc string) {
		s, fail := parseSet(doc, nil)
		if (s == nil) == (fail == nil) {
			t.Fatalf("got %v and %v", s, fail)
		}
		if fail != nil {
			return
		}
		again, _ := parseSet(doc, s)
		if again == nil || again.differs(s) || !slices.Equal(again.keys, s.keys) {
			t.Errorf("read again, the set differs")
		}
		for _, k := range s.keys {
			if len(k.ID()) > keyid.MaxBytes || len(k.algorithms) == 0 || !s.has(k) {
				t.Errorf("accepted %+v", k)
			}
			found, known := s.find(name{kid: k.ID()}, k.algorithms[0])
			if !known || len(found) > maxSameID || k.ID() != "" && !slices.Contains(found, k) {
				t.Errorf("key %q is not found: %v", k.ID(), found)
			}
		}
	})
}
