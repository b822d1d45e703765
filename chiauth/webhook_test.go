package chiauth_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/authkeel/authkeel/core/authtest/adaptertest"
)

func TestWebhook(t *testing.T) {
	adaptertest.RunWebhook(t, func(t testing.TB, app adaptertest.WebhookApp) string {
		r := chi.NewRouter()
		if app.Keep {
			r.Use(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					next.ServeHTTP(w, app.Hooks.BufferBody(r))
				})
			})
		}
		if app.Parse {
			r.Use(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					_ = json.NewDecoder(r.Body).Decode(new(any))
					next.ServeHTTP(w, r)
				})
			})
		}
		r.Method(http.MethodPost, "/webhooks", app.Hooks)
		return listen(t, r)
	}, false)
}
