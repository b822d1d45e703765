package notes

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/cors"

	"github.com/authkeel/authkeel/chiauth"
)

// Chi is the API in Chi.
func Chi(api *API) http.Handler {
	r := chi.NewRouter()
	r.Use(cors.Handler(cors.Options{
		AllowedOrigins: []string{api.Origin},
		AllowedMethods: corsMethods,
		AllowedHeaders: corsHeaders,
		ExposedHeaders: corsExposed,
	}))

	r.Get("/status", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, status{Up: true, Authorization: r.Header.Get("Authorization") != ""})
	})
	r.With(chiauth.OptionalAuth(api.Auth)).Get("/greeting", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, greet(chiauth.Identity(r)))
	})
	r.With(chiauth.OptionalAuth(api.Auth)).Handle("/graphql", api.graphQL())
	r.Handle("/graphql/lenient", api.lenient())
	r.With(chiauth.OptionalAuth(api.Auth)).Handle("/trpc/{path}", api.procedures())

	r.Group(func(r chi.Router) {
		r.Use(chiauth.RequireAuth(api.Auth))
		r.Get("/notes", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, http.StatusOK, api.Notes.List())
		})
		r.Post("/notes", func(w http.ResponseWriter, r *http.Request) {
			var in text
			if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
				http.Error(w, "not a note", http.StatusBadRequest)
				return
			}
			id, _ := chiauth.Identity(r)
			answer(w, http.StatusCreated, api.Notes.Create(id, in.Text))
		})
		r.With(chiauth.RequireScope("notes:write")).Put("/notes/{id}", func(w http.ResponseWriter, r *http.Request) {
			var in text
			if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
				http.Error(w, "not a note", http.StatusBadRequest)
				return
			}
			note, ok := api.Notes.Rename(chi.URLParam(r, "id"), in.Text)
			if !ok {
				http.Error(w, "no such note", http.StatusNotFound)
				return
			}
			answer(w, http.StatusOK, note)
		})
		r.With(chiauth.RequireRole("admin")).Delete("/notes/{id}", func(w http.ResponseWriter, r *http.Request) {
			if !api.Notes.Delete(chi.URLParam(r, "id")) {
				http.Error(w, "no such note", http.StatusNotFound)
				return
			}
			w.WriteHeader(http.StatusNoContent)
		})
		r.Post("/uploads", func(w http.ResponseWriter, r *http.Request) {
			n, err := io.Copy(io.Discard, r.Body)
			if err != nil {
				http.Error(w, "the upload broke off", http.StatusBadRequest)
				return
			}
			answer(w, http.StatusOK, received{n})
		})
		r.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/notes", http.StatusTemporaryRedirect)
		})
		r.Get("/away", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, api.Away, http.StatusTemporaryRedirect)
		})
	})
	return api.Count.wrap(r)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client is gone
}
