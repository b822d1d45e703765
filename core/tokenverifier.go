package core

import (
	"context"
	"errors"
	"strings"
	"time"
)

// TokenVerifier verifies tokens that are not JWTs, such as API keys.
type TokenVerifier interface {
	// VerifyToken returns who the token belongs to ([NewIdentity]), [ErrOtherToken]
	// when it is not one of its tokens, an error that wraps [ErrUnavailable] in
	// an outage, and any other error to refuse. An error that wraps [ErrUnknownKey]
	// counts for Config.FailureLimit: return it for a token that is made up, not
	// for one that has expired. VerifyToken is called for every request:
	// remembering answers is its business. An identity whose ExpiresAt is past is
	// refused.
	VerifyToken(ctx context.Context, token string) (*Identity, error)
}

// ErrOtherToken is a [TokenVerifier]'s answer to a token that is not of its kind:
// the next one is asked.
var ErrOtherToken error = &errorClass{"not a token of this verifier", invalidToken}

// isOpaque reports whether a token is for the TokenVerifiers: it cannot be a JWT,
// which has two dots.
func (a *Authenticator) isOpaque(token string) bool {
	return len(a.cfg.TokenVerifiers) > 0 && strings.Count(token, ".") != 2
}

// askVerifiers asks the verifiers for tokens that are not JWTs, in order.
func (a *Authenticator) askVerifiers(ctx context.Context, token string, now time.Time) (*Identity, error) {
	token = strings.Clone(token) // a verifier may keep it; the framework uses its memory again
	for _, verifier := range a.cfg.TokenVerifiers {
		id, err := verifier.VerifyToken(ctx, token)
		switch {
		case errors.Is(err, ErrOtherToken):
			continue
		case err != nil:
			return nil, providerError(err)
		case id == nil:
			return nil, errUnrecognized
		}
		if at := id.ExpiresAt(); !at.IsZero() && !at.After(now.Add(-a.leeway)) {
			return nil, errExpired
		}
		return id, nil
	}
	return nil, errUnrecognized
}
