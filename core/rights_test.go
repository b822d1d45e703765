package core_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// rightsOf is an Authenticator with a source of rights.
func rightsOf(t *testing.T, rights func(context.Context, *core.Identity) (core.Rights, error)) *core.Authenticator {
	t.Helper()
	return build(t, func(c *core.Config) { c.Issuers[0].LookupRights = rights })
}

// requestContext is the context of one request with the token.
func requestContext(t *testing.T, a *core.Authenticator, token string) context.Context {
	t.Helper()
	out := a.RequireAuth()(t.Context(), adapter.FromHTTP(bearer(token)))
	if out.Refusal != nil {
		t.Fatal(out.Refusal.Err)
	}
	return out.Context
}

func TestRights(t *testing.T) {
	var asked atomic.Int32
	a := rightsOf(t, func(_ context.Context, id *core.Identity) (core.Rights, error) {
		asked.Add(1)
		if id.Subject() != "user_1" {
			t.Errorf("asked about %q", id.Subject())
		}
		return core.Rights{Roles: []string{"editor"}, Permissions: []string{"write"}, Memberships: []core.Membership{
			{Organization: "org_2", Roles: []string{"org:member"}, Permissions: []string{"read"}},
			{Organization: "org_3", Roles: []string{"org:admin"}, Permissions: []string{"delete"}},
		}}, nil
	})
	token := quick("roles", `["admin"]`, "scope", `"read"`, "org_id", `"org_1"`)
	for _, tt := range []struct {
		name string
		p    core.Policy
		want string
		asks int32
	}{
		{"in the token", core.Role("admin"), "grant", 0},
		{"any in the token", core.AnyRole("editor", "admin"), "grant", 0},
		{"scope in the token", core.Scope("read"), "grant", 0},
		{"no scope elsewhere", core.Scope("write"), "denied", 0},
		{"active organization", core.InOrganization("org_1"), "grant", 0},
		{"role elsewhere", core.Role("editor"), "grant", 1},
		{"permission elsewhere", core.Permission("write"), "grant", 1},
		{"any permission elsewhere", core.AnyPermission("x", "write"), "grant", 1},
		{"only the active organization", core.InOrganization("org_2"), "denied", 0},
		{"member of the active organization", core.MemberOf("org_1"), "grant", 0},
		{"membership elsewhere", core.MemberOf("org_2"), "grant", 1},
		{"no membership", core.MemberOf("org_4"), "denied", 1},
		{"role in a membership", core.RoleIn("org_3", "org:admin"), "grant", 1},
		{"role of another membership", core.RoleIn("org_2", "org:admin"), "denied", 1},
		{"role of the token is none in an organization", core.RoleIn("org_1", "admin"), "denied", 1},
		{"role of Rights is none in an organization", core.RoleIn("org_2", "editor"), "denied", 1},
		{"role of a membership is none everywhere", core.Role("org:admin"), "denied", 1},
		{"permission in a membership", core.PermissionIn("org_3", "delete"), "grant", 1},
		{"permission of another membership", core.PermissionIn("org_2", "delete"), "denied", 1},
		{"permission of Rights is none in an organization", core.PermissionIn("org_2", "write"), "denied", 1},
		{"permission of a membership is none everywhere", core.Permission("delete"), "denied", 1},
		{"both places", core.AllRoles("admin", "editor"), "grant", 1},
		{"nowhere", core.Role("owner"), "denied", 1},
		{"a permission is no role", core.Role("write"), "denied", 1},
		{"all at once", core.AllOf(core.Role("editor"), core.Permission("write"), core.MemberOf("org_2"), core.Not(core.Role("owner"))), "grant", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked.Store(0)
			ctx := requestContext(t, a, token)
			for range 3 {
				if got := verdict(core.Authorize(ctx, tt.p)); got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
			}
			if got := asked.Load(); got != tt.asks {
				t.Errorf("asked %d times in one request, want %d", got, tt.asks)
			}
		})
	}
	t.Run("every request asks anew", func(t *testing.T) {
		asked.Store(0)
		for range 3 {
			_ = core.Authorize(requestContext(t, a, token), core.Role("editor"))
		}
		if got := asked.Load(); got != 3 {
			t.Errorf("asked %d times in 3 requests", got)
		}
	})
	t.Run("the token's lists stay the token's", func(t *testing.T) {
		ctx := requestContext(t, a, token)
		_ = core.Authorize(ctx, core.Role("editor"))
		id, _ := core.IdentityFrom(ctx)
		if id.HasRole("editor") || slices.Contains(id.Roles(), "editor") {
			t.Error("a right from elsewhere got into the shared identity")
		}
	})
	t.Run("an identity of another context", func(t *testing.T) {
		asked.Store(0)
		id, _ := core.IdentityFrom(requestContext(t, a, token))
		if err := core.Role("editor")(context.Background(), id); err != nil || asked.Load() != 1 {
			t.Errorf("got %v after %d questions", err, asked.Load())
		}
	})
}

