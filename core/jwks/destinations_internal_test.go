package jwks

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"testing"
)

func TestKindOf(t *testing.T) {
	for _, tt := range []struct {
		ip   string
		want addressKind
	}{
		{"93.184.216.34", kindPublic}, {"2606:4700::1111", kindPublic}, {"::ffff:93.184.216.34", kindPublic},
		{"127.0.0.1", kindLoopback}, {"127.8.8.8", kindLoopback}, {"::1", kindLoopback}, {"::ffff:127.0.0.1", kindLoopback},
		{"0.0.0.0", kindLoopback}, {"::", kindLoopback},
		{"10.0.0.1", kindPrivate}, {"172.31.255.255", kindPrivate}, {"172.32.0.1", kindPublic}, {"192.168.1.1", kindPrivate},
		{"fd12:3456::1", kindPrivate}, {"100.64.0.1", kindPrivate}, {"100.128.0.1", kindPublic},
		{"169.254.169.254", kindLinkLocal}, {"fe80::1%eth0", kindLinkLocal},
		{"64:ff9b::10.0.0.1", kindPrivate}, {"64:ff9b::93.184.216.34", kindPublic}, {"2002:7f00:1::", kindLoopback}, {"2002:5db8:d822::", kindPublic},
		{"224.0.0.1", kindSpecial}, {"ff02::1", kindSpecial}, {"255.255.255.255", kindSpecial}, {"240.0.0.1", kindSpecial},
		{"0.1.2.3", kindSpecial}, {"198.18.0.1", kindSpecial}, {"192.0.0.1", kindSpecial}, {"100::1", kindSpecial}, {"fec0::1", kindSpecial},
	} {
		if got := kindOf(netip.MustParseAddr(tt.ip)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.ip, got, tt.want)
		}
	}
}

// Connections away from the issuer's host go to public addresses, and to networks
// in which the issuer was found.
func TestDial(t *testing.T) {
	home, _ := url.Parse("https://issuer.example/")
	for _, tt := range []struct {
		name   string
		home   string // the address of the issuer
		away   string
		wantOK bool
	}{
		{"public to public", "93.184.216.34:443", "1.1.1.1:443", true},
		{"public to private", "93.184.216.34:443", "10.0.0.1:443", false},
		{"public to loopback", "93.184.216.34:443", "127.0.0.1:443", false},
		{"private to private", "10.0.0.1:443", "192.168.0.1:443", true},
		{"private to public", "10.0.0.1:443", "1.1.1.1:443", true},
		{"private to loopback", "10.0.0.1:443", "127.0.0.1:443", false},
		{"private to the metadata of a cloud", "10.0.0.1:443", "169.254.169.254:443", false},
		{"loopback to loopback", "127.0.0.1:443", "[::1]:443", true},
		{"loopback to private", "127.0.0.1:443", "10.0.0.1:443", false},
	} {
		d := &destinations{home: home}
		dial := func(away bool, address string) error {
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://issuer.example/", nil)
			if away {
				r.URL.Host = "other.example"
			}
			if err := d.admit(r); err != nil {
				t.Fatal(err)
			}
			return d.dial(r.Context(), "tcp", address, nil)
		}
		if err := dial(false, tt.home); err != nil {
			t.Errorf("%s: the issuer itself: %v", tt.name, err)
		}
		if err := dial(true, tt.away); (err == nil) != tt.wantOK {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
}

// Behind a proxy the addresses of connections are the proxy's.
func TestProxy(t *testing.T) {
	home, _ := url.Parse("https://issuer.example/")
	proxy, _ := url.Parse("http://10.0.0.1:3128")
	d := &destinations{home: home, proxyFor: func(r *http.Request) (*url.URL, error) {
		if r.URL.Host == "direct.example" {
			return nil, nil
		}
		return proxy, nil
	}}
	for _, tt := range []struct {
		url         string
		proxied, ok bool
	}{
		{"https://issuer.example/keys", true, true},
		{"https://other.example/keys", true, true},
		{"https://93.184.216.34/keys", true, true},
		{"https://10.0.0.2/keys", true, false},
		{"https://localhost/keys", true, false},
		{"https://direct.example/keys", false, true},
	} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, tt.url, nil)
		if err := d.admit(r); err != nil {
			t.Fatal(err)
		}
		u, err := d.proxy(r)
		if (err == nil) != tt.ok || err == nil && (u != nil) != tt.proxied {
			t.Errorf("%s: got proxy %v, %v", tt.url, u, err)
		}
		// A connection to a private address is one to the proxy, or refused.
		if err := d.dial(r.Context(), "tcp", "10.0.0.1:3128", nil); (err == nil) != tt.proxied {
			t.Errorf("%s: got %v for the connection", tt.url, err)
		}
	}
	h := &hop{away: true}
	h.proxied.Store(true)
	if err := d.dial(context.WithValue(t.Context(), hopKey{}, h), "tcp", "10.0.0.1:3128", nil); err != nil {
		t.Errorf("the proxy: got %v", err)
	}
	if err := d.dial(t.Context(), "tcp", "10.0.0.1:3128", nil); err != nil {
		t.Errorf("a connection of nobody's: got %v", err)
	}
}
