package clerk

import (
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/revocation"
	"github.com/authkeel/authkeel/core/store"
	"github.com/authkeel/authkeel/core/webhook"
)

// TestRevokeFromWebhooks: after an event the tokens of its session or user are
// refused by another replica, and no others are.
func TestRevokeFromWebhooks(t *testing.T) {
	const user1, user2 = `"object":"user","id":"user_1"`, `"object":"user","id":"user_2"`
	for _, row := range []struct {
		name, kind, data string
		want             bool
		wantLater        bool // for a token that was issued after the event
	}{
		{"revoked", SessionRevoked, `{"object":"session","id":"sess_1","user_id":"user_1"}`, true, true},
		{"removed", SessionRemoved, `{"object":"session","id":"sess_1","user_id":"user_1"}`, true, true},
		{"ended", SessionEnded, `{"object":"session","id":"sess_1","user_id":"user_1"}`, true, true},
		{"created", SessionCreated, `{"object":"session","id":"sess_1","user_id":"user_1"}`, false, false},
		{"another session", SessionEnded, `{"object":"session","id":"sess_2","user_id":"user_1"}`, false, false},
		{"a user who was deleted", UserDeleted, `{` + user1 + `,"deleted":true}`, true, true},
		{"another user", UserDeleted, `{` + user2 + `,"deleted":true}`, false, false},
		{"a user who was banned", UserUpdated, `{` + user1 + `,"banned":true}`, true, false},
		{"a user who is not banned", UserUpdated, `{` + user1 + `,"banned":false}`, false, false},
		{"an organization", OrganizationDeleted, `{"object":"organization","id":"org_1"}`, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			clock := newClock()
			shared := store.NewMemory(store.MemoryOptions{Now: clock.Now})
			var lists [2]*revocation.List
			var auths [2]*core.Authenticator
			for i := range lists {
				var err error
				if lists[i], err = revocation.New(revocation.Config{Store: shared, Now: clock.Now}); err != nil {
					t.Fatal(err)
				}
				cfg := pemConfig()
				cfg.Core.Now, cfg.Core.Revocations, cfg.Core.Observer = clock.Now, lists[i], core.Silent
				auths[i] = mustNew(t, cfg)
			}
			token := sign(t, nil, nil)
			if _, err := auths[1].Verify(t.Context(), token); err != nil {
				t.Fatal(err)
			}
			clock.Add(time.Second)
			event := &webhook.Event{Type: row.kind, Data: []byte(row.data)}
			if err := Revoke(lists[0], "https://clerk.example.com")(t.Context(), event); err != nil {
				t.Fatal(err)
			}
			clock.Add(time.Second)
			for i, a := range auths {
				if _, err := a.Verify(t.Context(), token); (err != nil) != row.want {
					t.Errorf("replica %d: got %v, want revoked = %v", i, err, row.want)
				}
				later := sign(t, nil, object{"iat": clock.Now().Unix(), "jti": "later"})
				if _, err := a.Verify(t.Context(), later); (err != nil) != row.wantLater {
					t.Errorf("replica %d, a later token: got %v, want revoked = %v", i, err, row.wantLater)
				}
			}
		})
	}
}

func TestRevokeRefusesOtherData(t *testing.T) {
	list, err := revocation.New(revocation.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for kind, data := range map[string]string{
		SessionRevoked: `{"object":"user","id":"user_1"}`, SessionEnded: `{"object":"session"}`, UserDeleted: `{}`, UserUpdated: `null`,
	} {
		if err := Revoke(list, "https://clerk.example.com")(t.Context(), &webhook.Event{Type: kind, Data: []byte(data)}); err == nil {
			t.Errorf("%s with %s: no error", kind, data)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Revoke(nil) did not panic")
		}
	}()
	Revoke(nil, "https://clerk.example.com")
}
