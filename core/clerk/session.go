package clerk

import (
	"context"
	"slices"

	"github.com/authkeel/authkeel/core"
)

// Session is a Clerk session, in one shape for tokens of version 1 and 2.
type Session struct {
	ID      string // sess_…
	UserID  string // user_…
	Version int    // of the claims, 1 or 2; 0 for one that is not known, of which no organization is read
	Pending bool   // the user still has to do something; only with Config.AllowPending

	// Organization is the active one. It is zero when there is none.
	Organization Organization

	// Features and Plans are what billing grants, to the organization and to the
	// user. Both are empty where the claim is damaged.
	Features, Plans Grants

	// FactorAge says when the user last proved who they are; nil when the token
	// does not say.
	FactorAge *FactorAge
}

// Organization is the organization in which a user acts.
type Organization struct {
	ID, Slug    string
	Role        string   // org:admin; "" when the token names none
	Permissions []string // org:dashboard:read; never Clerk's own (org:sys_…), which tokens leave out
}

// Grants are slugs of features or plans.
type Grants struct {
	Organization, User []string
}

// FactorAge is how many minutes before the token was made the user last gave a
// first and a second factor; -1 for never, or not set up. The token's own age
// comes on top: a minute by Clerk's default.
type FactorAge struct {
	First, Second float64
}

// attached is what core keeps with an identity. Nobody outside can change it.
type attached struct {
	session     Session
	directory   *Directory
	hasMetadata bool // the token carried the user's public metadata
}

// SessionFrom returns the session that id was made from. It reports false for
// an identity of another issuer, and for none.
//
// For tests of your own, an identity with a Session in IdentityData.ProviderData does as
// well as a verified one:
//
//	core.NewIdentity(core.IdentityData{Subject: "user_1", Provider: clerk.Session{ID: "sess_1"}})
func SessionFrom(id *core.Identity) (Session, bool) {
	s := sessionOf(id)
	if s == nil {
		return Session{}, false
	}
	return s.clone(), true
}

// sessionOf is SessionFrom without a copy.
func sessionOf(id *core.Identity) *Session {
	switch p := id.ProviderData().(type) {
	case *attached:
		return &p.session
	case Session:
		return &p
	}
	return nil
}

// clone copies what s shares with whoever has it.
func (s *Session) clone() Session {
	c := *s
	c.Organization.Permissions = slices.Clone(s.Organization.Permissions)
	c.Features, c.Plans = s.Features.clone(), s.Plans.clone()
	if s.FactorAge != nil {
		age := *s.FactorAge
		c.FactorAge = &age
	}
	return c
}

func (g Grants) clone() Grants {
	return Grants{slices.Clone(g.Organization), slices.Clone(g.User)}
}

// NotImpersonated is a policy that denies when somebody else acts as the user:
// a colleague of yours from the Clerk dashboard, an agent, whoever holds an
// actor token. [core.Identity.Actor] says who it is. Guard with it what only the
// user may do, such as a change of password or a payment.
func NotImpersonated() core.Policy {
	denied := &core.DeniedError{Requirement: "not impersonated"}
	return func(_ context.Context, id *core.Identity) error {
		if id.Actor() != (core.Actor{}) {
			return denied
		}
		return nil
	}
}
