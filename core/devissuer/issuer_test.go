package devissuer_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/authkeel/authkeel/core/devissuer"
)

func TestStartRefuses(t *testing.T) {
	for name, o := range map[string]devissuer.Options{
		"every interface":   {Addr: ":0"},
		"IPv4 any":          {Addr: "0.0.0.0:0"},
		"IPv6 any":          {Addr: "[::]:0"},
		"private network":   {Addr: "192.168.1.1:0"},
		"a name":            {Addr: "issuer.example.test:0"},
		"no port":           {Addr: "127.0.0.1"},
		"unknown algorithm": {Algorithms: []string{"RS256", "none"}},
		"a shared secret":   {Algorithms: []string{"HS256"}},
		"algorithm twice":   {Algorithms: []string{"ES256", "ES256"}},
		"no URL":            {URL: "issuer", Algorithms: []string{"ES256"}},
	} {
		i, err := devissuer.Start(o)
		if err == nil {
			i.Close()
			t.Errorf("%s: started", name)
			continue
		}
		if !strings.Contains(err.Error(), "Options.") {
			t.Errorf("%s: the error names no option: %v", name, err)
		}
	}
}

func TestPortTaken(t *testing.T) {
	if i, err := devissuer.Start(devissuer.Options{Addr: one(t).Addr()}); err == nil {
		i.Close()
		t.Error("started on a port that is taken")
	}
}

func TestLocalhost(t *testing.T) {
	i := start(t, devissuer.Options{Addr: "localhost:0", Algorithms: []string{"ES256"}})
	if res, _ := mustGet(t, i.JWKSURL()); res.StatusCode != 200 {
		t.Errorf("got %d, want 200", res.StatusCode)
	}
}

func TestDiscovery(t *testing.T) {
	for name, c := range map[string]struct {
		url   string
		want  func(addr string) string
		paths []string
	}{
		"default": {
			"", func(addr string) string { return "http://" + addr },
			[]string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"},
		},
		"trailing slash": {
			"/", func(addr string) string { return "http://" + addr + "/" },
			[]string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"},
		},
		"path": {
			"/tenant", func(addr string) string { return "http://" + addr + "/tenant" },
			[]string{"/tenant/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/tenant"},
		},
		"a name elsewhere": {
			"https://clerk.example.test", func(string) string { return "https://clerk.example.test" },
			[]string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			i := start(t, devissuer.Options{URL: c.url, Algorithms: []string{"ES256", "EdDSA"}})
			if got, want := i.URL(), c.want(i.Addr()); got != want {
				t.Errorf("URL: got %q, want %q", got, want)
			}
			for _, path := range c.paths {
				res, body := mustGet(t, "http://"+i.Addr()+path)
				if got := res.Header.Get("Content-Type"); res.StatusCode != 200 || got != "application/json" {
					t.Fatalf("%s: got %d %q", path, res.StatusCode, got)
				}
				var doc struct {
					Issuer string
					URI    string   `json:"jwks_uri"`
					Algs   []string `json:"id_token_signing_alg_values_supported"`
				}
				if err := json.Unmarshal(body, &doc); err != nil {
					t.Fatal(err)
				}
				if doc.Issuer != i.URL() || doc.URI != i.JWKSURL() || !reflect.DeepEqual(doc.Algs, []string{"ES256", "EdDSA"}) {
					t.Errorf("%s: got %+v", path, doc)
				}
				var algs []string
				for _, k := range keysAt(t, doc.URI) {
					algs = append(algs, k["alg"].(string))
				}
				if !reflect.DeepEqual(algs, doc.Algs) {
					t.Errorf("keys for %v, metadata says %v", algs, doc.Algs)
				}
			}
			if got := i.Counts().Metadata; got != len(c.paths) {
				t.Errorf("metadata requests: got %d, want %d", got, len(c.paths))
			}
		})
	}
}

