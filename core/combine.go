package core

import "context"

// AllOf grants when every policy grants. The first that does not decides. Where it
// denies for a scope, the others are asked too, so that the challenge names all
// scopes that are missing.
func AllOf(p Policy, more ...Policy) Policy {
	policies := mustPolicies("AllOf", p, more)
	return func(ctx context.Context, id *Identity) error {
		if id == unprivileged {
			return requirementOf(ctx, "and", policies)
		}
		for i, p := range policies {
			err := p(ctx, id)
			if err == nil {
				continue
			}
			if !asksScope(err) {
				return err
			}
			for _, p := range policies[i+1:] {
				if other := p(ctx, id); other != nil && asksScope(other) {
					err = joinScopes(err, other)
				}
			}
			return err
		}
		return nil
	}
}

// asksScope reports whether err is a denial that a scope would lift.
func asksScope(err error) bool {
	denied, ok := err.(*DeniedError) //nolint:errorlint // a wrapped denial is the policy's own business
	return ok && denied != nil && len(denied.Scopes) > 0
}

// AnyOf grants when one policy grants. When none does, an outage of one of
// them outweighs the denials of the others; otherwise the first denial is
// returned, with the scopes that the others name added.
func AnyOf(p Policy, more ...Policy) Policy {
	policies := mustPolicies("AnyOf", p, more)
	return func(ctx context.Context, id *Identity) error {
		if id == unprivileged {
			return requirementOf(ctx, "or", policies)
		}
		var refused error
		for _, p := range policies {
			err := p(ctx, id)
			if err == nil {
				return nil
			}
			refused = neither(refused, err)
		}
		return refused
	}
}

// neither is the answer of two policies that do not grant. first is nil where
// there is no other yet.
func neither(first, second error) error {
	switch {
	case first == nil:
		return second
	case !isDenied(first):
		return first
	case !isDenied(second):
		return second
	case asksScope(second):
		return joinScopes(first, second)
	}
	return first
}
