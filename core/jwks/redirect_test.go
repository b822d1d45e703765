package jwks_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/authkeel/authkeel/core/jwks"
)

// internet answers for every host name over TLS, and in the clear on port 80.
type internet struct {
	mu    sync.Mutex
	pages map[string]http.HandlerFunc // by scheme, host and path
	asked []string                    // what was answered, with the header that must not be sent on
	pool  *x509.CertPool
	https net.Addr
	http  net.Addr
}

func newInternet(t *testing.T) *internet {
	t.Helper()
	w := &internet{pages: map[string]http.HandlerFunc{}}
	handler := func(scheme string) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			address := scheme + "://" + r.Host + r.URL.Path
			w.mu.Lock()
			w.asked = append(w.asked, strings.TrimSpace(address+" "+r.Header.Get("Referer")))
			page := w.pages[address]
			w.mu.Unlock()
			if page == nil {
				rw.WriteHeader(http.StatusNotFound)
				return
			}
			page(rw, r)
		})
	}
	secure, plain := httptest.NewTLSServer(handler("https")), httptest.NewServer(handler("http"))
	t.Cleanup(secure.Close)
	t.Cleanup(plain.Close)
	w.pool = x509.NewCertPool()
	w.pool.AddCert(secure.Certificate())
	w.https, w.http = secure.Listener.Addr(), plain.Listener.Addr()
	return w
}

// client reaches this internet alone, whatever the host name.
func (w *internet) client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: w.pool, ServerName: "example.com"}, // the name in the certificate of httptest
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			to := w.https
			if strings.HasSuffix(address, ":80") {
				to = w.http
			}
			return new(net.Dialer).DialContext(ctx, network, to.String())
		},
	}}
}

func (w *internet) set(address string, page http.HandlerFunc) { w.pages[address] = page }

func text(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { write(w, []byte(s)) }
}

func to(address string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, address, http.StatusFound) }
}

// The issuer's own answer may lead to another https host, and to nothing worse.
func TestRedirects(t *testing.T) {
	set := setOf(jwkOf(testEC().Public(), "a"))
	for _, tt := range []struct {
		name string
		to   string
		want string // class; empty: followed
	}{
		{"another host", "https://www.issuer.example/keys", ""},
		{"another port", "https://issuer.example:8443/keys", ""},
		{"a public address", "https://93.184.216.34/keys", ""},
		{"plain http", "http://www.issuer.example/keys", "redirect"},
		{"plain http on the same host", "http://issuer.example/keys", "redirect"},
		{"a user name", "https://user:pw@www.issuer.example/keys", "redirect"},
		{"another scheme", "ftp://issuer.example/keys", "redirect"},
		{"loopback", "https://127.0.0.1/keys", "redirect"},
		{"loopback by name", "https://localhost/keys", "redirect"},
		{"loopback by name below", "https://a.LOCALHOST./keys", "redirect"},
		{"loopback in IPv6", "https://[::1]/keys", "redirect"},
		{"loopback mapped into IPv6", "https://[::ffff:127.0.0.1]/keys", "redirect"},
		{"the unspecified address", "https://0.0.0.0/keys", "redirect"},
		{"a private address", "https://10.1.2.3/keys", "redirect"},
		{"a private address in IPv6", "https://[fd00::1]/keys", "redirect"},
		{"the metadata of a cloud", "https://169.254.169.254/keys", "redirect"},
		{"shared address space", "https://100.64.0.1/keys", "redirect"},
		{"a private address behind NAT64", "https://[64:ff9b::a01:203]/keys", "redirect"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newInternet(t)
			w.set("https://issuer.example/openid", to(tt.to))
			target := strings.Replace(strings.Replace(tt.to, "user:pw@", "", 1), ":443", "", 1)
			w.set(target, text(set))
			src := must(jwks.Remote("https://issuer.example/openid?secret=1", jwks.Options{HTTPClient: w.client()}))
			_ = src.Ready(t.Context())
			if got := src.Health(); got.LastError != tt.want || got.Ready != (tt.want == "") {
				t.Errorf("got %+v, want %q", got, tt.want)
			}
			for _, asked := range w.asked {
				if strings.Contains(asked, "secret") {
					t.Errorf("the query went to another address: %s", asked)
				}
			}
			if tt.want != "" && len(w.asked) > 1 {
				t.Errorf("got requests %q", w.asked)
			}
		})
	}
}

