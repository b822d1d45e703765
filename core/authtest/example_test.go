package authtest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer"
)

// newAPI stands for the application under test, which takes its Authenticator
// as a parameter.
func newAPI(*core.Authenticator) http.Handler { return http.NotFoundHandler() }

// deleteOrder stands for a function of the application that decides by itself.
func deleteOrder(ctx context.Context, id string) error {
	return core.Authorize(ctx, core.AnyOf(core.Role("admin"), core.Permission("orders:delete:"+id)))
}

func ExampleNewAuthenticator() {
	t := new(testing.T) // your test's

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

// The application has its Authenticator from clerk.New or clerk.NewFromEnv; in
// its tests the instance is one on loopback.
func ExampleNewClerkAuthenticator() {
	t := new(testing.T) // your test's

	instance := authtest.NewClerk(t)
	api := newAPI(authtest.NewClerkAuthenticator(t, instance))

	for _, tt := range []struct {
		session devissuer.ClerkSession
		status  int
	}{
		{devissuer.ClerkAdmin(), http.StatusOK},
		{devissuer.ClerkMember(), http.StatusForbidden},
		{devissuer.ClerkPending(), http.StatusUnauthorized},
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

// An application that reads its environment by itself.
func ExampleNewClerk() {
	t := new(testing.T) // your test's

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
	t := new(testing.T) // your test's

	ctx := authtest.Context(t, core.IdentityData{Subject: "alice", Roles: []string{"admin"}})
	if err := deleteOrder(ctx, "42"); err != nil {
		t.Errorf("got %v, want no error", err)
	}
}

// An adapter for another framework names its functions, says how it serves a
// set of routes, and is tried. This one is for net/http.
func ExampleRun() {
	t := new(testing.T) // your test's

	type middleware = func(http.Handler) http.Handler
	run := func(step adapter.Step) middleware {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r, ok := adapter.Serve(step, w, r); ok {
					next.ServeHTTP(w, r)
				}
			})
		}
	}
	a := authtest.Adapter[middleware]{
		RequireAuth: func(a *core.Authenticator) middleware { return run(a.RequireAuth()) },
		Require:     func(p core.Policy) middleware { return run(core.Require(p)) },
		// and so on
	}
	authtest.Run(t, func(t testing.TB, app authtest.App) string {
		mux := http.NewServeMux()
		for _, route := range app.Routes {
			var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				id, ok := core.IdentityFrom(r.Context())
				_, _ = w.Write(route.Handle(r.Context(), id, ok))
			})
			guards := a.Build(route.Guards)
			for i := range guards {
				handler = guards[len(guards)-1-i](handler)
			}
			mux.HandleFunc(route.Method+" "+route.Path, func(w http.ResponseWriter, r *http.Request) {
				for _, field := range route.Header {
					w.Header().Set(field[0], field[1])
				}
				handler.ServeHTTP(w, r)
			})
		}
		server := httptest.NewServer(mux)
		t.Cleanup(server.Close)
		return server.URL
	})
}
