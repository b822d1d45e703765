package core

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"hash/maphash"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

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
	seed := maphash.MakeSeed()
	f.Add("..")
	f.Add(encoded(header, "{}") + "\n")
	f.Add(encoded(`{"alg":"none","crit":[]}`, "{}"))
	f.Fuzz(func(t *testing.T, token string) {
		var e envelope
		if e.split(token) != nil || e.readHeader(&seenHeaders{seed: seed}) != nil || e.readPayload() != nil {
			return
		}
		if again := strings.Join([]string{b64(e.text), b64(e.payload), e.signature}, "."); again != token {
			t.Fatalf("got another spelling %q of %q", again, token)
		}
		if e.signed+"."+e.signature != token {
			t.Fatalf("%q is signed, %q is the signature", e.signed, e.signature)
		}
		var h struct{ Alg, Kid, Typ string }
		if err := json.Unmarshal([]byte(e.text), &h); err != nil || h.Alg != e.alg || h.Kid != e.kid || h.Typ != e.typ {
			t.Fatalf("encoding/json reads %+v, %v; we read %q %q %q", h, err, e.alg, e.kid, e.typ)
		}
		if e.hasKid && !validKeyID(e.kid) {
			t.Fatalf("got key id %q", e.kid)
		}
		var c claims
		if c.read(e.payload) != nil {
			return
		}
		sameClaims(t, e.payload, &c)
	})
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// sameClaims reads the payload as an application behind us would.
func sameClaims(t *testing.T, payload string, c *claims) {
	t.Helper()
	var p struct {
		Iss, Sub, Jti, Azp, Sid string
		ClientID                string `json:"client_id"`
		Exp, Nbf, Iat           float64
		AuthTime                float64 `json:"auth_time"`
		Aud, Act, Cnf           json.RawMessage
	}
	if err := json.Unmarshal([]byte(payload), &p); err != nil {
		t.Fatalf("encoding/json refuses %q: %v", payload, err)
	}
	for name, pair := range map[string][2]string{
		"iss": {c.iss, p.Iss}, "sub": {c.sub, p.Sub}, "jti": {c.jti, p.Jti}, "azp": {c.azp, p.Azp}, "sid": {c.sid, p.Sid},
		"client_id": {c.clientID, p.ClientID}, "aud": {string(c.aud), string(p.Aud)}, "act": {string(c.act), string(p.Act)}, "cnf": {string(c.cnf), string(p.Cnf)},
	} {
		if pair[0] != pair[1] {
			t.Fatalf("%s: we read %q, encoding/json %q", name, pair[0], pair[1])
		}
	}
	for name, d := range map[string]struct {
		ours   time.Time
		theirs float64
	}{"exp": {c.exp, p.Exp}, "nbf": {c.nbf, p.Nbf}, "iat": {c.iat, p.Iat}, "auth_time": {c.authTime, p.AuthTime}} {
		if !d.ours.IsZero() && int64(d.theirs) != d.ours.Unix() && int64(d.theirs) != d.ours.Unix()+1 { // Unix rounds down
			t.Fatalf("%s: we read %v, encoding/json %v", name, d.ours, d.theirs)
		}
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(payload), &members); err != nil || len(members) != len(c.members) {
		t.Fatalf("%d members, encoding/json has %d, %v", len(c.members), len(members), err)
	}
	again, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := strictjson.Parse(string(again), nil)
	if err != nil || len(parsed) != len(c.members) {
		t.Fatalf("encoded again: %d members, %v, want %d", len(parsed), err, len(c.members))
	}
	for _, m := range parsed {
		if want := member(c.members, m.Name); !sameJSON(t, string(m.Value), string(want)) {
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

// FuzzAuthorization holds the extractor against the grammar.
func FuzzAuthorization(f *testing.F) {
	for _, v := range []string{"", "Bearer x", "bearer   a.b.c ", "Bearer", "Bearer ", "Bearer\tx", "Bearer x y", "Bearer x,y", "Basic x", "Bearerx", "B\u212Aearer x", "Bearer \xff"} {
		f.Add(v)
	}
	grammar := regexp.MustCompile(`(?is)^bearer +([^ \t,]+) *$`)
	f.Fuzz(func(t *testing.T, value string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Authorization"] = []string{value}
		token, err := bearerHeader(HTTP(r))
		if err == nil {
			if err = separated(token); err != nil { // as authenticate does
				token = ""
			}
		}
		want := ""
		if m := grammar.FindStringSubmatch(value); m != nil {
			want = m[1]
		}
		if token != want || token != "" && err != nil {
			t.Fatalf("got %q, %v, want %q", token, err, want)
		}
		if err == nil && token == "" && value != "" {
			t.Fatal("a header was overlooked without a reason")
		}
	})
}

// FuzzCookie holds the cookie reader against net/http: it never sees fewer
// cookies of the name, and the same value where there is one.
func FuzzCookie(f *testing.F) {
	for _, lines := range [][2]string{{"s=x", ""}, {"a=b; s=x", "s=y"}, {`s="x y"`, "s"}, {"s = x ;s", ""}, {"s=x,s=y", "\ts=\t"}, {"s==", "=s"}, {`s="`, "s=\x00"}, {`s=" "`, "0"}} {
		f.Add(lines[0], lines[1])
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Cookie"] = []string{one, two}
		value, n := cookie(HTTP(r), "s")
		theirs := r.CookiesNamed("s")
		if n < len(theirs) {
			t.Fatalf("got %d cookies, net/http has %d", n, len(theirs))
		}
		if n == 1 && len(theirs) == 1 && strings.Trim(value, blanks) != strings.Trim(theirs[0].Value, blanks) {
			t.Fatalf("got %q, net/http has %q", value, theirs[0].Value)
		}
		if n == 0 && value != "" {
			t.Fatalf("got %q of no cookie", value)
		}
	})
}

// FuzzForwarded: whatever a client sends to the left of what the proxy adds,
// its address is the one that the proxy saw.
func FuzzForwarded(f *testing.F) {
	for _, v := range []string{"", "203.0.113.9", "203.0.113.9,", `for="`, `for=203.0.113.9;x="`, "[::1", "\x00", ", , ,"} {
		f.Add(v)
	}
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, sent string) {
		for header, added := range map[string]string{"X-Forwarded-For": "198.51.100.1", "Forwarded": "for=198.51.100.1"} {
			for _, lines := range [][]string{{sent + ", " + added}, {sent, added}} {
				r := httptest.NewRequest(http.MethodGet, "/", nil)
				r.RemoteAddr = "10.0.0.1:1"
				r.Header[header] = lines
				if got := clientAddr(HTTP(r), proxies, header); got != netip.MustParseAddr("198.51.100.1") {
					t.Fatalf("%s %q: got %v", header, lines, got)
				}
			}
		}
	})
}

