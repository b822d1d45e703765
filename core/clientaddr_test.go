package core_test

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/authkeel/authkeel/core"
)

// events keeps what an Observer is told.
type events struct {
	mu  sync.Mutex
	all []core.Event
}

func (o *events) Observe(_ context.Context, e core.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, e)
}

// take returns the events since the last take.
func (o *events) take() []core.Event {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := o.all
	o.all = nil
	return all
}

// TestClientAddress reads the address off the event of a request, whose headers
// come from a sender who wants to be somebody else.
func TestClientAddress(t *testing.T) {
	const proxy = "10.0.0.1:4711"
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	lines := func(name string, values ...string) (h []string) {
		for _, v := range values {
			h = append(h, name, v)
		}
		return h
	}
	xff := func(values ...string) []string { return lines("X-Forwarded-For", values...) }
	forwarded := func(values ...string) []string { return lines("Forwarded", values...) }
	for _, tt := range []struct {
		name, header, peer string
		headers            []string
		want               string
	}{
		{"no proxies", "", "192.0.2.1:1234", xff("198.51.100.1"), "192.0.2.1"},
		{"no proxies, IPv6 with zone", "", "[fe80::1%eth0]:1234", nil, "fe80::1"},
		{"IPv4 in IPv6", "", "[::ffff:192.0.2.1]:1234", nil, "192.0.2.1"},
		{"no peer", "", "", nil, "invalid IP"},
		{"peer without port", "", "192.0.2.1", nil, "192.0.2.1"},
		{"peer of a Unix socket", "X-Forwarded-For", "@", xff("198.51.100.1"), "invalid IP"},
		{"peer is no proxy", "X-Forwarded-For", "192.0.2.1:1", xff("198.51.100.1"), "192.0.2.1"},
		{"peer just outside", "X-Forwarded-For", "11.0.0.0:1", xff("198.51.100.1"), "11.0.0.0"},

		{"proxy", "X-Forwarded-For", proxy, xff("198.51.100.1"), "198.51.100.1"},
		{"proxy in IPv6", "X-Forwarded-For", "[fd00::1]:1", xff("2001:db8::1"), "2001:db8::1"},
		{"proxy as IPv4 in IPv6", "X-Forwarded-For", "[::ffff:10.0.0.1]:1", xff("198.51.100.1"), "198.51.100.1"},
		{"name as written by people", "x-forwarded-for", proxy, xff("198.51.100.1"), "198.51.100.1"},
		{"no header", "X-Forwarded-For", proxy, nil, "10.0.0.1"},
		{"another header", "X-Forwarded-For", proxy, lines("X-Real-Ip", "198.51.100.1"), "10.0.0.1"},
		{"left part made up", "X-Forwarded-For", proxy, xff("203.0.113.9, 198.51.100.1"), "198.51.100.1"},
		{"left line made up", "X-Forwarded-For", proxy, xff("203.0.113.9", "198.51.100.1"), "198.51.100.1"},
		{"two proxies", "X-Forwarded-For", proxy, xff("198.51.100.1, 10.0.0.2"), "198.51.100.1"},
		{"made up before two proxies", "X-Forwarded-For", proxy, xff("203.0.113.9, 198.51.100.1,10.0.0.2"), "198.51.100.1"},
		{"proxies only", "X-Forwarded-For", proxy, xff("10.0.0.3, 10.0.0.2"), "10.0.0.3"},
		{"made up as a proxy", "X-Forwarded-For", proxy, xff("203.0.113.9, 10.9.9.9, 198.51.100.1"), "198.51.100.1"},
		{"with port", "X-Forwarded-For", proxy, xff("198.51.100.1:5678"), "198.51.100.1"},
		{"IPv6 in brackets", "X-Forwarded-For", proxy, xff("[2001:db8::1]"), "2001:db8::1"},
		{"IPv6 in brackets with port", "X-Forwarded-For", proxy, xff("[2001:db8::1]:5678"), "2001:db8::1"},
		{"IPv4 in IPv6 in a header", "X-Forwarded-For", proxy, xff("::ffff:198.51.100.1"), "198.51.100.1"},
		{"proxy as IPv4 in IPv6 in a header", "X-Forwarded-For", proxy, xff("198.51.100.1, ::ffff:10.0.0.2"), "198.51.100.1"},
		{"zone does not make another client", "X-Forwarded-For", proxy, xff("fe80::1%a"), "fe80::1"},
		{"broken", "X-Forwarded-For", proxy, xff("198.51.100.1, unknown"), "10.0.0.1"},
		{"broken behind a proxy", "X-Forwarded-For", proxy, xff("203.0.113.9, junk, 10.0.0.2"), "10.0.0.2"},
		{"empty entry", "X-Forwarded-For", proxy, xff("203.0.113.9,"), "10.0.0.1"},
		{"empty line last", "X-Forwarded-For", proxy, xff("203.0.113.9", ""), "10.0.0.1"},
		{"host name", "X-Forwarded-For", proxy, xff("localhost"), "10.0.0.1"},
		{"octal", "X-Forwarded-For", proxy, xff("0198.51.100.1"), "10.0.0.1"},
		{"broken port", "X-Forwarded-For", proxy, xff("198.51.100.1:http"), "10.0.0.1"},
		{"semicolons", "X-Forwarded-For", proxy, xff("for=198.51.100.1"), "10.0.0.1"},

		{"Forwarded", "Forwarded", proxy, forwarded("for=198.51.100.1"), "198.51.100.1"},
		{"Forwarded with more", "Forwarded", proxy, forwarded("by=203.0.113.9; For=198.51.100.1;proto=https"), "198.51.100.1"},
		{"Forwarded quoted", "Forwarded", proxy, forwarded(`for="198.51.100.1:47011"`), "198.51.100.1"},
		{"Forwarded IPv6", "Forwarded", proxy, forwarded(`for="[2001:db8::1]:47011"`), "2001:db8::1"},
		{"Forwarded IPv6 without port", "Forwarded", proxy, forwarded(`for="[2001:db8::1]"`), "2001:db8::1"},
		{"Forwarded left part made up", "Forwarded", proxy, forwarded(`for=203.0.113.9, for=198.51.100.1;by=10.0.0.1`), "198.51.100.1"},
		{"Forwarded open quote made up", "Forwarded", proxy, forwarded(`for=203.0.113.9;x=", for=198.51.100.1`), "198.51.100.1"},
		{"Forwarded two proxies", "Forwarded", proxy, forwarded(`for=198.51.100.1, for=10.0.0.2`), "198.51.100.1"},
		{"Forwarded hidden", "Forwarded", proxy, forwarded("for=203.0.113.9, for=_hidden"), "10.0.0.1"},
		{"Forwarded unknown", "Forwarded", proxy, forwarded("for=unknown"), "10.0.0.1"},
		{"Forwarded without for", "Forwarded", proxy, forwarded("for=203.0.113.9, proto=https"), "10.0.0.1"},
		{"Forwarded with a host that looks like a parameter", "Forwarded", proxy, forwarded(`host="a;for=6.6.6.6";for=198.51.100.1`), "198.51.100.1"},
		{"Forwarded with a host that looks like an element", "Forwarded", proxy, forwarded(`for=198.51.100.1;host="api.example,for=6.6.6.6"`), "198.51.100.1"},
		{"Forwarded with an escaped quote", "Forwarded", proxy, forwarded(`for="198.51.100.1";by="\",for=6.6.6.6"`), "198.51.100.1"},
		{"Forwarded with an open quote before a quoted host", "Forwarded", proxy, forwarded(`x=", for=198.51.100.1;host="a,for=6.6.6.6"`), "198.51.100.1"},
		{"Forwarded as HAProxy 2.8 writes it", "Forwarded", proxy, forwarded(`for=203.0.113.9`, `proto=http;host="a;for=6.6.6.6";for=198.51.100.1`), "198.51.100.1"},
		{"Forwarded as HAProxy 2.8 writes it for IPv6", "Forwarded", proxy, forwarded(`proto=https;host=api.example;for="[2001:db8::1]:47011"`), "2001:db8::1"},
		{"Forwarded with for twice", "Forwarded", proxy, forwarded(`for=198.51.100.1;for=6.6.6.6`), "10.0.0.1"},
		{"Forwarded, broken by the proxy itself", "Forwarded", proxy, forwarded(`for=198.51.100.1;host=a"b`), "10.0.0.1"},
		{"Forwarded with empty parts", "Forwarded", proxy, forwarded(` ; for=203.0.113.9 ,, ;for=198.51.100.1; `), "198.51.100.1"},
		{"Forwarded, very many elements", "Forwarded", proxy, forwarded(strings.Repeat("for=203.0.113.9,", 5000) + "for=198.51.100.1"), "198.51.100.1"},
		{"Forwarded, other header", "Forwarded", proxy, xff("203.0.113.9"), "10.0.0.1"},

		{"single address", "X-Real-IP", proxy, lines("X-Real-Ip", "198.51.100.1"), "198.51.100.1"},
		{"single address, made up line first", "X-Real-IP", proxy, lines("X-Real-Ip", "203.0.113.9", "198.51.100.1"), "198.51.100.1"},
		{"single address, broken", "CF-Connecting-IP", proxy, lines("Cf-Connecting-Ip", "x"), "10.0.0.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log := &events{}
			a := build(t, func(c *core.Config) {
				c.Observer, c.ForwardedHeader = log, tt.header
				if tt.header != "" {
					c.TrustedProxies = proxies
				}
			})
			r := request(tt.headers...)
			r.RemoteAddr = tt.peer
			refusedRequest(t, a, r, core.ErrNoToken, "no_token")
			if got := log.take()[0].Client.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	for peer, want := range map[string]string{"@": "198.51.100.1", "": "198.51.100.1", "/run/api.sock": "198.51.100.1", "192.0.2.1:1": "192.0.2.1"} {
		t.Run("Unix socket that is trusted/"+peer, func(t *testing.T) {
			log := &events{}
			a := build(t, func(c *core.Config) { c.Observer, c.ForwardedHeader, c.TrustUnixSocket = log, "X-Forwarded-For", true })
			r := request("X-Forwarded-For", "198.51.100.1")
			r.RemoteAddr = peer
			refusedRequest(t, a, r, core.ErrNoToken, "no_token")
			if got := log.take()[0].Client.String(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
	t.Run("Verify", func(t *testing.T) {
		log := &events{}
		a := build(t, func(c *core.Config) { c.Observer = log })
		if _, err := a.Verify(t.Context(), quick()); err != nil {
			t.Fatal(err)
		}
		if got := log.take()[0].Client; got.IsValid() {
			t.Errorf("got %s without a request", got)
		}
	})
}
