package core

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/internal/audit"
)

// Require returns the step that lets requests go on whose identity satisfies
// the policy. Authentication must run before it on the same route. It panics
// when p is nil.
func Require(p Policy) adapter.Step {
	mustPolicies("Require", p, nil)
	return func(ctx context.Context, r adapter.Request) adapter.Outcome {
		if err := authorize(ctx, r, p); err != nil {
			return adapter.Outcome{Refusal: authenticatorOf(ctx).Refusal(ctx, err)}
		}
		return adapter.Outcome{}
	}
}

// Authorize applies a policy outside any middleware: in a resolver, a service,
// a handler that decides by what it loaded. It returns nil, or an [*Error] of
// class [ErrDenied], [ErrNoToken] (nobody is authenticated), [ErrUnavailable]
// or [ErrNoAuthentication] (no authentication ran, which is a mistake in the
// program and is logged). [Authenticator.Refusal] makes the answer for a client
// of it. It panics when p is nil.
func Authorize(ctx context.Context, p Policy) error {
	mustPolicies("Authorize", p, nil)
	return authorize(ctx, nil, p)
}

// passThroughClasses are the error classes that a policy may return unchanged,
// when it calls Authorize itself. Any other *Error from a policy, such as one
// from verifying a second token, becomes ErrUnavailable.
var passThroughClasses = []error{ErrUnavailable, ErrNoToken, ErrNoAuthentication}

func authorize(ctx context.Context, r adapter.Request, p Policy) error {
	c, err := authenticated(ctx, r)
	if err != nil {
		return err
	}
	if audit.Running() { // a test of the application may be asking
		if asked, err := auditPolicy(ctx, c.id, p); asked {
			return err
		}
	}
	return c.decided(ctx, r, p(ctx, c.id))
}

// authenticated returns what authentication put into ctx, or the refusal of a
// request whose caller is not known.
func authenticated(ctx context.Context, r adapter.Request) (*identityContext, error) {
	c := fromContext(ctx)
	switch {
	case c == nil:
		var e Event
		unconfigured.describe(ctx, r, &e)
		slog.ErrorContext(ctx, "authkeel: an authorization check runs without authentication before it; "+
			"mount RequireAuth or OptionalAuth on the same router or group, before the check", "method", e.Method, "path", e.Path)
		return nil, errNoAuthentication
	case c.id == nil:
		return nil, errAnonymous
	case c.id.anonymous:
		c.auth.reportDenial(ctx, r, c.id, errAnonymous)
		return nil, errAnonymous
	}
	return c, nil
}

// decided makes the refusal of what a policy answered, and reports it.
func (c *identityContext) decided(ctx context.Context, r adapter.Request, answer error) error {
	if answer == nil {
		return nil
	}
	var refused *Error
	switch {
	case isDenied(answer):
		refused = &Error{Reason: "denied", class: ErrDenied, cause: answer}
	case errors.As(answer, &refused) && slices.Contains(passThroughClasses, refused.class):
	default:
		refused = unavailable("policy_unavailable", answer)
	}
	c.auth.reportDenial(ctx, r, c.id, refused)
	return refused
}
