package clerk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core"

	"github.com/authkeel/authkeel/core/clerk/clerkapi"
)

// TestDirectoryAge: one question for each user and MaxAge.
func TestDirectoryAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		d := newDirectory(t, f, nil)
		for _, step := range []struct {
			after time.Duration
			calls int
		}{{0, 1}, {0, 1}, {59 * time.Second, 1}, {time.Second - 1, 1}, {1, 2}, {59 * time.Second, 2}} {
			time.Sleep(step.after)
			if got := roles(t, d); !slices.Equal(got, []string{"admin"}) || f.count() != step.calls {
				t.Errorf("after %v: got %v in %d calls, want %d", step.after, got, f.count(), step.calls)
			}
		}
	})
}

// TestDirectoryOutage: the last answer serves for StaleFor, each failure is
// followed by a pause, and a user who is not known is an outage.
func TestDirectoryOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		var log bytes.Buffer
		d := newDirectory(t, f, func(cfg *DirectoryConfig) {
			cfg.StaleFor = 5 * time.Minute
			cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		})
		roles(t, d)
		f.set(func(f *fakeUsers) { f.err = &clerkapi.APIError{Status: 500} })
		time.Sleep(time.Minute)
		for range 5 { // one question a second
			if got := roles(t, d); !slices.Equal(got, []string{"admin"}) {
				t.Errorf("in the outage: got %v", got)
			}
		}
		if f.count() != 2 {
			t.Errorf("got %d calls, want 2", f.count())
		}
		if _, err := d.Rights(t.Context(), identityOf("user_mo", d, false)); !errors.Is(err, core.ErrUnavailable) {
			t.Errorf("nobody knows Mo: got %v", err)
		}
		time.Sleep(5*time.Minute - 1)
		if got := roles(t, d); len(got) != 1 {
			t.Errorf("at the end of StaleFor: got %v", got)
		}
		time.Sleep(time.Second)
		if _, err := d.Rights(t.Context(), ada(d)); !errors.Is(err, core.ErrUnavailable) {
			t.Errorf("after StaleFor: got %v", err)
		}
		if got := log.String(); strings.Count(got, "last known answers") != 2 {
			t.Errorf("got the log %s", got)
		}
		f.set(func(f *fakeUsers) { f.err = nil })
		time.Sleep(time.Second)
		if got := roles(t, d); len(got) != 1 {
			t.Errorf("after the outage: got %v", got)
		}
	})
}

// TestDirectorySlow: who has a last answer waits a second at most, and the
// question goes on for those who come later.
func TestDirectorySlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		d := newDirectory(t, f, nil)
		roles(t, d)
		f.set(func(f *fakeUsers) {
			f.users["user_ada"] = user("user_ada", `{"role":"member"}`)
			f.delay = 3 * time.Second
		})
		time.Sleep(time.Minute)
		for _, step := range []struct {
			want  string
			takes time.Duration
		}{{"admin", time.Second}, {"admin", 0}, {"admin", 0}} {
			start := time.Now()
			if got := roles(t, d); got[0] != step.want || time.Since(start) != step.takes {
				t.Errorf("got %v after %v, want %s after %v", got, time.Since(start), step.want, step.takes)
			}
		}
		time.Sleep(2*time.Second + 1)
		if got := roles(t, d); got[0] != "member" || f.count() != 2 {
			t.Errorf("when the answer came: got %v in %d calls", got, f.count())
		}
	})
}

// TestDirectoryTogether: 200 callers for a user who is not known yet, one lookup, and
// the end of one caller is not the end of the others.
func TestDirectoryTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.delay = time.Second
		d := newDirectory(t, f, nil)
		var wg sync.WaitGroup
		for n := range 200 {
			ctx := t.Context()
			if n%2 == 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 500*time.Millisecond)
				defer cancel()
			}
			wg.Go(func() {
				_, err := d.Rights(ctx, ada(d))
				if n%2 == 0 && !errors.Is(err, context.DeadlineExceeded) || n%2 == 1 && err != nil {
					t.Errorf("caller %d: got %v", n, err)
				}
			})
		}
		wg.Wait()
		if f.count() != 1 {
			t.Errorf("got %d calls, want 1", f.count())
		}
	})
}

