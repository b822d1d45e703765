package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHandler(t *testing.T) {
	dist := t.TempDir()
	for name, text := range map[string]string{"index.html": "the page", "assets/main-1.js": "a script", "../secret.txt": "a secret"} {
		file := filepath.Join(dist, "dist", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := handler(filepath.Join(dist, "dist"), settings{"https://issuer.example/realms/one", "page", "https://api.example/v1"})
	for _, row := range []struct {
		method, path string
		status       int
		body, cache  string // body: contained
	}{
		{"GET", "/", 200, "the page", "no-cache"},
		{"GET", "/posts/1/edit", 200, "the page", "no-cache"},
		{"GET", "/signed-in?code=x", 200, "the page", "no-cache"},
		{"GET", "/settings.json", 200, `{"issuer":"https://issuer.example/realms/one","clientId":"page","api":"https://api.example/v1"}`, "no-store"},
		{"GET", "/assets/main-1.js", 200, "a script", "public, max-age=31536000, immutable"},
		{"GET", "/assets/gone.js", 404, "not found", "no-cache"}, // a page of the next version may have it
		{"GET", "/assets/", 404, "not found", "no-cache"},
		{"GET", "/favicon.ico", 404, "not found", ""},
		{"GET", "/assets/../../secret.txt", 307, "", ""},
		{"GET", "/assets/%2e%2e/%2e%2e/secret.txt", 404, "", ""},
		{"GET", "/assets/%2e%2e%2f%2e%2e%2fsecret.txt", 404, "", ""},
		{"GET", "/..%2fsecret.txt", 404, "not found", ""},
		{"POST", "/", 405, "Method Not Allowed", ""},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), row.method, row.path, nil))
		if w.Code != row.status || !strings.Contains(w.Body.String(), row.body) || strings.Contains(w.Body.String(), "a secret") {
			t.Errorf("%s %s: got %d %q, want %d %q", row.method, row.path, w.Code, w.Body.String(), row.status, row.body)
		}
		if got := w.Header().Get("Cache-Control"); row.cache != "" && got != row.cache {
			t.Errorf("%s %s: got Cache-Control %q, want %q", row.method, row.path, got, row.cache)
		}
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "script-src 'self';") || !strings.Contains(policy, "connect-src 'self' https://issuer.example https://api.example;") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s %s: got the policy %q", row.method, row.path, policy)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin"} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s %s: got %s %q, want %q", row.method, row.path, name, got, want)
			}
		}
	}
}
