package main

import (
	"io"
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
		res, err := api.Test(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close() // it is in memory
		if err != nil || res.StatusCode != tt.status || !strings.Contains(string(body), tt.body) {
			t.Errorf("%s %s: got %d %s, %v, want %d with %s", tt.method, tt.path, res.StatusCode, body, err, tt.status, tt.body)
		}
	}
}
