// Package fiberauth puts authkeel in front of Fiber.
//
//	auth, err := core.ForIssuer("https://tenant.eu.auth0.com/", "https://api.example.com")
//	api := app.Group("/api", fiberauth.RequireAuth(auth))
//	api.Get("/me", func(c *fiber.Ctx) error { id, _ := fiberauth.Identity(c); return c.JSON(fiber.Map{"userId": id.Subject()}) })
//	api.Delete("/users/:id", fiberauth.RequireRole("admin"), deleteUser)
//
// All rules are in core: what is accepted, what each refusal looks like, what
// ends up in the log. This package translates them for Fiber and adds none.
//
// The identity travels in c.UserContext() and nowhere else: Fiber uses Locals
// and the request's own context again for the next request, and a goroutine
// that outlives its handler would read another user's identity there. For the
// same reason hand c.UserContext() to such a goroutine, never c.
package fiberauth

import (
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/gofiber/fiber/v2/utils"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/ratelimit"
)

// RequireAuth lets only authenticated requests go on. Everything else gets the
// answer of the table in core's package documentation, such as 401 without a
// token. It panics when a is nil.
func RequireAuth(a *core.Authenticator) fiber.Handler { return run(a.RequireAuth()) }

// OptionalAuth lets requests without a token go on, with no identity. A token
// that is there must be good. It panics when a is nil.
func OptionalAuth(a *core.Authenticator) fiber.Handler { return run(a.OptionalAuth()) }

// Require lets a request go on when its identity satisfies the policy. It answers
// 403 when a right is missing, 401 when nobody is authenticated, and 503 when
// rights cannot be looked up. Like all checks that follow, it goes after
// RequireAuth or OptionalAuth; without them every request gets 500 and the log
// says so. It panics when p is nil.
func Require(p core.Policy) fiber.Handler { return run(core.Require(p)) }

// RequireRole asks for a role. It panics when role is "".
func RequireRole(role string) fiber.Handler { return Require(core.Role(role)) }

// RequireAnyRole asks for at least one of the roles.
func RequireAnyRole(role string, more ...string) fiber.Handler {
	return Require(core.AnyRole(role, more...))
}

// RequirePermission asks for a permission. It panics when permission is "".
func RequirePermission(permission string) fiber.Handler {
	return Require(core.Permission(permission))
}

// RequireScope asks for a scope of the token (RFC 6749 section 3.3). It panics
// when scope is not one.
func RequireScope(scope string) fiber.Handler { return Require(core.Scope(scope)) }

// RequireParam asks for a right on what a parameter of the route names, such as
// core.OrganizationParam("org") or core.Owner("id").Or(core.Role("admin")). It goes
// on a route, or on a group whose own path has the parameter; elsewhere every
// request gets 500 and the log says so. It panics when p is the zero value.
func RequireParam(p core.ParamPolicy) fiber.Handler { return run(core.RequireParam(p)) }

// RequireOrganization asks that the caller acts in the organization with this ID:
// a membership alone does not do. It panics when id is "".
func RequireOrganization(id string) fiber.Handler { return Require(core.InOrganization(id)) }

// RateLimit refuses requests over the limit with 429. Mount it before RequireAuth for
// a limit by address and after it for one by user. It panics when l is nil.
func RateLimit(l *ratelimit.Limiter) fiber.Handler { return run(l.Step()) }

// Identity returns who is calling. It reports false without authentication, and
// where authentication is optional and the request had no token.
func Identity(c *fiber.Ctx) (*core.Identity, bool) {
	return core.IdentityFrom(c.UserContext())
}

// ReturnRefusals is middleware that makes all of this package return refusals as
// errors, so that the application's ErrorHandler writes them. Mount it before:
//
//	app.Use(fiberauth.ReturnRefusals)
//
// Status and header of the response are set already. errors.As finds a
// *core.Refusal in the error, which has the body, and a *fiber.Error with the
// status; errors.Is knows the class, such as core.ErrNoToken. Without
// ReturnRefusals the refusals are written, as core made them.
func ReturnRefusals(c *fiber.Ctx) error {
	c.Locals(returning{}, true)
	return c.Next()
}

type returning struct{} // key in Locals

// HTTPHandler mounts a net/http handler, such as a GraphQL server, whose
// requests carry the identity in their context, and the parameters of the route as
// their path values. Fiber's own adaptor does neither. The response is sent when
// the handler is done, so it is not for streams.
func HTTPHandler(h http.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ctx := c.UserContext()
		return adaptor.HTTPHandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			adapter.ToHTTP(r, request{c})
			for _, name := range c.Route().Params {
				r.SetPathValue(name, strings.Clone(c.Params(name)))
			}
			moveHeader(w.Header(), c)
			h.ServeHTTP(w, r.WithContext(ctx))
		})(c)
	}
}

