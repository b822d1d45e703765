package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/clerk"
)

// TestWelcomeMail: one for each user who was created and has a verified address.
func TestWelcomeMail(t *testing.T) {
	s := newSuite(t)
	unverified := func(at int64) object {
		u := userNamed("user_una", "Una", "")(at)
		u["email_addresses"].([]object)[0]["verification"] = object{"status": "unverified"}
		return u
	}
	s.deliver(s.event(clerk.UserUpdated, userNamed("user_old", "Old", "")), 200, "processed") // was there before the API
	s.deliver(s.event(clerk.UserDeleted, deleted("user", "user_gone")), 200, "processed")
	s.deliver(s.event(clerk.UserCreated, userNamed("user_gone", "Gone", "")), 200, "processed")
	s.deliver(s.event(clerk.UserCreated, unverified), 200, "processed")
	s.sendMails()
	if got := s.welcomed(); got != "" {
		t.Fatalf("got mails to %q", got)
	}
	s.deliver(s.event(clerk.UserUpdated, userNamed("user_una", "Una", "")), 200, "processed")
	s.deliver(s.event(clerk.UserCreated, userNamed("user_una", "Una", "")), 200, "processed")

	failing := errors.New("the mail server is down")
	send := s.service.mails.send
	s.service.mails.send = func(context.Context, mail) error { return failing }
	if err := s.service.mails.sendAll(t.Context()); !errors.Is(err, failing) {
		t.Fatalf("got %v, want the error of the mail server", err)
	}
	s.service.mails.send = send
	s.sendMails()
	s.sendMails()
	if got := s.mails; len(got) != 1 || got[0] != (mail{"user_una", "Una", "una@example.test"}) {
		t.Errorf("got %v", got)
	}
}

// TestMailer sends when a handler wakes it, and what an earlier process has left.
func TestMailer(t *testing.T) {
	s := newSuite(t)
	s.deliver(s.event(clerk.UserCreated, userNamed("user_ada", "Ada", "")), 200, "processed")
	sent := make(chan string)
	attempts := 0
	s.service.mails.send = func(ctx context.Context, m mail) error {
		select {
		case sent <- m.UserID:
		case <-ctx.Done(): // one mail too many must not keep the test
			t.Errorf("a mail to %s that nobody waits for", m.UserID)
		}
		if attempts++; attempts == 2 {
			return errors.New("the mail server is down")
		}
		return nil
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.service.mails.run(ctx)
	}()
	if got := <-sent; got != "user_ada" {
		t.Errorf("got a mail to %s", got)
	}
	s.deliver(s.event(clerk.UserCreated, userNamed("user_mo", "Mo", "")), 200, "processed")
	for range 2 { // the first attempt fails
		if got := <-sent; got != "user_mo" {
			t.Errorf("got a mail to %s", got)
		}
		s.service.mails.wakeUp()
	}
	stop()
	<-ended
}

func TestLogMail(t *testing.T) {
	var log strings.Builder
	if err := logMail(&log)(t.Context(), mail{"user_1", "A\nmail to B", "a@example.test"}); err != nil {
		t.Fatal(err)
	}
	if want := `mail to "a@example.test": welcome, "A\nmail to B"` + "\n"; log.String() != want {
		t.Errorf("got %q, want %q", &log, want)
	}
}
