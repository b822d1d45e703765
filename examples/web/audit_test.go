package main

import (
	"path/filepath"
	"testing"

	"github.com/authkeel/authkeel/core/authtest"
)

// TestRoutes: the page and its settings are for everybody. What needs a token is in the
// API, whose own auth.routes says so.
func TestRoutes(t *testing.T) {
	t.Chdir(filepath.Join("examples", "web")) // where auth.routes is
	patterns, h := []string{"GET /settings.json", "GET /assets/{name}", "GET /"}, handler(t.TempDir(), settings{"https://issuer.example", "page", "https://api.example"})
	authtest.Audit(t, h, authtest.AuditPatterns(patterns...), authtest.AllowHandlers())
}
