// Command chi is a small API on Chi that accepts tokens of one issuer. chiauth is
// plain net/http middleware, so other routers on net/http work in the same way.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
)

func main() {
	auth, err := core.ForIssuer(os.Getenv("OIDC_ISSUER"), os.Getenv("OIDC_AUDIENCE"))
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: "127.0.0.1:8080", Handler: newAPI(auth), ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

func newAPI(auth *core.Authenticator) http.Handler {
	r := chi.NewRouter()
	r.Get("/health", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })

	r.Route("/api", func(api chi.Router) {
		api.Use(chiauth.RequireAuth(auth))
		api.Get("/me", func(w http.ResponseWriter, r *http.Request) {
			id, _ := chiauth.Identity(r)
			writeJSON(w, map[string]string{"userId": id.Subject()})
		})
		api.With(chiauth.RequireRole("admin")).Delete("/users/{id}", func(w http.ResponseWriter, r *http.Request) {
			writeJSON(w, map[string]string{"deleted": chi.URLParam(r, "id")})
		})
	})
	return r
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // fails only when the client has left
}
