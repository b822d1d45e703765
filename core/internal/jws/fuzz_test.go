package jws

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/internal/keyid"
	"github.com/authkeel/authkeel/core/internal/strictjson"
)

func encoded(header, payload string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
}

// FuzzEnvelope holds every token whose envelope is accepted against
// encoding/json: it has one spelling, and both readers see the same.
func FuzzEnvelope(f *testing.F) {
	const header = `{"alg":"RS256","kid":"k","typ":"JWT"}`
	for _, payload := range []string{
		`{"iss":"i","aud":["a","b"],"sub":"s","exp":1700000000,"nbf":1.5,"iat":0}`,
		`{"iss":"i","act":{"sub":"x"},"cnf":{"jkt":"x"},"auth_time":1e9}`,
		`{"exp":1,"EXP":2}`, `{"iſſ":"i"}`, `{"a":"\ud83d\ude00"}`, `{"o":[{"a":1},{"a":2}]}`, `{} x`, `null`, "{\"a\":\"\xff\"}",
	} {
		f.Add(encoded(header, payload))
		f.Add(encoded(payload, header))
	}
	f.Add("..")
	f.Add(encoded(header, "{}") + "\n")
	f.Add(encoded(`{"alg":"none","crit":[]}`, "{}"))
	f.Fuzz(func(t *testing.T, token string) {
		var e Token
		if e.Split(token) != nil || e.ReadHeader(NewHeaderCache()) != nil {
			return
		}
		unread := e.ReadClaims()
		if unread == ErrBase64 {
			return
		}
		if again := strings.Join([]string{b64(e.Header.Text), b64(e.Payload), e.signed64}, "."); again != token {
			t.Fatalf("got another spelling %q of %q", again, token)
		}
		if e.signed+"."+e.signed64 != token {
			t.Fatalf("%q is signed, %q is the signature", e.signed, e.signed64)
		}
		var h map[string]json.RawMessage
		if err := json.Unmarshal([]byte(e.Header.Text), &h); err != nil {
			t.Fatalf("encoding/json refuses %q: %v", e.Header.Text, err)
		}
		for name, ours := range map[string]string{"alg": e.Header.Algorithm, "kid": e.Header.KeyID, "typ": e.Header.Type} {
			var theirs string
			if err := json.Unmarshal(h[name], &theirs); err == nil && theirs != ours || err != nil && ours != "" {
				t.Fatalf("%s: we read %q, encoding/json %q, %v", name, ours, theirs, err)
			}
		}
		if kid := e.Header.KeyID; kid != "" && !keyid.Valid(kid) {
			t.Fatalf("got key id %q", kid)
		}
		if unread == nil {
			sameClaims(t, e.Payload, &e.Claims)
		}
	})
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// sameClaims reads the payload with encoding/json, by exact names.
func sameClaims(t *testing.T, payload string, c *Claims) {
	t.Helper()
	var p map[string]json.RawMessage
	if err := json.Unmarshal([]byte(payload), &p); err != nil {
		t.Fatalf("encoding/json refuses %q: %v", payload, err)
	}
	text := func(name string) (text string) { // "" for what is no string
		if json.Unmarshal(p[name], &text) != nil {
			return ""
		}
		return text
	}
	for name, ours := range map[string]string{"iss": c.Issuer, "sub": c.Subject, "jti": c.TokenID, "sid": c.SessionID} {
		if theirs := text(name); ours != theirs && !strings.ContainsRune(theirs, '\uFFFD') { // half a surrogate pair
			t.Fatalf("%s: we read %q, encoding/json %q", name, ours, theirs)
		}
	}
	for name, ours := range map[string]strictjson.Value{"aud": c.Audience, "cnf": c.Confirmation} {
		if theirs := string(p[name]); string(ours) != theirs && theirs != "null" {
			t.Fatalf("%s: we read %q, encoding/json %q", name, ours, theirs)
		}
	}
	for name, ours := range map[string]time.Time{"exp": c.ExpiresAt, "nbf": c.NotBefore, "iat": c.IssuedAt, "auth_time": c.AuthAt} {
		var theirs float64
		if !ours.IsZero() && (json.Unmarshal(p[name], &theirs) != nil || int64(theirs) != ours.Unix() && int64(theirs) != ours.Unix()+1) { // Unix rounds down
			t.Fatalf("%s: we read %v, encoding/json %v", name, ours, theirs)
		}
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(payload), &members); err != nil || len(members) != len(c.Members) {
		t.Fatalf("%d members, encoding/json has %d, %v", len(c.Members), len(members), err)
	}
	again, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := strictjson.Parse(string(again), nil)
	if err != nil || len(parsed) != len(c.Members) {
		t.Fatalf("encoded again: %d members, %v, want %d", len(parsed), err, len(c.Members))
	}
	for _, m := range parsed {
		var want strictjson.Value
		for _, o := range c.Members {
			if o.Name == m.Name {
				want = o.Value
			}
		}
		if !sameJSON(t, string(m.Value), string(want)) {
			t.Fatalf("%q: encoded again %q, was %q", m.Name, m.Value, want)
		}
	}
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	read := func(s string) (v any) {
		d := json.NewDecoder(strings.NewReader(s))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		return v
	}
	return reflect.DeepEqual(read(a), read(b))
}
