package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
)

var errBackend = errors.New("backend is away")

func grants(context.Context, *core.Identity) error { return nil }
func denies(context.Context, *core.Identity) error { return &core.DeniedError{Requirement: "never"} }
func breaks(context.Context, *core.Identity) error { return errBackend }

// verdict is what came of a policy: grant, denied or outage.
func verdict(err error) string {
	switch {
	case err == nil:
		return "grant"
	case errors.Is(err, core.ErrDenied):
		return "denied"
	case errors.Is(err, core.ErrUnavailable):
		return "outage"
	}
	return "other: " + err.Error()
}

// decide is Authorize for an identity.
func decide(id *core.Identity, p core.Policy) error {
	return core.Authorize(core.WithIdentity(context.Background(), id), p)
}

// TestCombinations is the truth table of AllOf, AnyOf and Not.
func TestCombinations(t *testing.T) {
	id := core.NewIdentity(core.IdentityData{Subject: "user_1"})
	leaves := map[string]core.Policy{"g": grants, "d": denies, "o": breaks}
	for _, tt := range []struct{ leaves, all, anyOf string }{
		{"g", "grant", "grant"}, {"d", "denied", "denied"}, {"o", "outage", "outage"},
		{"gg", "grant", "grant"}, {"gd", "denied", "grant"}, {"dg", "denied", "grant"}, {"dd", "denied", "denied"},
		{"go", "outage", "grant"}, {"og", "outage", "grant"}, {"oo", "outage", "outage"},
		{"do", "denied", "outage"}, {"od", "outage", "outage"},
		{"gdo", "denied", "grant"}, {"odg", "outage", "grant"}, {"dod", "denied", "outage"}, {"ggg", "grant", "grant"},
	} {
		var policies []core.Policy
		for _, leaf := range tt.leaves {
			policies = append(policies, leaves[string(leaf)])
		}
		not := map[string]string{"grant": "denied", "denied": "grant", "outage": "outage"}
		all, anyOf := core.AllOf(policies[0], policies[1:]...), core.AnyOf(policies[0], policies[1:]...)
		for _, c := range []struct {
			name string
			p    core.Policy
			want string
		}{
			{"AllOf", all, tt.all}, {"AnyOf", anyOf, tt.anyOf},
			{"Not(AllOf)", core.Not(all), not[tt.all]}, {"Not(AnyOf)", core.Not(anyOf), not[tt.anyOf]},
			{"Not(Not(AllOf))", core.Not(core.Not(all)), tt.all},
			{"AllOf(AnyOf)", core.AllOf(anyOf), tt.anyOf},
		} {
			if got := verdict(decide(id, c.p)); got != c.want {
				t.Errorf("%s of %s: got %s, want %s", c.name, tt.leaves, got, c.want)
			}
		}
	}
}

// TestOutageIsNoDenial has errors in which a denial is mixed with something
// else: Not must not turn them into a grant.
func TestOutageIsNoDenial(t *testing.T) {
	denied := &core.DeniedError{Requirement: "x"}
	id := core.NewIdentity(core.IdentityData{})
	_, malformed := build(t).Verify(t.Context(), "x")
	for _, tt := range []struct {
		name      string
		err       error
		want, not string
	}{
		{"denied", denied, "denied", "grant"},
		{"wrapped", fmt.Errorf("rule 7: %w", denied), "denied", "grant"},
		{"two denials", errors.Join(denied, denied), "denied", "grant"},
		{"of Authorize", decide(id, core.Role("admin")), "denied", "grant"},
		{"denial and outage", errors.Join(denied, errBackend), "outage", "outage"},
		{"outage and denial", fmt.Errorf("%w: %w", errBackend, denied), "outage", "outage"},
		{"outage of a denial", fmt.Errorf("%w: %w", core.ErrUnavailable, denied), "outage", "outage"},
		{"canceled", context.Canceled, "outage", "outage"},
		{"sentinel alone", core.ErrDenied, "outage", "outage"},
		{"another token is bad", malformed, "outage", "outage"},
		{"outage of Authorize", decide(id, breaks), "outage", "outage"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := func(context.Context, *core.Identity) error { return tt.err }
			if got := verdict1(t, decide(id, p)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if got := verdict1(t, decide(id, core.Not(p))); got != tt.not {
				t.Errorf("Not: got %s, want %s", got, tt.not)
			}
			if got := verdict1(t, decide(id, core.AnyOf(p, denies))); got != tt.want {
				t.Errorf("AnyOf: got %s, want %s", got, tt.want)
			}
			if got := verdict1(t, decide(id, core.AllOf(grants, p))); got != tt.want {
				t.Errorf("AllOf: got %s, want %s", got, tt.want)
			}
		})
	}
}

// verdict1 is verdict by what the client gets, which nothing behind the error
// may change.
func verdict1(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return "grant"
	}
	switch r := build(t).Refusal(t.Context(), err); r.Status {
	case 403:
		return "denied"
	case 503:
		return "outage"
	default:
		return fmt.Sprint(r.Status)
	}
}

