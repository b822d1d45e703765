package webhook_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/webhook"
)

func event(t *testing.T, body string) *webhook.Event {
	t.Helper()
	e, err := webhook.Message{ID: "msg_1", Body: []byte(body)}.Event()
	if err != nil {
		t.Fatalf("Event of %s: %v", body, err)
	}
	return e
}

func TestEnvelope(t *testing.T) {
	e := event(t, `{"object":"event","type":"email.created","data":{"id":"ema_1","to":[1,2]},"instance_id":"ins_1",
		"timestamp":1654012591835,"event_attributes":{"http_request":{"client_ip":"192.0.2.1","user_agent":"Mozilla/5.0"}},"later":true}`)
	if e.ID != "msg_1" || e.Type != "email.created" || e.InstanceID != "ins_1" || string(e.Timestamp) != "1654012591835" ||
		string(e.Data) != `{"id":"ema_1","to":[1,2]}` || e.ClientIP != "192.0.2.1" || e.UserAgent != "Mozilla/5.0" {
		t.Errorf("got %+v", e)
	}

	// Only what is needed is asked for.
	for _, body := range []string{
		`{"type":"a"}`,
		`{"type":"a","data":null,"instance_id":null,"timestamp":null,"event_attributes":null}`,
		`{"type":"a","data":[],"instance_id":1,"timestamp":"2022-11-03T20:26:10Z","event_attributes":"x"}`,
		`{"type":"a","event_attributes":{"http_request":[]}}`,
	} {
		if e := event(t, body); e.Type != "a" || e.InstanceID != "" || e.ClientIP != "" {
			t.Errorf("Event of %s: %+v", body, e)
		}
	}
	for _, body := range []string{"", " ", "null", "[]", `"a"`, "1", "{}", `{"type":""}`, `{"type":null}`, `{"type":["a"]}`, `{"type":"a"`, `{"type":"a"}}`, `{"type":"a"} x`} {
		if _, err := (webhook.Message{Body: []byte(body)}).Event(); !errors.Is(err, webhook.ErrPayload) {
			t.Errorf("Event of %q: %v, want ErrPayload", body, err)
		}
	}
}

// TestMetadataCannotSuppressAnEvent has what a user could write into his own
// metadata to keep a stricter reader from hearing of him.
func TestMetadataCannotSuppressAnEvent(t *testing.T) {
	for name, metadata := range map[string]string{
		"repeated names":      `{"a":1,"a":2}`,
		"names of other case": `{"a":1,"A":2}`,
		"deep":                strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500),
		"half a surrogate":    `{"a":"\ud800"}`,
		"invalid UTF-8":       "{\"a\":\"\xff\"}",
		"large numbers":       `{"a":1e999}`,
		"an id":               `{"id":"user_2","object":"session","type":"user.created"}`,
		"no object":           `"text"`,
	} {
		e := event(t, `{"type":"user.updated","data":{"object":"user","unsafe_metadata":`+metadata+`,"id":"user_1"}}`)
		u, err := webhook.Data[webhook.User](e)
		if err != nil || u.ID != "user_1" || e.Type != "user.updated" {
			t.Errorf("%s: %q, %v, want user_1", name, u.ID, err)
		}
	}
}

func TestUser(t *testing.T) {
	u, err := webhook.Data[webhook.User](event(t, `{"type":"user.created","data":{"id":"user_1","object":"user","external_id":null,"username":null,
		"first_name":"Zoë","last_name":"Doe","image_url":"https://img.example/1","primary_email_address_id":"idn_2","primary_phone_number_id":null,
		"email_addresses":[{"id":"idn_1","email_address":"old@example.com","verification":null},
			{"id":"idn_2","email_address":"zoe@example.com","verification":{"status":"verified","strategy":"email_code"}}],
		"phone_numbers":[],"public_metadata":{"role":"admin"},"private_metadata":null,"unsafe_metadata":{},
		"banned":false,"locked":true,"two_factor_enabled":true,"last_sign_in_at":null,"created_at":1654012591514,"updated_at":1654012591835}}`))
	if err != nil {
		t.Fatal(err)
	}
	email, ok := u.PrimaryEmail()
	if !ok || email.EmailAddress != "zoe@example.com" || !email.Verification.Verified() {
		t.Errorf("PrimaryEmail: %+v, %v", email, ok)
	}
	if u.EmailAddresses[0].Verification.Verified() {
		t.Error("an address without verification counts as verified")
	}
	if u.FirstName != "Zoë" || u.Username != "" || u.Deleted || !u.Locked || !u.TwoFactorEnabled || string(u.PublicMetadata) != `{"role":"admin"}` {
		t.Errorf("got %+v", u)
	}
	if got, want := u.CreatedAt.Time(), time.UnixMilli(1654012591514); !got.Equal(want) {
		t.Errorf("CreatedAt %v, want %v", got, want)
	}
	if !u.LastSignInAt.Time().IsZero() {
		t.Errorf("LastSignInAt %v, want none", u.LastSignInAt.Time())
	}

	deleted, err := webhook.Data[webhook.User](event(t, `{"type":"user.deleted","data":{"id":"user_1","object":"user","deleted":true,"external_id":"42"}}`))
	if err != nil || !deleted.Deleted || deleted.ID != "user_1" || deleted.ExternalID != "42" {
		t.Errorf("deleted: %+v, %v", deleted, err)
	}
	if email, ok := deleted.PrimaryEmail(); ok {
		t.Errorf("PrimaryEmail of a user without addresses: %+v", email)
	}
}

