// Command chi serves the blog of the examples as a REST API on chi.
package main

import (
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/cors"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/examples/blog/rest"
)

func main() { rest.Main("chi", "chi", newServer) }

func newServer(a *rest.API) rest.Server { return rest.OnHTTP(newRouter(a)) }

func newRouter(a *rest.API) *chi.Mux {
	r := chi.NewRouter()
	r.Use(recoverer)
	if len(a.Origins) > 0 { // before authentication, which would refuse preflights
		r.Use(cors.Handler(cors.Options{
			AllowedOrigins: a.Origins, AllowedMethods: []string{"GET", "POST", "PUT", "DELETE"},
			AllowedHeaders: []string{"Authorization", "Content-Type"}, ExposedHeaders: []string{"WWW-Authenticate", "Retry-After", "Location"},
		}))
	}
	r.NotFound(send(func(*http.Request) rest.Response { return rest.NotFound() }))
	r.MethodNotAllowed(func(w http.ResponseWriter, request *http.Request) {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
			if r.Match(chi.NewRouteContext(), method, pathOf(request)) {
				w.Header().Add("Allow", method)
			}
		}
		rest.MethodNotAllowed().Write(w)
	})
	r.Get("/health", send(func(*http.Request) rest.Response { return a.Health() }))
	r.Get("/ready", send(func(r *http.Request) rest.Response { return a.Ready(r.Context()) }))
	r.Get("/openapi.json", send(func(*http.Request) rest.Response { return a.OpenAPI() }))

	r.Group(func(r chi.Router) { // everybody
		r.Use(chiauth.RateLimit(a.ByAddress), chiauth.OptionalAuth(a.Auth))
		r.Get("/posts", send(func(r *http.Request) rest.Response { return a.Posts(r.Context(), query(r, "first"), query(r, "after")) }))
		r.Get("/posts/{id}", send(func(r *http.Request) rest.Response { return a.Post(r.Context(), param(r, "id")) }))
	})
	r.Group(func(r chi.Router) { // users
		r.Use(chiauth.RateLimit(a.ByAddress), chiauth.RequireAuth(a.Auth), chiauth.RateLimit(a.ByUser))
		r.Get("/me", send(func(r *http.Request) rest.Response { return a.Profile(r.Context()) }))
		r.Get("/me/posts", send(func(r *http.Request) rest.Response {
			return a.OwnPosts(r.Context(), query(r, "first"), query(r, "after"))
		}))
		r.With(chiauth.RequirePermission("content:write")).Post("/posts", send(func(r *http.Request) rest.Response { return a.CreatePost(r.Context(), rest.BodyOf(r)) }))
		r.Put("/posts/{id}", send(func(r *http.Request) rest.Response { return a.ChangePost(r.Context(), param(r, "id"), rest.BodyOf(r)) }))
		r.Delete("/posts/{id}", send(func(r *http.Request) rest.Response { return a.DeletePost(r.Context(), param(r, "id")) }))
		r.With(chiauth.RequireParam(core.OrganizationParam("org"))).Get("/orgs/{org}", send(func(r *http.Request) rest.Response { return a.Organization(r.Context()) }))
		r.With(chiauth.RequireAnyRole("admin", "manager")).Get("/reports", send(func(r *http.Request) rest.Response { return a.Report(r.Context()) }))

		r.With(chiauth.RequireRole("admin")).Group(func(r chi.Router) { // admins
			r.Get("/users", send(func(r *http.Request) rest.Response { return a.Users(r.Context(), query(r, "first"), query(r, "after")) }))
			r.Put("/users/{id}/role", send(func(r *http.Request) rest.Response { return a.SetRole(r.Context(), param(r, "id"), rest.BodyOf(r)) }))
		})
	})
	return r
}

// send makes a handler of what answers.
func send(answer func(*http.Request) rest.Response) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { answer(r).Write(w) }
}

func query(r *http.Request, name string) string { return r.URL.Query().Get(name) }

// pathOf is the path that chi compares with its routes.
func pathOf(r *http.Request) string {
	if r.URL.RawPath != "" {
		return r.URL.RawPath
	}
	return r.URL.Path
}

// param is a parameter of the path, which chi leaves escaped when the path has %2F.
func param(r *http.Request, name string) string {
	value := chi.URLParam(r, name)
	if r.URL.RawPath == "" {
		return value
	}
	if unescaped, err := url.PathUnescape(value); err == nil {
		return unescaped
	}
	return value
}

// recoverer answers as the rest of the API does where chi's own has no body.
func recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch reason := recover(); {
			case reason == nil:
			case reason == http.ErrAbortHandler: //nolint:errorlint // the same value, as net/http compares it
				panic(reason)
			default:
				rest.ServerError(r.Context(), fmt.Sprintf("%v\n%s", reason, debug.Stack())).Write(w)
			}
		}()
		next.ServeHTTP(w, r)
	})
}
