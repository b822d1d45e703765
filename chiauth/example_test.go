package chiauth_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/go-chi/chi/v5"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

func Example() {
	// A local issuer stands for your identity provider.
	issuer, err := devissuer.Start(devissuer.Options{Algorithms: []string{"ES256"}})
	if err != nil {
		log.Fatal(err)
	}
	defer issuer.Close()

	auth, err := core.ForIssuer(issuer.URL(), issuer.Audience())
	if err != nil {
		log.Fatal(err)
	}
	r := chi.NewRouter()
	r.Route("/api", func(api chi.Router) {
		api.Use(chiauth.RequireAuth(auth))
		api.Get("/me", func(w http.ResponseWriter, r *http.Request) {
			id, _ := chiauth.Identity(r)
			fmt.Fprintf(w, `{"userId":%q}`, id.Subject())
		})
		api.With(chiauth.RequireRole("admin")).Delete("/users/{id}", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"deleted":%q}`, chi.URLParam(r, "id"))
		})
	})

	try := func(method, path, token string) {
		request := httptest.NewRequest(method, path, nil)
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		response := httptest.NewRecorder()
		r.ServeHTTP(response, request)
		fmt.Println(response.Code, response.Body)
	}
	alice := issuer.Token(devissuer.Claims{"sub": "alice"})
	root := issuer.Token(devissuer.Claims{"sub": "root", "roles": []string{"admin"}})
	try("GET", "/api/me", alice)
	try("GET", "/api/me", "")
	try("DELETE", "/api/users/42", alice)
	try("DELETE", "/api/users/42", root)
	// Output:
	// 200 {"userId":"alice"}
	// 401 {"error":"unauthorized","error_description":"authentication is required"}
	// 403 {"error":"insufficient_scope","error_description":"the caller lacks a right that the request needs"}
	// 200 {"deleted":"42"}
}

// The middleware is plain net/http and needs no chi.
func ExampleRequireAuth_serveMux() {
	auth, err := core.ForIssuer("https://tenant.eu.auth0.com/", "https://api.example.com")
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	me := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := chiauth.Identity(r)
		fmt.Fprintln(w, id.Subject())
	})
	mux.Handle("GET /me", chiauth.RequireAuth(auth)(chiauth.RequireScope("profile")(me)))

	response := httptest.NewRecorder()
	mux.ServeHTTP(response, httptest.NewRequest("GET", "/me", nil))
	fmt.Println(response.Code, response.Header().Get("WWW-Authenticate"))
	// Output: 401 Bearer
}
