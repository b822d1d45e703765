package clerk

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core"
)

const (
	machineFor = 30 * time.Second // that a token is good is remembered
	refusedFor = 10 * time.Second // that it is not
	// maxMachines bounds what is remembered of good tokens, and of bad ones.
	maxMachines = 10_000
)

// opaqueForm is how the tokens of one sort that are not JWTs look, and how the
// Backend API is asked about them.
type opaqueForm struct {
	kind   TokenType
	prefix string
	path   string
	member string // of the request
}

var opaqueForms = []opaqueForm{
	{M2MToken, "mt_", "/v1/m2m_tokens/verify", "token"},
	{OAuthToken, "oat_", "/v1/oauth_applications/access_tokens/verify", "access_token"},
	{APIKey, "ak_", "/v1/api_keys/verify", "secret"},
}

// formOf returns the form of an opaque token, or nil for what cannot be one: it is
// not worth a call, which is billed.
func formOf(token string) *opaqueForm {
	const least, most = 8, 256 // characters behind the prefix
	for i, form := range opaqueForms {
		rest, ok := strings.CutPrefix(token, form.prefix)
		if !ok {
			continue
		}
		if len(rest) < least || !isIdentifier(rest, "_-", most) {
			return nil
		}
		return &opaqueForms[i]
	}
	return nil
}

// opaque is the core.TokenVerifier of the instance.
type opaque struct {
	*reader
	url      string
	backend  *Backend
	machines *Backend // for M2M tokens; the same without a key of the machine's
	answers  *memo[*core.Identity]
	now      func() time.Time
}

// opaque returns the verifier of tokens that are not JWTs, nil where none are
// accepted or there is no key to verify them with.
func (in *instance) opaque() (*opaque, error) {
	machine := slices.ContainsFunc(in.Accept, func(t TokenType) bool { return t != SessionToken })
	if !machine || in.SecretKey == "" && in.MachineSecretKey == "" {
		return nil, nil
	}
	o := &opaque{reader: &reader{in.Config}, url: in.url, now: in.Core.Now}
	if o.now == nil {
		o.now = time.Now
	}
	cfg := BackendConfig{SecretKey: in.SecretKey, APIURL: in.APIURL, HTTPClient: in.BackendClient, Logger: in.Logger, Now: in.Core.Now}
	if in.SecretKey != "" {
		o.backend = newBackend(cfg, "SecretKey")
	}
	if o.machines = o.backend; in.MachineSecretKey != "" {
		cfg.SecretKey = in.MachineSecretKey
		o.machines = newBackend(cfg, "MachineSecretKey")
	}
	logger := in.Logger
	if logger == nil {
		logger = slog.Default()
	}
	o.answers = &memo[*core.Identity]{keep: o.keep, timeout: defaultBackendTimeout, max: maxMachines, logger: logger, now: o.now}
	return o, nil
}

// keep is how long an answer counts: not beyond the token's own end. nil is a
// refusal.
func (o *opaque) keep(id *core.Identity) (fresh time.Duration, madeUp bool) {
	if id == nil {
		return refusedFor, true
	}
	if at := id.ExpiresAt(); !at.IsZero() {
		return min(machineFor, at.Sub(o.now())), false
	}
	return machineFor, false
}

