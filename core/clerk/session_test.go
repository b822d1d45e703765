package clerk

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

var organizationV1 = object{"v": nil, "org_id": "org_1", "org_slug": "acme", "org_role": "org:admin",
	"org_permissions": []string{"org:dashboard:manage", "org:dashboard:read", "org:teams:read"}}

var organizationV2 = object{"fea": "o:dashboard,o:teams", "o": object{
	"id": "org_1", "slg": "acme", "rol": "admin", "per": "manage,read", "fpm": "3,2"}}

// Both versions of the claims say the same in one shape.
func TestVersions(t *testing.T) {
	want := ActiveOrganization{"org_1", "acme", "org:admin", []string{"org:dashboard:manage", "org:dashboard:read", "org:teams:read"}}
	for version, claims := range map[int]object{1: organizationV1, 2: organizationV2} {
		id, err := verify(t, pemConfig(), claims)
		if err != nil {
			t.Fatal(err)
		}
		s, _ := SessionFrom(id)
		if s.Version != version || !reflect.DeepEqual(s.Organization, want) || s.UserID != "user_1" || s.ID != "sess_1" {
			t.Errorf("version %d: got %+v", version, s)
		}
		if got := id.Organization(); got != (core.Organization{ID: "org_1", Slug: "acme", Role: "org:admin"}) {
			t.Errorf("version %d: got organization %+v", version, got)
		}
		if !slices.Equal(id.Roles(), []string{"org:admin"}) || !slices.Equal(id.Permissions(), want.Permissions) {
			t.Errorf("version %d: got roles %q, permissions %q", version, id.Roles(), id.Permissions())
		}
		if id.Subject() != "user_1" || id.SessionID() != "sess_1" || id.AuthorizedParty() != origin || id.TokenID() != "j1" {
			t.Errorf("version %d: got %q, %q, %q, %q", version, id.Subject(), id.SessionID(), id.AuthorizedParty(), id.TokenID())
		}
		ctx := core.WithIdentity(t.Context(), id)
		for _, p := range []core.Policy{core.Role("org:admin"), core.Permission("org:teams:read"), core.InOrganization("org_1"),
			Has(HasParams{Role: "admin", Permission: "teams:read"})} {
			if err := core.Authorize(ctx, p); err != nil {
				t.Errorf("version %d: %v", version, errors.Unwrap(err))
			}
		}
	}
}

// What is not an organization of the token's version is none.
func TestNoOrganization(t *testing.T) {
	tests := map[string]object{
		"none":                           nil,
		"none, version 1":                {"v": nil},
		"version 1 claims in version 2":  with(organizationV1, object{"v": 2}),
		"version 2 claims in version 1":  with(organizationV2, object{"v": json.RawMessage("1")}),
		"version 2 claims and no v":      merge(organizationV2, object{"v": nil}),
		"version 2 as text":              merge(organizationV2, object{"v": "2"}),
		"an unknown version":             merge(organizationV2, object{"v": 3}),
		"version 1 claims in version 3":  merge(organizationV1, object{"v": 3}),
		"null for a version":             merge(organizationV1, object{"v": json.RawMessage("null")}),
		"o in capitals":                  {"O": organizationV2["o"], "fea": "o:dashboard"},
		"o without an id":                {"o": object{"rol": "admin", "per": "read", "fpm": "1"}, "fea": "o:dashboard"},
		"o with an id that is no string": {"o": object{"id": 1, "rol": "admin"}},
		"o is text":                      {"o": "org_1"},
		"o is null":                      {"o": json.RawMessage("null")},
		"o is a list":                    {"o": []string{"org_1"}},
		"version 1 without an id":        with(organizationV1, object{"org_id": ""}),
	}
	for name, claims := range tests {
		t.Run(name, func(t *testing.T) {
			id, err := verify(t, pemConfig(), claims)
			if err != nil {
				t.Fatal(err)
			}
			s, _ := SessionFrom(id)
			if !reflect.DeepEqual(s.Organization, ActiveOrganization{}) || id.Organization() != (core.Organization{}) {
				t.Errorf("got %+v and %+v, want no organization", s.Organization, id.Organization())
			}
			if len(id.Roles())+len(id.Permissions()) != 0 {
				t.Errorf("got roles %q, permissions %q, want none", id.Roles(), id.Permissions())
			}
		})
	}
}

// merge is with, but keeps nil, which then removes a default claim.
func merge(a, b object) object {
	m := devissuer.With(a, nil)
	for name, value := range b {
		m[name] = value
	}
	return m
}

