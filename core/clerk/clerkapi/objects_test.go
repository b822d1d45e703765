package clerkapi

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/webhook"
)

func event(body string) *webhook.Event {
	e, err := webhook.Message{ID: "msg_1", Body: []byte(body)}.Event()
	if err != nil {
		panic(err)
	}
	return e
}

func TestWebhookUser(t *testing.T) {
	u, err := webhook.Data[User](event(`{"type":"user.created","data":{"id":"user_1","object":"user","external_id":null,"username":null,
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

	deleted, err := webhook.Data[User](event(`{"type":"user.deleted","data":{"id":"user_1","object":"user","deleted":true,"external_id":"42"}}`))
	if err != nil || !deleted.Deleted || deleted.ID != "user_1" || deleted.ExternalID != "42" {
		t.Errorf("deleted: %+v, %v", deleted, err)
	}
	if email, ok := deleted.PrimaryEmail(); ok {
		t.Errorf("PrimaryEmail of a user without addresses: %+v", email)
	}
}

func TestWebhookObjects(t *testing.T) {
	s, err := webhook.Data[Session](event(`{"type":"session.created","data":{"id":"sess_1","object":"session","user_id":"user_1","client_id":"client_1",
		"status":"active","actor":null,"last_active_organization_id":"org_1","expire_at":1654617391000,"user":{"id":"user_1","object":"user"}}}`))
	if err != nil || s.ID != "sess_1" || s.UserID != "user_1" || s.Status != "active" || s.LastActiveOrganizationID != "org_1" || s.User == nil || s.User.ID != "user_1" {
		t.Errorf("session: %+v, %v", s, err)
	}
	o, err := webhook.Data[Organization](event(`{"type":"organization.deleted","data":{"id":"org_1","object":"organization","deleted":true,"slug":"acme"}}`))
	if err != nil || o.ID != "org_1" || !o.Deleted || o.Slug != "acme" {
		t.Errorf("organization: %+v, %v", o, err)
	}
	m, err := webhook.Data[Membership](event(`{"type":"organizationMembership.deleted","data":{"id":"orgmem_1","object":"organization_membership","role":"org:admin",
		"permissions":["org:sys_memberships:read"],"organization":{"id":"org_1","object":"organization","name":"Acme"},"public_user_data":{"user_id":"user_1","identifier":"zoe@example.com"}}}`))
	if err != nil || m.Role != "org:admin" || m.Organization.ID != "org_1" || m.User.UserID != "user_1" || len(m.Permissions) != 1 {
		t.Errorf("membership: %+v, %v", m, err)
	}
}

func TestWebhookDataRefuses(t *testing.T) {
	user := func(data string) error {
		_, err := webhook.Data[User](event(`{"type":"user.created","data":` + data + `}`))
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
		"an id twice":    user(`{"object":"user","id":"user_1","id":"user_2"}`),
		"other case":     user(`{"OBJECT":"user","ID":"user_1"}`),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := webhook.Data[User](event(`{"type":"user.created"}`)); err == nil {
		t.Error("no data: no error")
	}
}

// TestMetadataMakesNothingUnreadable has what users could write into their unsafe
// metadata: it must not keep anybody from reading the rest.
func TestMetadataMakesNothingUnreadable(t *testing.T) {
	for name, metadata := range map[string]string{
		"repeated names":      `{"a":1,"a":2}`,
		"names of other case": `{"a":1,"A":2}`,
		"deep":                strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500),
		"half a surrogate":    `{"a":"\ud800"}`,
		"invalid UTF-8":       "{\"a\":\"\xff\"}",
		"large numbers":       `{"a":1e999}`,
		"members of a user":   `{"id":"user_2","object":"session","public_metadata":{"role":"admin"}}`,
	} {
		var u User
		err := json.Unmarshal([]byte(`{"object":"user","unsafe_metadata":`+metadata+`,"id":"user_1","public_metadata":{"role":"member"}}`), &u)
		if err != nil || u.ID != "user_1" || string(u.PublicMetadata) != `{"role":"member"}` {
			t.Errorf("%s: %q, %s, %v", name, u.ID, u.PublicMetadata, err)
		}
	}
}

func TestExactNames(t *testing.T) {
	var m Membership
	const document = `{"id":"orgmem_1","object":"organization_membership","Role":"org:admin","role":"org:member","ROLE":"org:admin",
		"organization":{"id":"org_1","object":"organization","ID":"org_2"},"public_user_data":{"user_id":"user_1","USER_ID":"user_2"}}`
	if err := json.Unmarshal([]byte(document), &m); err != nil || m.Role != "org:member" || m.Organization.ID != "org_1" || m.User.UserID != "user_1" {
		t.Errorf("got %+v, %v", m, err)
	}
	for name, document := range map[string]string{
		"twice":                    `{"role":"a","role":"b"}`,
		"twice, escaped":           `{"role":"a","r\u006fle":"b"}`,
		"twice in an object below": `{"organization":{"id":"org_1","id":"org_2"}}`,
		"twice in a list below":    `{"email_addresses":[{"id":"a","id":"b"}]}`,
		"an array":                 `[]`,
		"null":                     `null`,
	} {
		var u User
		var m Membership
		if json.Unmarshal([]byte(document), &u) == nil && json.Unmarshal([]byte(document), &m) == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestTimestamp(t *testing.T) {
	at := time.Unix(1767312000, 0)
	for value, want := range map[Timestamp]time.Time{
		0: {}, 1767312000: at, 1767312000000: at, 1767312000250: at.Add(250 * time.Millisecond), 99_999_999_999: time.Unix(99_999_999_999, 0),
		100_000_000_000: time.UnixMilli(100_000_000_000), -1: time.Unix(-1, 0),
	} {
		if got := value.Time(); !got.Equal(want) {
			t.Errorf("%d: got %v, want %v", value, got, want)
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	u := User{ID: "user_1", EmailAddresses: []EmailAddress{{ID: "a"}}, PhoneNumbers: []PhoneNumber{{ID: "b"}},
		PublicMetadata: json.RawMessage(`{}`), PrivateMetadata: json.RawMessage(`{}`), UnsafeMetadata: json.RawMessage(`{}`)}
	c := u.Clone()
	c.EmailAddresses[0].ID, c.PhoneNumbers[0].ID = "x", "x"
	c.PublicMetadata[0], c.PrivateMetadata[0], c.UnsafeMetadata[0] = 'x', 'x', 'x'
	if u.EmailAddresses[0].ID != "a" || u.PhoneNumbers[0].ID != "b" || string(u.PublicMetadata)+string(u.PrivateMetadata)+string(u.UnsafeMetadata) != "{}{}{}" {
		t.Errorf("got %+v", u)
	}
}

// FuzzUser checks that any text gives a user or an error, that a user has the ID
// that encoding/json finds under the exact name, and that nothing panics.
func FuzzUser(f *testing.F) {
	f.Add(`{"object":"user","id":"user_1","email_addresses":[{"id":"a","verification":null}],"created_at":1e3}`)
	f.Add(`{"object":"user","id":"x","email_addresses":[null]}`)
	f.Add(`{"id":"a","ID":"b","public_metadata":{"a":[1,{}]}}`)
	f.Add(`{"id":"a","id":"b"}`)
	f.Fuzz(func(t *testing.T, document string) {
		var u User
		if err := json.Unmarshal([]byte(document), &u); err != nil {
			return
		}
		u.PrimaryEmail()
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(document), &members); err != nil {
			t.Fatalf("a user from what is not an object: %v", err)
		}
		var id string
		if json.Unmarshal(members["id"], &id) == nil && id != u.ID {
			t.Errorf("got the ID %q, want %q", u.ID, id)
		}
	})
}
