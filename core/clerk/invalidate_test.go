package clerk

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/webhook"
)

func TestInvalidate(t *testing.T) {
	for _, row := range []struct {
		event, data string
		forgets     bool
		fails       bool
	}{
		{"user.updated", `{"id":"user_ada","object":"user"}`, true, false},
		{"user.deleted", `{"id":"user_ada","deleted":true}`, true, false},
		{"organizationMembership.created", `{"public_user_data":{"user_id":"user_ada"}}`, true, false},
		{"organizationMembership.deleted", `{"public_user_data":{"user_id":"user_ada"}}`, true, false},
		{"organization.deleted", `{"id":"org_1","deleted":true}`, true, false},
		{"organization.deleted", `{"id":"org_2","deleted":true}`, false, false},
		{"user.updated", `{"id":"user_mo"}`, false, false},
		{"user.created", `{"id":"user_ada"}`, false, false},
		{"email.created", `{"id":"user_ada"}`, false, false},
		{"user.updated", `{"ID":"user_ada"}`, false, true},
		{"user.updated", `[]`, false, true},
		{"user.updated", ``, false, true},
		{"organizationMembership.updated", `{"public_user_data":"user_ada"}`, false, true},
		{"organization.deleted", `{}`, false, true},
	} {
		t.Run(row.event+" "+row.data, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				f.orgs = map[string][]string{"user_ada": {"org_1"}}
				d := newDirectory(t, f, func(cfg *DirectoryConfig) { cfg.Memberships = f })
				roles(t, d)
				if err := d.Invalidate(t.Context(), &webhook.Event{Type: row.event, Data: json.RawMessage(row.data)}); (err != nil) != row.fails {
					t.Errorf("got %v", err)
				}
				roles(t, d)
				if asked := f.count() == 2; asked != row.forgets {
					t.Errorf("got %d calls", f.count())
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // while the answer is on its way
		f := newFake()
		f.delay = time.Second
		d := newDirectory(t, f, nil)
		var wg sync.WaitGroup
		wg.Go(func() { roles(t, d) })
		synctest.Wait()
		f.set(func(f *fakeUsers) { f.users["user_ada"] = user("user_ada", `{"role":"demoted"}`) })
		if err := d.Invalidate(t.Context(), &webhook.Event{Type: UserUpdated, Data: json.RawMessage(`{"id":"user_ada"}`)}); err != nil {
			t.Error(err)
		}
		wg.Go(func() {
			if got := roles(t, d); !slices.Equal(got, []string{"demoted"}) {
				t.Errorf("after the event: got %v", got)
			}
		})
		wg.Wait()
		if got := roles(t, d); !slices.Equal(got, []string{"demoted"}) || f.count() != 2 {
			t.Errorf("got %v in %d calls", got, f.count())
		}
	})
}

// TestEventWhileClerkLimits: somebody who keeps Clerk's rate limit exhausted keeps a
// right that was taken away until the event arrives, and no longer: then it is 503.
func TestEventWhileClerkLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		d := newDirectory(t, f, func(cfg *DirectoryConfig) { cfg.StaleFor = 10 * time.Minute })
		roles(t, d)
		f.set(func(f *fakeUsers) {
			f.users["user_ada"] = user("user_ada", `{"role":"demoted"}`)
			f.err = &clerkapi.APIError{Status: http.StatusTooManyRequests}
		})
		time.Sleep(2 * time.Minute)
		if got := roles(t, d); !slices.Equal(got, []string{"admin"}) {
			t.Errorf("before the event: got %v", got)
		}
		if err := d.Invalidate(t.Context(), &webhook.Event{Type: UserUpdated, Data: json.RawMessage(`{"id":"user_ada"}`)}); err != nil {
			t.Error(err)
		}
		for range 3 {
			if rights, err := d.Rights(t.Context(), ada(d)); !errors.Is(err, core.ErrUnavailable) {
				t.Errorf("after the event: got %v, %v, want an outage", rights, err)
			}
			time.Sleep(time.Second)
		}
		f.set(func(f *fakeUsers) { f.err = nil })
		time.Sleep(time.Minute)
		if got := roles(t, d); !slices.Equal(got, []string{"demoted"}) {
			t.Errorf("after the outage: got %v", got)
		}
	})
}
