package clerk

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core"
)

// Why a token with a valid signature is refused. core.Error wraps them, for
// errors.Is and the log; the client does not learn them.
var (
	// ErrNotSession is for tokens that the instance signs with the same key and
	// that are not sessions: those of JWT templates, machines and OAuth clients.
	ErrNotSession = errors.New("clerk: not a session token")
	// ErrPending is for sessions whose user still has a task to finish.
	ErrPending = errors.New("clerk: the session is pending; see Config.AllowPending")

	errParty      = fmt.Errorf("clerk: no azp; see Config.AllowMissingAuthorizedParty: %w", core.ErrAuthorizedParty)
	errOtherParty = fmt.Errorf("clerk: azp is another party: %w", core.ErrAuthorizedParty)
	errAudience   = fmt.Errorf("clerk: aud has none of Config.Audiences: %w", core.ErrAudience)
	errActor      = fmt.Errorf("clerk: act has no sub: %w", core.ErrClaim)
	errSts        = fmt.Errorf("clerk: sts is not a string: %w", core.ErrClaim)
)

// The categories (`cat`) of tokens. The last carries no information: some
// instances put it on tokens of every type.
const (
	categorySession = "cl_B7d4PD111AAA"
	categoryMachine = "cl_B7d4PD333AAA"
	categoryIgnored = "cl_I7d4PD111III"
)

// reader reads verified tokens of one instance. Its Config is checked and has its
// defaults.
type reader struct{ Config }

func (r *reader) accepts(t TokenType) bool { return slices.Contains(r.Accept, t) }

// claims are top-level members by their exact names. A custom claim may differ
// from one of Clerk's in case alone.
type claims map[string]json.RawMessage

// has reports whether the claim is there. null is absent.
func (c claims) has(name string) bool {
	raw, ok := c[name]
	return ok && string(raw) != "null"
}

// read is core.Issuer.MapClaims: it refuses types of tokens that Accept does not
// name, and fills d from the claims of the others.
func (r *reader) read(t core.Token, d *core.IdentityData) error {
	kind := classify(t, d)
	if kind != SessionToken && r.accepts(kind) {
		return r.readMachine(kind, t, d)
	}
	if err := checkClass(t, d); err != nil {
		return err // it says more than ErrNotAccepted
	}
	if !r.accepts(SessionToken) {
		return ErrNotAccepted
	}
	return r.readSession(t, d)
}

func (r *reader) readSession(t core.Token, d *core.IdentityData) error {
	var c claims
	if err := t.Decode(&c); err != nil {
		return err
	}
	azp := text(c["azp"])
	if err := r.checkParty(azp, d); err != nil {
		return err
	}
	if c.has("act") && d.Actor.Subject == "" {
		return errActor
	}
	if c.has("sts") && !isText(c["sts"]) {
		return errSts
	}
	session := c.session(d)
	if session.Pending && !r.AllowPending {
		return ErrPending
	}
	o := &session.Organization
	d.AuthorizedParty = azp
	d.Organization = core.Organization{ID: o.ID, Slug: o.Slug, Role: o.Role}
	d.OrganizationPermissions = o.Permissions
	if o.Role != "" {
		d.Roles = append(d.Roles, o.Role)
	}
	d.Permissions = append(d.Permissions, o.Permissions...)
	p := &sessionData{session: session, directory: r.Directory}
	if raw, ok := c[r.MetadataClaim]; ok && r.MetadataClaim != "" {
		rights := metadataRights(raw)
		d.Roles, d.Permissions = append(d.Roles, rights.Roles...), append(d.Permissions, rights.Permissions...)
		p.hasMetadata = true
	}
	d.ProviderData = p
	return nil
}

// checkParty compares a session with AuthorizedParties and Audiences. Where only
// sessions are accepted core has done so already, but core uses client_id where
// there is no azp, and in a session client_id is a custom claim.
func (r *reader) checkParty(azp string, d *core.IdentityData) error {
	switch {
	case len(r.AuthorizedParties) == 0, azp == "" && r.AllowMissingAuthorizedParty:
	case azp == "":
		return errParty
	case !slices.Contains(r.AuthorizedParties, azp):
		return errOtherParty
	}
	if len(r.Audiences) > 0 && !containsAny(r.Audiences, d.Audience) {
		return errAudience
	}
	return nil
}

// containsAny reports whether list has at least one of the values.
func containsAny(list, values []string) bool {
	return slices.ContainsFunc(values, func(v string) bool { return slices.Contains(list, v) })
}

// checkClass refuses the other tokens that the instance signs with the same key.
// Each of these marks is enough to refuse.
func checkClass(t core.Token, d *core.IdentityData) error {
	if typ := t.Type(); typ != "" && typ != "JWT" {
		return fmt.Errorf("%w: typ", ErrNotSession) // core compares without regard to case
	}
	if raw := t.Header("cat"); raw != nil {
		if cat := text(raw); cat != categorySession && cat != categoryIgnored {
			return fmt.Errorf("%w: cat", ErrNotSession)
		}
	}
	if strings.HasPrefix(d.Subject, "mch_") {
		return fmt.Errorf("%w: sub", ErrNotSession)
	}
	if id, ok := strings.CutPrefix(d.SessionID, "sess_"); !ok || id == "" {
		return fmt.Errorf("%w: sid", ErrNotSession)
	}
	return nil
}

func (c claims) session(d *core.IdentityData) Session {
	return Session{
		ID:           d.SessionID,
		UserID:       d.Subject,
		Version:      c.version(),
		Pending:      text(c["sts"]) == "pending",
		Organization: c.organization(),
		Features:     parseGrants(text(c["fea"])),
		Plans:        parseGrants(text(c["pla"])),
		FactorAge:    factorAge(c["fva"]),
	}
}

// version returns the version of the claims: 1 without `v`, 0 for an unknown one,
// such as null.
func (c claims) version() int {
	raw, ok := c["v"]
	if !ok {
		return 1
	}
	switch n, ok := number(raw); {
	case ok && n == 1:
		return 1
	case ok && n == 2:
		return 2
	}
	return 0
}

// organization reads the active organization. The claims of one version have no
// meaning in the other, where they may be custom claims.
func (c claims) organization() ActiveOrganization {
	var org ActiveOrganization
	switch c.version() {
	case 1:
		org = ActiveOrganization{ID: text(c["org_id"]), Slug: text(c["org_slug"]), Role: withOrg(text(c["org_role"]))}
		if err := json.Unmarshal(c["org_permissions"], &org.Permissions); err != nil {
			org.Permissions = nil // not an array of strings, or missing
		}
	case 2:
		var o claims
		if err := json.Unmarshal(c["o"], &o); err != nil {
			return ActiveOrganization{} // not an object, or missing
		}
		org = ActiveOrganization{ID: text(o["id"]), Slug: text(o["slg"]), Role: withOrg(text(o["rol"])),
			Permissions: permissions(text(c["fea"]), text(o["per"]), text(o["fpm"]))}
	}
	if org.ID == "" {
		return ActiveOrganization{}
	}
	return org
}

// withOrg returns key with exactly one org: in front, which roles of version 2
// lack. An empty key stays empty.
func withOrg(key string) string {
	const prefix = "org:"
	if key == "" {
		return ""
	}
	for strings.HasPrefix(key, prefix+prefix) {
		key = key[len(prefix):]
	}
	if strings.HasPrefix(key, prefix) {
		return key
	}
	return prefix + key
}
