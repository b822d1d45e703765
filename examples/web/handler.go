package main

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
)

// settings are what the page reads from /settings.json.
type settings struct {
	Issuer   string `json:"issuer"`
	ClientID string `json:"clientId"`
	API      string `json:"api"`
}

// handler serves the build of the page in the folder dist, and its settings. A path of
// the page that is no file, such as /posts/1, gets the page, which knows the path.
func handler(dist string, s settings) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /settings.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(s) // a client that is gone needs no answer
	})
	if dist != "" {
		files := os.DirFS(dist)
		mux.HandleFunc("GET /assets/{name}", func(w http.ResponseWriter, r *http.Request) {
			if info, err := fs.Stat(files, path.Join("assets", r.PathValue("name"))); err != nil || !info.Mode().IsRegular() {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable") // the name changes with the content
			http.ServeFileFS(w, r, files, path.Join("assets", r.PathValue("name")))
		})
		mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
			if path.Ext(r.URL.Path) != "" || strings.HasPrefix(r.URL.Path, "/assets/") { // /favicon.ico, /robots.txt: not there
				http.NotFound(w, r)
				return
			}
			http.ServeFileFS(w, r, files, "index.html")
		})
	}
	policy := contentSecurityPolicy(s)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer") // the address has a code for a moment
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		mux.ServeHTTP(w, r)
	})
}

// contentSecurityPolicy permits what the page does and nothing else: scripts of its
// own, and requests to the issuer and to the API. A script from elsewhere that got into
// the page would not run, and could not send a token anywhere.
func contentSecurityPolicy(s settings) string {
	return strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'", "img-src 'self'",
		"connect-src 'self' " + origin(s.Issuer) + " " + origin(s.API),
		"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
	}, "; ")
}

// origin is the origin of an address that options.check has accepted.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
