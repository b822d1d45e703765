package core

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"
)

// Policy decides whether an identity may go on. It returns nil to grant, a
// [*DeniedError] to deny, and any other error for an outage, which the client sees
// as 503 and which never turns into a grant or a 403.
//
// The identity is never nil when middleware or [Authorize] asks.
type Policy func(context.Context, *Identity) error

// DeniedError says which right is missing: for the log, and for the challenge where
// a scope was asked (RFC 6750 section 3.1). The client sees nothing else of it
// but Hint.
type DeniedError struct {
	Requirement string   // the leaf that denied, such as `role "admin"`
	Scopes      []string // the scopes that would do; empty when no scope was asked

	// Hint is put into the body of the answer, as Body.More, for a client that
	// can do something about the denial, such as ask the user for a second
	// factor. Every caller who is denied sees it: nothing about the resource
	// belongs there. It must not change afterwards.
	Hint map[string]any
}

// Error returns the name of the leaf, which comes from your code, never from a request.
func (d *DeniedError) Error() string { return "denied: " + d.Requirement }

// Role grants when the identity has the role. It panics when role is "", as
// do all the following with empty names: a check that can never deny, or never
// grant, is a mistake in the program.
func Role(role string) Policy {
	return all(roles, role)
}

// AnyRole grants when the identity has at least one of the roles.
func AnyRole(role string, more ...string) Policy {
	return some(roles, append([]string{role}, more...)...)
}

// AllRoles grants when the identity has every one of the roles.
func AllRoles(role string, more ...string) Policy {
	return all(roles, append([]string{role}, more...)...)
}

// Permission grants when the identity has the permission.
func Permission(permission string) Policy {
	return all(permissions, permission)
}

// AnyPermission grants when the identity has at least one of the permissions.
func AnyPermission(permission string, more ...string) Policy {
	return some(permissions, append([]string{permission}, more...)...)
}

// AuthenticatedWithin grants when the user proved who they are (`auth_time`)
// no longer than d ago. A token that does not say is denied. Leeway is added,
// as the times are read off two clocks.
func AuthenticatedWithin(d time.Duration) Policy {
	if d <= 0 {
		panic("authkeel: AuthenticatedWithin needs a duration above 0")
	}
	denied := &DeniedError{Requirement: "authenticated within " + d.String()}
	return func(ctx context.Context, id *Identity) error {
		at, auth := id.AuthenticatedAt(), authenticatorOf(ctx)
		ago := auth.now().Sub(at)
		if at.IsZero() || ago > d+auth.leeway || ago < -auth.leeway {
			return denied
		}
		return nil
	}
}

// Not grants when p denies and denies when p grants. An outage stays one.
func Not(p Policy) Policy {
	mustPolicies("Not", p, nil)
	denied := &DeniedError{Requirement: "not"}
	return func(ctx context.Context, id *Identity) error {
		if id == unprivileged {
			return &requirement{text: "not (" + explainPolicy(ctx, p).text + ")"}
		}
		err := p(ctx, id)
		switch {
		case err == nil:
			return denied
		case isDenied(err):
			return nil
		}
		return err
	}
}

// right is a kind of right: where the token has it, and where Rights has it.
type right struct {
	kind    string
	inToken func(*Identity, string) bool
	listed  func(Rights) []string
}

var (
	roles = right{"role", (*Identity).HasRole,
		func(r Rights) []string { return r.Roles }}
	permissions = right{"permission", (*Identity).HasPermission,
		func(r Rights) []string { return r.Permissions }}
)

// all grants when the identity has every one of the rights.
func all(r right, names ...string) Policy {
	denied := r.denials(names)
	return func(ctx context.Context, id *Identity) error {
		for i, name := range names {
			if r.inToken(id, name) {
				continue
			}
			held, err := externalRights(ctx, id)
			if err != nil {
				return err
			}
			if !slices.Contains(r.listed(held), name) {
				if id == unprivileged {
					return r.requirement("and", names)
				}
				return denied[i]
			}
		}
		return nil
	}
}

// some grants when the identity has at least one of the rights. What the token
// says is looked at first, because it needs nobody's answer.
func some(r right, names ...string) Policy {
	denied := r.denials(names)
	return func(ctx context.Context, id *Identity) error {
		for _, name := range names {
			if r.inToken(id, name) {
				return nil
			}
		}
		held, err := externalRights(ctx, id)
		if err != nil {
			return err
		}
		for _, name := range names {
			if slices.Contains(r.listed(held), name) {
				return nil
			}
		}
		if id == unprivileged {
			return r.requirement("or", names)
		}
		return denied[0]
	}
}

// requirement is what a check of several rights asks for.
func (r right) requirement(word string, names []string) *requirement {
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = policyName(r.kind, name)
	}
	return joined(word, parts)
}

// denials makes the answers beforehand, so that saying no allocates nothing.
func (r right) denials(names []string) []*DeniedError {
	denied := make([]*DeniedError, len(names))
	for i, name := range names {
		mustName(r.kind, name)
		denied[i] = &DeniedError{Requirement: policyName(r.kind, name)}
	}
	return denied
}

func policyName(kind, name string) string { return kind + " " + strconv.Quote(name) }

// isDenied reports whether err is a denial and nothing else: not an outage that
// has a denial as its cause or beside it, which Not would turn into a grant.
func isDenied(err error) bool {
	switch e := err.(type) { //nolint:errorlint // each error of the chain is looked at in turn
	case *DeniedError:
		return e != nil // a nil *DeniedError was meant as a grant: neither grant nor denial
	case *Error:
		return errors.Is(e.class, ErrDenied)
	case interface{ Unwrap() error }:
		return isDenied(e.Unwrap())
	case interface{ Unwrap() []error }:
		all := e.Unwrap()
		return len(all) > 0 && !slices.ContainsFunc(all, func(err error) bool { return !isDenied(err) })
	}
	return false
}

func mustName(kind, name string) {
	if name == "" {
		panic("authkeel: a check for a " + kind + " needs its name, got \"\"")
	}
}

func mustPolicies(name string, p Policy, more []Policy) []Policy {
	policies := append([]Policy{p}, more...)
	for _, p := range policies {
		if p == nil {
			panic("authkeel: " + name + "(nil): a nil policy would decide nothing")
		}
	}
	return policies
}