func TestOtherData(t *testing.T) {
	s, err := webhook.Data[webhook.Session](event(t, `{"type":"session.created","data":{"id":"sess_1","object":"session","user_id":"user_1","client_id":"client_1",
		"status":"active","actor":null,"last_active_organization_id":"org_1","expire_at":1654617391000,"user":{"id":"user_1","object":"user"}}}`))
	if err != nil || s.ID != "sess_1" || s.UserID != "user_1" || s.Status != "active" || s.LastActiveOrganizationID != "org_1" || s.User == nil || s.User.ID != "user_1" {
		t.Errorf("session: %+v, %v", s, err)
	}
	o, err := webhook.Data[webhook.Organization](event(t, `{"type":"organization.deleted","data":{"id":"org_1","object":"organization","deleted":true,"slug":"acme"}}`))
	if err != nil || o.ID != "org_1" || !o.Deleted || o.Slug != "acme" {
		t.Errorf("organization: %+v, %v", o, err)
	}
	m, err := webhook.Data[webhook.Membership](event(t, `{"type":"organizationMembership.deleted","data":{"id":"orgmem_1","object":"organization_membership","role":"org:admin",
		"permissions":["org:sys_memberships:read"],"organization":{"id":"org_1","object":"organization","name":"Acme"},"public_user_data":{"user_id":"user_1","identifier":"zoe@example.com"}}}`))
	if err != nil || m.Role != "org:admin" || m.Organization.ID != "org_1" || m.User.UserID != "user_1" || len(m.Permissions) != 1 {
		t.Errorf("membership: %+v, %v", m, err)
	}
	own, err := webhook.Data[struct{ To string }](event(t, `{"type":"email.created","data":{"to":"zoe@example.com"}}`))
	if err != nil || own.To != "zoe@example.com" {
		t.Errorf("a type of one's own: %+v, %v", own, err)
	}
}

func TestDataRefuses(t *testing.T) {
	user := func(data string) error {
		_, err := webhook.Data[webhook.User](event(t, `{"type":"user.created","data":`+data+`}`))
		return err
	}
	for name, err := range map[string]error{
		"null":           user("null"),
		"text":           user(`"user_1"`),
		"another object": user(`{"id":"sess_1","object":"session"}`),
		"no object":      user(`{"id":"user_1"}`),
		"no id":          user(`{"object":"user"}`),
		"empty id":       user(`{"object":"user","id":""}`),
		"id of a number": user(`{"object":"user","id":1}`),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := webhook.Data[webhook.User](event(t, `{"type":"user.created"}`)); err == nil {
		t.Error("no data: no error")
	}
}

func TestTyped(t *testing.T) {
	var got []string
	fails := errors.New("no")
	e := newEndpoint(t, webhook.Config{Handlers: webhook.Handlers{
		webhook.UserCreated: webhook.Typed(func(_ context.Context, e *webhook.Event, u webhook.User) error {
			got = append(got, e.ID+" "+u.ID)
			return nil
		}),
		webhook.SessionEnded: webhook.Typed(func(context.Context, *webhook.Event, webhook.Session) error { return fails }),
	}})
	if status := e.deliver("msg_1", userCreated); status != 200 || len(got) != 1 || got[0] != "msg_1 user_1" {
		t.Errorf("%d, ran for %v, want 200 and msg_1 user_1", status, got)
	}
	if status := e.deliver("msg_2", strings.ReplaceAll(userCreated, `"user"`, `"robot"`)); status != 500 || len(got) != 1 {
		t.Errorf("data of another kind: %d, want 500 and not to run", status)
	}
	if status := e.deliver("msg_3", `{"type":"session.ended","data":{"id":"sess_1","object":"session"}}`); status != 500 {
		t.Errorf("a typed handler that fails: %d, want 500", status)
	}
}
