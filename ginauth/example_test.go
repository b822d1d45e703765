package ginauth_test

import (
	"fmt"
	"log"
	"net/http/httptest"

	"github.com/gin-gonic/gin"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/ginauth"
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
	r := gin.New()
	api := r.Group("/api", ginauth.RequireAuth(auth))
	api.GET("/me", func(c *gin.Context) {
		id, _ := ginauth.Identity(c)
		c.JSON(200, gin.H{"userId": id.Subject()})
	})
	api.DELETE("/users/:id", ginauth.RequireRole("admin"), func(c *gin.Context) {
		c.JSON(200, gin.H{"deleted": c.Param("id")})
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

func ExampleRequire() {
	auth, err := core.ForIssuer("https://tenant.eu.auth0.com/", "https://api.example.com")
	if err != nil {
		log.Fatal(err)
	}
	mayRefund := core.AnyOf(
		core.Role("accountant"),
		core.AllOf(core.Permission("orders:refund"), core.Scope("orders")),
	)
	r := gin.New()
	r.POST("/orders/:id/refund", ginauth.RequireAuth(auth), ginauth.Require(mayRefund), func(c *gin.Context) {
		c.Status(204)
	})
	response := httptest.NewRecorder()
	r.ServeHTTP(response, httptest.NewRequest("POST", "/orders/42/refund", nil))
	fmt.Println(response.Code, response.Header().Get("WWW-Authenticate"))
	// Output: 401 Bearer
}
