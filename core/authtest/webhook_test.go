package authtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestRunWebhook tries the suite where nothing is between it and the handler
// but net/http.
func TestRunWebhook(t *testing.T) {
	RunWebhook(t, func(t testing.TB, app WebhookApp) string {
		mux := http.NewServeMux()
		mux.HandleFunc("/webhooks", func(w http.ResponseWriter, r *http.Request) {
			if app.Keep {
				r = app.Hooks.KeepBody(r)
			}
			if app.Parse {
				_ = json.NewDecoder(r.Body).Decode(new(any)) // a body that is no JSON is the handler's to refuse
			}
			app.Hooks.ServeHTTP(w, r)
		})
		server := httptest.NewServer(mux)
		t.Cleanup(server.Close)
		return server.URL
	}, false)
}

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