func TestOddOrganization(t *testing.T) {
	tests := []struct {
		name   string
		claims object
		want   ActiveOrganization
	}{
		{"version 2.0", object{"v": json.RawMessage("2.0"), "o": object{"id": "org_1"}}, ActiveOrganization{ID: "org_1"}},
		{"no role", object{"o": object{"id": "org_1", "rol": ""}}, ActiveOrganization{ID: "org_1"}},
		{"a role that is no string", object{"o": object{"id": "org_1", "rol": 5}}, ActiveOrganization{ID: "org_1"}},
		{"a role with its prefix", object{"o": object{"id": "org_1", "rol": "org:admin"}}, ActiveOrganization{ID: "org_1", Role: "org:admin"}},
		{"an old role without prefix", object{"v": nil, "org_id": "org_1", "org_role": "admin"}, ActiveOrganization{ID: "org_1", Role: "org:admin"}},
		{"permissions that are no strings", object{"v": nil, "org_id": "org_1", "org_permissions": []any{"org:a:b", 5}}, ActiveOrganization{ID: "org_1"}},
		{"permissions as text", object{"v": nil, "org_id": "org_1", "org_permissions": "org:a:b"}, ActiveOrganization{ID: "org_1"}},
		{"fea is no string", object{"fea": []string{"o:a"}, "o": object{"id": "org_1", "per": "read", "fpm": "1"}}, ActiveOrganization{ID: "org_1"}},
		{"per is no string", object{"fea": "o:a", "o": object{"id": "org_1", "per": []string{"read"}, "fpm": "1"}}, ActiveOrganization{ID: "org_1"}},
		{"fpm is no string", object{"fea": "o:a", "o": object{"id": "org_1", "per": "read", "fpm": 1}}, ActiveOrganization{ID: "org_1"}},
	}
	for _, tt := range tests {
		if got := sessionWith(t, tt.claims).Organization; !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// Custom session claims hold rights of the customer's own, beside Clerk's.
func TestClaimNames(t *testing.T) {
	cfg := pemConfig()
	cfg.Claims = core.ClaimNames{Roles: "metadata.role", Organization: "metadata.org"}
	id, err := verify(t, cfg, merge(organizationV2, object{"metadata": object{"role": "editor", "org": "org_9"}}))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(id.Roles(), []string{"editor", "org:admin"}) || id.Organization().ID != "org_1" {
		t.Errorf("got roles %q in %q, want editor and org:admin in org_1", id.Roles(), id.Organization().ID)
	}
}

func TestImpersonation(t *testing.T) {
	a := mustNew(t, pemConfig())
	act := object{"sub": "user_2", "iss": "https://dashboard.clerk.com", "sid": "sess_2", "type": "agent", "ticket": 5}
	id, err := a.Verify(t.Context(), sign(t, nil, object{"act": act}))
	if err != nil {
		t.Fatal(err)
	}
	want := core.Actor{Subject: "user_2", Issuer: "https://dashboard.clerk.com", SessionID: "sess_2", Type: "agent"}
	if got := id.Actor(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if err := core.Authorize(core.WithIdentity(t.Context(), id), NotImpersonated()); !errors.Is(err, core.ErrDenied) {
		t.Errorf("got %v, want the impersonator denied", err)
	}
	own, err := a.Verify(t.Context(), sign(t, nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := core.Authorize(core.WithIdentity(t.Context(), own), NotImpersonated()); err != nil {
		t.Errorf("got %v, want the user granted", err)
	}
}

func TestSessionFrom(t *testing.T) {
	change := merge(organizationV2, object{"fea": "o:dashboard,o:teams,u:beta,ou:shared", "pla": "o:pro,u:free", "fva": []float64{5, -1}})
	id, err := verify(t, pemConfig(), change)
	if err != nil {
		t.Fatal(err)
	}
	s, ok := SessionFrom(id)
	want := Session{ID: "sess_1", UserID: "user_1", Version: 2,
		Organization: ActiveOrganization{"org_1", "acme", "org:admin", []string{"org:dashboard:manage", "org:dashboard:read", "org:teams:read"}},
		Features:     Grants{[]string{"dashboard", "teams", "shared"}, []string{"beta", "shared"}},
		Plans:        Grants{[]string{"pro"}, []string{"free"}},
		FactorAge:    &FactorAge{5, -1}}
	if !ok || !reflect.DeepEqual(s, want) {
		t.Errorf("got %+v, want %+v", s, want)
	}
	// What a handler does to its copy reaches nobody else.
	s.Organization.Permissions[0], s.Features.User[0], s.Plans.Organization[0], s.FactorAge.First = "x", "x", "x", 0
	if again, _ := SessionFrom(id); !reflect.DeepEqual(again, want) {
		t.Errorf("got %+v after a change to a copy, want %+v", again, want)
	}
	for name, id := range map[string]*core.Identity{
		"none": nil, "of another issuer": core.NewIdentity(core.IdentityData{Subject: "x", ProviderData: "y"})} {
		if s, ok := SessionFrom(id); ok || s.ID != "" {
			t.Errorf("%s: got %+v, want no session", name, s)
		}
	}
	pending := pemConfig()
	pending.AllowPending = true
	if id, err = verify(t, pending, object{"sts": "pending"}); err != nil {
		t.Fatal(err)
	}
	if s, _ := SessionFrom(id); !s.Pending {
		t.Error("got a session that is not pending")
	}
}

// A remembered session ends when it would have ended unremembered.
func TestCachedUntilExpiry(t *testing.T) {
	at := epoch
	cfg := pemConfig()
	cfg.Core.Now = func() time.Time { return at }
	a, token := mustNew(t, cfg), sign(t, nil, nil)
	for _, tt := range []struct {
		after time.Duration
		class error
	}{{0, nil}, {64 * time.Second, nil}, {65 * time.Second, core.ErrExpired}} {
		at = epoch.Add(tt.after)
		if _, err := a.Verify(t.Context(), token); !errors.Is(err, tt.class) || (err == nil) != (tt.class == nil) {
			t.Errorf("after %v: got %v, want %v", tt.after, err, tt.class)
		}
	}
}
