package clerk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/clerk/internal/form"
)

const (
	defaultLookupTimeout = 5 * time.Second
	acceptedFor          = 30 * time.Second // how long an accepted token is remembered
	refusedFor           = 10 * time.Second // how long a refused one is
	// maxMachines limits how many accepted, and how many refused, tokens are
	// remembered.
	maxMachines = 10_000
	// maxUnknownLookups limits how many calls run at once for tokens that are not
	// known to be good. Clerk bills them, and counts them against the limit of the
	// instance.
	maxUnknownLookups = 16
)

// opaqueType is a type of token that is not a JWT.
type opaqueType struct {
	kind   TokenType
	prefix string
	verify func(*clerkapi.Backend, context.Context, string) (*clerkapi.MachineToken, error)
}

var opaqueTypes = []opaqueType{
	{M2MToken, "mt_", (*clerkapi.Backend).VerifyM2MToken},
	{OAuthToken, "oat_", (*clerkapi.Backend).VerifyOAuthToken},
	{APIKey, "ak_", (*clerkapi.Backend).VerifyAPIKey},
}

// opaqueTypeOf returns the type of an opaque token. It returns nil for text that
// cannot be a token: that is not worth a call.
func opaqueTypeOf(token string) *opaqueType {
	const least, most = 8, 256 // characters behind the prefix
	for i, t := range opaqueTypes {
		rest, ok := strings.CutPrefix(token, t.prefix)
		if !ok {
			continue
		}
		if len(rest) < least || !form.IsIdentifier(rest, "_-", most) {
			return nil
		}
		return &opaqueTypes[i]
	}
	return nil
}

// machineVerifier is the core.TokenVerifier of an instance.
type machineVerifier struct {
	*reader
	issuer  string
	backend *clerkapi.Backend
	answers *lookupCache[*core.Identity]
	now     func() time.Time
}

// newMachineVerifier returns the verifier of tokens that are not JWTs, nil where
// none are accepted or there is no key to verify them with.
func newMachineVerifier(in *instance) (*machineVerifier, error) {
	if !in.acceptsMachines() || in.SecretKey == "" && in.MachineSecretKey == "" {
		return nil, nil
	}
	v := &machineVerifier{reader: &reader{in.Config}, issuer: in.url, now: in.Core.Now}
	if v.now == nil {
		v.now = time.Now
	}
	var err error
	v.backend, err = clerkapi.NewBackend(clerkapi.BackendConfig{SecretKey: in.SecretKey, MachineSecretKey: in.MachineSecretKey,
		APIURL: in.APIURL, HTTPClient: in.BackendClient, Logger: in.Logger, Now: in.Core.Now})
	if err != nil {
		return nil, err
	}
	logger := in.Logger
	if logger == nil {
		logger = slog.Default()
	}
	v.answers = &lookupCache[*core.Identity]{keep: v.keep, timeout: defaultLookupTimeout, max: maxMachines,
		slots: make(chan struct{}, maxUnknownLookups), logger: logger, now: v.now}
	return v, nil
}

// keep says how long an answer is remembered, which is never beyond the token's
// own expiration. nil stands for a refusal.
func (v *machineVerifier) keep(id *core.Identity) (fresh time.Duration, negative bool) {
	if id == nil {
		return refusedFor, true
	}
	if at := id.ExpiresAt(); !at.IsZero() {
		return min(acceptedFor, at.Sub(v.now())), false
	}
	return acceptedFor, false
}

// VerifyToken is core.TokenVerifier.
func (v *machineVerifier) VerifyToken(ctx context.Context, token string) (*core.Identity, error) {
	t := opaqueTypeOf(token)
	if t == nil || !v.accepts(t.kind) || t.kind != M2MToken && v.SecretKey == "" {
		return nil, core.ErrOtherToken
	}
	key := sha256.Sum256([]byte(token)) // so that the token itself is stored nowhere
	id, err := v.answers.get(ctx, string(key[:]), func(ctx context.Context) (*core.Identity, error) {
		return v.lookup(ctx, t, token)
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", core.ErrUnavailable, err)
	}
	if id == nil {
		return nil, errRefused
	}
	return id, nil
}

// errRefused counts for Config.FailureLimit: the Backend API gives the same answer for a
// token that was made up and for one that was revoked.
var errRefused = fmt.Errorf("%w: %w", ErrMachineRefused, core.ErrUnknownKey)

// lookup asks the Backend API. A nil identity without an error is a refusal.
func (v *machineVerifier) lookup(ctx context.Context, t *opaqueType, token string) (*core.Identity, error) {
	answer, err := t.verify(v.backend, ctx, token)
	switch {
	case errors.Is(err, clerkapi.ErrTokenRefused):
		return nil, nil //nolint:nilnil // a refusal is an answer, and remembered
	case err != nil:
		return nil, err
	}
	m := Machine{Type: t.kind, ID: answer.ID, Subject: answer.Subject, Scopes: answer.Scopes, Name: answer.Name}
	data := core.IdentityData{Issuer: v.issuer, IssuedAt: answer.CreatedAt.Time(), Audience: answer.Audience}
	if t.kind == OAuthToken {
		m.ClientID = answer.ClientID
		var ok bool
		if data.Actor, ok = actorOf(answer.Actor); !ok {
			return nil, nil //nolint:nilnil // an actor has to be on record
		}
	}
	if len(answer.Claims) > 0 && answer.Claims[0] == '{' {
		m.Claims = answer.Claims
	}
	if v.checkMachine(m, data.Audience) != nil {
		return nil, nil //nolint:nilnil // likewise
	}
	if answer.Expiration != nil {
		data.ExpiresAt = answer.Expiration.Time()
	}
	return core.NewIdentity(m.identity(data)), nil
}
