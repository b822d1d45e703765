package apiclient_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync/atomic"

	"golang.org/x/oauth2/clientcredentials"

	apiclient "github.com/authkeel/authkeel/scripts/internal/client/goclient"
)

// A token source of golang.org/x/oauth2. Take one that does not remember
// tokens: the client does, and after a refusal it needs another one.
func Example_oauth2() {
	var issued atomic.Int32
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"access_token": fmt.Sprintf("token%d", issued.Add(1)), "token_type": "Bearer", "expires_in": 3600,
		})
	}))
	defer issuer.Close()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer token1" { // revoked long before it expires
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, r.Header.Get("Authorization"))
	}))
	defer api.Close()

	config := clientcredentials.Config{ClientID: "reports", ClientSecret: "secret", TokenURL: issuer.URL}
	client, err := apiclient.New(apiclient.Config{
		Origin: api.URL,
		Source: func(ctx context.Context) (apiclient.Token, error) {
			t, err := config.Token(ctx)
			if err != nil {
				return apiclient.Token{}, err
			}
			return apiclient.Token{Value: t.AccessToken, Expiry: t.Expiry}, nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, api.URL+"/notes", nil)
	if err != nil {
		log.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.StatusCode, string(body))
	// Output: 200 Bearer token2
}