// TestDirectoryLeft: when all callers have left, the lookup ends, and a caller who
// comes then asks a new one.
func TestDirectoryLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.delay = time.Second
		d := newDirectory(t, f, nil)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { time.Sleep(100 * time.Millisecond); cancel() }()
		if _, err := d.Rights(ctx, ada(d)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if got := roles(t, d); len(got) != 1 || f.count() != 2 {
			t.Errorf("got %v in %d calls, want 2", got, f.count())
		}
	})
}

// TestDirectoryGone: a user who does not exist has no rights, and is asked for
// again soon.
func TestDirectoryGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeUsers{users: map[string]*clerkapi.User{}}
		d := newDirectory(t, f, nil)
		for range 3 {
			if got := roles(t, d); got != nil {
				t.Errorf("got %v", got)
			}
		}
		if _, err := d.User(t.Context(), "user_ada"); !errors.Is(err, clerkapi.ErrNotFound) {
			t.Errorf("got %v", err)
		}
		if f.count() != 1 {
			t.Errorf("got %d calls, want 1", f.count())
		}
		f.set(func(f *fakeUsers) { f.users["user_ada"] = user("user_ada", `{"role":"new"}`) })
		time.Sleep(10 * time.Second)
		if got := roles(t, d); !slices.Equal(got, []string{"new"}) {
			t.Errorf("got %v", got)
		}
	})
}

// TestInvalidate: an event is the end of what was remembered, also of an answer
// that is on its way.

func TestDirectoryBounded(t *testing.T) {
	f := newFake()
	d := newDirectory(t, f, func(cfg *DirectoryConfig) { cfg.MaxUsers = 10 })
	roles(t, d)
	for i := range 1000 {
		if _, err := d.Rights(t.Context(), identityOf(fmt.Sprint("user_", i), d, false)); err != nil {
			t.Fatal(err)
		}
	}
	if n, m := len(d.users.entries), d.users.negative.Len(); n != 11 || m != 10 {
		t.Errorf("got %d entries, %d of them made up, want 11 and 10", n, m)
	}
	if roles(t, d); f.count() != 1001 {
		t.Errorf("users who do not exist pushed out one who does: %d calls", f.count())
	}
	for i := range 100 {
		id := fmt.Sprint("user_", i)
		f.set(func(f *fakeUsers) { f.users[id] = user(id, `{}`) })
		if err := d.Forget(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if _, err := d.User(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if n := d.users.positive.Len(); n != 10 {
		t.Errorf("got %d users, want 10", n)
	}
}

// TestDirectoryWho: whose rights are looked up.
func TestDirectoryWho(t *testing.T) {
	f := newFake()
	f.orgs = map[string][]string{"user_ada": {"org_1"}}
	f.users["user_bad"] = &clerkapi.User{ID: "user_bad", Banned: true, PublicMetadata: json.RawMessage(`{"role":"admin"}`)}
	f.users["user_mix"] = user("user_ada", `{"role":"admin"}`)
	plain, both := newDirectory(t, f, nil), newDirectory(t, f, func(cfg *DirectoryConfig) { cfg.Memberships = f })
	for _, row := range []struct {
		name   string
		d      *Directory
		id     *core.Identity
		roles  []string
		orgs   []string
		failed bool
	}{
		{"a session", plain, ada(plain), []string{"admin"}, nil, false},
		{"a session, with memberships", both, ada(both), []string{"admin"}, []string{"org_1"}, false},
		{"a token with metadata", plain, identityOf("user_ada", plain, true), nil, nil, false},
		{"a token with metadata, with memberships", both, identityOf("user_ada", both, true), nil, []string{"org_1"}, false},
		{"a banned user", plain, identityOf("user_bad", plain, false), nil, nil, false},
		{"an answer about somebody else", plain, identityOf("user_mix", plain, false), nil, nil, true},
		{"another provider", plain, core.NewIdentity(core.IdentityData{Subject: "user_ada"}), nil, nil, false},
		{"nobody", plain, nil, nil, nil, false},
	} {
		got, err := row.d.Rights(t.Context(), row.id)
		var orgs []string
		for _, m := range got.Memberships {
			orgs = append(orgs, m.Organization)
			if !slices.Equal(m.Roles, []string{"org:member"}) || !slices.Equal(m.Permissions, []string{"org:a:read"}) {
				t.Errorf("%s: got the membership %+v", row.name, m)
			}
		}
		if !slices.Equal(got.Roles, row.roles) || !slices.Equal(orgs, row.orgs) || (err != nil) != row.failed {
			t.Errorf("%s: got %+v, %v", row.name, got, err)
		}
	}
}
