package authtest

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// What an adapter could show core of a request.
var mistakesInRequests = []broken{
	{
		mistake: "another header is read",
		found:   []string{"a valid token", "without a token", "scheme"},
		run: lending(func(r adapter.Request) adapter.Request {
			return view{Request: r, header: func(name string, i int) (string, bool) {
				if name == "Authorization" {
					name = "Proxy-Authorization"
				}
				return r.Header(name, i)
			}}
		}),
	},
	{
		mistake: "only the first line of a header is read",
		found:   []string{"two Authorization lines", "two cookies", "a header of its own", "WebSocket"},
		run: lending(func(r adapter.Request) adapter.Request {
			return view{Request: r, header: func(name string, i int) (string, bool) {
				value, ok := r.Header(name, i)
				return value, ok && i == 0
			}}
		}),
	},
	{
		mistake: "empty header lines are passed over",
		found:   []string{"two Authorization lines"},
		run: lending(func(r adapter.Request) adapter.Request {
			return view{Request: r, header: func(name string, n int) (string, bool) {
				for i := 0; ; i++ {
					value, ok := r.Header(name, i)
					if ok && value == "" {
						continue
					}
					if n == 0 || !ok {
						return value, ok
					}
					n--
				}
			}}
		}),
	},
	{
		mistake: "several lines of a header are joined",
		found:   []string{"two Authorization lines", "two cookies"},
		run: lending(func(r adapter.Request) adapter.Request {
			return view{Request: r, header: func(name string, i int) (string, bool) {
				value, ok := r.Header(name, 0)
				if more, again := r.Header(name, 1); again && more != "" && name == "Cookie" {
					return more, i == 0 // the last wins
				}
				return value, ok && i == 0
			}}
		}),
	},
	{
		mistake: "every method counts as GET",
		found:   []string{"POST from another site", "DELETE from another site", "POST that does not say"},
		run:     lending(func(r adapter.Request) adapter.Request { return view{Request: r, method: "GET"} }),
	},
	{
		mistake: "the host is what the origin says",
		found:   []string{"POST with another origin", "Upgrade from another origin"},
		run: lending(func(r adapter.Request) adapter.Request {
			return view{Request: r, header: func(name string, i int) (string, bool) {
				if name == "Host" {
					origin, ok := r.Header("Origin", 0)
					return strings.TrimPrefix(origin, "https://"), ok && i == 0
				}
				return r.Header(name, i)
			}}
		}),
	},
	{
		mistake: "there is no host",
		found:   []string{"POST with the host's origin alone"},
		run: lending(func(r adapter.Request) adapter.Request {
			return view{Request: r, header: func(name string, i int) (string, bool) {
				if name == "Host" {
					return "", false
				}
				return r.Header(name, i)
			}}
		}),
	},
}

