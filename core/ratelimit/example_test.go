package ratelimit_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/ratelimit"
)

// Without a framework's adapter a Limiter is a step like all others. This one limits
// a sign-in page to 3 requests a minute of each address.
func ExampleLimiter_Step() {
	auth, err := core.ForIssuer("https://issuer.example", "https://api.example.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	limiter, err := ratelimit.New(ratelimit.Config{
		Authenticator: auth,
		Name:          "sign-in",
		Key:           ratelimit.ByAddress(),
		Limits:        []ratelimit.Limit{{Requests: 3, Per: time.Minute}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	step := limiter.Step() // once, not for each request
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r, ok := adapter.Serve(step, w, r); ok {
			fmt.Fprintln(w, "please sign in at", r.URL.Path)
		}
	})
	for range 4 {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/sign-in", nil))
		fmt.Println(w.Code, w.Header().Get("RateLimit-Policy"))
	}
	// Output:
	// 200 "sign-in";q=3;w=60
	// 200 "sign-in";q=3;w=60
	// 200 "sign-in";q=3;w=60
	// 429 "sign-in";q=3;w=60
}

// An address that sent 20 bad tokens within a minute may have 5 new tokens checked
// a second. Tokens that were verified before are not affected.
func ExampleNewFailureLimit() {
	failures, err := ratelimit.NewFailureLimit(ratelimit.FailureConfig{Failures: 20, Per: time.Minute, Checks: 5})
	if err != nil {
		fmt.Println(err)
		return
	}
	auth, err := core.New(core.Config{
		Issuers:      []core.Issuer{{URL: "https://issuer.example", Audiences: []string{"https://api.example.com"}}},
		FailureLimit: failures,
	})
	fmt.Println(auth != nil, err)
	// Output:
	// true <nil>
}

// Several limits hold together, and each method has its own: a user may read and write
// 10 times a second and 1000 times an hour.
func ExampleCombine() {
	auth, err := core.ForIssuer("https://issuer.example", "https://api.example.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = ratelimit.New(ratelimit.Config{
		Authenticator: auth,
		Key:           ratelimit.Combine(ratelimit.ByUser(), ratelimit.ByMethod()),
		Limits:        []ratelimit.Limit{{Requests: 10, Per: time.Second}, {Requests: 1000, Per: time.Hour}},
	})
	fmt.Println(err)
	// Output:
	// <nil>
}
