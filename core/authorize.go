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
	c := fromContext(ctx)
	switch {
	case c == nil:
		slog.ErrorContext(ctx, "authkeel: an authorization check runs without authentication before it; "+
			"mount RequireAuth or OptionalAuth on the same router or group, before the check")
		return errNoAuthentication
	case c.id == nil:
		return errAnonymous
	case c.id.anonymous:
		c.auth.reportDenial(ctx, r, c.id, errAnonymous)
		return errAnonymous
	}
	if audit.Running() { // a test of the application may be asking
		if asked, err := auditPolicy(ctx, c.id, p); asked {
			return err
		}
	}
	err := p(ctx, c.id)
	if err == nil {
		return nil
	}
	var refused *Error
	switch {
	case isDenied(err):
		refused = &Error{Reason: "denied", class: ErrDenied, cause: err}
	case errors.As(err, &refused) && slices.Contains(passThroughClasses, refused.class):
	default:
		refused = unavailable("policy_unavailable", err)
	}
	c.auth.reportDenial(ctx, r, c.id, refused)
	return refused
}
