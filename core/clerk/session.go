package clerk

import (
	"context"
	"slices"

	"github.com/authkeel/authkeel/core"
)

// Session is what a session token says, the same for versions 1 and 2 of the
// claims. The session of the Backend API is clerkapi.Session.
type Session struct {
	ID      string // sess_…
	UserID  string // user_…
	Version int    // of the claims, 1 or 2; 0 for an unknown one, of which no organization is read
	Pending bool   // the user still has a task to finish; only with Config.AllowPending

	// Organization is the active one. It is zero when none is active.
	Organization ActiveOrganization

	// Features and Plans are what billing grants to the organization and to the
	// user. Both are empty when the claim is malformed.
	Features, Plans Grants

	// FactorAge says how long ago the user gave each factor; nil when the token
	// does not say.
	FactorAge *FactorAge
}

// ActiveOrganization is the organization in which a user acts, as the token says.
// The organization of the Backend API is clerkapi.Organization.
type ActiveOrganization struct {
	ID, Slug    string
	Role        string   // org:admin; "" when the token names none
	Permissions []string // org:dashboard:read; tokens leave out those of the system (org:sys_…)
}

// Grants are slugs of features or plans.
type Grants struct {
	Organization, User []string
}

// FactorAge is how many minutes before the token was made the user last gave a
// first and a second factor; -1 for never, or not set up. The age of the token
// itself, up to a minute by Clerk's default, is not included.
type FactorAge struct {
	First, Second float64
}

// sessionData is what core keeps with a session's identity. Other packages cannot
// change it.
type sessionData struct {
	session     Session
	directory   *Directory
	hasMetadata bool // the token carried the user's public metadata
}

// SessionFrom returns the session that id was made from. It reports false for
// an identity of another issuer, and for nil.
//
// In your tests, an identity with a Session in ProviderData works like a verified
// one:
//
//	core.NewIdentity(core.IdentityData{Subject: "user_1", ProviderData: clerk.Session{ID: "sess_1"}})
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
	case *sessionData:
		return &p.session
	case Session:
		return &p
	}
	return nil
}

// clone returns a copy that shares no memory with s.
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
// a colleague from the Clerk dashboard, an agent, or the holder of an actor
// token. [core.Identity.Actor] says who it is. Use it for what only the user may
// do, such as changing a password or paying.
func NotImpersonated() core.Policy {
	denied := &core.DeniedError{Requirement: "not impersonated"}
	return func(_ context.Context, id *core.Identity) error {
		if id.Actor() != (core.Actor{}) {
			return denied
		}
		return nil
	}
}
