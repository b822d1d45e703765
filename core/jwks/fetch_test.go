package jwks_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

func zipped(b []byte) []byte {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	_, _ = w.Write(b)
	_ = w.Close()
	return buf.Bytes()
}

func write(w http.ResponseWriter, b []byte) { _, _ = w.Write(b) }

// What a fetch takes for an answer, on a real connection.
func TestFetch(t *testing.T) {
	set := []byte(setOf(jwkOf(testEC().Public(), "a")))
	bomb := zipped(make([]byte, 8<<20))
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, set) })
	for _, tt := range []struct {
		name   string
		handle http.HandlerFunc
		want   string // class; empty: success
	}{
		{"plain", func(w http.ResponseWriter, _ *http.Request) { write(w, set) }, ""},
		{"gzip", func(w http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				w.WriteHeader(http.StatusNotAcceptable)
			}
			w.Header().Set("Content-Encoding", "gzip")
			write(w, zipped(set))
		}, ""},
		{"gzip bomb", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			write(w, bomb)
		}, "too_large"},
		{"gzip twice", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			write(w, zipped(zipped(set)))
		}, "parse"},
		{"gzip in gzip, both named", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip, gzip")
			write(w, zipped(zipped(set)))
		}, "encoding"},
		{"deflate", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "deflate")
			write(w, set)
		}, "encoding"},
		{"identity", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "identity")
			write(w, set)
		}, ""},
		{"512 KiB", func(w http.ResponseWriter, _ *http.Request) {
			write(w, append(bytes.Clone(set), bytes.Repeat([]byte{' '}, jwks.MaxBody-len(set))...))
		}, ""},
		{"one byte more", func(w http.ResponseWriter, _ *http.Request) {
			write(w, append(bytes.Clone(set), bytes.Repeat([]byte{' '}, jwks.MaxBody-len(set)+1)...))
		}, "too_large"},
		{"without end", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 4096)); err != nil {
					return
				}
			}
		}, "too_large"},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10000")
			write(w, set)
		}, "connect"},
		{"reset", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "connect"},
		{"hangs", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "timeout"},
		{"hangs in the body", func(w http.ResponseWriter, r *http.Request) {
			write(w, set[:10])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "timeout"},
		{"not found", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, "status"},
		{"created", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated); write(w, set) }, "status"},
		{"3 redirects", func(w http.ResponseWriter, r *http.Request) { hop(w, r, 3, set) }, ""},
		{"4 redirects", func(w http.ResponseWriter, r *http.Request) { hop(w, r, 4, set) }, "redirect"},
		{"redirect to another origin", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other, http.StatusFound)
		}, "redirect"},
		{"redirect to another scheme", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "ftp://"+r.Host+"/keys", http.StatusFound)
		}, "redirect"},
		{"redirect with a user name", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://user@"+r.Host+"/keys", http.StatusFound)
		}, "redirect"},
		{"redirect to nowhere", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) }, "status"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, client := range []*http.Client{nil, {Transport: &http.Transport{DisableKeepAlives: true}}} {
				timeout := 10 * time.Second
				if tt.want == "timeout" {
					timeout = 50 * time.Millisecond
				}
				src, err := jwks.Remote(serve(t, tt.handle)+"/keys", jwks.Options{HTTPClient: client, Timeout: timeout})
				if err != nil {
					t.Fatal(err)
				}
				_ = src.Ready(t.Context())
				if got := src.Health(); got.LastError != tt.want || got.Ready != (tt.want == "") {
					t.Errorf("got %+v, want %q", got, tt.want)
				}
			}
		})
	}
}

// hop redirects n times, then answers.
func hop(w http.ResponseWriter, r *http.Request, n int, set []byte) {
	if path := strings.TrimPrefix(r.URL.Path, "/keys"); len(path) < n {
		http.Redirect(w, r, r.URL.Path+"x", http.StatusTemporaryRedirect)
		return
	}
	write(w, set)
}

