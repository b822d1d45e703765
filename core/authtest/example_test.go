package authtest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// newAPI stands for the application that is tested. It takes its Authenticator
// as a parameter.
func newAPI(*core.Authenticator) http.Handler { return http.NotFoundHandler() }

// deleteOrder stands for a function of the application that checks rights itself.
func deleteOrder(ctx context.Context, id string) error {
	return core.Authorize(ctx, core.AnyOf(core.Role("admin"), core.Permission("orders:delete:"+id)))
}

func ExampleNewAuthenticator() {
	t := new(testing.T) // the one of your test

	issuer := authtest.NewIssuer(t)
	api := newAPI(authtest.NewAuthenticator(t, issuer))

	r := httptest.NewRequest("GET", "/api/me", nil)
	r.Header.Set("Authorization", "Bearer "+issuer.Token(devissuer.Claims{"sub": "alice", "roles": []string{"admin"}}))
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Errorf("got %d, want 200", w.Code)
	}
}

// The application gets its Authenticator from clerk.New or clerk.NewFromEnv. In
// its tests the instance is a stand-in on loopback.
func ExampleNewClerkAuthenticator() {
	t := new(testing.T) // the one of your test

	instance := authtest.NewClerk(t)
	api := newAPI(authtest.NewClerkAuthenticator(t, instance))

	for _, tt := range []struct {
		session devclerk.Session
		status  int
	}{
		{devclerk.Admin(), http.StatusOK},
		{devclerk.Member(), http.StatusForbidden},
		{devclerk.Pending(), http.StatusUnauthorized},
	} {
		r := httptest.NewRequest("DELETE", "/api/invoices/42", nil)
		r.Header.Set("Authorization", "Bearer "+instance.Token(tt.session, nil))
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if w.Code != tt.status {
			t.Errorf("%s: got %d, want %d", tt.session.User, w.Code, tt.status)
		}
	}
}

// The application reads its configuration from the environment.
func ExampleNewClerk() {
	t := new(testing.T) // the one of your test

	for name, value := range authtest.NewClerk(t).Env() {
		t.Setenv(name, value)
	}
	auth, err := clerk.NewFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	newAPI(auth)
}

func ExampleContext() {
	t := new(testing.T) // the one of your test

	ctx := authtest.Context(t, core.IdentityData{Subject: "alice", Roles: []string{"admin"}})
	if err := deleteOrder(ctx, "42"); err != nil {
		t.Errorf("got %v, want no error", err)
	}
}
