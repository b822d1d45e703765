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
	"github.com/authkeel/authkeel/core/webhook"
)

// fakeUsers is a source whose answers and delays a test sets. In a synctest
// bubble its delays take no time.
type fakeUsers struct {
	mu       sync.Mutex
	users    map[string]*clerkapi.User
	orgs     map[string][]string
	err      error
	delay    time.Duration
	calls    int
	orgCalls int
}

func (f *fakeUsers) set(change func(*fakeUsers)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fakeUsers) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

func (f *fakeUsers) User(ctx context.Context, id string) (*clerkapi.User, error) {
	f.mu.Lock()
	f.calls++
	user, err, delay := f.users[id], f.err, f.delay // the state of the beginning
	f.mu.Unlock()
	select {
	case <-time.After(delay):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	switch {
	case err != nil:
		return nil, err
	case user == nil:
		return nil, fmt.Errorf("user source: %w", clerkapi.ErrNotFound)
	}
	return user, nil
}

func (f *fakeUsers) Memberships(context.Context, string) ([]clerkapi.Membership, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.orgCalls++
	var list []clerkapi.Membership
	for _, id := range f.orgs["user_ada"] {
		list = append(list, clerkapi.Membership{Role: "org:member", Permissions: []string{"org:a:read"}, Organization: clerkapi.Organization{ID: id}})
	}
	return list, nil
}

func user(id, metadata string) *clerkapi.User {
	return &clerkapi.User{ID: id, PublicMetadata: json.RawMessage(metadata)}
}

func newFake() *fakeUsers {
	return &fakeUsers{users: map[string]*clerkapi.User{"user_ada": user("user_ada", `{"role":"admin"}`)}}
}

func newDirectory(t testing.TB, f *fakeUsers, change func(*DirectoryConfig)) *Directory {
	t.Helper()
	cfg := DirectoryConfig{Users: f, Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&cfg)
	}
	d, err := NewDirectory(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// ada is the identity of a session of Ada's.
func ada(d *Directory) *core.Identity { return identityOf("user_ada", d, false) }

func identityOf(user string, d *Directory, hasMetadata bool) *core.Identity {
	p := &sessionData{session: Session{ID: "sess_1", UserID: user}, directory: d, hasMetadata: hasMetadata}
	return core.NewIdentity(core.IdentityData{Subject: user, ProviderData: p})
}

func roles(t testing.TB, d *Directory) []string {
	t.Helper()
	rights, err := d.Rights(t.Context(), ada(d))
	if err != nil {
		t.Fatal(err)
	}
	return rights.Roles
}

func TestMetadataRights(t *testing.T) {
	for metadata, want := range map[string]core.Rights{
		`{"role":"admin"}`:                    {Roles: []string{"admin"}},
		`{"roles":["a","b"],"role":"c"}`:      {Roles: []string{"c", "a", "b"}},
		`{"roles":"a  b"}`:                    {Roles: []string{"a  b"}},
		`{"role":"team admin"}`:               {Roles: []string{"team admin"}},
		`{"role":" admin"}`:                   {Roles: []string{" admin"}},
		`{"permissions":"p:r p:w"}`:           {Permissions: []string{"p:r p:w"}},
		`{"permissions":["p:r","p:w"]}`:       {Permissions: []string{"p:r", "p:w"}},
		`{"permissions":"p:r"}`:               {Permissions: []string{"p:r"}},
		`{"Role":"admin","ROLES":["x"]}`:      {},
		`{"role":["a",3]}`:                    {},
		`{"role":{"admin":true}}`:             {},
		`{"role":true,"roles":null}`:          {},
		`{"role":"","roles":[""]}`:            {},
		`{"unsafe_metadata":{"role":"root"}}`: {},
		`{"public_metadata":{"role":"x"}}`:    {},
		`null`:                                {}, ``: {}, `[]`: {}, `"admin"`: {}, `{"role":"admin"`: {},
	} {
		got := metadataRights(json.RawMessage(metadata))
		if !slices.Equal(got.Roles, want.Roles) || !slices.Equal(got.Permissions, want.Permissions) || got.Memberships != nil {
			t.Errorf("%s: got %+v, want %+v", metadata, got, want)
		}
	}
}

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
// followed by a pause, and whoever is not known is not let in.
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

// TestDirectoryTogether: 200 callers for a user nobody knows, one question, and
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

// TestDirectoryLeft: when all callers have left, the question ends, and whoever
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

func TestCurrentUser(t *testing.T) {
	f := newFake()
	d := newDirectory(t, f, nil)
	ctx := func(id *core.Identity) context.Context { return core.WithIdentity(t.Context(), id) }
	u, err := CurrentUser(ctx(ada(d)))
	if err != nil || u.ID != "user_ada" {
		t.Fatalf("got %+v, %v", u, err)
	}
	u.PublicMetadata[0] = 'x' // the caller's own
	if got := roles(t, d); len(got) != 1 || f.count() != 1 {
		t.Errorf("got %v in %d calls", got, f.count())
	}
	if again, err := CurrentUser(ctx(ada(d))); err != nil || again.PublicMetadata[0] != '{' {
		t.Errorf("a caller changed what others see: %+v, %v", again, err)
	}
	for name, row := range map[string]struct {
		ctx context.Context
		err error
	}{
		"nobody":           {t.Context(), ErrNoSession},
		"another provider": {ctx(core.NewIdentity(core.IdentityData{Subject: "user_ada"})), ErrNoSession},
		"no directory":     {ctx(ada(nil)), ErrNoDirectory},
		"a test's session": {ctx(core.NewIdentity(core.IdentityData{Subject: "user_ada", ProviderData: Session{ID: "sess_1"}})), ErrNoDirectory},
		"a deleted user":   {ctx(identityOf("user_gone", d, false)), clerkapi.ErrNotFound},
		"a hostile id":     {ctx(identityOf("../organizations/o", d, false)), clerkapi.ErrInvalidID},
	} {
		if _, err := CurrentUser(row.ctx); !errors.Is(err, row.err) {
			t.Errorf("%s: got %v, want %v", name, err, row.err)
		}
	}
}

// TestMetadataClaim: a token that carries the metadata needs no question.
func TestMetadataClaim(t *testing.T) {
	f := newFake()
	f.users["user_1"] = user("user_1", `{"role":"elsewhere"}`)
	d := newDirectory(t, f, nil)
	for _, row := range []struct {
		name      string
		directory *Directory
		claim     string
		change    object
		grants    []string
		calls     int
	}{
		{"from the claim", d, "", object{"metadata": object{"role": "admin", "permissions": []string{"p:r"}}}, []string{"admin"}, 0},
		{"from a claim of another name", d, "pm", object{"pm": object{"roles": []string{"a", "b"}}}, []string{"a", "b"}, 0},
		{"an empty claim", d, "", object{"metadata": object{}}, nil, 0},
		{"no claim", d, "", nil, []string{"elsewhere"}, 1},
		{"a claim, no directory", nil, "metadata", object{"metadata": object{"role": "admin"}}, []string{"admin"}, 0},
		{"a claim that nobody asked for", nil, "", object{"metadata": object{"role": "admin"}}, nil, 0},
		{"nothing at all", nil, "", nil, nil, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := f.count()
			if err := d.Forget(t.Context(), "user_1"); err != nil {
				t.Fatal(err)
			}
			cfg := pemConfig()
			cfg.Directory, cfg.MetadataClaim = row.directory, row.claim
			id, err := verify(t, cfg, row.change)
			if err != nil {
				t.Fatal(err)
			}
			ctx := core.WithIdentity(t.Context(), id)
			for _, role := range []string{"admin", "a", "b", "elsewhere"} {
				err := core.Authorize(ctx, core.Role(role))
				if granted := err == nil; granted != slices.Contains(row.grants, role) {
					t.Errorf("%s: got %v, want the roles %v", role, err, row.grants)
				}
			}
			if got := f.count() - before; got != row.calls {
				t.Errorf("got %d calls, want %d", got, row.calls)
			}
		})
	}
}

func TestNewDirectory(t *testing.T) {
	for field, cfg := range map[string]DirectoryConfig{
		"Users": {}, "MaxAge": {Users: newFake(), MaxAge: -1}, "Timeout": {Users: newFake(), Timeout: -1}, "MaxUsers": {Users: newFake(), MaxUsers: -1},
	} {
		if _, err := NewDirectory(cfg); err == nil || !strings.Contains(err.Error(), "DirectoryConfig."+field+" ") {
			t.Errorf("%s: got %v", field, err)
		}
	}
}
