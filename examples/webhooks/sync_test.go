package main

import (
	"database/sql"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
	"github.com/authkeel/authkeel/core/webhook"
)

// after is what the tables have after the story.
const after = `{"org_acme Acme Limited":[` +
	`{"userId":"user_ada","name":"Ada Lovelace","role":"org:admin"},` +
	`{"userId":"user_max","name":"Max","role":"org:member"},` +
	`{"userId":"user_mo","name":"Mo Salah","role":"org:member"}],` +
	`"users":[{"id":"user_ada","name":"Ada Lovelace","email":"ada@example.test"},` +
	`{"id":"user_max","name":"Max","email":"max@example.test"},` +
	`{"id":"user_mo","name":"Mo Salah","email":"mo@example.test"}]}`

// handle delivers the samples without a network, and checks that all succeed.
func (s *suite) handle(samples []sample) {
	s.t.Helper()
	for _, sample := range samples {
		request, err := sample.webhook.Request(s.t.Context(), "/webhooks")
		if err != nil {
			s.t.Fatal(err)
		}
		recorder := httptest.NewRecorder()
		s.service.hooks.ServeHTTP(recorder, request)
		if recorder.Code != http.StatusOK {
			s.t.Fatalf("%s: got %d %s", sample.event, recorder.Code, recorder.Body)
		}
	}
}

