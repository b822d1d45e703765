package authtest

import (
	"net/http"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
)

// WebhookHeader returns the headers with which Svix delivers a message: for the
// tests of what a webhook does. The secret is `whsec_` and base64; the test fails
// when it is not. For Clerk's events see the NewWebhook of [NewClerk].
func WebhookHeader(t testing.TB, secret, id string, sent time.Time, body []byte) http.Header {
	t.Helper()
	h, err := devissuer.SignWebhook(secret, id, sent, body)
	if err != nil {
		t.Fatalf("authtest: %v", err)
	}
	return h
}
