package adaptertest

import (
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// RunClerk checks what an adapter does with the tokens of Clerk: which tokens and
// cookies it accepts, what the handler knows of a session or a machine, and what
// the checks grant. It stands beside [Run], which checks what does not depend on
// the issuer, and reports and discards the log as [Run] does.
func RunClerk(t *testing.T, serve Serve) {
	silenceLog(t)
	newClerkSuite(t, authtest.NewClerk(t), authtest.NewClerk(t), clerk.New).runAll(t, serve)
}

// clerkSuite is a suite for the tokens of a Clerk instance.
type clerkSuite struct {
	*suite
	instance *devclerk.Instance // the Authenticators trust it
	other    *devclerk.Instance // no Authenticator trusts it
	newAuth  func(clerk.Config) (*core.Authenticator, error)
}

// newClerkSuite takes the function that makes Authenticators, so that a test can
// run the suite with Authenticators that lack a rule.
func newClerkSuite(t testing.TB, instance, other *devclerk.Instance, newAuth func(clerk.Config) (*core.Authenticator, error)) *clerkSuite {
	s := &clerkSuite{suite: &suite{t: t, patience: defaultPatience}, instance: instance, other: other, newAuth: newAuth}
	s.auth = s.clerk(func(*clerk.Config) {})
	s.plain = s.get(requireAuth(s.auth))
	for _, add := range []func(){
		s.sessions, s.optionalSessions, s.rejectedSessions, s.pendingSessions, s.missingParties,
		s.sessionRights, s.acceptedSessionCookies, s.refusedSessionCookies, s.crossSiteSessions,
		s.metadataRights, s.callsNotNeeded, s.currentUser, s.memberships, s.changedMetadata, s.concurrentLookups,
		s.backendOutages, s.wrongSecretKey, s.backendRateLimit,
		s.machines, s.machineRights, s.machineCalls,
	} {
		add()
	}
	return s
}

// clerk makes an Authenticator for the instance, with a change.
func (s *clerkSuite) clerk(change func(*clerk.Config)) *core.Authenticator {
	s.t.Helper()
	cfg := authtest.ClerkConfig(s.instance)
	change(&cfg)
	a, err := s.newAuth(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// version1 returns the session with tokens of version 1.
func version1(s devclerk.Session) devclerk.Session {
	s.Version = 1
	return s
}

// userWithoutOrg returns a session in which no organization is active.
func userWithoutOrg() devclerk.Session {
	return devclerk.Session{ID: "sess_nora", User: "user_nora", FactorAge: &[2]int{1, 1}}
}

// bearer returns the Authorization header with a token of the session.
func (s *clerkSuite) bearer(session devclerk.Session) []string {
	return bearer(s.instance.Token(session, nil))
}