func TestConnectionRefused(t *testing.T) {
	srv := httptest.NewServer(nil)
	srv.Close()
	src, err := jwks.Remote(srv.URL+"/keys?secret=1", jwks.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = src.Keys(t.Context(), "a", "ES256")
	if !errors.Is(err, jwks.ErrUnavailable) || src.Health().LastError != "connect" {
		t.Errorf("got %v, %+v", err, src.Health())
	}
	if err != nil && strings.Contains(err.Error(), "secret") {
		t.Errorf("the error holds the query: %v", err)
	}
}

// The user's client is used as it is, and stays as it is.
func TestHTTPClient(t *testing.T) {
	var cookie atomic.Bool
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, err := r.Cookie("c")
		cookie.Store(err == nil)
		http.SetCookie(w, &http.Cookie{Name: "c", Value: "v"})
		write(w, []byte(setOf(jwkOf(testEC().Public(), "a"))))
	})
	own, err := jwks.Remote(address, jwks.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := jwks.Fetch(own); err != nil {
			t.Fatal(err)
		}
		if cookie.Load() {
			t.Error("the source's own client keeps cookies")
		}
	}
	jar, _ := cookiejar.New(nil)
	u, _ := url.Parse(address)
	jar.SetCookies(u, []*http.Cookie{{Name: "c", Value: "v"}})
	client := &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
	src, err := jwks.Remote(address, jwks.Options{HTTPClient: client})
	if err != nil {
		t.Fatal(err)
	}
	key(t, src, "a")
	if !cookie.Load() {
		t.Error("the user's client was not used")
	}
	if client.CheckRedirect != nil {
		t.Error("the user's client was changed")
	}
}

// At rest there is no goroutine, not even one of a connection that a fetch opened.
func TestNoGoroutineAtRest(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		write(w, []byte(setOf(jwkOf(testEC().Public(), "a"))))
	})
	src, err := jwks.Remote(address, jwks.Options{})
	if err != nil {
		t.Fatal(err)
	}
	key(t, src, "a")
	ours := func() string {
		buf := make([]byte, 1<<20)
		for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(g, "net/http.(*persistConn)") || strings.Contains(g, "jwks.(*remote)") {
				return g
			}
		}
		return ""
	}
	// Goroutines end soon after the fetch, not with it.
	for start := time.Now(); ours() != ""; runtime.Gosched() {
		if time.Since(start) > 5*time.Second {
			t.Fatalf("still there:\n%s", ours())
		}
	}
}

func TestOptions(t *testing.T) {
	for _, tt := range []struct {
		url  string
		o    jwks.Options
		want string // in the error; empty: accepted
	}{
		{"https://issuer.example/keys?p=policy", jwks.Options{}, ""},
		{"http://127.0.0.1:8080/keys", jwks.Options{}, ""},
		{"http://127.1.2.3/keys", jwks.Options{}, ""},
		{"http://[::1]:8080/keys", jwks.Options{}, ""},
		{"http://localhost/keys", jwks.Options{}, ""},
		{"http://LOCALHOST/keys", jwks.Options{}, ""},
		{"http://issuer.example/keys", jwks.Options{AllowHTTP: true}, ""},
		{"HTTPS://issuer.example/keys", jwks.Options{}, ""},
		{"http://issuer.example/keys", jwks.Options{}, "AllowHTTP"},
		{"http://localhost.example/keys", jwks.Options{}, "AllowHTTP"},
		{"http://10.0.0.1/keys", jwks.Options{}, "AllowHTTP"},
		{"http://0.0.0.0/keys", jwks.Options{}, "AllowHTTP"},
		{"http://[::ffff:10.0.0.1]/keys", jwks.Options{}, "AllowHTTP"},
		{"ftp://issuer.example/keys", jwks.Options{}, "neither"},
		{"file:///etc/passwd", jwks.Options{}, "absolute"},
		{"issuer.example/keys", jwks.Options{}, "absolute"},
		{"//issuer.example/keys", jwks.Options{}, "neither"},
		{"https:///keys", jwks.Options{}, "absolute"},
		{"https://:443/keys", jwks.Options{}, "absolute"},
		{"https://user:pw@issuer.example/keys", jwks.Options{}, "user name"},
		{"https://issuer.example/keys#a", jwks.Options{}, "fragment"},
		{"https://issuer.example/keys#", jwks.Options{}, "fragment"},
		{"https://issuer.example/%zz", jwks.Options{}, "absolute"},
		{"", jwks.Options{}, "absolute"},
		{testURL, jwks.Options{RefreshEvery: -1}, "RefreshEvery"},
		{testURL, jwks.Options{KeepFor: -1}, "KeepFor"},
		{testURL, jwks.Options{Cooldown: -1}, "Cooldown"},
		{testURL, jwks.Options{Timeout: -1}, "Timeout"},
	} {
		src, err := jwks.Remote(tt.url, tt.o)
		if tt.want == "" {
			if err != nil || src == nil {
				t.Errorf("%s: got %v", tt.url, err)
			}
			continue
		}
		if err == nil || src != nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %+v: got %v, want %q in it", tt.url, tt.o, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "pw") {
			t.Errorf("%s: the error holds the password: %v", tt.url, err)
		}
	}
}
