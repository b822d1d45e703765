package core_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// Refusals in the envelope that the rest of an API uses. Status and header stay as
// they are.
func ExampleConfig_rewriteRefusal() {
	envelope := func(_ context.Context, r core.Refusal) core.Refusal {
		r.ContentType = "application/json"
		r.Content, _ = json.Marshal(map[string]any{"errors": []map[string]string{{"code": r.Body.Error, "detail": r.Body.Description}}})
		return r
	}
	auth, err := core.New(core.Config{
		Issuers:        []core.Issuer{{URL: "https://tenant.eu.auth0.com/", Audiences: []string{"https://api.example.com"}}},
		RewriteRefusal: envelope, // or core.ProblemJSON
		Observer:       core.Silent,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	w := httptest.NewRecorder()
	adapter.Serve(auth.RequireAuth(), w, httptest.NewRequest(http.MethodGet, "/me", nil))
	fmt.Println(w.Code, w.Header().Get("WWW-Authenticate"), w.Body)
	// Output:
	// 401 Bearer {"errors":[{"code":"unauthorized","detail":"authentication is required"}]}
}
