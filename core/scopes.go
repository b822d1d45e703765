package core

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Scope grants when the token has the scope. Scopes say what the client may do
// on the user's behalf (RFC 6749 section 3.3); Issuer.LookupRights adds none.
func Scope(scope string) Policy { return AllScopes(scope) }

// AllScopes grants when the token has every one of the scopes. A denial names all
// of them in the challenge, so that a client asks its user once (RFC 6750 section
// 3).
func AllScopes(scope string, more ...string) Policy {
	scopes, denied := scopeDenial("all scopes", scope, more)
	return func(_ context.Context, id *Identity) error {
		for _, s := range scopes {
			if !id.HasScope(s) {
				if id == unprivileged {
					return scopeRequirement("and", scopes)
				}
				return denied
			}
		}
		return nil
	}
}

// AnyScope grants when the token has at least one of the scopes. A denial names all
// of them in the challenge.
func AnyScope(scope string, more ...string) Policy {
	scopes, denied := scopeDenial("any scope", scope, more)
	return func(_ context.Context, id *Identity) error {
		if slices.ContainsFunc(scopes, id.HasScope) {
			return nil
		}
		if id == unprivileged {
			return scopeRequirement("or", scopes)
		}
		return denied
	}
}

// scopeRequirement is what a check of scopes asks for.
func scopeRequirement(word string, scopes []string) *requirement {
	return right{kind: "scope"}.requirement(word, scopes)
}

// scopeDenial checks the names and makes the denial beforehand, so that saying no
// allocates nothing.
func scopeDenial(kind, scope string, more []string) ([]string, *DeniedError) {
	scopes := append([]string{scope}, more...)
	for _, s := range scopes {
		mustName("scope", s)
		if strings.ContainsFunc(s, notInScope) {
			panic("authkeel: " + strconv.Quote(s) + " is not one scope (RFC 6749 section 3.3): no spaces, quotes or backslashes")
		}
	}
	if len(scopes) == 1 {
		kind = "scope"
	}
	return scopes, &DeniedError{Requirement: policyName(kind, strings.Join(scopes, " ")), Scopes: scopes}
}

// notInScope tells what cannot stand in a scope-token, and so not in a challenge.
func notInScope(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }

// joinScopes is err, a denial, with the scopes of another denial added.
func joinScopes(err, other error) error {
	var first, second *DeniedError
	if !errors.As(err, &first) || !errors.As(other, &second) || first == nil || second == nil {
		return err
	}
	var missing []string
	for _, s := range second.Scopes {
		if !slices.Contains(first.Scopes, s) {
			missing = append(missing, s)
		}
	}
	if len(missing) == 0 {
		return err
	}
	return &DeniedError{Requirement: first.Requirement, Scopes: slices.Concat(first.Scopes, missing), Hint: first.Hint}
}