func TestServeMetadata(t *testing.T) {
	i := one(t)
	i.ServeMetadata(func(doc map[string]any) { doc["issuer"] = "https://other.example.test"; delete(doc, "jwks_uri") })
	_, body := mustGet(t, i.URL()+"/.well-known/openid-configuration")
	if !bytes.Contains(body, []byte("https://other.example.test")) || bytes.Contains(body, []byte("jwks_uri")) {
		t.Errorf("got %s", body)
	}
	i.ServeMetadata(nil)
	if _, body = mustGet(t, i.URL()+"/.well-known/openid-configuration"); !bytes.Contains(body, []byte(i.JWKSURL())) {
		t.Errorf("after nil: got %s", body)
	}
}

func TestMethodsAndPaths(t *testing.T) {
	i := one(t)
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/.well-known/jwks.json", 200},
		{"HEAD", "/.well-known/jwks.json", 200},
		{"POST", "/.well-known/jwks.json", 405},
		{"GET", "/", 404},
		{"GET", "/.well-known/jwks.json/", 404},
	} {
		req, err := http.NewRequest(c.method, "http://"+i.Addr()+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client(t).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if res.StatusCode != c.status {
			t.Errorf("%s %s: got %d, want %d", c.method, c.path, res.StatusCode, c.status)
		}
	}
}

func TestCountsAndHook(t *testing.T) {
	i := one(t)
	var mu sync.Mutex
	var paths []string
	i.OnRequest(func(path string) {
		if n := i.InFlight(); n != 1 {
			t.Errorf("in flight: got %d, want 1", n)
		}
		mu.Lock()
		defer mu.Unlock()
		paths = append(paths, path)
	})
	mustGet(t, i.JWKSURL())
	mustGet(t, i.JWKSURL())
	mustGet(t, i.URL()+"/.well-known/openid-configuration")
	mustGet(t, i.URL()+"/elsewhere")
	if got, want := i.Counts(), (devissuer.Counts{Metadata: 1, JWKS: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	mu.Lock()
	defer mu.Unlock()
	if want := []string{"/.well-known/jwks.json", "/.well-known/jwks.json", "/.well-known/openid-configuration", "/elsewhere"}; !reflect.DeepEqual(paths, want) {
		t.Errorf("got %v, want %v", paths, want)
	}
}

func TestLogger(t *testing.T) {
	var buf bytes.Buffer
	i, err := devissuer.Start(devissuer.Options{Algorithms: []string{"ES256"}, Logger: slog.New(slog.NewTextHandler(&buf, nil))})
	if err != nil {
		t.Fatal(err)
	}
	mustGet(t, i.JWKSURL())
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"never expose", "path=/.well-known/jwks.json"} {
		if !strings.Contains(buf.String(), want) {
			t.Errorf("no %q in %s", want, buf.String())
		}
	}
}

func TestHandlerBehindAnotherServer(t *testing.T) {
	i := one(t)
	s := httptest.NewTLSServer(i.Handler())
	t.Cleanup(s.Close)
	i.ServeMetadata(func(doc map[string]any) { doc["jwks_uri"] = s.URL + "/.well-known/jwks.json" })
	res, err := s.Client().Get(s.URL + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || !bytes.Contains(body, []byte(s.URL)) {
		t.Errorf("got %s, %v", body, err)
	}
	for name, f := range map[string]*devissuer.Fault{"reset": devissuer.Reset(), "truncate": &devissuer.Fault{Truncate: true}} {
		i.SetFault(f)
		res, err := s.Client().Get(s.URL + "/.well-known/jwks.json")
		if err == nil {
			_, err = io.ReadAll(res.Body)
			res.Body.Close()
		}
		if err == nil {
			t.Errorf("%s over TLS: no error", name)
		}
	}
	i.SetFault(nil)
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	if res, err := s.Client().Get(s.URL + "/.well-known/jwks.json"); err == nil {
		res.Body.Close()
		t.Error("a closed issuer answers")
	}
}
