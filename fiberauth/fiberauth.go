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

// RequireOrganization asks for the organization with this id, as the active one
// or as a membership that Issuer.LookupRights knows. It panics when id is "".
func RequireOrganization(id string) fiber.Handler { return Require(core.InOrganization(id)) }

// Identity returns who is calling. It reports false without authentication, and
// where authentication is optional and the request had no token.
func Identity(c *fiber.Ctx) (*core.Identity, bool) {
	return core.IdentityFrom(c.UserContext())
}

// HTTPHandler mounts a net/http handler, such as a GraphQL server, whose
// requests carry the identity in their context. Fiber's own adaptor leaves it
// behind. The response is sent when the handler is done: not for streams.
func HTTPHandler(h http.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ctx := c.UserContext()
		return adaptor.HTTPHandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			restoreLines(r.Header, c)
			h.ServeHTTP(w, r.WithContext(ctx))
		})(c)
	}
}

// restoreLines brings back the lines of repeated headers. Fiber's adaptor keeps
// the last one, and a handler that refuses two ids or two tokens would not know.
func restoreLines(header http.Header, c *fiber.Ctx) {
	for name := range header {
		lines := c.Request().Header.PeekAll(name)
		if len(lines) < 2 {
			continue
		}
		values := make([]string, len(lines))
		for i, line := range lines {
			values[i] = string(line)
		}
		header[name] = values
	}
}

// run makes middleware of a step. Core and Fiber meet here and nowhere else.
func run(step adapter.Step) fiber.Handler {
	return func(c *fiber.Ctx) error {
		var r adapter.Request = request{c}
		if c.App().Server().DisableHeaderNamesNormalizing { // Config would be copied: 30 ns (BenchmarkMiddleware/cached)
			r = requestAsSent{request{c}}
		}
		out := step(c.UserContext(), r)
		if refusal := out.Refusal; refusal != nil {
			adapter.SetHeader(refusal.Header, c.Set, c.Response().Header.Add)
			contentType, body := refusal.Payload()
			c.Set(fiber.HeaderContentType, contentType)
			return c.Status(refusal.Status).Send(body)
		}
		adapter.SetHeader(out.Header, c.Set, c.Response().Header.Add)
		if out.Context != nil {
			c.SetUserContext(out.Context)
		}
		return c.Next()
	}
}

// request lends core a Fiber request. Its strings point into memory that Fiber
// uses for the next request: core copies what it keeps.
type request struct{ c *fiber.Ctx }

func (r request) Header(name string, i int) (string, bool) {
	values := r.c.Request().Header.PeekAll(name)
	if i >= len(values) {
		return "", false
	}
	return utils.UnsafeString(values[i]), true
}

func (r request) Method() string     { return r.c.Method() }
func (r request) URL() string        { return r.c.OriginalURL() }
func (r request) RemoteAddr() string { return r.c.Context().RemoteAddr().String() }

// requestAsSent is a request of an application that has Fiber keep header names
// as sent. Names have no case (RFC 9110 section 5.1), and a second Authorization
// or an Upgrade must not hide behind a small letter, so every header is looked at.
type requestAsSent struct{ request }

func (r requestAsSent) Header(name string, i int) (value string, found bool) {
	n := 0
	r.c.Request().Header.VisitAll(func(k, v []byte) {
		if strings.EqualFold(utils.UnsafeString(k), name) {
			if n == i {
				value, found = utils.UnsafeString(v), true
			}
			n++
		}
	})
	return value, found
}
