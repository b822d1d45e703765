package fiberauth_test

import (
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/authtest/adaptertest"
	"github.com/authkeel/authkeel/core/ratelimit"
	"github.com/authkeel/authkeel/fiberauth"
)

type httpMiddleware = func(http.Handler) http.Handler

func runHTTP(step adapter.Step) httpMiddleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r, ok := adapter.Serve(step, w, r); ok {
				next.ServeHTTP(w, r)
			}
		})
	}
}

// httpAdapter has the functions of chiauth, for a net/http handler that has its
// own authentication behind HTTPHandler.
var httpAdapter = adaptertest.Adapter[httpMiddleware]{
	RequireAuth:  func(a *core.Authenticator) httpMiddleware { return runHTTP(a.RequireAuth()) },
	OptionalAuth: func(a *core.Authenticator) httpMiddleware { return runHTTP(a.OptionalAuth()) },
	Require:      func(p core.Policy) httpMiddleware { return runHTTP(core.Require(p)) },
	RequireRole:  func(role string) httpMiddleware { return runHTTP(core.Require(core.Role(role))) },
	RequireAnyRole: func(role string, more ...string) httpMiddleware {
		return runHTTP(core.Require(core.AnyRole(role, more...)))
	},
	RequirePermission: func(p string) httpMiddleware { return runHTTP(core.Require(core.Permission(p))) },
	RequireScope:      func(scope string) httpMiddleware { return runHTTP(core.Require(core.Scope(scope))) },
	RequireOrganization: func(id string) httpMiddleware {
		return runHTTP(core.Require(core.InOrganization(id)))
	},
	RequireParam: func(p core.ParamPolicy) httpMiddleware { return runHTTP(core.RequireParam(p)) },
	RateLimit:    func(l *ratelimit.Limiter) httpMiddleware { return runHTTP(l.Step()) },
}

// serveHTTP returns a Serve function that has all middleware behind HTTPHandler.
func serveHTTP(config fiber.Config) adaptertest.Serve {
	return func(t testing.TB, app adaptertest.App) string {
		return listen(t, config, func(f *fiber.App) {
			for _, r := range app.Routes {
				var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					id, ok := core.IdentityFrom(req.Context())
					w.Header().Set("Content-Type", "application/json")
					_, _ = w.Write(r.Handle(req.Context(), id, ok, req.PathValue)) // the suite reports what it misses
				})
				middleware := httpAdapter.Build(r.Middleware)
				for i := len(middleware) - 1; i >= 0; i-- {
					h = middleware[i](h)
				}
				f.Add(r.Method, adaptertest.Colons(r.Path), setHeader(r), fiberauth.HTTPHandler(h))
			}
		})
	}
}

// A net/http handler behind HTTPHandler sees what core sees: every line of a
// header, no trailers, and one host or none.
func TestConformanceBehindHTTPHandler(t *testing.T) {
	adaptertest.Run(t, serveHTTP(fiber.Config{}))
}

func TestConformanceBehindHTTPHandlerWithHeaderNamesAsSent(t *testing.T) {
	adaptertest.Run(t, serveHTTP(fiber.Config{DisableHeaderNormalizing: true}))
}