func (s *suite) sendMails() {
	s.t.Helper()
	if err := s.service.mails.sendAll(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// welcomed are the users to whom mails were sent, in the order of their IDs.
func (s *suite) welcomed() string {
	var ids []string
	for _, m := range s.mails {
		ids = append(ids, m.UserID)
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// TestEveryOrder: the tables are the same, whatever the order of the deliveries.
func TestEveryOrder(t *testing.T) {
	s := newSuite(t)
	samples, err := story(s.clerk.WebhookSecret())
	if err != nil {
		t.Fatal(err)
	}
	const seed = 1
	random := rand.New(rand.NewPCG(seed, seed))
	for round := range 60 {
		switch round {
		case 0: // as it happened
		case 1:
			slices.Reverse(samples)
		default:
			random.Shuffle(len(samples), func(i, j int) { samples[i], samples[j] = samples[j], samples[i] })
		}
		s.handle(samples)
		s.sendMails()
		if got := s.tables(); got != after {
			t.Fatalf("round %d: got %s, want %s", round, got, after)
		}
		if got := s.welcomed(); got != "user_ada user_max user_mo" {
			t.Fatalf("round %d: got mails to %s", round, got)
		}
		s.nothingLeft()
		s.stop()
		s.mails = nil
		s.start()
	}
}

// TestRepeated: messages that are delivered again change nothing, also after a restart
// and when somebody sends them from the dashboard as new ones.
func TestRepeated(t *testing.T) {
	s := newSuite(t)
	s.stop()
	s.database = filepath.Join(t.TempDir(), "a b?.db")
	s.start()
	samples, err := story(s.clerk.WebhookSecret())
	if err != nil {
		t.Fatal(err)
	}
	s.handle(twice(samples))
	s.sendMails()
	s.stop()
	s.start() // as after a crash before the answer: the memory of what was processed is another one
	s.handle(samples)
	for i := range samples {
		samples[i].webhook.ID += "_again"
	}
	s.handle(samples)
	s.sendMails()
	if got := s.tables(); got != after {
		t.Errorf("got %s, want %s", got, after)
	}
	if got := s.welcomed(); got != "user_ada user_max user_mo" {
		t.Errorf("got mails to %s", got)
	}
	if got := s.number("SELECT count(*) FROM messages"); got != 2*len(samples) {
		t.Errorf("got %d messages, want %d", got, 2*len(samples))
	}
	s.clock.advance(rememberMessages + time.Hour)
	s.deliver(s.event("invitation.created", organizationNamed("org_x", "X")), 200, "processed")
	if got := s.number("SELECT count(*) FROM messages"); got != 1 {
		t.Errorf("got %d messages after 90 days, want the last one", got)
	}
}

func (s *suite) number(query string) (n int) {
	s.t.Helper()
	if err := s.service.db.db.QueryRowContext(s.t.Context(), query).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *suite) exec(statement string) {
	s.t.Helper()
	if _, err := s.service.db.db.ExecContext(s.t.Context(), statement); err != nil {
		s.t.Fatal(err)
	}
}

// nothingLeft checks that rows of what was deleted have no data.
func (s *suite) nothingLeft() {
	s.t.Helper()
	if n := s.number(`SELECT (SELECT count(*) FROM users WHERE deleted AND (name || email) <> '')
		+ (SELECT count(*) FROM organizations WHERE deleted AND (name || slug) <> '') + (SELECT count(*) FROM memberships WHERE deleted AND role <> '')`); n != 0 {
		s.t.Errorf("%d deleted rows have data", n)
	}
}

// TestOnce: a change that must not happen twice happens once for a message, also when
// nothing but the database remembers it.
func TestOnce(t *testing.T) {
	s := newSuite(t)
	calls := 0
	count := func(*sql.Tx) error {
		calls++
		return nil
	}
	for _, id := range []string{"msg_1", "msg_1", "msg_2", "msg_1"} {
		e := &webhook.Event{Message: webhook.Message{ID: id}, Type: clerk.UserCreated}
		if err := s.service.db.once(t.Context(), e, count); err != nil {
			t.Fatal(err)
		}
	}
	if calls != 2 {
		t.Errorf("got %d changes for 2 messages", calls)
	}
}

// TestCrash: when the work stops at any place, nothing of it is left, and the next
// delivery does all of it.
func TestCrash(t *testing.T) {
	s := newSuite(t)
	created := s.event(clerk.UserCreated, userNamed("user_mo", "Mo", ""))
	for _, place := range []string{"BEFORE INSERT ON messages", "BEFORE INSERT ON users", "AFTER INSERT ON welcome_mails"} {
		s.exec("CREATE TRIGGER crash " + place + " BEGIN SELECT RAISE(ABORT, 'crash'); END")
		s.deliver(created, 500, `"handler_failed"`)
		for _, table := range []string{"messages", "users", "welcome_mails"} {
			if n := s.number("SELECT count(*) FROM " + table); n != 0 {
				t.Errorf("%s: %d rows of %s are left", place, n, table)
			}
		}
		s.exec("DROP TRIGGER crash")
	}
	s.deliver(created, 200, `"processed"`)
	s.deliver(created, 200, `"already_processed"`)
	s.sendMails()
	if got := s.welcomed(); got != "user_mo" {
		t.Errorf("got mails to %q", got)
	}
}

// TestJoinedAgain: the end of an earlier membership does not end a later one.
func TestJoinedAgain(t *testing.T) {
	s := newSuite(t)
	const org = "org_acme"
	s.deliver(s.event(clerk.OrganizationCreated, organizationNamed(org, "Acme")), 200, "processed")
	first := membershipOf("user_mo", org, "org:admin", 1)
	second := membershipOf("user_mo", org, "org:member", 2)
	created, ended, again := s.event(clerk.MembershipCreated, first), s.event(clerk.MembershipDeleted, first), s.event(clerk.MembershipCreated, second)
	const member = `[{"userId":"user_mo","name":"","role":"org:member"}]`
	for _, delivery := range []devclerk.Webhook{again, ended, created} {
		s.deliver(delivery, 200, "processed")
		if got := s.tables(); !strings.Contains(got, member) {
			t.Errorf("after %s: got %s, want %s", delivery.Body, got, member)
		}
	}
	s.deliver(s.event(clerk.MembershipDeleted, second), 200, "processed")
	if got := s.tables(); strings.Contains(got, "user_mo") {
		t.Errorf("got %s, want no member", got)
	}
	s.deliver(s.event(clerk.OrganizationDeleted, deleted("organization", org)), 200, "processed")
	s.deliver(s.event(clerk.OrganizationUpdated, organizationNamed(org, "Late")), 200, "processed")
	if got := s.tables(); strings.Contains(got, org) {
		t.Errorf("got %s, want no organization", got)
	}
	s.nothingLeft()
}

// TestDeletedUserIsNoMember: Clerk need not say that the memberships have ended, too.
// The data of a membership that has ended is as it was, with the time of its last change.
func TestDeletedUserIsNoMember(t *testing.T) {
	s := newSuite(t)
	s.deliver(s.event(clerk.OrganizationCreated, organizationNamed("org_acme", "Acme")), 200, "processed")
	ada, mo := membershipOf("user_ada", "org_acme", "org:admin", 1), membershipOf("user_mo", "org_acme", "org:member", 2)
	s.deliver(s.event(clerk.MembershipCreated, mo), 200, "processed")
	s.deliver(s.event(clerk.UserDeleted, deleted("user", "user_mo")), 200, "processed")
	created, ended := s.event(clerk.MembershipCreated, ada), s.event(clerk.MembershipDeleted, ada)
	s.deliver(ended, 200, "processed")
	s.deliver(created, 200, "processed")
	if got := s.tables(); !strings.Contains(got, `"org_acme Acme":[]`) {
		t.Errorf("got %s, want no members", got)
	}
	s.nothingLeft()
}
