package core_test

import (
	"context"
	"testing"

	"github.com/authkeel/authkeel/core"
)

func TestPoliciesDoNotAllocateWhenTheyGrant(t *testing.T) {
	ctx := core.WithIdentity(context.Background(), core.NewIdentity(core.IdentityData{
		Roles: []string{"reader", "editor"}, Permissions: []string{"orders:delete"}, Scopes: []string{"orders:read"},
		Organization: core.Organization{ID: "org-one"},
	}))
	for name, p := range map[string]core.Policy{
		"Role":           core.Role("editor"),
		"AnyRole":        core.AnyRole("admin", "editor"),
		"AllRoles":       core.AllRoles("reader", "editor"),
		"Permission":     core.Permission("orders:delete"),
		"Scope":          core.Scope("orders:read"),
		"InOrganization": core.InOrganization("org-one"), "MemberOf": core.MemberOf("org-one"),
		"AllOf": core.AllOf(core.Role("editor"), core.Scope("orders:read")),
		"AnyOf": core.AnyOf(core.Role("admin"), core.Role("editor")),
		"Not":   core.Not(core.Role("admin")),
	} {
		if err := core.Authorize(ctx, p); err != nil {
			t.Errorf("%s: got %v, want a grant", name, err)
		}
		if n := testing.AllocsPerRun(100, func() { _ = core.Authorize(ctx, p) }); n != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, n)
		}
	}
}