// What an adapter could make of a step's order, context and arguments.
var mistakesInWiring = []broken{
	{
		mistake: "the handler runs after a refusal",
		found:   []string{"without a token", "refusal stops", "without authentication", "runs once"},
		run: answering(func(out adapter.Outcome, w http.ResponseWriter, r *http.Request, next http.Handler) {
			adapter.SetHeader(out.Header, w.Header().Set, w.Header().Add)
			if out.Refusal != nil {
				out.Refusal.Write(w)
			}
			next.ServeHTTP(w, r)
		}),
	},
	{
		mistake: "the handler runs twice",
		found:   []string{"a valid token", "runs once"},
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
		mistake: "the context does not carry the identity",
		found:   []string{"a valid token", "RequireRole grants"},
		run:     outcome(func(_ adapter.Request, out *adapter.Outcome) { out.Context = context.Background() }),
	},
	{
		mistake: "Identity is not what the context carries",
		found:   []string{"a valid token", "optional authentication lets", "without any guard"},
		id: func(*http.Request) (*core.Identity, bool) {
			return core.NewIdentity(core.IdentityData{Subject: "alice"}), true
		},
	},
	{
		mistake: "an identity is kept for requests without one",
		found:   []string{"does not outlive", "optional authentication lets"},
		run: func() func(adapter.Step) middleware {
			var last atomic.Pointer[core.Identity]
			return outcome(func(_ adapter.Request, out *adapter.Outcome) {
				if id, ok := core.IdentityFrom(out.Context); ok {
					last.Store(id)
				} else if id := last.Load(); id != nil && out.Refusal == nil {
					*out = adapter.Outcome{Context: core.WithIdentity(out.Context, id)}
				}
			})
		}(),
	},
	{
		mistake: "requests share the identity of whoever came last",
		found:   []string{"many connections"},
		run: func() func(adapter.Step) middleware {
			var last atomic.Pointer[core.Identity]
			return outcome(func(_ adapter.Request, out *adapter.Outcome) {
				if id, ok := core.IdentityFrom(out.Context); ok {
					if other := last.Swap(id); other != nil {
						*out = adapter.Outcome{Context: core.WithIdentity(out.Context, other)}
					}
				}
			})
		}(),
	},
	{
		mistake: "rights are asked for by every check anew",
		found:   []string{"asked for once a request"},
		run: wrapped(func(step adapter.Step) adapter.Step {
			return func(ctx context.Context, r adapter.Request) adapter.Outcome {
				if id, ok := core.IdentityFrom(ctx); ok {
					ctx = core.WithIdentity(ctx, id)
				}
				return step(ctx, r)
			}
		}),
	},
	{
		mistake: "the first identity counts",
		found:   []string{"of two authentications"},
		run: wrapped(func(step adapter.Step) adapter.Step {
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
		mistake: "a second authentication is passed over",
		found:   []string{"of two authentications"},
		run: wrapped(func(step adapter.Step) adapter.Step {
			return func(ctx context.Context, r adapter.Request) adapter.Outcome {
				out := step(ctx, r)
				if _, ok := core.IdentityFrom(ctx); ok && out.Refusal != nil && out.Refusal.Status == 401 {
					return adapter.Outcome{Context: ctx}
				}
				return out
			}
		}),
	},
	{
		mistake: "OptionalAuth lets bad tokens through as nobody",
		found:   []string{"optional authentication refuses"},
		change: func(a *Adapter[middleware]) {
			a.OptionalAuth = func(auth *core.Authenticator) middleware {
				step := auth.OptionalAuth()
				return correct(func(ctx context.Context, r adapter.Request) adapter.Outcome {
					if out := step(ctx, r); out.Refusal == nil {
						return out
					}
					return adapter.Outcome{Context: ctx}
				})
			}
		},
	},
	{
		mistake: "OptionalAuth is RequireAuth",
		found:   []string{"optional authentication lets"},
		change:  func(a *Adapter[middleware]) { a.OptionalAuth = a.RequireAuth },
	},
	{
		mistake: "RequireAuth is OptionalAuth",
		found:   []string{"without a token", "every method"},
		change:  func(a *Adapter[middleware]) { a.RequireAuth = a.OptionalAuth },
	},
	{
		mistake: "RequireAnyRole looks at the first role alone",
		found:   []string{"RequireAnyRole grants"},
		change: func(a *Adapter[middleware]) {
			a.RequireAnyRole = func(role string, _ ...string) middleware { return a.RequireRole(role) }
		},
	},
	{
		mistake: "RequirePermission asks for a scope",
		found:   []string{"RequirePermission grants"},
		change:  func(a *Adapter[middleware]) { a.RequirePermission = a.RequireScope },
	},
	{
		mistake: "RequireScope asks for a permission",
		found:   []string{"RequireScope grants", "RequireScope of another"},
		change:  func(a *Adapter[middleware]) { a.RequireScope = a.RequirePermission },
	},
	{
		mistake: "RequireOrganization asks for a role",
		found:   []string{"RequireOrganization grants"},
		change:  func(a *Adapter[middleware]) { a.RequireOrganization = a.RequireRole },
	},
	{
		mistake: "Require asks nobody",
		found:   []string{"Require AllOf with a denial", "outage in Not"},
		change: func(a *Adapter[middleware]) {
			a.Require = func(core.Policy) middleware { return func(next http.Handler) http.Handler { return next } }
		},
	},
}