func TestLeaves(t *testing.T) {
	id := core.NewIdentity(core.IdentityData{
		Roles: []string{"admin", "staff"}, Permissions: []string{"read"}, Scopes: []string{"openid"},
		Organization: core.Organization{ID: "org_1", Slug: "acme", Role: "owner"},
	})
	for _, tt := range []struct {
		name string
		p    core.Policy
		want bool
		leaf string // of the Denied
	}{
		{"Role", core.Role("admin"), true, ""},
		{"Role absent", core.Role("owner"), false, `role "owner"`},
		{"Role case", core.Role("Admin"), false, `role "Admin"`},
		{"Role prefix", core.Role("adm"), false, `role "adm"`},
		{"Role is no permission", core.Role("read"), false, `role "read"`},
		{"AnyRole first", core.AnyRole("admin", "x"), true, ""},
		{"AnyRole last", core.AnyRole("x", "y", "staff"), true, ""},
		{"AnyRole none", core.AnyRole("x", "y"), false, `role "x"`},
		{"AllRoles", core.AllRoles("admin", "staff"), true, ""},
		{"AllRoles one", core.AllRoles("staff"), true, ""},
		{"AllRoles one missing", core.AllRoles("admin", "x", "staff"), false, `role "x"`},
		{"Permission", core.Permission("read"), true, ""},
		{"Permission absent", core.Permission("write"), false, `permission "write"`},
		{"Permission is no role", core.Permission("admin"), false, `permission "admin"`},
		{"AnyPermission", core.AnyPermission("write", "read"), true, ""},
		{"AnyPermission none", core.AnyPermission("write"), false, `permission "write"`},
		{"Scope", core.Scope("openid"), true, ""},
		{"Scope absent", core.Scope("email"), false, `scope "email"`},
		{"InOrganization", core.InOrganization("org_1"), true, ""},
		{"InOrganization other", core.InOrganization("org_2"), false, `organization "org_2"`},
		{"MemberOf", core.MemberOf("org_1"), true, ""},
		{"MemberOf other", core.MemberOf("org_2"), false, `member of "org_2"`},
		{"RoleIn other", core.RoleIn("org_2", "r"), false, `role "r" in organization "org_2"`},
		{"PermissionIn other", core.PermissionIn("org_2", "p"), false, `permission "p" in organization "org_2"`},
		{"InOrganization by slug", core.InOrganization("acme"), false, `organization "acme"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := decide(id, tt.p)
			var denied *core.DeniedError
			if got := err == nil; got != tt.want {
				t.Fatalf("got %v, want grant %v", err, tt.want)
			}
			if errors.As(err, &denied) != !tt.want {
				t.Fatalf("got %v behind the error", denied)
			}
			if denied != nil && (denied.Requirement != tt.leaf || denied.Error() != "denied: "+tt.leaf) {
				t.Errorf("got %q, want %q", denied.Requirement, tt.leaf)
			}
			if denied != nil && strings.HasPrefix(tt.name, "Scope") != slices.Equal(denied.Scopes, []string{"email"}) {
				t.Errorf("got scopes %q", denied.Scopes)
			}
			// The same asked directly, with and without an identity.
			if err := tt.p(context.Background(), nil); err == nil {
				t.Error("a nil identity was granted something")
			}
			if err := tt.p(context.Background(), core.NewIdentity(core.IdentityData{})); err == nil {
				t.Error("an empty identity was granted something")
			}
		})
	}
}

func TestAuthenticatedWithin(t *testing.T) {
	clock := newClock()
	a := build(t, func(c *core.Config) { c.Now = clock.now })
	id := accepted(t, a, quick("auth_time", unix(0), "exp", unix(48*hour)))
	p := core.AuthenticatedWithin(10 * time.Minute)
	for _, tt := range []struct {
		after time.Duration
		want  string
	}{
		{-6 * time.Second, "denied"}, {-5 * time.Second, "grant"}, {0, "grant"}, {10 * time.Minute, "grant"},
		{10*time.Minute + 5*time.Second, "grant"}, {10*time.Minute + 5*time.Second + 1, "denied"}, {24 * hour, "denied"},
	} {
		clock.set(epoch.Add(tt.after))
		if got := verdict(core.Authorize(a.WithIdentity(t.Context(), id), p)); got != tt.want {
			t.Errorf("after %v: got %s, want %s", tt.after, got, tt.want)
		}
	}
	clock.set(epoch)
	if got := verdict(decide(accepted(t, a, quick()), p)); got != "denied" {
		t.Errorf("without auth_time: got %s, want denied", got)
	}
	made := core.NewIdentity(core.IdentityData{AuthenticatedAt: time.Now().Add(-time.Minute)})
	if got := verdict(decide(made, p)); got != "grant" {
		t.Errorf("made identity: got %s, want grant", got)
	}
	if err := p(t.Context(), nil); err == nil {
		t.Error("a nil identity was granted something")
	}
}
