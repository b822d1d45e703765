package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// TestRequests has every route, with bad input.
func TestRequests(t *testing.T) {
	s := newSuite(t)
	samples, err := story(s.clerk.WebhookSecret())
	if err != nil {
		t.Fatal(err)
	}
	s.get("/orgs/org_acme/members", s.clerk.Token(devclerk.Admin(), nil), 404, `{"error":"not_found"`) // not there yet
	s.handle(samples)
	s.clock.advance(2 * time.Second) // tokens from before the story may be revoked
	tokens := map[string]string{
		"": "", "bad": "x.y.z", "ada": s.clerk.Token(devclerk.Admin(), nil),
		"max":     s.clerk.Token(devclerk.Session{ID: "sess_max", User: "user_max"}, nil),
		"unknown": s.clerk.Token(devclerk.Session{ID: "sess_new", User: "user_new"}, nil),
	}
	for _, tt := range []struct {
		person, method, path string
		status               int
		answer               string // contains
	}{
		{"", "GET", "/health", 204, ""},
		{"", "GET", "/ready", 204, ""},
		{"", "GET", "/nowhere", 404, `{"error":"not_found"`},
		{"ada", "GET", "/orgs/org_acme", 404, `{"error":"not_found"`},
		{"", "GET", "/webhooks", 405, `{"error":"method_not_allowed"`},
		{"ada", "POST", "/me", 405, `{"error":"method_not_allowed"`},
		{"", "DELETE", "/orgs/org_acme/members", 405, `{"error":"method_not_allowed"`},

		{"", "GET", "/me", 401, `{"error":"unauthorized"`},
		{"bad", "GET", "/me", 401, `{"error":"invalid_token"`},
		{"ada", "GET", "/me", 200, `{"organizationId":"org_acme","profile":{"id":"user_ada","name":"Ada Lovelace","email":"ada@example.test"},"userId":"user_ada"}`},
		{"unknown", "GET", "/me", 200, `{"organizationId":"","profile":null,"userId":"user_new"}`},

		{"", "GET", "/orgs/org_acme/members", 401, `{"error":"unauthorized"`},
		{"bad", "GET", "/orgs/org_acme/members", 401, `{"error":"invalid_token"`},
		{"max", "GET", "/orgs/org_acme/members", 403, `{"error":"insufficient_scope"`}, // of which Clerk knows nothing
		{"ada", "GET", "/orgs/org_other/members", 403, `{"error":"insufficient_scope"`},
		{"ada", "GET", "/orgs/%00/members", 403, `{"error":"insufficient_scope"`},
		{"ada", "GET", "/orgs/org_acme'--/members", 403, `{"error":"insufficient_scope"`},
		{"ada", "GET", "/orgs/org_acme/members", 200, `{"members":[{"userId":"user_ada","name":"Ada Lovelace","role":"org:admin"},`},
		{"ada", "GET", "/orgs/org_acme/members?first=1&after=user_ada", 200, `{"members":[{"userId":"user_max","name":"Max","role":"org:member"}],"organization":{"id":"org_acme","name":"Acme Limited","slug":"acme"}}`},
		{"ada", "GET", "/orgs/org_acme/members?first=0", 400, `{"error":"invalid_request"`},

		{"", "GET", "/users", 401, `{"error":"unauthorized"`},
		{"max", "GET", "/users", 403, `{"error":"insufficient_scope"`},
		{"ada", "GET", "/users", 200, `{"users":[{"id":"user_ada"`},
		{"ada", "GET", "/users?first=1&after=user_max", 200, `{"users":[{"id":"user_mo","name":"Mo Salah","email":"mo@example.test"}]}`},
		{"ada", "GET", "/users?after=zzz", 200, `{"users":[]}`},
		{"ada", "GET", "/users?first=101", 400, `{"error":"invalid_request"`},
		{"ada", "GET", "/users?first=many", 400, `{"error":"invalid_request"`},
		{"ada", "GET", "/users?first=9999999999999999999", 400, `{"error":"invalid_request"`},
	} {
		name := tt.method + " " + tt.path + " as " + tt.person
		got := s.do(tt.method, tt.path, tokens[tt.person])
		if got.status != tt.status || !strings.Contains(got.body, tt.answer) {
			t.Errorf("%s: got %d %s, want %d with %s", name, got.status, got.body, tt.status, tt.answer)
		}
		if kind := got.header.Get("Content-Type"); got.body != "" && kind != "application/json" {
			t.Errorf("%s: got %s", name, kind)
		}
		if tt.status == http.StatusMethodNotAllowed && got.header.Get("Allow") == "" {
			t.Errorf("%s: no Allow", name)
		}
	}
}

// TestDatabaseGone: errors of the database are in the log and not in the answer.
func TestDatabaseGone(t *testing.T) {
	s := newSuite(t)
	token := s.clerk.Token(devclerk.Admin(), nil)
	s.get("/ready", "", 204, "")
	s.get("/users", token, 200, "[]")
	if err := s.service.close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/me", "/users", "/orgs/org_acme/members"} {
		s.get(path, token, 500, `{"error":"server_error","error_description":"the request failed"}`)
	}
	s.get("/ready", "", 503, `{"error":"temporarily_unavailable"`)
	s.deliver(s.event(clerk.UserCreated, userNamed("user_mo", "Mo", "")), 500, "handler_failed")
}

// TestBadDeliveries: nothing of them is in the tables.
func TestBadDeliveries(t *testing.T) {
	s := newSuite(t)
	good := s.event(clerk.UserCreated, userNamed("user_mo", "Mo", ""))
	s.deliver(good.Forged(), 400, `"invalid_webhook"`)
	old := good
	old.Sent = s.clock.Now().Add(-6 * time.Minute)
	status, body, err := old.Send(t.Context(), s.server.URL+"/webhooks")
	if err != nil || status != 400 {
		t.Errorf("an old delivery: got %d %s, %v", status, body, err)
	}
	if got := s.do(http.MethodPost, "/webhooks", s.clerk.Token(devclerk.Admin(), nil)); got.status != 400 {
		t.Errorf("a token without a signature: got %d %s", got.status, got.body)
	}
	for _, body := range []string{`user.created`, `{"data":{"id":"user_mo","object":"user"}}`} {
		w := good
		w.Body = []byte(body)
		s.deliver(w, 400, `"invalid_webhook"`)
	}
	// Clerk signed these, so that Clerk should hear that they were not handled.
	for kind, data := range map[string]any{
		clerk.UserCreated:         session("sess_mo", "user_mo", "active")(1),
		clerk.UserUpdated:         nil,
		clerk.UserDeleted:         object{"object": "user", "deleted": true},
		clerk.OrganizationDeleted: object{"object": "organization"},
		clerk.OrganizationCreated: "org_acme",
		clerk.MembershipDeleted:   object{"object": "organization_membership", "organization": object{"id": "org_acme"}},
		clerk.MembershipUpdated:   object{"object": "organization_membership", "organization": object{}},
		clerk.MembershipCreated:   object{"object": "organization_membership", "organization": object{"id": "org_acme"}},
		clerk.SessionRevoked:      object{"object": "session"},
	} {
		s.deliver(s.clerk.NewWebhook(kind, data), 500, `"handler_failed"`)
	}
	for _, table := range []string{"users", "organizations", "memberships", "messages", "welcome_mails"} {
		if n := s.number("SELECT count(*) FROM " + table); n != 0 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
	s.deliver(s.clerk.NewWebhook("email.created", object{}), 200, "processed")
	s.deliver(good, 200, "processed")
}
