package fiberauth_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/gofiber/fiber/v3"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/fiberauth/v3"
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
	app := fiber.New()
	api := app.Group("/api", fiberauth.RequireAuth(auth))
	api.Get("/me", func(c fiber.Ctx) error {
		id, _ := fiberauth.Identity(c)
		return c.JSON(fiber.Map{"userId": id.Subject()})
	})
	api.Delete("/users/:id", fiberauth.RequireRole("admin"), func(c fiber.Ctx) error {
		return c.JSON(fiber.Map{"deleted": c.Params("id")})
	})

	try := func(method, path, token string) {
		request := httptest.NewRequest(method, path, nil)
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		response, err := app.Test(request)
		if err != nil {
			log.Fatal(err)
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		fmt.Println(response.StatusCode, string(body))
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

// A GraphQL server, or anything else on net/http, finds the identity in its
// request's context.
func ExampleHTTPHandler() {
	issuer, err := devissuer.Start(devissuer.Options{Algorithms: []string{"ES256"}})
	if err != nil {
		log.Fatal(err)
	}
	defer issuer.Close()
	auth, err := core.ForIssuer(issuer.URL(), issuer.Audience())
	if err != nil {
		log.Fatal(err)
	}
	graph := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := core.IdentityFrom(r.Context())
		fmt.Fprint(w, "hello "+id.Subject())
	})
	app := fiber.New()
	app.Post("/graphql", fiberauth.RequireAuth(auth), fiberauth.HTTPHandler(graph))

	request := httptest.NewRequest("POST", "/graphql", nil)
	request.Header.Set("Authorization", "Bearer "+issuer.Token(devissuer.Claims{"sub": "alice"}))
	response, err := app.Test(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	fmt.Println(string(body))
	// Output: hello alice
}
