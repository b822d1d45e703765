package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
)

func TestAPI(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	api := newAPI(authtest.NewAuthenticator(t, issuer))
	user := issuer.Token(devissuer.Claims{"sub": "user_mo"})
	admin := issuer.Token(devissuer.Claims{"sub": "user_ada", "roles": []string{"admin"}})
	for _, tt := range []struct {
		method, path, token string
		status              int
		body                string // contains
	}{
		{"GET", "/health", "", 204, ""},
		{"GET", "/api/me", "", 401, `"unauthorized"`},
		{"GET", "/api/me", "x.y.z", 401, `"invalid_token"`},
		{"GET", "/api/me", user, 200, `{"userId":"user_mo"}`},
		{"DELETE", "/api/users/7", user, 403, `"insufficient_scope"`},
		{"DELETE", "/api/users/7", admin, 200, `{"deleted":"7"}`},
	} {
		r := httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, http.NoBody)
		if tt.token != "" {
			r.Header.Set("Authorization", "Bearer "+tt.token)
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.body) {
			t.Errorf("%s %s: got %d %s, want %d with %s", tt.method, tt.path, w.Code, w.Body, tt.status, tt.body)
		}
	}
}