// FuzzClaimPath holds the search for a claim against one over encoding/json.
func FuzzClaimPath(f *testing.F) {
	for _, v := range [][2]string{
		{`{"roles":["a"]}`, "roles"}, {`{"a":{"b":{"c":"x"}}}`, "a.b.c"}, {`{"a.b":"x","a":{"b":"y"}}`, "a.b"},
		{`{"a":{"":1}}`, "a."}, {`{"https://x/roles":["a","b"]}`, "https://x/roles"}, {`{"a":{"B":1}}`, "a.b"}, {`{"":1}`, "."}, {`{"a":[1]}`, "a.0"},
	} {
		f.Add(v[0], v[1])
	}
	f.Fuzz(func(t *testing.T, payload, name string) {
		members, err := strictjson.Parse(payload, nil)
		if err != nil || name == "" {
			return
		}
		got := find(members, claimPaths(nil, name, "unused"))
		want, ok := search([]byte(payload), name)
		if (got != "") != ok {
			t.Fatalf("%q: got %q, want %q", name, got, want)
		}
		if ok && !bytes.Equal([]byte(got), want) {
			t.Fatalf("%q: got %q, want %q", name, got, want)
		}
		for _, w := range words(got, nil) {
			if w == "" {
				t.Fatal("got an empty word")
			}
		}
	})
}

// search is the rule of ClaimNames in other words.
func search(object []byte, name string) (json.RawMessage, bool) {
	read := func(raw []byte) (m map[string]json.RawMessage) {
		if json.Unmarshal(raw, &m) != nil {
			return nil
		}
		return m
	}
	if v, ok := read(object)[name]; ok {
		return v, true
	}
	at := json.RawMessage(object)
	for _, segment := range strings.Split(name, ".") {
		v, ok := read(at)[segment]
		if !ok {
			return nil, false
		}
		at = v
	}
	return at, true
}
