package adaptertest

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/ratelimit"
)

// mutantsOfContexts run handlers at the wrong time or with the wrong context.
var mutantsOfContexts = []mutant{
	{
		name:    "the handler runs after a refusal",
		foundBy: []string{"without a token", "refusal stops", "check without authentication"},
		run: answering(func(out adapter.Outcome, w http.ResponseWriter, r *http.Request, next http.Handler) {
			adapter.SetHeader(out.Header, w.Header().Set, w.Header().Add)
			if out.Refusal != nil {
				out.Refusal.Write(w)
			}
			next.ServeHTTP(w, r)
		}),
	},
	{
		name:    "the handler runs twice",
		foundBy: []string{"a valid token"},
		run: answering(func(out adapter.Outcome, w http.ResponseWriter, r *http.Request, next http.Handler) {
			adapter.SetHeader(out.Header, w.Header().Set, w.Header().Add)
			if out.Refusal != nil {
				out.Refusal.Write(w)
				return
			}
			next.ServeHTTP(discard{http.Header{}}, r)
			next.ServeHTTP(w, r)
		}),
	},
	{
		name:    "the context does not carry the identity",
		foundBy: []string{"a valid token", "RequireRole grants"},
		run:     changingOutcome(func(_ adapter.Request, out *adapter.Outcome) { out.Context = context.Background() }),
	},
	{
		name:    "Identity is not what the context carries",
		foundBy: []string{"a valid token", "optional authentication lets", "without middleware"},
		identity: func(*http.Request) (*core.Identity, bool) {
			return core.NewIdentity(core.IdentityData{Subject: "alice"}), true
		},
	},
	{
		name:    "an identity is kept for requests without one",
		foundBy: []string{"next request on a connection", "optional authentication lets"},
		run: func() func(adapter.Step) middleware {
			var last atomic.Pointer[core.Identity]
			return changingOutcome(func(_ adapter.Request, out *adapter.Outcome) {
				if id, ok := core.IdentityFrom(out.Context); ok {
					last.Store(id)
				} else if id := last.Load(); id != nil && out.Refusal == nil {
					*out = adapter.Outcome{Context: core.WithIdentity(out.Context, id)}
				}
			})
		}(),
	},
	{
		name:    "requests share the identity of the last one",
		foundBy: []string{"many connections", "under mixed load"},
		run: func() func(adapter.Step) middleware {
			var last atomic.Pointer[core.Identity]
			return changingOutcome(func(_ adapter.Request, out *adapter.Outcome) {
				if id, ok := core.IdentityFrom(out.Context); ok {
					if other := last.Swap(id); other != nil {
						*out = adapter.Outcome{Context: core.WithIdentity(out.Context, other)}
					}
				}
			})
		}(),
	},
	{
		name:    "every check looks up the rights again",
		foundBy: []string{"looked up once a request"},
		run: changingStep(func(step adapter.Step) adapter.Step {
			return func(ctx context.Context, r adapter.Request) adapter.Outcome {
				if id, ok := core.IdentityFrom(ctx); ok {
					ctx = core.WithIdentity(ctx, id)
				}
				return step(ctx, r)
			}
		}),
	},
	{
		name:    "the first identity counts",
		foundBy: []string{"of two authentications"},
		run: changingStep(func(step adapter.Step) adapter.Step {
			return func(ctx context.Context, r adapter.Request) adapter.Outcome {
				out := step(ctx, r)
				if _, ok := core.IdentityFrom(ctx); ok && out.Refusal == nil {
					out.Context = ctx
				}
				return out
			}
		}),
	},
	{
		name:    "a second authentication is skipped",
		foundBy: []string{"of two authentications"},
		run: changingStep(func(step adapter.Step) adapter.Step {
			return func(ctx context.Context, r adapter.Request) adapter.Outcome {
				out := step(ctx, r)
				if _, ok := core.IdentityFrom(ctx); ok && out.Refusal != nil && out.Refusal.Status == 401 {
					return adapter.Outcome{Context: ctx}
				}
				return out
			}
		}),
	},
}

// mutantsOfFunctions have functions that use another one's step.
var mutantsOfFunctions = []mutant{
	{
		name:    "OptionalAuth lets invalid tokens through",
		foundBy: []string{"optional authentication refuses"},
		change: func(a *Adapter[middleware]) {
			a.OptionalAuth = func(auth *core.Authenticator) middleware {
				step := auth.OptionalAuth()
				return reference(func(ctx context.Context, r adapter.Request) adapter.Outcome {
					if out := step(ctx, r); out.Refusal == nil {
						return out
					}
					return adapter.Outcome{Context: ctx}
				})
			}
		},
	},
	{
		name:    "OptionalAuth is RequireAuth",
		foundBy: []string{"optional authentication lets"},
		change:  func(a *Adapter[middleware]) { a.OptionalAuth = a.RequireAuth },
	},
	{
		name:    "RequireAuth is OptionalAuth",
		foundBy: []string{"without a token", "every method"},
		change:  func(a *Adapter[middleware]) { a.RequireAuth = a.OptionalAuth },
	},
	{
		name:    "RequireAnyRole checks the first role alone",
		foundBy: []string{"RequireAnyRole grants"},
		change: func(a *Adapter[middleware]) {
			a.RequireAnyRole = func(role string, _ ...string) middleware { return a.RequireRole(role) }
		},
	},
	{
		name:    "RequirePermission checks a scope",
		foundBy: []string{"RequirePermission grants"},
		change:  func(a *Adapter[middleware]) { a.RequirePermission = a.RequireScope },
	},
	{
		name:    "RequireScope checks a permission",
		foundBy: []string{"RequireScope grants", "RequireScope of another"},
		change:  func(a *Adapter[middleware]) { a.RequireScope = a.RequirePermission },
	},
	{
		name:    "RequireOrganization checks a role",
		foundBy: []string{"RequireOrganization grants"},
		change:  func(a *Adapter[middleware]) { a.RequireOrganization = a.RequireRole },
	},
	{
		name:    "Require checks nothing",
		foundBy: []string{"Require AllOf with a denial", "outage in Not"},
		change: func(a *Adapter[middleware]) {
			a.Require = func(core.Policy) middleware { return func(next http.Handler) http.Handler { return next } }
		},
	},
	{
		name:    "RateLimit limits nothing",
		foundBy: []string{"RateLimit before", "RateLimit after", "RateLimit behind", "RateLimit refuses HEAD", "RateLimit answers"},
		change: func(a *Adapter[middleware]) {
			a.RateLimit = func(*ratelimit.Limiter) middleware {
				return func(next http.Handler) http.Handler { return next }
			}
		},
	},
	{
		name:    "RateLimit counts twice",
		foundBy: []string{"RateLimit before", "RateLimit after", "RateLimit without its fields"},
		change: func(a *Adapter[middleware]) {
			a.RateLimit = func(l *ratelimit.Limiter) middleware {
				return reference(func(ctx context.Context, r adapter.Request) adapter.Outcome {
					l.Step()(ctx, r)
					return l.Step()(ctx, r)
				})
			}
		},
	},
	{
		name:    "RateLimit does not know the identity",
		foundBy: []string{"RateLimit after", "anonymous requests by address"},
		change: func(a *Adapter[middleware]) {
			a.RateLimit = func(l *ratelimit.Limiter) middleware {
				return reference(func(_ context.Context, r adapter.Request) adapter.Outcome {
					return l.Step()(context.Background(), r)
				})
			}
		},
	},
}
