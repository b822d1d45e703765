package adaptertest

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// changingParam is the reference with another value of each parameter.
func changingParam(change func(value string) string) func(adapter.Step) middleware {
	return changingRequest(func(r adapter.Request) adapter.Request {
		return changedRequest{Request: r, param: func(name string) (string, bool) {
			value, ok := r.Param(name)
			return change(value), ok
		}}
	})
}

// mutantsOfParams show core other parameters, or use them in another way.
var mutantsOfParams = []mutant{
	{
		name:    "no parameter is known",
		foundBy: []string{"RequireParam grants", "nested groups", "groups around it"},
		run: changingRequest(func(r adapter.Request) adapter.Request {
			return changedRequest{Request: r, param: func(string) (string, bool) { return "", false }}
		}),
	},
	{
		name:    "an absent parameter is another one",
		foundBy: []string{"without the parameter answers 500 where the organization", "where the owner, or"},
		run: changingRequest(func(r adapter.Request) adapter.Request {
			return changedRequest{Request: r, param: func(name string) (string, bool) {
				if value, ok := r.Param(name); ok {
					return value, true
				}
				return r.Param("user")
			}}
		}),
	},
	{
		name:    "every parameter is the first",
		foundBy: []string{"nested groups", "groups around it"},
		run: changingRequest(func(r adapter.Request) adapter.Request {
			return changedRequest{Request: r, param: func(name string) (string, bool) {
				if value, ok := r.Param("org"); ok {
					return value, true
				}
				return r.Param(name)
			}}
		}),
	},
	{
		name:    "a parameter is unescaped twice",
		foundBy: []string{"as handlers get it"},
		run: changingParam(func(value string) string {
			if unescaped, err := url.PathUnescape(value); err == nil {
				return unescaped
			}
			return value
		}),
	},
	{name: "a parameter is escaped", foundBy: []string{"as handlers get it"}, run: changingParam(url.PathEscape)},
	{name: "a parameter has no case", foundBy: []string{"as handlers get it", "caller's own"}, run: changingParam(strings.ToLower)},
	{name: "the white space around a parameter is left out", foundBy: []string{"as handlers get it"}, run: changingParam(strings.TrimSpace)},
	{
		name:    "the first value of a parameter is kept",
		foundBy: []string{"value of each request"},
		run: func(step adapter.Step) middleware {
			var once sync.Once
			var first string
			return changingParam(func(value string) string {
				once.Do(func() { first = value })
				return first
			})(step)
		},
	},
	{
		name:    "RequireParam checks nothing",
		foundBy: []string{"RequireParam grants for", "caller's own", "a role in the organization", "nested groups", "answers 500", "needs an identity"},
		change: func(a *Adapter[middleware]) {
			a.RequireParam = func(core.ParamPolicy) middleware { return func(next http.Handler) http.Handler { return next } }
		},
	},
	{
		name:    "RequireParam lets requests through where the parameter is missing",
		foundBy: []string{"where the organization", "where the owner, or everybody"},
		change: func(a *Adapter[middleware]) {
			a.RequireParam = func(p core.ParamPolicy) middleware {
				step := core.RequireParam(p)
				return reference(func(ctx context.Context, r adapter.Request) adapter.Outcome {
					out := step(ctx, r)
					if out.Refusal != nil && out.Refusal.Status == http.StatusInternalServerError {
						return adapter.Outcome{}
					}
					return out
				})
			}
		},
	},
}
