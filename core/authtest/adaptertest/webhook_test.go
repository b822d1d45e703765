package adaptertest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestRunWebhook runs the suite with net/http alone.
func TestRunWebhook(t *testing.T) {
	RunWebhook(t, func(t testing.TB, app WebhookApp) string {
		mux := http.NewServeMux()
		mux.HandleFunc("/webhooks", func(w http.ResponseWriter, r *http.Request) {
			if app.Keep {
				r = app.Hooks.BufferBody(r)
			}
			if app.Parse {
				_ = json.NewDecoder(r.Body).Decode(new(any)) // the webhook refuses a body that is not JSON
			}
			app.Hooks.ServeHTTP(w, r)
		})
		server := httptest.NewServer(mux)
		t.Cleanup(server.Close)
		return server.URL
	}, false)
}