// VerifyToken is core.TokenVerifier.
func (o *opaque) VerifyToken(ctx context.Context, token string) (*core.Identity, error) {
	form := formOf(token)
	if form == nil || !slices.Contains(o.Accept, form.kind) {
		return nil, core.ErrOtherToken
	}
	backend := o.backend
	if form.kind == M2MToken {
		backend = o.machines
	}
	if backend == nil {
		return nil, core.ErrOtherToken
	}
	key := sha256.Sum256([]byte(token)) // the token itself is remembered nowhere
	id, err := o.answers.get(ctx, string(key[:]), func(ctx context.Context) (*core.Identity, error) {
		return o.ask(ctx, backend, form, token)
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", core.ErrUnavailable, err)
	}
	if id == nil {
		return nil, errRefused
	}
	return id, nil
}

// errRefused counts for Config.FailureLimit: the Backend API answers alike for a
// token that was made up and for one that was revoked.
var errRefused = fmt.Errorf("%w: %w", ErrMachineRefused, core.ErrUnknownKey)

// ask asks the Backend API. No identity and no error is a refusal.
func (o *opaque) ask(ctx context.Context, backend *Backend, form *opaqueForm, token string) (*core.Identity, error) {
	var answer verifiedToken
	err := backend.call(ctx, http.MethodPost, form.path, map[string]string{form.member: token}, &answer)
	var api *APIError
	switch {
	case errors.As(err, &api) && !api.outage():
		return nil, nil //nolint:nilnil // a refusal is an answer, to be remembered
	case err != nil:
		return nil, err
	}
	m, ok := answer.machine(form, o.now())
	if !ok || o.checkMachine(m, nil) != nil {
		return nil, nil //nolint:nilnil // likewise
	}
	details := core.IdentityData{Issuer: o.url, IssuedAt: answer.CreatedAt.Time()}
	if answer.Expiration != nil {
		details.ExpiresAt = answer.Expiration.Time()
	}
	return core.NewIdentity(m.identity(details)), nil
}

// verifiedToken is what the Backend API says of a token.
type verifiedToken struct {
	Active     *bool           `json:"active"` // false, and nothing else, for an OAuth token that is inactive
	ID         string          `json:"id"`
	Subject    string          `json:"subject"`
	ClientID   string          `json:"client_id"`
	Name       string          `json:"name"`
	Scopes     []string        `json:"scopes"`
	Claims     json.RawMessage `json:"claims"`
	Revoked    *bool           `json:"revoked"`
	Expired    *bool           `json:"expired"`
	Expiration *Millis         `json:"expiration"` // null: none
	CreatedAt  Millis          `json:"created_at"`
}

// machine returns whose token it is. An answer that does not say in so many words
// that the token is good is none.
func (v *verifiedToken) machine(form *opaqueForm, now time.Time) (Machine, bool) {
	isFalse := func(b *bool) bool { return b != nil && !*b }
	if isFalse(v.Active) || !isFalse(v.Revoked) || !isFalse(v.Expired) || !strings.HasPrefix(v.ID, form.prefix) {
		return Machine{}, false
	}
	if v.Expiration != nil && !v.Expiration.Time().After(now) {
		return Machine{}, false
	}
	m := Machine{Type: form.kind, ID: v.ID, Subject: v.Subject, Scopes: v.Scopes, Name: v.Name}
	if form.kind == OAuthToken {
		m.ClientID = v.ClientID
	}
	if len(v.Claims) > 0 && v.Claims[0] == '{' {
		m.Claims = v.Claims
	}
	return m, true
}

// checkMachines checks what Accept needs.
func (in *instance) checkMachines() error {
	accepts := func(t TokenType) bool { return slices.Contains(in.Accept, t) }
	for i, t := range in.Accept {
		if !slices.Contains([]TokenType{SessionToken, APIKey, M2MToken, OAuthToken}, t) {
			return wrong(fmt.Sprintf("Accept[%d]", i), fmt.Errorf("is %q: there are SessionToken, APIKey, M2MToken and OAuthToken", t))
		}
	}
	switch {
	case accepts(APIKey) && in.SecretKey == "":
		return wrong("SecretKey", errors.New("is empty, and Accept names API keys: they are verified with it"))
	case accepts(M2MToken) && !in.AllowAnyMachine && checkID("mch", in.MachineID) != nil:
		return wrong("MachineID", errors.New("is not the id of a machine (mch_…), and Accept names M2M tokens: take this service's id from the Machines page of the dashboard, or set AllowAnyMachine to accept tokens for your other services"))
	case in.MachineSecretKey != "" && !strings.HasPrefix(in.MachineSecretKey, "ak_"):
		return wrong("MachineSecretKey", errors.New("is not the secret key of a machine: it begins with ak_"))
	case in.AllowCookie && (len(in.Accept) > 1 || !accepts(SessionToken)):
		return wrong("AllowCookie", errors.New("reads sessions, and Accept names others: make a second Authenticator for machines, with the same Keys"))
	}
	return nil
}
