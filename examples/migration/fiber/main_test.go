package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
)

// One token is accepted, and refused, in the same way by both majors.
func TestBothMajors(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	api := newAPI(authtest.NewAuthenticator(t, issuer))
	user := issuer.Token(devissuer.Claims{"sub": "alice"})
	admin := issuer.Token(devissuer.Claims{"sub": "root", "roles": "admin"})
	const unauthorized = `{"error":"unauthorized","error_description":"authentication is required"}`
	const invalid = `{"error":"invalid_token","error_description":"the token is not accepted"}`
	const denied = `{"error":"insufficient_scope","error_description":"the caller lacks a right that the request needs"}`
	for _, tt := range []struct {
		method, path, token string
		status              int
		body                string
	}{
		{"GET", "/me", user, 200, `{"fiber":3,"userId":"alice"}`},
		{"GET", "/orders", user, 200, `{"fiber":2,"userId":"alice"}`},
		{"DELETE", "/orders/42", admin, 200, `{"deleted":"42"}`},
		{"DELETE", "/orders/42", user, 403, denied},
		{"GET", "/me", "", 401, unauthorized},
		{"GET", "/orders", "", 401, unauthorized},
		{"GET", "/me", "not-a-token", 401, invalid},
		{"GET", "/orders", "not-a-token", 401, invalid},
		{"GET", "/unknown", "", 404, "Cannot GET /unknown"},
	} {
		r := httptest.NewRequest(tt.method, tt.path, http.NoBody)
		if tt.token != "" {
			r.Header.Set("Authorization", "Bearer "+tt.token)
		}
		res, err := api.Test(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close() // it was read
		if err != nil || res.StatusCode != tt.status || string(body) != tt.body {
			t.Errorf("%s %s with %.12q: got %d %s, %v, want %d %s", tt.method, tt.path, tt.token, res.StatusCode, body, err, tt.status, tt.body)
		}
		if challenge := res.Header.Get("WWW-Authenticate"); (challenge != "") != (tt.status == 401 || tt.status == 403) {
			t.Errorf("%s %s: got %d with the challenge %q", tt.method, tt.path, res.StatusCode, challenge)
		}
	}
}
