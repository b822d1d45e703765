package main

import (
	"encoding/json"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
)

// chiAPI is the API in Chi.
func chiAPI(auth *core.Authenticator, hooks http.Handler) http.Handler {
	r := chi.NewRouter()

	r.Get("/public", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]any{"message": "anyone may read this"})
	})
	r.With(chiauth.OptionalAuth(auth)).Get("/hello", func(w http.ResponseWriter, r *http.Request) {
		name := "stranger"
		if id, ok := chiauth.Identity(r); ok {
			name = id.Subject()
		}
		writeJSON(w, map[string]any{"message": "hello, " + name})
	})

	// In here nobody comes without a good token.
	r.Group(func(r chi.Router) {
		r.Use(chiauth.RequireAuth(auth))
		r.Get("/me", func(w http.ResponseWriter, r *http.Request) {
			id, _ := chiauth.Identity(r)
			writeJSON(w, map[string]any{"userId": id.Subject(), "roles": id.Roles()})
		})
		r.With(chiauth.RequireRole("admin")).Delete("/users/{id}", func(w http.ResponseWriter, r *http.Request) {
			writeJSON(w, map[string]any{"deleted": chi.URLParam(r, "id")})
		})
		r.With(chiauth.RequirePermission("reports:read")).Get("/reports", func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, map[string]any{"reports": []string{"first quarter", "second quarter"}})
		})

		// Clerk's users act in an organization, and somebody may act for them.
		r.Get("/organization", func(w http.ResponseWriter, r *http.Request) {
			id, _ := chiauth.Identity(r)
			org := id.Organization()
			writeJSON(w, map[string]any{"id": org.ID, "role": org.Role, "impersonatedBy": id.Actor().Subject})
		})
		r.With(chiauth.RequirePermission("org:invoices:create")).Post("/invoices", func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, map[string]any{"created": "invoice"})
		})
		r.With(chiauth.Require(clerk.Has(clerk.HasParams{Reverification: clerk.Strict}))).Post("/payouts", func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, map[string]any{"created": "payout"})
		})
		r.With(chiauth.Require(clerk.NotImpersonated())).Post("/password", func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, map[string]any{"changed": "password"})
		})
	})
	// Not in the group: the signature is the authentication.
	r.Method(http.MethodPost, "/webhooks", hooks)
	return r
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // fails only when the client is gone
}
