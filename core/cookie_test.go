package core_test

import (
	"slices"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// TestCookieFromAnotherSite has the rule case by case: api.example.com is
// asked, and app.example.com is a trusted origin.
func TestCookieFromAnotherSite(t *testing.T) {
	const own, app = "https://api.example.com", "https://app.example.com"
	site := func(v ...string) (h []string) {
		for _, v := range v {
			h = append(h, "Sec-Fetch-Site", v)
		}
		return h
	}
	origin := func(v ...string) (h []string) {
		for _, v := range v {
			h = append(h, "Origin", v)
		}
		return h
	}
	upgrade := func(more ...string) []string { return append([]string{"Upgrade", "websocket"}, more...) }
	both := func(s, o string) []string { return append(site(s), origin(o)...) }
	for _, tt := range []struct {
		name, method string
		headers      []string
		want         bool
		host         string // default api.example.com
		public       string // Config.PublicURL
	}{
		{name: "GET", method: "GET", want: true},
		{name: "HEAD", method: "HEAD", want: true},
		{name: "OPTIONS", method: "OPTIONS", want: true},
		{name: "GET cross-site", method: "GET", headers: both("cross-site", "https://evil.example"), want: true},
		{name: "lower case get", method: "get"},
		{name: "POST without either", method: "POST"},
		{name: "PUT without either", method: "PUT"},
		{name: "PATCH without either", method: "PATCH"},
		{name: "DELETE without either", method: "DELETE"},
		{name: "unknown method without either", method: "PURGE"},
		{name: "CONNECT without either", method: "CONNECT"},
		{name: "WebSocket without either", method: "GET", headers: upgrade()},
		{name: "WebSocket cross-site", method: "GET", headers: upgrade(origin("https://evil.example")...)},
		{name: "WebSocket same origin", method: "GET", headers: upgrade(origin(own)...), want: true},
		{name: "WebSocket trusted", method: "GET", headers: upgrade(origin(app)...), want: true},
		{name: "empty Upgrade counts", method: "GET", headers: []string{"Upgrade", ""}},

		{name: "site same-origin", method: "POST", headers: site("same-origin"), want: true},
		{name: "site none", method: "POST", headers: site("none"), want: true},
		{name: "site same-site", method: "POST", headers: site("same-site")},
		{name: "site cross-site", method: "POST", headers: site("cross-site")},
		{name: "site empty", method: "POST", headers: site("")},
		{name: "site in capitals", method: "POST", headers: site("Same-Origin")},
		{name: "site twice", method: "POST", headers: site("same-origin", "same-origin")},
		{name: "site outweighs own origin", method: "POST", headers: both("cross-site", own)},
		{name: "site outweighs odd origin", method: "POST", headers: both("same-origin", "null"), want: true},

		{name: "own origin", method: "POST", headers: origin(own), want: true},
		{name: "own host over http", method: "POST", headers: origin("http://api.example.com"), want: true},
		{name: "own host in capitals", method: "POST", headers: origin(own), host: "API.example.com", want: true},
		{name: "own host with default port", method: "POST", headers: origin(own), host: "api.example.com:443", want: true},
		{name: "own host with port", method: "POST", headers: origin("http://api.example.com:8080"), host: "api.example.com:8080", want: true},
		{name: "other port", method: "POST", headers: origin("https://api.example.com:8443")},
		{name: "port of the other scheme", method: "POST", headers: origin(own), host: "api.example.com:80"},
		{name: "IPv6", method: "POST", headers: origin("http://[::1]:8080"), host: "[::1]:8080", want: true},
		{name: "other origin", method: "POST", headers: origin("https://evil.example")},
		{name: "subdomain", method: "POST", headers: origin("https://x.api.example.com")},
		{name: "parent domain", method: "POST", headers: origin("https://example.com")},
		{name: "own name as prefix", method: "POST", headers: origin("https://api.example.com.evil.example")},
		{name: "own name as user", method: "POST", headers: origin("https://api.example.com@evil.example")},
		{name: "user before own name", method: "POST", headers: origin("https://evil.example@api.example.com")},
		{name: "own origin with path", method: "POST", headers: origin(own + "/")},
		{name: "own origin with query", method: "POST", headers: origin(own + "?x")},
		{name: "null", method: "POST", headers: origin("null")},
		{name: "empty origin", method: "POST", headers: origin("")},
		{name: "origin twice", method: "POST", headers: origin(own, own)},
		{name: "other scheme", method: "POST", headers: origin("chrome-extension://api.example.com")},
		{name: "broken", method: "POST", headers: origin("https://%zz")},
		{name: "origin without host", method: "POST", headers: origin("https://"), host: "none"},
		{name: "request without host", method: "POST", headers: origin(own), host: "none"},

		{name: "trusted origin", method: "POST", headers: origin(app), want: true},
		{name: "trusted origin, same-site", method: "POST", headers: both("same-site", app), want: true},
		{name: "trusted origin, cross-site", method: "POST", headers: both("cross-site", app), want: true},
		{name: "trusted origin twice", method: "POST", headers: origin(app, app)},
		{name: "trusted origin in capitals", method: "POST", headers: origin("https://APP.example.com")},
		{name: "trusted origin over http", method: "POST", headers: origin("http://app.example.com")},
		{name: "trusted origin with path", method: "POST", headers: origin(app + "/")},

		{name: "public URL", method: "POST", headers: origin(own), host: "10.0.0.7:8080", public: own, want: true},
		{name: "public URL over http", method: "POST", headers: origin("http://api.example.com"), public: own},
		{name: "public URL, host not asked", method: "POST", headers: origin("https://internal"), host: "internal", public: own},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := build(t, func(c *core.Config) {
				c.Extractors = []core.Extractor{core.FromBearer(), core.FromCookie("s")}
				c.TrustedOrigins, c.PublicURL = []string{app}, tt.public
			})
			r := request(tt.headers...)
			r.Method, r.Host = tt.method, "api.example.com"
			switch tt.host {
			case "":
			case "none":
				r.Host = ""
			default:
				r.Host = tt.host
			}
			withCookie := r.Clone(t.Context())
			withCookie.Header.Set("Cookie", "s="+quick())
			for range 2 { // once more from the cache
				if tt.want {
					acceptedRequest(t, a, withCookie)
				} else {
					refusedRequest(t, a, withCookie, core.ErrCrossSite, "cross_site_cookie")
				}
			}
			// A token in the header was put there on purpose, whatever the site.
			withHeader := r.Clone(t.Context())
			withHeader.Header.Set("Authorization", "Bearer "+quick())
			acceptedRequest(t, a, withHeader)
		})
	}
	t.Run("optional authentication does not make it anonymous", func(t *testing.T) {
		a := build(t, func(c *core.Config) { c.Extractors = []core.Extractor{core.FromCookie("s")} })
		r := request("Cookie", "s="+quick())
		r.Method = "POST"
		out := a.OptionalAuth()(t.Context(), adapter.FromHTTP(r))
		if out.Refusal == nil || out.Refusal.Status != 403 || !slices.Contains(out.Refusal.Header, [2]string{"Vary", "Cookie"}) {
			t.Errorf("got %+v, want 403 with Vary", out.Refusal)
		}
	})
}
