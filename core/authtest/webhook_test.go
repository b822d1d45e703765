package authtest

import (
	"testing"
	"time"
)

// TestWebhookHeader compares with what Svix's own library signs.
func TestWebhookHeader(t *testing.T) {
	const body = `{"test": 2432232314}`
	h := WebhookHeader(t, "whsec_dGhpcy1pcy1hLXRlc3Qta2V5LTMyLWJ5dGVzLWxvbmc=", "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(body))
	for name, want := range map[string]string{
		"svix-id":        "msg_p5jXN8AQM9LWM0D4loKWxJek",
		"svix-timestamp": "1614265330",
		"svix-signature": "v1,/PjnjE2GzYEb7eNcbm8UTMv+zmZOu+G8iAQe3ZktPC8=",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
