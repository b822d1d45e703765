package clerk

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core"
)

// Why a token with a good signature is refused. They are behind the core.Error,
// for errors.Is and the log; the client is told nothing of them.
var (
	// ErrNotSession is for tokens that the instance signs with the same key and
	// that are not sessions: from JWT templates, of machines, of OAuth clients.
	ErrNotSession = errors.New("clerk: not a session token")
	// ErrPending is for sessions whose user still has to do something.
	ErrPending = errors.New("clerk: the session is pending; see Config.AllowPending")

	errParty      = fmt.Errorf("clerk: no azp; see Config.AllowMissingAuthorizedParty: %w", core.ErrAuthorizedParty)
	errOtherParty = fmt.Errorf("clerk: azp is another party: %w", core.ErrAuthorizedParty)
	errAudience   = fmt.Errorf("clerk: no audience of ours in aud: %w", core.ErrAudience)
	errActor      = fmt.Errorf("clerk: act names nobody: %w", core.ErrClaim)
	errSts        = fmt.Errorf("clerk: sts is not a string: %w", core.ErrClaim)
)

// The categories (`cat`) of tokens. The last says nothing: some instances put it
// on tokens of every sort.
const (
	categorySession = "cl_B7d4PD111AAA"
	categoryMachine = "cl_B7d4PD333AAA"
	categoryIgnored = "cl_I7d4PD111III"
)

// reader reads verified tokens of one instance. Its Config is complete.
type reader struct{ Config }

// claims are top-level members by their exact names. A struct would take
// members in another case as well, which custom claims can be.
type claims map[string]json.RawMessage

// read is core.Issuer.MapClaims: it refuses what Accept does not name and writes down
// what it does.
func (r *reader) read(t core.Token, d *core.IdentityData) error {
	kind := classify(t, d)
	if kind != SessionToken && slices.Contains(r.Accept, kind) {
		return r.readMachine(kind, t, d)
	}
	if err := checkClass(t, d); err != nil {
		return err // the reason why it is none, where only sessions are accepted
	}
	if !slices.Contains(r.Accept, SessionToken) {
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
	if _, ok := c["act"]; ok && d.Actor.Subject == "" {
		return errActor
	}
	if raw, ok := c["sts"]; ok && !isText(raw) {
		return errSts
	}
	session := c.session(d)
	if session.Pending && !r.AllowPending {
		return ErrPending
	}
	o := &session.Organization
	d.AuthorizedParty = azp
	d.Organization = core.Organization{ID: o.ID, Slug: o.Slug, Role: o.Role}
	if o.Role != "" {
		d.Roles = append(d.Roles, o.Role)
	}
	d.Permissions = append(d.Permissions, o.Permissions...)
	p := &attached{session: session, directory: r.Directory}
	if raw, ok := c[r.MetadataClaim]; ok && r.MetadataClaim != "" {
		rights := metadataRights(raw)
		d.Roles, d.Permissions = append(d.Roles, rights.Roles...), append(d.Permissions, rights.Permissions...)
		p.hasMetadata = true
	}
	d.ProviderData = p
	return nil
}

// checkParty holds a session against AuthorizedParties and Audiences. Where only
// sessions are accepted core did so before, but for one thing: it takes client_id
// for azp, which in a session is a claim of the customer's.
func (r *reader) checkParty(azp string, d *core.IdentityData) error {
	switch {
	case len(r.AuthorizedParties) == 0, azp == "" && r.AllowMissingAuthorizedParty:
	case azp == "":
		return errParty
	case !slices.Contains(r.AuthorizedParties, azp):
		return errOtherParty
	}
	if len(r.Audiences) > 0 && !slices.ContainsFunc(d.Audience, func(aud string) bool { return slices.Contains(r.Audiences, aud) }) {
		return errAudience
	}
	return nil
}

// checkClass tells sessions from the other tokens that the instance signs with
// the same key. Each mark is enough to refuse.
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

// version tells the shapes apart: no `v` is version 1.
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

// organization reads the active organization. The claims of one version mean
// nothing in the other, where they are free for the customer's own.
func (c claims) organization() Organization {
	var org Organization
	switch c.version() {
	case 1:
		org = Organization{ID: text(c["org_id"]), Slug: text(c["org_slug"]), Role: withOrg(text(c["org_role"]))}
		if err := json.Unmarshal(c["org_permissions"], &org.Permissions); err != nil {
			org.Permissions = nil // not an array of strings, or missing
		}
	case 2:
		var o claims
		if err := json.Unmarshal(c["o"], &o); err != nil {
			return Organization{} // not an object, or missing
		}
		org = Organization{ID: text(o["id"]), Slug: text(o["slg"]), Role: withOrg(text(o["rol"])),
			Permissions: permissions(text(c["fea"]), text(o["per"]), text(o["fpm"]))}
	}
	if org.ID == "" {
		return Organization{}
	}
	return org
}

// withOrg returns key with exactly one org: in front, which roles of version 2
// lack. No key stays none.
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

// factorAge reads `fva`: two numbers, each -1 or not negative. Anything else
// proves nothing.
func factorAge(raw json.RawMessage) *FactorAge {
	var ages []json.RawMessage
	if json.Unmarshal(raw, &ages) != nil || len(ages) != 2 {
		return nil
	}
	first, ok1 := number(ages[0])
	second, ok2 := number(ages[1])
	if !ok1 || !ok2 || !isAge(first) || !isAge(second) {
		return nil
	}
	return &FactorAge{first, second}
}

func isAge(minutes float64) bool { return minutes >= 0 || minutes == -1 }

// text is the string that raw is, or "".
func text(raw json.RawMessage) string {
	var s string
	if !isText(raw) || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

func isText(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '"' }

// number is the number that raw is. null, which encoding/json reads as 0, is none.
func number(raw json.RawMessage) (float64, bool) {
	var n *float64
	if json.Unmarshal(raw, &n) != nil || n == nil {
		return 0, false
	}
	return *n, true
}