// moveHeader gives a net/http handler the response header of earlier middleware,
// so that it can replace what is there. Fiber's adaptor would add to it.
func moveHeader(header http.Header, c *fiber.Ctx) {
	var moved []string
	//nolint:staticcheck // the fasthttp of the oldest supported Fiber has no All
	c.Response().Header.VisitAll(func(k, v []byte) {
		if name := string(k); name != fiber.HeaderContentType { // which the adaptor replaces
			header.Add(name, string(v))
			moved = append(moved, name)
		}
	})
	for _, name := range moved {
		c.Response().Header.Del(name)
	}
}

// run makes middleware of a step. Core and Fiber meet here and nowhere else.
func run(step adapter.Step) fiber.Handler {
	return func(c *fiber.Ctx) error {
		out := step(c.UserContext(), request{c})
		if refusal := out.Refusal; refusal != nil {
			adapter.SetHeader(refusal.Header, c.Set, c.Response().Header.Add)
			c.Status(refusal.Status)
			if c.Locals(returning{}) != nil {
				return refused{refusal}
			}
			contentType, body := refusal.Payload()
			c.Set(fiber.HeaderContentType, contentType)
			return c.Send(body)
		}
		adapter.SetHeader(out.Header, c.Set, c.Response().Header.Add)
		if out.Context != nil {
			c.SetUserContext(out.Context)
		}
		return c.Next()
	}
}

// refused is a refusal as an error that is also an error of Fiber.
type refused struct{ *core.Refusal }

// As gives errors.As the refusal and the error of Fiber.
func (r refused) As(target any) bool {
	switch target := target.(type) {
	case **core.Refusal:
		*target = r.Refusal
	case **fiber.Error:
		*target = fiber.NewError(r.Status, r.Body.Error)
	default:
		return false
	}
	return true
}

// request lends core a Fiber request. Its strings point into memory that Fiber
// uses for the next request: core copies what it keeps.
type request struct{ c *fiber.Ctx }

// withoutBody is what fasthttp gives as the length of a body that is not there.
const withoutBody = -2

func (r request) Header(name string, i int) (string, bool) {
	req := r.c.Request()
	head := adapter.Head(utils.UnsafeString(req.Header.RawHeaders()))
	switch {
	case name == adapter.Host && i == 0: // of the request target, when that has one (RFC 9112 section 3.2.2)
		return utils.UnsafeString(req.URI().Host()), true
	case name == adapter.Host:
		return head.Value(name, i)
	case req.Header.ContentLength() != withoutBody && head.HasTrailers():
		return head.Value(name, i)
	case r.c.App().Server().DisableHeaderNamesNormalizing: // Config would be copied: 30 ns (BenchmarkMiddleware/cached)
		return r.asSent(name, i)
	}
	values := req.Header.PeekAll(name)
	if i >= len(values) {
		return "", false
	}
	return trim(values[i]), true
}

// asSent is Header for an application that has Fiber keep the names as sent. Names
// have no case (RFC 9110 section 5.1), so it looks at every header.
func (r request) asSent(name string, i int) (value string, found bool) {
	//nolint:staticcheck // the fasthttp of the oldest supported Fiber has no All
	r.c.Request().Header.VisitAll(func(k, v []byte) {
		if len(k) != len(name) || !strings.EqualFold(utils.UnsafeString(k), name) {
			return
		}
		if i == 0 {
			value, found = trim(v), true
		}
		i--
	})
	return value, found
}

// trim removes the white space around a value, which fasthttp keeps in part.
func trim(value []byte) string { return strings.Trim(utils.UnsafeString(value), " \t") }

func (r request) Method() string     { return r.c.Method() }
func (r request) URL() string        { return r.c.OriginalURL() }
func (r request) RemoteAddr() string { return r.c.Context().RemoteAddr().String() }

func (r request) Param(name string) (string, bool) {
	value := r.c.Params(name)
	return value, value != ""
}

// ResponseHeader looks at every header, because an application may have Fiber keep
// the names as its middleware wrote them.
func (r request) ResponseHeader(name string) (value string) {
	//nolint:staticcheck // the fasthttp of the oldest supported Fiber has no All
	r.c.Response().Header.VisitAll(func(k, v []byte) {
		if value == "" && strings.EqualFold(utils.UnsafeString(k), name) {
			value = utils.UnsafeString(v)
		}
	})
	return value
}
