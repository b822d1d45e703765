package webhook_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/store"
	"github.com/authkeel/authkeel/core/webhook"
)

func Example() {
	type invoice struct{ Number string }
	verifier, err := webhook.NewVerifier(webhook.VerifierConfig{Secrets: []string{"whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	hooks, err := webhook.New(webhook.Config{Verifier: verifier, Handlers: webhook.Handlers{
		"invoice.paid": webhook.Typed(func(_ context.Context, _ *webhook.Event, i invoice) error {
			fmt.Println("paid:", i.Number)
			return nil
		}),
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/webhooks", hooks)

	// The sender delivers a message, and again because the answer was lost.
	const body = `{"type":"invoice.paid","timestamp":"2025-12-31T23:59:59Z","data":{"number":"2025-17"}}`
	for range 2 {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, delivery(body))
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// paid: 2025-17
	// 200 {"status":"processed"}
	// 200 {"status":"already_processed"}
}

// Several replicas share a store, a secret is being replaced, and all types
// without a function of their own go to Default.
func ExampleNew() {
	verifier, err := webhook.NewVerifier(webhook.VerifierConfig{Secrets: []string{
		"whsec_dGhpcy1pcy1hLXRlc3Qta2V5LTMyLWJ5dGVzLWxvbmc=", // the new one
		"whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY",
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	var shared store.Store = store.NewMemory(store.MemoryOptions{}) // a redisstore, for example
	hooks, err := webhook.New(webhook.Config{
		Verifier: verifier,
		Store:    shared,
		Name:     "billing",
		Default: func(_ context.Context, e *webhook.Event) error {
			fmt.Println(e.Type, string(e.Data))
			return nil
		},
		Timeout: 10 * time.Second,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	hooks.ServeHTTP(httptest.NewRecorder(), delivery(
		`{"type":"invoice.voided","data":{"number":"2025-18"}}`))
	// Output: invoice.voided {"number":"2025-18"}
}

// A message from a queue has no HTTP request.
func ExampleVerifier_Verify() {
	verifier, err := webhook.NewVerifier(webhook.VerifierConfig{
		Secrets: []string{"whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY"},
		Now:     func() time.Time { return time.Unix(1767225600, 0) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	header := http.Header{
		"Svix-Id":        {"msg_unicode"},
		"Svix-Timestamp": {"1767225600"},
		"Svix-Signature": {"v1,bxiub/j2V1acOIXW7gpANV2Y5FjHla6WrYEJleCQbBo="},
	}
	body := []byte(`{"data":{"first_name":"Zoë ☃"},"object":"event","type":"user.updated"}`)
	message, err := verifier.Verify(header, body)
	fmt.Println(message.ID, err)

	_, err = verifier.Verify(header, append(body, ' '))
	fmt.Println(err)
	// Output:
	// msg_unicode <nil>
	// bad_signature
}

func delivery(body string) *http.Request {
	ts := strconv.FormatInt(time.Now().Unix(), 10)
	r := httptest.NewRequest(http.MethodPost, "/webhooks", strings.NewReader(body))
	r.Header = header("svix", "msg_1", ts, sign(secret, "msg_1", ts, body))
	return r
}
