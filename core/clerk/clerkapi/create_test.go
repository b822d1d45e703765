package clerkapi

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
)

// codesOf are the codes of an error of Clerk's.
func codesOf(err error) []string {
	var e *APIError
	if !errors.As(err, &e) {
		return nil
	}
	var codes []string
	for _, d := range e.Errors {
		codes = append(codes, d.Code)
	}
	return codes
}

func TestCreate(t *testing.T) {
	ctx := t.Context()
	b := startBackend(t, startInstance(t, newClock()), nil)
	if _, err := b.UserByExternalID(ctx, "crm-7"); !errors.Is(err, ErrNotFound) {
		t.Errorf("before: got %v", err)
	}
	grace := NewUser{ExternalID: "crm-7", FirstName: "Grace", LastName: "Hopper", EmailAddress: "grace@example.test", Password: "a long password"}
	grace.Public = map[string]any{"role": "editor"}
	u, err := b.CreateUser(ctx, grace)
	if err != nil {
		t.Fatal(err)
	}
	if email, ok := u.PrimaryEmail(); !ok || email.EmailAddress != grace.EmailAddress || u.FirstName != "Grace" || string(u.PublicMetadata) != `{"role":"editor"}` {
		t.Errorf("got %+v", u)
	}
	if found, err := b.UserByExternalID(ctx, "crm-7"); err != nil || found.ID != u.ID {
		t.Errorf("got %+v, %v", found, err)
	}
	if _, err := b.CreateUser(ctx, grace); !slices.Equal(codesOf(err), []string{"form_identifier_exists"}) {
		t.Errorf("again: got %v", err)
	}
	second, err := b.CreateUser(ctx, NewUser{EmailAddress: "second@example.test"}) // without a password
	if err != nil || second.ID == u.ID {
		t.Errorf("got %+v, %v", second, err)
	}

	o, err := b.CreateOrganization(ctx, NewOrganization{Name: "Navy", Slug: "navy", CreatedBy: u.ID})
	if err != nil {
		t.Fatal(err)
	}
	if yes, err := b.IsMember(ctx, u.ID, o.ID); !yes || err != nil {
		t.Errorf("the creator: got %v, %v", yes, err)
	}
	if _, err := b.CreateOrganization(ctx, NewOrganization{Name: "Navy", Slug: "navy"}); !slices.Equal(codesOf(err), []string{"form_identifier_exists"}) {
		t.Errorf("again: got %v", err)
	}
	m, err := b.CreateMembership(ctx, o.ID, second.ID, "org:member")
	if err != nil || m.Role != "org:member" {
		t.Errorf("got %+v, %v", m, err)
	}
	if _, err := b.CreateMembership(ctx, o.ID, second.ID, "org:member"); !slices.Equal(codesOf(err), []string{"already_a_member_in_organization"}) {
		t.Errorf("again: got %v", err)
	}
	if m, err = b.UpdateMembership(ctx, o.ID, second.ID, "org:admin"); err != nil || m.Role != "org:admin" {
		t.Errorf("got %+v, %v", m, err)
	}
	if _, err := b.UpdateMembership(ctx, o.ID, "user_penny", "org:admin"); !errors.Is(err, ErrNotFound) {
		t.Errorf("no member: got %v", err)
	}
}

func TestCreateRefusesIDs(t *testing.T) {
	ctx := t.Context()
	c := startInstance(t, newClock())
	b := startBackend(t, c, nil)
	for name, err := range map[string]error{
		"creator":      second(b.CreateOrganization(ctx, NewOrganization{Name: "x", CreatedBy: "user_../x"})),
		"organization": second(b.CreateMembership(ctx, "org_a/b", "user_1", "org:member")),
		"user":         second(b.CreateMembership(ctx, "org_1", "../x", "org:member")),
		"updated user": second(b.UpdateMembership(ctx, "org_1", "user_1/..", "org:member")),
		"no ID":        second(b.UserByExternalID(ctx, "")),
		"long ID":      second(b.UserByExternalID(ctx, strings.Repeat("x", 257))),
		"a sign":       second(b.UserByExternalID(ctx, "-crm-7")),
	} {
		if !errors.Is(err, ErrInvalidID) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if n := c.APICount(); n != 0 {
		t.Errorf("got %d requests", n)
	}
	if _, err := b.UserByExternalID(ctx, "a&banned=true#"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if list := c.APIRequests(); len(list) != 1 || list[0] != "GET /v1/users?limit=2&external_id=a%26banned%3Dtrue%23" {
		t.Errorf("got %v", list)
	}
}

func second[T any](_ T, err error) error { return err }

// TestCreateWithOtherAnswers: an answer about another object is none.
func TestCreateWithOtherAnswers(t *testing.T) {
	ctx := t.Context()
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	b, err := NewBackend(BackendConfig{SecretKey: "sk_test_x", APIURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.client.CloseIdleConnections)
	const member = `{"object":"organization_membership","id":"orgmem_1","organization":{"object":"organization","id":"org_1"},"public_user_data":{"user_id":"user_1"}}`
	for name, row := range map[string]struct {
		body string
		call func() error
	}{
		"no user":              {`{"object":"session","id":"sess_1"}`, func() error { return second(b.CreateUser(ctx, NewUser{})) }},
		"a user without an ID": {`{"object":"user","id":"../x"}`, func() error { return second(b.CreateUser(ctx, NewUser{})) }},
		"another user":         {`{"object":"user","id":"user_1","external_id":"b"}`, func() error { return second(b.CreateUser(ctx, NewUser{ExternalID: "a"})) }},
		"another external ID":  {`[{"object":"user","id":"user_1","external_id":"b"}]`, func() error { return second(b.UserByExternalID(ctx, "a")) }},
		"two users": {`[{"object":"user","id":"user_1","external_id":"a"},{"object":"user","id":"user_2","external_id":"a"}]`,
			func() error { return second(b.UserByExternalID(ctx, "a")) }},
		"no organization":      {`{"object":"user","id":"user_1"}`, func() error { return second(b.CreateOrganization(ctx, NewOrganization{})) }},
		"another organization": {member, func() error { return second(b.CreateMembership(ctx, "org_2", "user_1", "org:member")) }},
		"another member":       {member, func() error { return second(b.UpdateMembership(ctx, "org_1", "user_2", "org:member")) }},
	} {
		body = row.body
		if err := row.call(); !errors.Is(err, core.ErrUnavailable) || errors.Is(err, ErrNotFound) {
			t.Errorf("%s: got %v, want an outage", name, err)
		}
	}
	body = member
	if _, err := b.CreateMembership(ctx, "org_1", "user_1", "org:member"); err != nil {
		t.Errorf("got %v", err)
	}
}