func TestRightsOutage(t *testing.T) {
	for _, failure := range []error{errBackend, &core.DeniedError{Requirement: "theirs"}, core.ErrDenied, context.DeadlineExceeded} {
		t.Run(failure.Error(), func(t *testing.T) {
			asked := 0
			a := rightsOf(t, func(context.Context, *core.Identity) (core.Rights, error) {
				asked++
				return core.Rights{Roles: []string{"admin"}}, failure // beside an error nothing counts
			})
			ctx := requestContext(t, a, quick("roles", `["staff"]`))
			for _, p := range []core.Policy{
				core.Role("admin"), core.Not(core.Role("admin")), core.AnyRole("x", "admin"), core.MemberOf("o"), core.RoleIn("o", "admin"), core.PermissionIn("o", "p"),
				core.AnyOf(core.Scope("x"), core.Role("admin")), core.AllOf(core.Role("staff"), core.Permission("x")),
			} {
				err := core.Authorize(ctx, p)
				isRefusal(t, nil, err, core.ErrUnavailable, "rights_unavailable")
				if !errors.Is(err, failure) {
					t.Errorf("got %v, want the failure behind it", err)
				}
				if r := a.Refusal(ctx, err); r.Status != 503 {
					t.Errorf("got %d, want 503", r.Status)
				}
			}
			if err := core.Authorize(ctx, core.Role("staff")); err != nil {
				t.Errorf("got %v for a role of the token", err)
			}
			if asked != 1 {
				t.Errorf("asked %d times in one request", asked)
			}
		})
	}
}

// TestRightsConcurrently has forty resolvers of one request side by side.
func TestRightsConcurrently(t *testing.T) {
	var asked atomic.Int32
	release := make(chan struct{})
	a := rightsOf(t, func(context.Context, *core.Identity) (core.Rights, error) {
		asked.Add(1)
		<-release
		return core.Rights{Roles: []string{"editor"}}, nil
	})
	ctx := requestContext(t, a, quick())
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if err := core.Authorize(ctx, core.Role("editor")); err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
	close(release)
	all.Wait()
	if got := asked.Load(); got != 1 {
		t.Errorf("asked %d times", got)
	}
}

// TestRightsCanceled: a canceled request does not cancel the question for others.
func TestRightsCanceled(t *testing.T) {
	entered := make(chan context.Context, 1)
	a := rightsOf(t, func(ctx context.Context, _ *core.Identity) (core.Rights, error) {
		select {
		case entered <- ctx:
			<-ctx.Done()
			return core.Rights{}, errors.New("connection dropped") // as drivers say it
		default:
			return core.Rights{Roles: []string{"editor"}}, nil
		}
	})
	ctx := requestContext(t, a, quick())
	leaving, leave := context.WithCancel(ctx)
	first := make(chan error)
	go func() { first <- core.Authorize(leaving, core.Role("editor")) }()
	<-entered

	gone, cancel := context.WithCancel(ctx) // waits for the first, and gives up
	second := make(chan error)
	go func() { second <- core.Authorize(gone, core.Role("editor")) }()
	cancel()
	if err := <-second; !errors.Is(err, core.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("a waiter that gave up: got %v", err)
	}

	third := make(chan error)
	entered <- ctx // the next call does not wait
	go func() { third <- core.Authorize(ctx, core.Role("editor")) }()
	leave()
	if err := <-first; !errors.Is(err, core.ErrUnavailable) {
		t.Errorf("the one that left: got %v", err)
	}
	if err := <-third; err != nil {
		t.Errorf("the one that stayed: got %v", err)
	}
}

// TestRightsPanic: the panic is the caller's, and nobody hangs after it.
func TestRightsPanic(t *testing.T) {
	calls := 0
	a := rightsOf(t, func(context.Context, *core.Identity) (core.Rights, error) {
		if calls++; calls == 1 {
			panic("mistake")
		}
		return core.Rights{Roles: []string{"editor"}}, nil
	})
	ctx := requestContext(t, a, quick())
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = core.Authorize(ctx, core.Role("editor"))
	}()
	if err := core.Authorize(ctx, core.Role("editor")); err != nil {
		t.Errorf("got %v", err)
	}
}

// TestTwoChecksGrantNoThirdRight has a member of org_victim who is an admin of
// org_mine, the active organization: no combination of checks makes her an admin
// of org_victim.
func TestTwoChecksGrantNoThirdRight(t *testing.T) {
	caller := core.NewIdentity(core.IdentityData{
		Subject: "mallory", Roles: []string{"org:admin"}, Permissions: []string{"invoices:create"},
		Organization: core.Organization{ID: "org_mine", Role: "org:admin"}, OrganizationPermissions: []string{"invoices:create"},
	})
	a := rightsOf(t, func(context.Context, *core.Identity) (core.Rights, error) {
		return core.Rights{Memberships: []core.Membership{
			{Organization: "org_mine", Roles: []string{"org:admin"}, Permissions: []string{"invoices:create"}},
			{Organization: "org_victim", Roles: []string{"org:member"}},
		}}, nil
	})
	token := quick("roles", `["org:admin"]`, "permissions", `["invoices:create"]`, "org_id", `"org_mine"`)
	for name, ctx := range map[string]context.Context{"without lookup": core.WithIdentity(t.Context(), caller), "with lookup": requestContext(t, a, token)} {
		for policy, p := range map[string]core.Policy{
			"role":       core.AllOf(core.InOrganization("org_victim"), core.Role("org:admin")),
			"permission": core.AllOf(core.InOrganization("org_victim"), core.Permission("invoices:create")),
			"role in":    core.RoleIn("org_victim", "org:admin"),
			"may in":     core.PermissionIn("org_victim", "invoices:create"),
		} {
			if got := verdict(core.Authorize(ctx, p)); got != "denied" {
				t.Errorf("%s, %s: got %s", name, policy, got)
			}
		}
	}
	ctx := core.WithIdentity(t.Context(), caller)
	for policy, p := range map[string]core.Policy{
		"active": core.AllOf(core.InOrganization("org_mine"), core.Role("org:admin")), "member": core.MemberOf("org_mine"),
		"role in": core.RoleIn("org_mine", "org:admin"), "may in": core.PermissionIn("org_mine", "invoices:create"),
	} {
		if got := verdict(core.Authorize(ctx, p)); got != "grant" {
			t.Errorf("her own organization, %s: got %s", policy, got)
		}
	}
}