func TestRedirectsOfDiscovery(t *testing.T) {
	const issuer = "https://issuer.example"
	metadata := func(uri string) http.HandlerFunc {
		return text(`{"issuer":"` + issuer + `","jwks_uri":"` + uri + `"}`)
	}
	keys := text(setOf(jwkOf(testEC().Public(), "a")))
	for _, tt := range []struct {
		name  string
		pages map[string]http.HandlerFunc
		o     jwks.Options
		want  string // class; empty: keys
	}{
		{"metadata and keys elsewhere", map[string]http.HandlerFunc{
			issuer + openIDPath:                       to("https://www.issuer.example" + openIDPath),
			"https://www.issuer.example" + openIDPath: metadata("https://keys.issuer.example/1"),
			"https://keys.issuer.example/1":           to("https://cdn.example/keys"),
			"https://cdn.example/keys":                to("https://cdn.example/keys.json"),
			"https://cdn.example/keys.json":           keys,
		}, jwks.Options{}, ""},
		{"metadata of another issuer elsewhere", map[string]http.HandlerFunc{
			issuer + openIDPath:                 to("https://evil.example" + openIDPath),
			"https://evil.example" + openIDPath: text(`{"issuer":"https://evil.example","jwks_uri":"https://evil.example/keys"}`),
			"https://evil.example/keys":         keys,
		}, jwks.Options{}, "metadata"},
		{"keys by plain http on loopback", map[string]http.HandlerFunc{
			issuer + openIDPath:     metadata("http://127.0.0.1/keys"),
			"http://127.0.0.1/keys": keys,
		}, jwks.Options{}, "metadata"},
		{"keys by plain http that is allowed for issuers", map[string]http.HandlerFunc{
			issuer + openIDPath:         metadata("http://keys.example/keys"),
			"http://keys.example/keys":  keys,
			"https://keys.example/keys": keys,
		}, jwks.Options{AllowHTTP: true}, "metadata"},
		{"keys on loopback", map[string]http.HandlerFunc{
			issuer + openIDPath:      metadata("https://127.0.0.1/keys"),
			"https://127.0.0.1/keys": keys,
		}, jwks.Options{}, "redirect"},
		{"keys that lead to a private address", map[string]http.HandlerFunc{
			issuer + openIDPath:         metadata("https://keys.example/keys"),
			"https://keys.example/keys": to("https://192.168.0.1/keys"),
			"https://192.168.0.1/keys":  keys,
		}, jwks.Options{}, "redirect"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newInternet(t)
			w.pages = tt.pages
			tt.o.HTTPClient = w.client()
			src := must(jwks.Discover(issuer, tt.o))
			err := src.Ready(t.Context())
			if got := src.Health(); got.LastError != tt.want || got.Ready != (tt.want == "") {
				t.Errorf("got %+v, %v; want %q", got, err, tt.want)
			}
		})
	}
}

// The source's own transport looks at the address that a host name leads to.
func TestRedirectToANeighbor(t *testing.T) {
	for _, tt := range []struct{ name, to, want string }{
		{"a private address", "https://10.255.255.1:1/", "private"},
		{"a link-local address", "https://169.254.1.1:1/", "link-local"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src := must(jwks.Remote(serve(t, to(tt.to)), jwks.Options{}))
			if err := src.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "(redirect)") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want it refused before a connection is made", err)
			}
		})
	}
}
