package clerk

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
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
