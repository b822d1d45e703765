package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

func TestAPI(t *testing.T) {
	s := newSuite(t)
	ada, mo, grace := s.token(0, nil), s.token(1, nil), s.token(2, nil)
	org := "/orgs/" + s.local.organization + "/invoices"
	const invoice = `{"customer": "Cy", "cents": 1200}`
	for _, row := range []struct {
		name, method, path, token, body string
		status                          int
		contains                        string
	}{
		{"health", "GET", "/health", "", "", 204, ""},
		{"ready", "GET", "/ready", "", "", 204, ""},
		{"nobody", "GET", "/me", "", "", 401, `"error":"unauthorized"`},
		{"no token of Clerk", "GET", "/me", "x", "", 401, `"error":"invalid_token"`},
		{"me", "GET", "/me", ada, "", 200, `"email":"ada+clerk_test@example.com"`},
		{"my role in the organization", "GET", "/me", mo, "", 200, `"role":"org:member"`},
		{"a role in the metadata", "GET", "/overview", ada, "", 200, `"invoices":0`},
		{"another role in the metadata", "GET", "/overview", mo, "", 403, "insufficient_scope"},
		{"no metadata", "GET", "/overview", grace, "", 403, "insufficient_scope"},
		{"an admin of an organization is no admin", "GET", "/overview", s.token(2, admin), "", 403, "insufficient_scope"},
		{"no invoices yet", "GET", org, mo, "", 200, `{"invoices":[]}`},
		{"may not create", "POST", org, mo, invoice, 403, "insufficient_scope"},
		{"create", "POST", org, ada, invoice, 201, `"customer":"Cy"`},
		{"one invoice", "GET", org, grace, "", 200, `"cents":1200`},
		{"counted", "GET", "/overview", ada, "", 200, `"invoices":1`},
		{"no JSON", "POST", org, ada, `{`, 400, "invalid_request"},
		{"a long body", "POST", org, ada, `{"customer":"` + strings.Repeat("x", 5000) + `"}`, 400, "invalid_request"},
		{"no customer", "POST", org, ada, `{"cents":1}`, 422, "customer must have"},
		{"a long customer", "POST", org, ada, `{"customer":"` + strings.Repeat("x", 201) + `","cents":1}`, 422, "customer must have"},
		{"no amount", "POST", org, ada, `{"customer":"x","cents":-1}`, 422, "cents must be"},
		{"another organization", "GET", "/orgs/org_other/invoices", ada, "", 403, "insufficient_scope"},
		{"no organization", "GET", org, s.token(0, func(session *devclerk.Session) { session.Organization = nil }), "", 403, "insufficient_scope"},
		{"a plan without invoices", "GET", org, s.token(0, func(session *devclerk.Session) {
			session.Features, session.Organization.Permissions = nil, nil
		}), "", 403, "insufficient_scope"},
		{"a member may not clear", "DELETE", org, mo, "", 403, "insufficient_scope"},
		{"factors of an hour ago", "DELETE", org, s.token(0, func(session *devclerk.Session) { session.FactorAge = &[2]int{60, 60} }), "", 403, `"clerk_error"`},
		{"on the admin's behalf", "DELETE", org, s.token(0, func(session *devclerk.Session) {
			session.Actor = devissuer.Claims{"sub": "user_support"}
		}), "", 403, "insufficient_scope"},
		{"still there", "GET", org, ada, "", 200, `"cents":1200`},
		{"clear", "DELETE", org, ada, "", 204, ""},
		{"cleared", "GET", org, ada, "", 200, `{"invoices":[]}`},
		{"a pending session", "GET", "/me", s.token(0, func(session *devclerk.Session) { session.Pending = true }), "", 401, "invalid_token"},
		{"no such path", "GET", "/nothing", "", "", 404, `"error":"not_found"`},
		{"no such method", "PUT", "/me", ada, "", 405, `"error":"method_not_allowed"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			if status, body := s.send(row.method, row.path, row.token, row.body); status != row.status || !strings.Contains(body, row.contains) {
				t.Errorf("got %d %s, want %d with %s", status, body, row.status, row.contains)
			}
		})
	}
}

func admin(session *devclerk.Session) { session.Organization.Role = "org:admin" }

// TestBackendAway: what needs the Backend API is an outage, and the rest works.
func TestBackendAway(t *testing.T) {
	s := newSuite(t)
	ada := s.token(0, nil)
	if status, body := s.send("GET", "/ready", "", ""); status != http.StatusNoContent {
		t.Fatalf("got %d %s", status, body)
	}
	s.local.instance.SetAPIFault(&devissuer.Fault{Status: 500})
	for path, want := range map[string]int{"/me": 503, "/overview": 503, "/orgs/" + s.local.organization + "/invoices": 200} {
		if status, body := s.send("GET", path, ada, ""); status != want {
			t.Errorf("%s: got %d %s, want %d", path, status, body, want)
		}
	}
	s.local.instance.SetAPIFault(nil)
}

// TestDeletedUser: the token is good until it expires, and there is no user any more.
func TestDeletedUser(t *testing.T) {
	s := newSuite(t)
	s.local.instance.DeleteUser(s.local.users["Mo"])
	if status, body := s.send("GET", "/me", s.token(1, nil), ""); status != http.StatusNotFound {
		t.Errorf("got %d %s", status, body)
	}
}

func TestInvoicesAreBounded(t *testing.T) {
	list := newInvoices()
	for range maxInvoices {
		if _, ok := list.add("org_1", invoice{}); !ok {
			t.Fatal("there is no room before the bound")
		}
	}
	if _, ok := list.add("org_1", invoice{}); ok {
		t.Error("there is room beyond the bound")
	}
	if _, ok := list.add("org_2", invoice{}); !ok || list.total() != maxInvoices+1 {
		t.Errorf("got %d", list.total())
	}
}
