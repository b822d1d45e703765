package clerk

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core"
)

// TokenType is a type of token, by Clerk's names.
type TokenType string

// The types of tokens.
const (
	SessionToken TokenType = "session_token" // of a signed-in user
	APIKey       TokenType = "api_key"       // ak_…; of a user or an organization, for scripts
	M2MToken     TokenType = "m2m_token"     // mt_… or a JWT; of one of your services
	OAuthToken   TokenType = "oauth_token"   // oat_… or a JWT; of an application that a user gave access to
)

// Machine is a caller with an API key, an M2M token or an OAuth access token.
type Machine struct {
	Type    TokenType
	ID      string // of the token: ak_…, mt_…, oat_…
	Subject string // one of the next three
	// UserID, OrganizationID and MachineID say for whom the token acts; two of them
	// are "".
	UserID, OrganizationID, MachineID string
	ClientID                          string   // the OAuth application
	Scopes                            []string // of an M2M token: the machines that may accept it
	Name                              string   // of the API key
	// Claims are the custom ones, a JSON object; nil without. The maker of the
	// token chose them: never authorize on them.
	Claims json.RawMessage
}

// machineData is what core keeps with a machine's identity.
type machineData struct{ machine Machine }

// MachineFrom returns the machine that id was made from. It reports false for a
// session, for an identity of another issuer, and for nil.
//
// A machine has scopes (core.Scope) and neither roles nor permissions: those of
// the user for whom it acts do not count. An OAuth token from a token exchange
// has an actor, see core.Identity.Actor.
func MachineFrom(id *core.Identity) (Machine, bool) {
	switch p := id.ProviderData().(type) {
	case *machineData:
		m := p.machine
		m.Scopes, m.Claims = slices.Clone(m.Scopes), slices.Clone(m.Claims)
		return m, true
	case Machine: // made by a test, see SessionFrom
		return p, true
	}
	return Machine{}, false
}

// TypeOf returns the type of token that id was made from, "" for an identity of
// another issuer, and for nil.
func TypeOf(id *core.Identity) TokenType {
	if sessionOf(id) != nil {
		return SessionToken
	}
	m, _ := MachineFrom(id)
	return m.Type
}

// Why a machine's token is refused.
var (
	// ErrNotAccepted is for a type of token that Config.Accept does not name.
	ErrNotAccepted = errors.New("clerk: a type of token that Config.Accept does not name")
	// ErrMachineRefused is for a token that the Backend API does not know, or says
	// is revoked or expired.
	ErrMachineRefused = errors.New("clerk: the machine token is refused")

	errOtherMachine  = fmt.Errorf("clerk: the token is for another machine: %w", core.ErrAudience)
	errOAuthAudience = fmt.Errorf("clerk: aud has none of Config.OAuthAudiences: %w", core.ErrAudience)
	errClient        = fmt.Errorf("clerk: the token is of another OAuth client: %w", core.ErrAuthorizedParty)
)

// identity makes the identity of a machine. Roles and permissions in the claims
// are dropped: the maker of a token chooses its custom claims.
func (m Machine) identity(d core.IdentityData) core.IdentityData {
	switch {
	case strings.HasPrefix(m.Subject, "user_"):
		m.UserID = m.Subject
	case strings.HasPrefix(m.Subject, "org_"):
		m.OrganizationID = m.Subject
	case strings.HasPrefix(m.Subject, "mch_"):
		m.MachineID = m.Subject
	}
	return core.IdentityData{
		Issuer: d.Issuer, Subject: m.Subject, Audience: d.Audience, AuthorizedParty: m.ClientID,
		TokenID: m.ID, IssuedAt: d.IssuedAt, ExpiresAt: d.ExpiresAt,
		Actor: d.Actor, Organization: core.Organization{ID: m.OrganizationID}, Scopes: m.Scopes, ProviderData: &machineData{m},
	}
}

// subjects has the prefixes of the subjects that a type of token can have.
var subjects = map[TokenType][]string{APIKey: {"user_", "org_", "mch_"}, M2MToken: {"mch_"}, OAuthToken: {"user_"}}

// hasValidSubject reports whether the type of token can have this subject.
func (m Machine) hasValidSubject() bool {
	return m.ID != "" && slices.ContainsFunc(subjects[m.Type], func(prefix string) bool {
		rest, ok := strings.CutPrefix(m.Subject, prefix)
		return ok && rest != ""
	})
}

// classify returns the type of a JWT. The instance signs all types with one key:
// a machine is known by its subject, OAuth by `typ`, and all others have to be
// sessions.
func classify(t core.Token, d *core.IdentityData) TokenType {
	switch {
	case strings.HasPrefix(d.Subject, "mch_"):
		return M2MToken
	case t.Type() == "at+jwt", t.Type() == "application/at+jwt":
		return OAuthToken
	}
	return SessionToken
}

// readMachine reads the claims of an M2M or OAuth JWT.
func (r *reader) readMachine(kind TokenType, t core.Token, d *core.IdentityData) error {
	category := map[TokenType]string{M2MToken: categoryMachine, OAuthToken: categoryIgnored}[kind]
	if raw := t.Header("cat"); raw != nil && text(raw) != category {
		return fmt.Errorf("%w: cat", ErrNotAccepted)
	}
	if kind == M2MToken && t.Type() != "" && t.Type() != "JWT" {
		return fmt.Errorf("%w: typ", ErrNotAccepted)
	}
	var c claims
	if err := t.Decode(&c); err != nil {
		return err
	}
	if c.has("act") && d.Actor.Subject == "" {
		return errActor
	}
	m := Machine{Type: kind, ID: d.TokenID, Subject: d.Subject}
	switch kind {
	case M2MToken:
		if m.Scopes = scopes(c["scopes"]); len(m.Scopes) == 0 {
			m.Scopes = slices.Clone(d.Audience)
		}
		m.Claims = c.custom("iss", "sub", "exp", "nbf", "iat", "jti")
	case OAuthToken:
		m.ClientID = text(c["client_id"])
		if m.Scopes = scopes(c["scp"]); !c.has("scp") {
			m.Scopes = scopes(c["scope"])
		}
	}
	if err := r.checkMachine(m, d.Audience); err != nil {
		return err
	}
	*d = m.identity(*d)
	return nil
}

// checkMachine compares a machine, from a JWT or from the Backend API, with the
// configuration.
func (r *reader) checkMachine(m Machine, audience []string) error {
	if !m.hasValidSubject() {
		return fmt.Errorf("%w: id or subject", ErrMachineRefused)
	}
	if m.Type == M2MToken && !r.AllowAnyMachine && !slices.Contains(m.Scopes, r.MachineID) && !slices.Contains(audience, r.MachineID) {
		return errOtherMachine
	}
	if m.Type == OAuthToken && !r.AllowAnyOAuthAudience && !containsAny(r.OAuthAudiences, audience) {
		return errOAuthAudience
	}
	if m.Type == OAuthToken && len(r.OAuthClients) > 0 && !slices.Contains(r.OAuthClients, m.ClientID) {
		return errClient
	}
	return nil
}

// custom returns the claims without the registered ones, nil when none are left.
func (c claims) custom(registered ...string) json.RawMessage {
	rest := make(claims, len(c))
	for name, value := range c {
		if !slices.Contains(registered, name) {
			rest[name] = value
		}
	}
	if len(rest) == 0 {
		return nil
	}
	text, err := json.Marshal(rest)
	if err != nil {
		return nil // a value that was JSON a moment ago
	}
	return text
}
