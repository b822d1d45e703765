package authtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// WebhookHeader returns the headers with which Svix delivers a message: for the
// tests of what a webhook does. The secret is `whsec_` and base64; the test fails
// when it is not.
func WebhookHeader(t testing.TB, secret, id string, sent time.Time, body []byte) http.Header {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatalf("authtest: the webhook secret: %v", err)
	}
	seconds := strconv.FormatInt(sent.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + seconds + "."))
	mac.Write(body)
	return http.Header{
		"Content-Type":   {"application/json"},
		"Svix-Id":        {id},
		"Svix-Timestamp": {seconds},
		"Svix-Signature": {"v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))},
	}
}
