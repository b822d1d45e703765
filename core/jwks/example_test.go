package jwks_test

import (
	"context"
	"crypto/ed25519"
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

// A metric round every question: readiness, events and health stay those of the
// source.
func ExampleSource_Wrap() {
	source, err := jwks.Static([]byte(set))
	if err != nil {
		log.Fatal(err)
	}
	questions := 0
	counted := source.Wrap(jwks.LookupFunc(func(ctx context.Context, kid, alg string) ([]*jwks.Key, error) {
		questions++
		return source.Keys(ctx, kid, alg)
	}))
	keys, _ := counted.Keys(context.Background(), "2026-01", "EdDSA")
	fmt.Println(questions, "question,", len(keys), "key, ready:", counted.Health().Ready)
	// Output: 1 question, 1 key, ready: true
}

// A key store of your own, such as a table of a database.
func ExampleCustom() {
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		log.Fatal(err)
	}
	key, err := jwks.NewKey("2026-01", "EdDSA", public)
	if err != nil {
		log.Fatal(err)
	}
	table := map[string]*jwks.Key{"2026-01": key}
	source, err := jwks.Custom(jwks.LookupFunc(func(_ context.Context, kid, _ string) ([]*jwks.Key, error) {
		if k := table[kid]; k != nil {
			return []*jwks.Key{k}, nil
		}
		return nil, nil // an unknown key is no error
	}))
	if err != nil {
		log.Fatal(err)
	}
	keys, _ := source.Keys(context.Background(), "2026-01", "EdDSA")
	fmt.Println(len(keys), "key, ready:", source.Health().Ready)
	// Output: 1 key, ready: true
}

// Serve the public half of the keys that your own tokens are signed with.
func ExampleHandler() {
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		log.Fatal(err)
	}
	key, err := jwks.NewKey("2026-01", "EdDSA", public)
	if err != nil {
		log.Fatal(err)
	}
	handler, err := jwks.Handler(key)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/.well-known/jwks.json", handler)

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/.well-known/jwks.json", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	// Output: 200 application/jwk-set+json
}

// A set without a usable key is an error that names the reasons.
func ExampleStatic() {
	_, err := jwks.Static([]byte(`{"keys":[{"kty":"oct","kid":"shared","k":"c2VjcmV0"}]}`))
	fmt.Println(err)
	// Output: jwks: no usable key in the set: "shared" (symmetric)
}
