// Package ginauth puts authkeel in front of Gin.
//
//	auth, err := core.ForIssuer("https://tenant.eu.auth0.com/", "https://api.example.com")
//	api := r.Group("/api", ginauth.RequireAuth(auth))
//	api.GET("/me", func(c *gin.Context) { id, _ := ginauth.Identity(c); c.JSON(200, gin.H{"userId": id.Subject()}) })
//	api.DELETE("/users/:id", ginauth.RequireRole("admin"), deleteUser)
//
// All rules are in core: what is accepted, what each refusal looks like, what
// ends up in the log. This package translates them for Gin and adds none.
//
// The identity travels in the request's context, not in Gin's keys, so that
// services and resolvers find it without knowing Gin. A refusal is written and
// the chain aborted; c.Error is not called, because error middleware would
// append a second body.
package ginauth

import (
	"github.com/gin-gonic/gin"

	"github.com/authkeel/authkeel/core"
)

// RequireAuth lets only authenticated requests go on. Everything else is
// answered as core decides: 400, 401, 429 or 503. It panics when a is nil.
func RequireAuth(a *core.Authenticator) gin.HandlerFunc { return run(a.RequireAuth()) }

// OptionalAuth lets requests without a token go on, with no identity. A token
// that is there must be good. It panics when a is nil.
func OptionalAuth(a *core.Authenticator) gin.HandlerFunc { return run(a.OptionalAuth()) }

// Require lets a request go on when its identity satisfies the policy; 403
// otherwise. Like all that follow, it goes after RequireAuth or OptionalAuth;
// without them every request gets 500 and the log says so. It panics when p is
// nil.
func Require(p core.Policy) gin.HandlerFunc { return run(core.Require(p)) }

// RequireRole asks for a role. It panics when role is "".
func RequireRole(role string) gin.HandlerFunc { return Require(core.Role(role)) }

// RequireAnyRole asks for at least one of the roles.
func RequireAnyRole(role string, more ...string) gin.HandlerFunc {
	return Require(core.AnyRole(role, more...))
}

// RequirePermission asks for a permission. It panics when permission is "".
func RequirePermission(permission string) gin.HandlerFunc {
	return Require(core.Permission(permission))
}

// RequireScope asks for a scope of the token (RFC 6749 section 3.3). It panics
// when scope is not one.
func RequireScope(scope string) gin.HandlerFunc { return Require(core.Scope(scope)) }

// RequireOrganization asks for the organization with this id, as the active one
// or as a membership that Issuer.LookupRights knows. It panics when id is "".
func RequireOrganization(id string) gin.HandlerFunc { return Require(core.InOrganization(id)) }

// Identity returns who is calling. It reports false without authentication,
// and where it is optional and nobody authenticated.
func Identity(c *gin.Context) (*core.Identity, bool) {
	return core.IdentityFrom(c.Request.Context())
}

// run makes middleware of a step: the one place where core meets Gin.
func run(step core.Step) gin.HandlerFunc {
	return func(c *gin.Context) {
		out := step(c.Request.Context(), core.HTTP(c.Request))
		header := c.Writer.Header()
		out.WriteHeader(header.Set, header.Add)
		if out.Refusal != nil {
			out.Refusal.WriteTo(c.Writer)
			c.Abort()
			return
		}
		if ctx, changed := out.NewContext(); changed {
			c.Request = c.Request.WithContext(ctx)
		}
	}
}
