// Command chi serves the blog of the examples as a REST API on chi.
package main

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/cors"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/examples/blog/rest"
)

func main() { rest.Main("chi", "chi", newServer) }

func newServer(a *rest.API) rest.Server { return rest.OnHTTP(newRouter(a)) }

func newRouter(a *rest.API) *chi.Mux {
	r := chi.NewRouter()
	r.Use(middleware.Recoverer)
	if len(a.Origins) > 0 { // before authentication, which would refuse preflights
		r.Use(cors.Handler(cors.Options{
			AllowedOrigins: a.Origins, AllowedMethods: []string{"GET", "POST", "PUT", "DELETE"},
			AllowedHeaders: []string{"Authorization", "Content-Type"}, ExposedHeaders: []string{"WWW-Authenticate", "Retry-After", "Location"},
		}))
	}
	r.NotFound(send(func(*http.Request) rest.Response { return rest.NotFound() }))
	r.Get("/health", send(func(*http.Request) rest.Response { return a.Health() }))
	r.Get("/ready", send(func(r *http.Request) rest.Response { return a.Ready(r.Context()) }))
	r.Get("/openapi.json", send(func(*http.Request) rest.Response { return a.OpenAPI() }))

	r.Group(func(r chi.Router) { // everybody
		r.Use(chiauth.RateLimit(a.ByAddress), chiauth.OptionalAuth(a.Auth))
		r.Get("/posts", send(func(r *http.Request) rest.Response { return a.Posts(r.Context(), query(r, "first"), query(r, "after")) }))
		r.Get("/posts/{id}", send(func(r *http.Request) rest.Response { return a.Post(r.Context(), chi.URLParam(r, "id")) }))
	})
	r.Group(func(r chi.Router) { // users
		r.Use(chiauth.RateLimit(a.ByAddress), chiauth.RequireAuth(a.Auth), chiauth.RateLimit(a.ByUser))
		r.Get("/me", send(func(r *http.Request) rest.Response { return a.Profile(r.Context()) }))
		r.Get("/me/posts", send(func(r *http.Request) rest.Response {
			return a.OwnPosts(r.Context(), query(r, "first"), query(r, "after"))
		}))
		r.With(chiauth.RequirePermission("content:write")).Post("/posts", send(func(r *http.Request) rest.Response { return a.CreatePost(r.Context(), r.Body) }))
		r.Put("/posts/{id}", send(func(r *http.Request) rest.Response { return a.ChangePost(r.Context(), chi.URLParam(r, "id"), r.Body) }))
		r.Delete("/posts/{id}", send(func(r *http.Request) rest.Response { return a.DeletePost(r.Context(), chi.URLParam(r, "id")) }))
		r.With(chiauth.RequireParam(core.OrganizationParam("org"))).Get("/orgs/{org}", send(func(r *http.Request) rest.Response { return a.Organization(r.Context()) }))
		r.With(chiauth.RequireAnyRole("admin", "manager")).Get("/reports", send(func(r *http.Request) rest.Response { return a.Report(r.Context()) }))

		r.With(chiauth.RequireRole("admin")).Group(func(r chi.Router) { // admins
			r.Get("/users", send(func(r *http.Request) rest.Response { return a.Users(r.Context(), query(r, "first"), query(r, "after")) }))
			r.Put("/users/{id}/role", send(func(r *http.Request) rest.Response { return a.SetRole(r.Context(), chi.URLParam(r, "id"), r.Body) }))
		})
	})
	return r
}

// send makes a handler of what answers.
func send(answer func(*http.Request) rest.Response) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { answer(r).Write(w) }
}

func query(r *http.Request, name string) string { return r.URL.Query().Get(name) }
