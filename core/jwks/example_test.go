package jwks_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/authkeel/authkeel/core/jwks"
)

const set = `{"keys":[
	{"kty":"OKP","crv":"Ed25519","kid":"2026-01","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
	{"kty":"oct","kid":"shared","k":"c2VjcmV0"}
]}`

// A remote source fetches at the first question, and says what it did not like.
func ExampleRemote() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(set))
	}))
	defer srv.Close()

	reported := make(chan jwks.Refresh, 1)
	source, err := jwks.Remote(srv.URL, jwks.Options{OnRefresh: func(r jwks.Refresh) { reported <- r }})
	if err != nil {
		log.Fatal(err)
	}
	keys, err := source.Keys(context.Background(), "2026-01", "EdDSA")
	if err != nil {
		log.Fatal(err) // errors.Is(err, jwks.ErrUnavailable): the issuer is away
	}
	fmt.Println(len(keys), "candidate:", keys[0].ID())
	fmt.Println("dropped:", (<-reported).Dropped)
	// Output:
	// 1 candidate: 2026-01
	// dropped: ["shared" (symmetric)]
}

// A key in an environment variable, with its line breaks written out.
func ExamplePEM() {
	source, err := jwks.PEM([]byte(`"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n"`))
	if err != nil {
		log.Fatal(err)
	}
	keys, _ := source.Keys(context.Background(), "any id", "EdDSA")
	fmt.Println(len(keys), "candidate:", keys[0].Fits("EdDSA"))
	// Output: 1 candidate: true
}

// A set without a usable key is an error that names the reasons.
func ExampleStatic() {
	_, err := jwks.Static([]byte(`{"keys":[{"kty":"oct","kid":"shared","k":"c2VjcmV0"}]}`))
	fmt.Println(err)
	// Output: jwks: no usable key in the set: "shared" (symmetric)
}
