package echoauth_test

import (
	"errors"
	"fmt"
	"log"
	"net/http/httptest"

	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/echoauth/v5"
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
	e := echo.New()
	api := e.Group("/api", echoauth.RequireAuth(auth))
	api.GET("/me", func(c *echo.Context) error {
		id, _ := echoauth.Identity(c)
		return c.JSON(200, map[string]any{"userId": id.Subject()})
	})
	api.DELETE("/users/:id", func(c *echo.Context) error {
		return c.JSON(200, map[string]any{"deleted": c.Param("id")})
	}, echoauth.RequireRole("admin"))

	try := func(method, path, token string) {
		request := httptest.NewRequest(method, path, nil)
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		response := httptest.NewRecorder()
		e.ServeHTTP(response, request)
		fmt.Print(response.Code, " ", response.Body)
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

// An application with an error handler of its own decides what refusals look
// like. The status, the body and the reason are there; so are the headers, on
// the response.
func ExampleRequireAuth_errorHandler() {
	auth, err := core.ForIssuer("https://tenant.eu.auth0.com/", "https://api.example.com")
	if err != nil {
		log.Fatal(err)
	}
	e := echo.New()
	e.HTTPErrorHandler = func(c *echo.Context, err error) {
		var refusal *core.Refusal
		if errors.As(err, &refusal) && errors.Is(err, core.ErrNoToken) {
			_ = c.JSON(refusal.Status, map[string]any{"type": "about:blank", "title": refusal.Error()})
			return
		}
		echo.DefaultHTTPErrorHandler(false)(c, err)
	}
	e.GET("/me", func(c *echo.Context) error { return c.NoContent(204) }, echoauth.RequireAuth(auth))

	response := httptest.NewRecorder()
	e.ServeHTTP(response, httptest.NewRequest("GET", "/me", nil))
	fmt.Println(response.Code, response.Header().Get("WWW-Authenticate"))
	fmt.Print(response.Body)
	// Output:
	// 401 Bearer
	// {"title":"unauthorized","type":"about:blank"}
}
