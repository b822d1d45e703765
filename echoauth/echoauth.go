// Package echoauth puts authkeel in front of Echo.
//
//	auth, err := core.ForIssuer("https://tenant.eu.auth0.com/", "https://api.example.com")
//	api := e.Group("/api", echoauth.RequireAuth(auth))
//	api.GET("/me", func(c echo.Context) error { id, _ := echoauth.Identity(c); return c.JSON(200, echo.Map{"userId": id.Subject()}) })
//	api.DELETE("/users/:id", deleteUser, echoauth.RequireRole("admin"))
//
// All rules are in core: what is accepted, what each refusal looks like, what
// ends up in the log. This package translates them for Echo and adds none.
//
// The identity travels in the request's context, not in Echo's, so that
// services and resolvers find it without knowing Echo. A refusal is returned as
// an *echo.HTTPError whose Message is a [core.Body], so that the application's
// error handler decides; Echo's own sends the body as it stands.
package echoauth

import (
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/ratelimit"
)

// RequireAuth lets only authenticated requests go on. Everything else gets the
// answer of the table in core's package documentation, such as 401 without a
// token. It panics when a is nil.
func RequireAuth(a *core.Authenticator) echo.MiddlewareFunc { return run(a.RequireAuth()) }

// OptionalAuth lets requests without a token go on, with no identity. A token
// that is there must be good. It panics when a is nil.
func OptionalAuth(a *core.Authenticator) echo.MiddlewareFunc { return run(a.OptionalAuth()) }

// Require lets a request go on when its identity satisfies the policy. It answers
// 403 when a right is missing, 401 when nobody is authenticated, and 503 when
// rights cannot be looked up. Like all checks that follow, it goes after
// RequireAuth or OptionalAuth; without them every request gets 500 and the log
// says so. It panics when p is nil.
func Require(p core.Policy) echo.MiddlewareFunc { return run(core.Require(p)) }

// RequireRole asks for a role. It panics when role is "".
func RequireRole(role string) echo.MiddlewareFunc { return Require(core.Role(role)) }

// RequireAnyRole asks for at least one of the roles.
func RequireAnyRole(role string, more ...string) echo.MiddlewareFunc {
	return Require(core.AnyRole(role, more...))
}

// RequirePermission asks for a permission. It panics when permission is "".
func RequirePermission(permission string) echo.MiddlewareFunc {
	return Require(core.Permission(permission))
}

// RequireScope asks for a scope of the token (RFC 6749 section 3.3). It panics
// when scope is not one.
func RequireScope(scope string) echo.MiddlewareFunc { return Require(core.Scope(scope)) }

// RequireParam asks for a right on what a parameter of the route names, such as
// core.OrganizationParam("org") or core.Owner("id").Or(core.Role("admin")). It goes
// on a route or group whose path has the parameter; elsewhere every request gets 500
// and the log says so. It panics when p is the zero value.
func RequireParam(p core.ParamPolicy) echo.MiddlewareFunc { return run(core.RequireParam(p)) }

// RequireOrganization asks that the caller acts in the organization with this ID:
// a membership alone does not do. It panics when id is "".
func RequireOrganization(id string) echo.MiddlewareFunc { return Require(core.InOrganization(id)) }

// RateLimit refuses requests over the limit with 429. Mount it before RequireAuth for
// a limit by address and after it for one by user. It panics when l is nil.
func RateLimit(l *ratelimit.Limiter) echo.MiddlewareFunc { return run(l.Step()) }

// Identity returns who is calling. It reports false without authentication, and
// where authentication is optional and the request had no token.
func Identity(c echo.Context) (*core.Identity, bool) {
	return core.IdentityFrom(c.Request().Context())
}

// run makes middleware of a step. Core and Echo meet here and nowhere else.
func run(step adapter.Step) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			lent := requests.Get().(*request)
			lent.c = c
			out := step(r.Context(), lent)
			lent.c = nil
			requests.Put(lent)
			header := c.Response().Header()
			if refusal := out.Refusal; refusal != nil {
				adapter.SetHeader(refusal.Header, header.Set, header.Add)
				if refusal.Content != nil { // the application wrote the body itself
					return c.Blob(refusal.Status, refusal.ContentType, refusal.Content)
				}
				return &echo.HTTPError{Code: refusal.Status, Message: refusal.Body, Internal: refusal.Err}
			}
			adapter.SetHeader(out.Header, header.Set, header.Add)
			if out.Context != nil {
				c.SetRequest(r.WithContext(out.Context))
			}
			return next(c)
		}
	}
}

// request lends core a request of Echo, which keeps the parameters of a route to
// itself. Echo's context is an interface, for which another interface needs memory,
// so requests keeps what was used: that is an allocation less for every check.
type request struct{ c echo.Context }

var requests = sync.Pool{New: func() any { return new(request) }}

func (r *request) Header(name string, i int) (string, bool) {
	return adapter.FromHTTP(r.c.Request()).Header(name, i)
}

func (r *request) Method() string     { return r.c.Request().Method }
func (r *request) URL() string        { return r.c.Request().RequestURI }
func (r *request) RemoteAddr() string { return r.c.Request().RemoteAddr }

func (r *request) Param(name string) (string, bool) {
	value := r.c.Param(name)
	return value, value != ""
}

func (r *request) ResponseHeader(name string) string { return r.c.Response().Header().Get(name) }
