// Package chiauth puts authkeel in front of Chi.
//
//	auth, err := core.ForIssuer("https://tenant.eu.auth0.com/", "https://api.example.com")
//	r.Route("/api", func(api chi.Router) {
//		api.Use(chiauth.RequireAuth(auth))
//		api.Get("/me", func(w http.ResponseWriter, r *http.Request) { id, _ := chiauth.Identity(r); fmt.Fprint(w, id.Subject()) })
//		api.With(chiauth.RequireRole("admin")).Delete("/users/{id}", deleteUser)
//	})
//
// All rules are in core: what is accepted, what each refusal looks like, what
// ends up in the log. This package translates them for Chi and adds none.
//
// It is plain net/http middleware and works with any router built on it. The
// identity travels in the request's context.
package chiauth

import (
	"net/http"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/ratelimit"
)

// RequireAuth lets only authenticated requests go on. Everything else gets the
// answer of the table in core's package documentation, such as 401 without a
// token. It panics when a is nil.
func RequireAuth(a *core.Authenticator) func(http.Handler) http.Handler { return run(a.RequireAuth()) }

// OptionalAuth lets requests without a token go on, with no identity. A token
// that is there must be good. It panics when a is nil.
func OptionalAuth(a *core.Authenticator) func(http.Handler) http.Handler {
	return run(a.OptionalAuth())
}

// Require lets a request go on when its identity satisfies the policy. It answers
// 403 when a right is missing, 401 when nobody is authenticated, and 503 when
// rights cannot be looked up. Like all checks that follow, it goes after
// RequireAuth or OptionalAuth; without them every request gets 500 and the log
// says so. It panics when p is nil.
func Require(p core.Policy) func(http.Handler) http.Handler { return run(core.Require(p)) }

// RequireRole asks for a role. It panics when role is "".
func RequireRole(role string) func(http.Handler) http.Handler { return Require(core.Role(role)) }

// RequireAnyRole asks for at least one of the roles.
func RequireAnyRole(role string, more ...string) func(http.Handler) http.Handler {
	return Require(core.AnyRole(role, more...))
}

// RequirePermission asks for a permission. It panics when permission is "".
func RequirePermission(permission string) func(http.Handler) http.Handler {
	return Require(core.Permission(permission))
}

// RequireScope asks for a scope of the token (RFC 6749 section 3.3). It panics
// when scope is not one.
func RequireScope(scope string) func(http.Handler) http.Handler { return Require(core.Scope(scope)) }

// RequireParam asks for a right on what a parameter of the route names, such as
// core.OrganizationParam("org") or core.Owner("id").Or(core.Role("admin")). It goes
// on a route (With), or on a router that is mounted below the parameter (Route,
// Mount), because a router's own parameters are not known to its Use; elsewhere
// every request gets 500 and the log says so. It panics when p is the zero value.
func RequireParam(p core.ParamPolicy) func(http.Handler) http.Handler {
	return run(core.RequireParam(p))
}

// RequireOrganization asks that the caller acts in the organization with this ID:
// a membership alone does not do. It panics when id is "".
func RequireOrganization(id string) func(http.Handler) http.Handler {
	return Require(core.InOrganization(id))
}

// RateLimit refuses requests over the limit with 429. Mount it before RequireAuth for
// a limit by address and after it for one by user. It panics when l is nil.
func RateLimit(l *ratelimit.Limiter) func(http.Handler) http.Handler { return run(l.Step()) }

// Identity returns who is calling. It reports false without authentication, and
// where authentication is optional and the request had no token.
func Identity(r *http.Request) (*core.Identity, bool) {
	return core.IdentityFrom(r.Context())
}

// run makes middleware of a step. Core and net/http meet here and nowhere else.
func run(step adapter.Step) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r, ok := adapter.Serve(step, w, r); ok {
				next.ServeHTTP(w, r)
			}
		})
	}
}
