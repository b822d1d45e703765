package graphqlauth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/authkeel/authkeel/core"
)

// Auth is the body of @auth: it resolves the field when somebody is authenticated.
// Refusals are of type [*Error]. R is the type of the function that resolves the
// field, in gqlgen graphql.Resolver.
func Auth[R ~func(context.Context) (any, error)](ctx context.Context, _ any, next R) (any, error) {
	return resolve(ctx, authenticated, next)
}

// HasRole is the body of @hasRole: it resolves the field when the caller has the
// role, in the token or by Issuer.LookupRights. See [core.Role].
func HasRole[R ~func(context.Context) (any, error)](ctx context.Context, _ any, next R, role string) (any, error) {
	return named(ctx, core.Role, role, next)
}

// HasPermission is the body of @hasPermission; see [core.Permission].
func HasPermission[R ~func(context.Context) (any, error)](ctx context.Context, _ any, next R, permission string) (any, error) {
	return named(ctx, core.Permission, permission, next)
}

// HasScope is the body of @hasScope: it resolves the field when the token has the
// scope. See [core.Scope].
func HasScope[R ~func(context.Context) (any, error)](ctx context.Context, _ any, next R, scope string) (any, error) {
	return named(ctx, core.Scope, scope, next)
}

// Require returns the body of a directive of your own, which resolves the field when
// the identity satisfies the policy:
//
//	config.Directives.RecentLogin = graphqlauth.Require[graphql.Resolver](core.AuthenticatedWithin(10 * time.Minute))
//
// It panics when p is nil.
func Require[R ~func(context.Context) (any, error)](p core.Policy) func(ctx context.Context, obj any, next R) (any, error) {
	if p == nil {
		panic("authkeel: graphqlauth.Require(nil): a nil policy would decide nothing")
	}
	return func(ctx context.Context, _ any, next R) (any, error) { return resolve(ctx, p, next) }
}

// Authorize is [core.Authorize] for resolvers that decide by what they have loaded.
// It returns nil or an [*Error]. It panics when p is nil.
func Authorize(ctx context.Context, p core.Policy) error {
	if err := core.Authorize(ctx, p); err != nil {
		return refusal(err)
	}
	return nil
}

// NewOperation returns ctx for one operation of a connection, or one event of a
// subscription: roles and memberships that Issuer.LookupRights gives are looked up
// anew, and then once. Without it a connection keeps those that it began with. Call it
// before each operation or event; for a request over HTTP it changes nothing.
func NewOperation(ctx context.Context) context.Context {
	id, ok := core.IdentityFrom(ctx)
	if !ok {
		return ctx
	}
	return core.WithIdentity(ctx, id)
}

// authenticated is the policy of @auth. Authorize refuses callers who are nobody.
func authenticated(context.Context, *core.Identity) error { return nil }

func resolve[R ~func(context.Context) (any, error)](ctx context.Context, p core.Policy, next R) (any, error) {
	if err := Authorize(ctx, p); err != nil {
		return nil, err
	}
	return next(ctx)
}

func named[R ~func(context.Context) (any, error)](ctx context.Context, kind func(string) core.Policy, name string, next R) (any, error) {
	p, err := policy(kind, name)
	if err != nil {
		slog.ErrorContext(ctx, "authkeel: a directive of the GraphQL schema cannot be checked", "error", err)
		return nil, misconfigured(err)
	}
	return resolve(ctx, p, next)
}

// policy makes a policy of the argument of a directive. core panics for a name that
// is none, because it is a mistake in the program; here that is known only when the
// first request comes, and a request must not end in a panic.
func policy(kind func(string) core.Policy, name string) (p core.Policy, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = errors.New(fmt.Sprint(reason))
		}
	}()
	return kind(name), nil
}
