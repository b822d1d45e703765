package clerk

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core"
)

// TokenType is a sort of token, by Clerk's names.
type TokenType string

// The sorts of tokens.
const (
	SessionToken TokenType = "session_token" // a user's
	APIKey       TokenType = "api_key"       // ak_…, a user's or an organization's, for their scripts
	M2MToken     TokenType = "m2m_token"     // mt_… or a JWT, one of your services'
	OAuthToken   TokenType = "oauth_token"   // oat_… or a JWT, an application's that a user let in
)

// Machine is what is known of a caller that is not a session.
type Machine struct {
	Type    TokenType
	ID      string // of the token: ak_…, mt_…, oat_…
	Subject string // one of the next three
	// UserID, OrganizationID and MachineID say for whom the token acts; two of them
	// are "".
	UserID, OrganizationID, MachineID string
	ClientID                          string   // the OAuth application
	Scopes                            []string // of an M2M token: the machines that may take it
	Name                              string   // of the API key
	// Claims are custom ones, a JSON object, nil without. Whoever made the token
	// chose them.
	Claims json.RawMessage
}

// attachedMachine is what core keeps with a machine's identity.
type attachedMachine struct{ machine Machine }

// MachineFrom returns the machine that id was made from. It reports false for a
// session, for an identity of another issuer, and for none.
//
// A machine has scopes (core.Scope) and neither roles nor permissions: those of
// the user for whom it acts are not its own.
func MachineFrom(id *core.Identity) (Machine, bool) {
	switch p := id.ProviderData().(type) {
	case *attachedMachine:
		m := p.machine
		m.Scopes, m.Claims = slices.Clone(m.Scopes), slices.Clone(m.Claims)
		return m, true
	case Machine: // a test's, see SessionFrom
		return p, true
	}
	return Machine{}, false
}

// TypeOf returns the sort of token that id was made from, "" for an identity of
// another issuer, and for none.
func TypeOf(id *core.Identity) TokenType {
	if sessionOf(id) != nil {
		return SessionToken
	}
	m, _ := MachineFrom(id)
	return m.Type
}

// Why a machine's token is refused.
var (
	// ErrNotAccepted is for a sort of token that Config.Accept does not name.
	ErrNotAccepted = errors.New("clerk: a sort of token that Config.Accept does not name")
	// ErrMachineRefused is for a token that the Backend API does not know, or says
	// is revoked or expired.
	ErrMachineRefused = errors.New("clerk: the machine token is refused")

	errOtherMachine = fmt.Errorf("clerk: the token is for another machine: %w", core.ErrAudience)
	errClient       = fmt.Errorf("clerk: the token is of another OAuth client: %w", core.ErrAuthorizedParty)
)

// identity makes the details of a machine. Everything that the claims of the
// token gave before is dropped: whoever makes a token chooses its custom claims,
// so a role among them is none.
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
		Organization: core.Organization{ID: m.OrganizationID}, Scopes: m.Scopes, ProviderData: &attachedMachine{m},
	}
}

// subjects are how the subjects begin that a sort of token can have.
var subjects = map[TokenType][]string{APIKey: {"user_", "org_", "mch_"}, M2MToken: {"mch_"}, OAuthToken: {"user_"}}

// fits reports whether the subject is one that the sort of token can have.
func (m Machine) fits() bool {
	return m.ID != "" && slices.ContainsFunc(subjects[m.Type], func(prefix string) bool {
		rest, ok := strings.CutPrefix(m.Subject, prefix)
		return ok && rest != ""
	})
}

// classify tells the tokens apart that the instance signs with one key: a machine
// by its subject, then OAuth by its type, all others have to be sessions.
func classify(t core.Token, d *core.IdentityData) TokenType {
	switch {
	case strings.HasPrefix(d.Subject, "mch_"):
		return M2MToken
	case t.Type() == "at+jwt", t.Type() == "application/at+jwt":
		return OAuthToken
	}
	return SessionToken
}

// readMachine reads the JWT of a machine or of an OAuth client.
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
	m := Machine{Type: kind, ID: d.TokenID, Subject: d.Subject}
	switch kind {
	case M2MToken:
		if m.Scopes = words(c["scopes"]); len(m.Scopes) == 0 {
			m.Scopes = slices.Clone(d.Audience)
		}
		m.Claims = c.custom("iss", "sub", "exp", "nbf", "iat", "jti")
	case OAuthToken:
		m.ClientID = text(c["client_id"])
		if m.Scopes = words(c["scp"]); c["scp"] == nil {
			m.Scopes = words(c["scope"])
		}
	}
	if err := r.checkMachine(m, d.Audience); err != nil {
		return err
	}
	*d = m.identity(*d)
	return nil
}

// checkMachine holds a machine, from a JWT or from the Backend API, against the
// configuration.
func (r *reader) checkMachine(m Machine, audience []string) error {
	if !m.fits() {
		return fmt.Errorf("%w: id or subject", ErrMachineRefused)
	}
	if m.Type == M2MToken && !r.AllowAnyMachine && !slices.Contains(m.Scopes, r.MachineID) && !slices.Contains(audience, r.MachineID) {
		return errOtherMachine
	}
	if m.Type == OAuthToken && len(r.OAuthClients) > 0 && !slices.Contains(r.OAuthClients, m.ClientID) {
		return errClient
	}
	return nil
}

// custom is what is left of the claims without these, or nil.
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
