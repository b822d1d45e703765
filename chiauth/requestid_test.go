package chiauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
)

// refusals is an observer that hands on the refusals.
type refusals chan core.Event

func (r refusals) Observe(_ context.Context, e core.Event) {
	if e.Kind == core.EventRefused {
		r <- e
	}
}

// Chi's own middleware keeps the ID of a request in the context.
func TestEventsHaveTheIDOfChisMiddleware(t *testing.T) {
	log := make(refusals, 1)
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t), func(cfg *core.Config) {
		cfg.Observer, cfg.RequestID = log, middleware.GetReqID
	})
	router := chi.NewRouter()
	given := ""
	router.Use(middleware.RequestID, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			given = middleware.GetReqID(r.Context())
			next.ServeHTTP(w, r)
		})
	}, chiauth.RequireAuth(auth))
	router.Get("/me", func(http.ResponseWriter, *http.Request) {})
	router.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/me?x", nil))
	if e := <-log; given == "" || e.RequestID != given || e.Method != "GET" || e.Path != "/me" {
		t.Errorf("got %q %q %q, want GET /me %q", e.Method, e.Path, e.RequestID, given)
	}
}
