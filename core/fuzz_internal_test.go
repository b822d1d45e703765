package core

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/internal/strictjson"
)

// FuzzAuthorization holds the extractor against the grammar.
func FuzzAuthorization(f *testing.F) {
	for _, v := range []string{"", "Bearer x", "bearer   a.b.c ", "Bearer", "Bearer ", "Bearer\tx", "Bearer x y", "Bearer x,y", "Basic x", "Bearerx", "B\u212Aearer x", "Bearer \xff"} {
		f.Add(v)
	}
	grammar := regexp.MustCompile(`(?is)^bearer +([^ \t,]+) *$`)
	f.Fuzz(func(t *testing.T, value string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Authorization"] = []string{value}
		token, err := authorization(adapter.FromHTTP(r))
		if err == nil {
			if err = rejectSeparators(token); err != nil { // as identify does
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
		value, n := cookie(adapter.FromHTTP(r), "s")
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

// FuzzForwarded: whatever a client sends to the left of what the proxy adds, or
// in the Host that the proxy quotes, its address is the one that the proxy saw.
func FuzzForwarded(f *testing.F) {
	for _, v := range []string{"", "203.0.113.9", "203.0.113.9,", `for="`, `for=203.0.113.9;x="`, `host="a,for=6.6.6.6`, `for="\",for=6.6.6.6`, ";;;,,,", "[::1", "\x00", ", , ,",
		"a;for=6.6.6.6", "a,for=6.6.6.6,b=", `\",for=6.6.6.6`, strings.Repeat(",", 40) + "for=6.6.6.6"} {
		f.Add(v)
	}
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, sent string) {
		for header, added := range map[string]string{"X-Forwarded-For": "198.51.100.1", "Forwarded": "for=198.51.100.1"} {
			for _, lines := range [][]string{{sent + ", " + added}, {sent, added}} {
				r := httptest.NewRequest(http.MethodGet, "/", nil)
				r.RemoteAddr = "10.0.0.1:1"
				r.Header[header] = lines
				if got := clientAddr(adapter.FromHTTP(r), proxies, false, header); got != netip.MustParseAddr("198.51.100.1") {
					t.Fatalf("%s %q: got %v", header, lines, got)
				}
			}
		}
		if strings.ContainsFunc(sent, unicode.IsControl) {
			return // no server takes it as a Host
		}
		host := strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(sent)
		for _, line := range []string{`host="` + host + `";for=198.51.100.1`, `for=198.51.100.1;host="` + host + `"`, `by="` + host + `";for="198.51.100.1";proto="https"`} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = "10.0.0.1:1"
			r.Header["Forwarded"] = []string{line}
			want := "198.51.100.1"
			if strings.Count(host, ",") >= maxHops {
				want = "10.0.0.1" // the proxy, which is all that is known
			}
			if got := clientAddr(adapter.FromHTTP(r), proxies, false, "Forwarded"); got != netip.MustParseAddr(want) {
				t.Fatalf("%q: got %v, want %s", line, got, want)
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
		got, _ := find(members, pathsOf(nil, name, "unused"))
		want, ok := search([]byte(payload), name)
		ok = ok && string(want) != "null" // null is absent
		if (got != "") != ok {
			t.Fatalf("%q: got %q, want %q", name, got, want)
		}
		if ok && !bytes.Equal([]byte(got), want) {
			t.Fatalf("%q: got %q, want %q", name, got, want)
		}
		for _, w := range appendScopes(nil, got) {
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
