package ratelimit

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// keyOf returns the key of a request.
func keyOf(k Key, r *http.Request, auth *core.Authenticator) string {
	return string(k.appendTo(r.Context(), nil, adapter.FromHTTP(r), auth))
}

func TestKeys(t *testing.T) {
	auth := authenticator(t)
	full := core.IdentityData{
		Issuer: "https://issuer.example", Subject: "auth0|ada", SessionID: "sess_1", AuthorizedParty: "spa",
		Organization: core.Organization{ID: "org_1"},
	}
	bare := core.IdentityData{Issuer: "https://issuer.example", Subject: "ada"}
	nobody := core.IdentityData{Issuer: "https://issuer.example", AuthorizedParty: "spa"}
	post := from("192.0.2.1:1")
	post.Method = http.MethodPost
	brew := from("192.0.2.1:1")
	brew.Method = "BREW-123"
	head := from("192.0.2.1:1")
	head.Method = http.MethodHead
	header := KeyFunc(func(_ context.Context, r adapter.Request) string {
		value, _ := r.Header("X-Tenant", 0)
		return value
	})
	const asAda, asAddress = "user https://issuer.example ada ", "addr 192.0.2.1 "
	for _, tt := range []struct {
		name string
		key  Key
		r    *http.Request
		want string
	}{
		{"user", ByUser(), as(full), "user https://issuer.example auth0|ada "},
		{"user, anonymous", ByUser(), from("192.0.2.1:1"), asAddress},
		{"user, no subject", ByUser(), as(nobody), asAddress},
		{"organization", ByOrganization(), as(full), "org https://issuer.example org_1 "},
		{"organization, none", ByOrganization(), as(bare), asAda},
		{"organization, anonymous", ByOrganization(), from("192.0.2.1:1"), asAddress},
		{"session", BySession(), as(full), "session https://issuer.example sess_1 "},
		{"session, none", BySession(), as(bare), asAda},
		{"client", ByClient(), as(full), "client https://issuer.example spa "},
		{"client, no subject", ByClient(), as(nobody), "client https://issuer.example spa "},
		{"client, none", ByClient(), as(bare), asAda},

		{"address", ByAddress(), as(full), asAddress},
		{"IPv6", ByAddress(), from("[2001:db8:1:2:3:4:5:6]:1"), "addr 2001:db8:1:2::/64 "},
		{"IPv6 with zone", ByAddress(), from("[fe80::1%eth0]:1"), "addr fe80::/64 "},
		{"IPv4 in IPv6", ByAddress(), from("[::ffff:192.0.2.1]:1"), asAddress},
		{"Unix socket", ByAddress(), from("@"), "addr none "},
		{"no peer", ByAddress(), from(""), "addr none "},
		{"peer that is no address", ByUser(), from("localhost:1"), "addr none "},

		{"everyone", Everyone(), as(full), "all "},
		{"method", ByMethod(), post, "method POST "},
		{"HEAD", ByMethod(), head, "method GET "},
		{"a method that is made up", ByMethod(), brew, "method other "},
		{"both", Combine(ByUser(), ByMethod()), as(full), "user https://issuer.example auth0|ada method GET "},

		{"own", header, from("192.0.2.1:1", "X-Tenant", "acme"), "key acme "},
		{"own, none", header, from("192.0.2.1:1"), "key  "},
		{"own, odd", header, from("192.0.2.1:1", "X-Tenant", "a b"), "key #" + hexSum("a b") + " "},
		{"own, a line break", header, from("192.0.2.1:1", "X-Tenant", "a\r\nb"), "key #" + hexSum("a\r\nb") + " "},
		{"own, not ASCII", header, from("192.0.2.1:1", "X-Tenant", "größe"), "key #" + hexSum("größe") + " "},
		{"own, like a hash", header, from("192.0.2.1:1", "X-Tenant", "#"+hexSum("a b")), "key #" + hexSum("#"+hexSum("a b")) + " "},
		{"own, long", header, from("192.0.2.1:1", "X-Tenant", strings.Repeat("x", 129)), "key #" + hexSum(strings.Repeat("x", 129)) + " "},
		{"own, just short enough", header, from("192.0.2.1:1", "X-Tenant", strings.Repeat("x", 128)), "key " + strings.Repeat("x", 128) + " "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := keyOf(tt.key, tt.r, auth); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestHeadersChooseNoBucket: a client's own headers change nothing.
func TestHeadersChooseNoBucket(t *testing.T) {
	l := limiter(t, func(c *Config) { c.Key = Combine(ByUser(), ByMethod()) })
	if !admitted(l, from("192.0.2.1:1")) {
		t.Fatal("the first request was refused")
	}
	for _, name := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Cf-Connecting-Ip", "Authorization", "Cookie", "X-Http-Method-Override", "Host"} {
		if admitted(l, from("192.0.2.1:2", name, "203.0.113.9")) {
			t.Errorf("%s chose another bucket", name)
		}
	}
	for _, method := range []string{"HEAD", "get", "BREW"} {
		r := from("192.0.2.1:3")
		r.Method = method
		run(l, r)
		if admitted(l, r) {
			t.Errorf("%s has a second request", method)
		}
	}
}

func TestPeersWithoutAddressShareALimit(t *testing.T) {
	l := limiter(t)
	if !admitted(l, from("@")) {
		t.Error("the first request was refused")
	}
	for _, peer := range []string{"@", "", "/run/other.sock", "nonsense"} {
		if admitted(l, from(peer)) {
			t.Errorf("%q does not count", peer)
		}
	}
}

// FuzzKey: a key is bounded, printable, and two requests have one key only if they
// have the same values.
func FuzzKey(f *testing.F) {
	for _, seed := range [][4]string{
		{"https://issuer.example", "ada", "acme", "b"},
		{"a b", "c", "a", "b c"},
		{"", "a", "", ""},
		{"#" + hexSum("a b"), "x", "a b", "x"},
		{"a", "b key c", "x", "y"},
		{strings.Repeat("i", 128), strings.Repeat("s", 128), strings.Repeat("k", 128), "\x00"},
		{"issuer\r\n", "\xff\xfe", "größe", "~!"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	auth := authenticator(f)
	key := func(issuer, subject, own string) string {
		k := Combine(ByUser(), KeyFunc(func(context.Context, adapter.Request) string { return own }))
		return keyOf(k, as(core.IdentityData{Issuer: issuer, Subject: subject}), auth)
	}
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		one := key(a, b, c)
		if len(one) == 0 || len(one) > maxKeyBytes || bytes.ContainsFunc([]byte(one), func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("got key %q", one)
		}
		for _, other := range [][3]string{{a, b, d}, {a, d, c}, {d, b, c}, {c, b, a}, {b, a, c}, {a + b, "", c}, {a, b + c, ""}, {a + " " + b, c, d}} {
			two := key(other[0], other[1], other[2])
			same := a == other[0] && b == other[1] && c == other[2] || b == "" && other[1] == "" && c == other[2] // by address
			if (one == two) != same {
				t.Errorf("got %q for %q and %q for %q", one, []string{a, b, c}, two, other)
			}
		}
	})
}
