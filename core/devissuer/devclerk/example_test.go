package devclerk_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

func ExampleStart() {
	instance, err := devclerk.Start(devclerk.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer instance.Close()

	// The API under test is given instance.Env(), a client one of these tokens.
	admin := instance.Token(devclerk.Admin(), nil)
	custom := instance.Token(devclerk.Session{
		User: "user_42",
		Organization: &devclerk.Organization{ID: "org_1", Role: "org:billing",
			Permissions: []string{"org:invoices:create"}},
	}, devissuer.Claims{"metadata": map[string]any{"tier": "gold"}})
	fmt.Println(len(admin) > 0, len(custom) > 0)
	// Output: true true
}

func ExampleInstance_NewWebhook() {
	instance, err := devclerk.Start(devclerk.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer instance.Close()

	endpoint := httptest.NewServer(http.NotFoundHandler()) // the API under test
	defer endpoint.Close()

	created := instance.NewWebhook("user.created", devissuer.Claims{"id": "user_42", "object": "user"})
	for _, w := range []devclerk.Webhook{created, created.Forged()} {
		status, _, err := w.Send(context.Background(), endpoint.URL)
		fmt.Println(status, err)
	}
	// Output:
	// 404 <nil>
	// 404 <nil>
}
