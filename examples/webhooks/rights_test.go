package main

import (
	"crypto/rand"
	"encoding/json"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// TestRevokedSession: the token of a session that has ended is refused right after the
// delivery, and so is one that is remembered. Other sessions of the user go on.
func TestRevokedSession(t *testing.T) {
	s := newSuite(t)
	for _, kind := range []string{clerk.SessionRevoked, clerk.SessionEnded, clerk.SessionRemoved} {
		id := "sess_" + kind[len("session."):]
		token := s.clerk.Token(devclerk.Session{ID: id, User: "user_mo"}, nil)
		other := s.clerk.Token(devclerk.Session{ID: id + "_other", User: "user_mo"}, nil)
		s.get("/me", token, 200, `"userId":"user_mo"`)
		s.get("/me", token, 200, `"userId":"user_mo"`)
		ended := s.event(kind, session(id, "user_mo", "revoked"))
		s.deliver(ended, 200, `"processed"`)
		s.get("/me", token, 401, `"invalid_token"`)
		s.get("/me", other, 200, `"userId":"user_mo"`)
		s.deliver(ended, 200, `"already_processed"`)
	}
}

// TestDeletedUser: no token of theirs counts, whatever arrives later.
func TestDeletedUser(t *testing.T) {
	s := newSuite(t)
	left := s.event(clerk.MembershipDeleted, membershipOf("user_mo", "org_acme", "org:member", 1))
	s.clock.advance(time.Minute)
	token := s.clerk.Token(devclerk.Member(), nil)
	s.get("/me", token, 200, "user_mo")
	s.deliver(s.event(clerk.UserDeleted, deleted("user", "user_mo")), 200, "processed")
	s.get("/me", token, 401, "invalid_token")
	s.deliver(left, 200, "processed")
	s.get("/me", token, 401, "invalid_token")
	s.clock.advance(time.Minute)
	s.get("/me", s.clerk.Token(devclerk.Member(), nil), 401, "invalid_token")
}

// TestBannedUser: all tokens until the delivery end.
func TestBannedUser(t *testing.T) {
	s := newSuite(t)
	token := s.clerk.Token(devclerk.Member(), nil)
	s.get("/me", token, 200, "user_mo")
	s.deliver(s.event(clerk.UserUpdated, func(at int64) object {
		banned := userNamed("user_mo", "Mo", "")(at)
		banned["banned"] = true
		return banned
	}), 200, "processed")
	s.get("/me", token, 401, "invalid_token")
}

// TestRoleInMetadata: a role that was given or taken away counts with the next request
// after the delivery.
func TestRoleInMetadata(t *testing.T) {
	s := newSuite(t)
	token := s.clerk.Token(devclerk.Member(), nil)
	s.get("/users", token, 403, `"insufficient_scope"`)
	for _, step := range []struct {
		role   string
		before int
		after  int
	}{{"admin", 403, 200}, {"member", 200, 403}} {
		s.clerk.PutUser(devclerk.User{ID: "user_mo", Public: devclerk.Claims{"role": step.role}})
		s.get("/users", token, step.before, "") // the directory remembers
		s.deliver(s.event(clerk.UserUpdated, userNamed("user_mo", "Mo", "")), 200, "processed")
		s.get("/users", token, step.after, "")
	}
}

// TestMembershipEnded: the token that names the organization ends, and the next one of
// the session does not open it.
func TestMembershipEnded(t *testing.T) {
	s := newSuite(t)
	s.deliver(s.event(clerk.OrganizationCreated, organizationNamed("org_acme", "Acme")), 200, "processed")
	const path = "/orgs/org_acme/members"
	old, adas := s.clerk.Token(devclerk.Member(), nil), s.clerk.Token(devclerk.Admin(), nil)
	s.get(path, old, 200, `"name":"Acme"`)
	s.get(path, adas, 200, `"members":[]`)

	s.clerk.DeleteMembership("user_mo", "org_acme")
	s.clock.advance(time.Second)
	ended := s.event(clerk.MembershipDeleted, membershipOf("user_mo", "org_acme", "org:member", 1))
	s.deliver(ended, 200, "processed")
	s.get(path, old, 401, `"invalid_token"`)
	s.get(path, adas, 200, `"members":[]`)

	s.clock.advance(2 * time.Second)
	next := s.clerk.Token(devclerk.Session{ID: "sess_mo", User: "user_mo"}, nil)
	s.get("/me", next, 200, "user_mo")
	s.get(path, next, 403, `"insufficient_scope"`)

	ended.ID = "msg_again"
	s.deliver(ended, 200, "processed")
	s.get("/me", next, 200, "user_mo") // it is younger than the event

	// An organization opens with a membership alone, also when it is not the active one.
	s.clerk.PutMembership("user_mo", "org_acme", "org:member")
	s.deliver(s.event(clerk.MembershipCreated, membershipOf("user_mo", "org_acme", "org:member", 2)), 200, "processed")
	s.get(path, next, 200, `{"userId":"user_mo","name":"","role":"org:member"}`)
}

// TestOrganizationRole: a token with the role from before ends, the next one counts. An
// event that is delivered after a later one ends no more and no fewer tokens.
func TestOrganizationRole(t *testing.T) {
	s := newSuite(t)
	old := s.clerk.Token(devclerk.Admin(), nil)
	s.get("/me", old, 200, "user_ada")
	earlier := s.event(clerk.MembershipUpdated, membershipOf("user_ada", "org_acme", "org:member", 1))
	s.clock.advance(2 * time.Second)
	between := s.clerk.Token(devclerk.Admin(), nil)
	later := s.event(clerk.MembershipUpdated, membershipOf("user_ada", "org_acme", "org:admin", 1))
	s.clock.advance(2 * time.Second)
	next := s.clerk.Token(devclerk.Session{ID: "sess_ada", User: "user_ada"}, nil)
	for _, delivery := range []devclerk.Webhook{later, earlier} {
		s.deliver(delivery, 200, "processed")
		s.get("/me", old, 401, "invalid_token")
		s.get("/me", between, 401, "invalid_token")
		s.get("/me", next, 200, "user_ada")
	}
}

// TestEventTime: without the time of an event, and with one that cannot be true, all
// tokens until now end. Clerk's clock may be a minute ahead.
func TestEventTime(t *testing.T) {
	s := newSuite(t)
	for _, tt := range []struct {
		timestamp any
		ahead     time.Duration // of the token
		status    int
	}{
		{nil, 0, 401},
		{s.clock.Now().Add(time.Hour).UnixMilli(), 0, 401},
		{s.clock.Now().Add(3 * time.Second).UnixMilli(), 2 * time.Second, 401},
		{s.clock.Now().Add(-3 * time.Second).Unix(), 0, 200}, // seconds, as in Clerk's examples
	} {
		user := "user_" + rand.Text()
		iat := s.clock.Now().Add(tt.ahead).Unix()
		token := s.clerk.Token(devclerk.Session{User: user}, devclerk.Claims{"iat": iat, "nbf": iat - 10})
		s.get("/me", token, 200, user)
		data := membershipOf(user, "org_acme", "org:member", 1)(s.clock.Now().UnixMilli())
		delivery := s.clerk.NewWebhook(clerk.MembershipUpdated, data)
		var err error
		delivery.Body, err = json.Marshal(object{"object": "event", "type": clerk.MembershipUpdated, "data": data, "timestamp": tt.timestamp})
		if err != nil {
			t.Fatal(err)
		}
		s.deliver(delivery, 200, "processed")
		s.get("/me", token, tt.status, "")
		later := s.clock.Now().Add(4 * time.Second).Unix()
		s.get("/me", s.clerk.Token(devclerk.Session{User: user}, devclerk.Claims{"iat": later, "nbf": later - 10}), 200, user)
	}
}

// TestOrganizationDeleted: the tokens of all members end that name it.
func TestOrganizationDeleted(t *testing.T) {
	s := newSuite(t)
	ada, mo := s.clerk.Token(devclerk.Admin(), nil), s.clerk.Token(devclerk.Member(), nil)
	s.get("/me", ada, 200, "user_ada")
	s.deliver(s.event(clerk.OrganizationDeleted, deleted("organization", "org_acme")), 200, "processed")
	s.get("/me", ada, 401, "invalid_token")
	s.get("/me", mo, 401, "invalid_token")
	s.get("/me", s.clerk.Token(devclerk.Session{ID: "sess_mo", User: "user_mo"}, nil), 200, "user_mo")
}

// TestRevokedWithoutTables: what has ended counts also while the database fails.
func TestRevokedWithoutTables(t *testing.T) {
	s := newSuite(t)
	token := s.clerk.Token(devclerk.Session{ID: "sess_mo", User: "user_mo"}, nil)
	s.get("/me", token, 200, "user_mo")
	s.exec("CREATE TRIGGER crash BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'crash'); END")
	s.deliver(s.event(clerk.SessionRevoked, session("sess_mo", "user_mo", "revoked")), 500, "handler_failed")
	s.get("/me", token, 401, "invalid_token")
}
