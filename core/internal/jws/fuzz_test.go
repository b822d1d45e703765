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
		var h struct{ Alg, Kid, Typ string }
		if err := json.Unmarshal([]byte(e.Header.Text), &h); err != nil || h.Alg != e.Header.Algorithm || h.Kid != e.Header.KeyID || h.Typ != e.Header.Type {
			t.Fatalf("encoding/json reads %+v, %v; we read %+v", h, err, e.Header)
		}
		if kid := e.Header.KeyID; !keyid.Valid(kid) {
			t.Fatalf("got key id %q", kid)
		}
		if unread == nil {
			sameClaims(t, e.Payload, &e.Claims)
		}
	})
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// sameClaims reads the payload as an application behind us would.
func sameClaims(t *testing.T, payload string, c *Claims) {
	t.Helper()
	var p struct {
		Iss, Sub, Jti, Azp, Sid string
		ClientID                string `json:"client_id"`
		Exp, Nbf, Iat           float64
		AuthTime                float64 `json:"auth_time"`
		Aud, Cnf                json.RawMessage
		Act                     struct{ Sub string }
	}
	if err := json.Unmarshal([]byte(payload), &p); err != nil {
		t.Fatalf("encoding/json refuses %q: %v", payload, err)
	}
	for name, pair := range map[string][2]string{
		"iss": {c.Issuer, p.Iss}, "sub": {c.Subject, p.Sub}, "jti": {c.TokenID, p.Jti}, "azp": {c.AuthorizedParty, p.Azp}, "sid": {c.SessionID, p.Sid},
		"client_id": {c.ClientID, p.ClientID}, "aud": {string(c.Audience), string(p.Aud)}, "act": {c.Actor.Subject, p.Act.Sub}, "cnf": {string(c.Confirmation), string(p.Cnf)},
	} {
		if pair[0] != pair[1] {
			t.Fatalf("%s: we read %q, encoding/json %q", name, pair[0], pair[1])
		}
	}
	for name, d := range map[string]struct {
		ours   time.Time
		theirs float64
	}{"exp": {c.ExpiresAt, p.Exp}, "nbf": {c.NotBefore, p.Nbf}, "iat": {c.IssuedAt, p.Iat}, "auth_time": {c.AuthAt, p.AuthTime}} {
		if !d.ours.IsZero() && int64(d.theirs) != d.ours.Unix() && int64(d.theirs) != d.ours.Unix()+1 { // Unix rounds down
			t.Fatalf("%s: we read %v, encoding/json %v", name, d.ours, d.theirs)
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
