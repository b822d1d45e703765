package authtest

import (
	"net/http"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// WebhookHeader returns the headers with which Svix delivers a message, for tests
// of a webhook. secret must be `whsec_` and base64; another one fails the test.
// For Clerk's events use NewWebhook of the instance that [NewClerk] starts.
func WebhookHeader(t testing.TB, secret, id string, sent time.Time, body []byte) http.Header {
	t.Helper()
	h, err := devclerk.SignWebhook(secret, id, sent, body)
	if err != nil {
		t.Fatalf("authtest: %v", err)
	}
	return h
}
