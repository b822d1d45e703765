package devissuer_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/authkeel/authkeel/core/devissuer"
)

func ExampleStart() {
	issuer, err := devissuer.Start(devissuer.Options{Algorithms: []string{"ES256"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer issuer.Close()

	// A verifier is given issuer.URL() and issuer.Audience(), a client this token.
	token := issuer.Token(devissuer.Claims{"sub": "user_42", "roles": []string{"admin"}})
	fmt.Println(len(token) > 0)

	// And this is how it sees the issuer fail.
	issuer.SetFault(devissuer.Fail(http.StatusInternalServerError))
	res, err := http.Get(issuer.JWKSURL())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	fmt.Println(res.Status)
	// Output:
	// true
	// 500 Internal Server Error
}

func ExampleStartClerk() {
	instance, err := devissuer.StartClerk(devissuer.ClerkOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer instance.Close()

	// The API under test is given instance.Env(), a client one of these tokens.
	admin := instance.Token(devissuer.ClerkAdmin(), nil)
	custom := instance.Token(devissuer.ClerkSession{
		User: "user_42",
		Organization: &devissuer.ClerkOrganization{ID: "org_1", Role: "org:billing",
			Permissions: []string{"org:invoices:create"}},
	}, devissuer.Claims{"metadata": map[string]any{"tier": "gold"}})
	fmt.Println(len(admin) > 0, len(custom) > 0)
	// Output: true true
}

func ExampleClerk_NewWebhook() {
	instance, err := devissuer.StartClerk(devissuer.ClerkOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer instance.Close()

	endpoint := httptest.NewServer(http.NotFoundHandler()) // the API under test
	defer endpoint.Close()

	created := instance.NewWebhook("user.created", devissuer.Claims{"id": "user_42", "object": "user"})
	for _, w := range []devissuer.Webhook{created, created.Forged()} {
		status, _, err := w.Send(context.Background(), endpoint.URL)
		fmt.Println(status, err)
	}
	// Output:
	// 404 <nil>
	// 404 <nil>
}
