package core_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// routed is a request whose router matched this parameter.
func routed(name, value string) adapter.Request {
	r := request()
	r.SetPathValue(name, value)
	return adapter.FromHTTP(r)
}

// askParam runs RequireParam on a route with the parameter "id".
func askParam(ctx context.Context, p core.ParamPolicy, value string) error {
	if refusal := core.RequireParam(p)(ctx, routed("id", value)).Refusal; refusal != nil {
		return refusal.Err
	}
	return nil
}

func TestParamPolicies(t *testing.T) {
	a := rightsOf(t, func(context.Context, *core.Identity) (core.Rights, error) {
		return core.Rights{Memberships: []core.Membership{
			{Organization: "org_2", Roles: []string{"org:member"}, Permissions: []string{"invoices:read"}},
			{Organization: "org_3", Roles: []string{"org:admin"}},
		}}, nil
	})
	ctx := requestContext(t, a, quick("roles", `["staff"]`, "org_id", `"org_1"`))
	for _, tt := range []struct {
		name   string
		p      core.ParamPolicy
		grants []string
		denies []string
		leaf   string // of the denials
	}{
		{"OrganizationParam", core.OrganizationParam("id"), []string{"org_1"}, []string{"org_2", "org_4", "ORG_1", "org_1 ", "org", "user_1"},
			`organization in route parameter "id"`},
		{"MemberOfParam", core.MemberOfParam("id"), []string{"org_1", "org_2", "org_3"}, []string{"org_4", "ORG_2"},
			`member of the organization in route parameter "id"`},
		{"RoleInParam", core.RoleInParam("id", "org:admin"), []string{"org_3"}, []string{"org_1", "org_2", "org_4"},
			`role "org:admin" in the organization in route parameter "id"`},
		{"RoleInParam of a role that holds everywhere", core.RoleInParam("id", "staff"), nil, []string{"org_1", "org_2"},
			`role "staff" in the organization in route parameter "id"`},
		{"PermissionInParam", core.PermissionInParam("id", "invoices:read"), []string{"org_2"}, []string{"org_1", "org_3", "org_4"},
			`permission "invoices:read" in the organization in route parameter "id"`},
		{"Owner", core.Owner("id"), []string{"user_1"}, []string{"user_2", "User_1", "user_1/", "user_", "org_1"},
			`subject in route parameter "id"`},
		{"Or that denies", core.Owner("id").Or(core.Role("admin")), []string{"user_1"}, []string{"user_2"},
			`subject in route parameter "id"`},
		{"Or that grants", core.Owner("id").Or(core.Role("admin")).Or(core.Role("staff")), []string{"user_1", "user_2"}, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, value := range tt.grants {
				if err := askParam(ctx, tt.p, value); err != nil {
					t.Errorf("%q: got %v, want a grant", value, errors.Unwrap(err))
				}
			}
			for _, value := range tt.denies {
				err := askParam(ctx, tt.p, value)
				var denied *core.DeniedError
				if !errors.Is(err, core.ErrDenied) || !errors.As(err, &denied) || denied.Requirement != tt.leaf {
					t.Errorf("%q: got %v (%v), want a denial of %s", value, err, denied, tt.leaf)
				}
			}
			if err := askParam(ctx, tt.p, ""); !errors.Is(err, core.ErrNoRouteParameter) {
				t.Errorf("no value: got %v, want ErrNoRouteParameter", err)
			}
		})
	}
}

// TestOwnersWithoutSubject: a token without a subject owns nothing.
func TestOwnersWithoutSubject(t *testing.T) {
	ctx := core.WithIdentity(t.Context(), core.NewIdentity(core.IdentityData{}))
	for value, want := range map[string]error{"": core.ErrNoRouteParameter, "x": core.ErrDenied} {
		if err := askParam(ctx, core.Owner("id"), value); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", value, err, want)
		}
	}
}

// TestOrIsAnyOf is the truth table of Or.
func TestOrIsAnyOf(t *testing.T) {
	ctx := core.WithIdentity(t.Context(), core.NewIdentity(core.IdentityData{Subject: "user_1"}))
	leaves := map[string]core.Policy{"grant": grants, "denied": denies, "outage": breaks}
	for left, p := range leaves {
		for right, other := range leaves {
			own := core.Owner("id").Or(p) // of somebody else's object: p decides
			want := verdict(core.Authorize(ctx, core.AnyOf(p, other)))
			if got := verdict(askParam(ctx, own.Or(other), "user_2")); got != want {
				t.Errorf("%s or %s: got %s, want %s", left, right, got, want)
			}
			if got := verdict(askParam(ctx, own.Or(other), "user_1")); got != "grant" {
				t.Errorf("their own, or %s or %s: got %s, want grant", left, right, got)
			}
		}
	}
}

// TestOrNamesScopes: a scope that would do is in the challenge.
func TestOrNamesScopes(t *testing.T) {
	ctx := core.WithIdentity(t.Context(), core.NewIdentity(core.IdentityData{Subject: "user_1"}))
	out := core.RequireParam(core.Owner("id").Or(core.Scope("users:read")))(ctx, routed("id", "user_2"))
	want := [2]string{"WWW-Authenticate", `Bearer error="insufficient_scope", scope="users:read"`}
	if out.Refusal == nil || len(out.Refusal.Header) < 2 || out.Refusal.Header[1] != want {
		t.Errorf("got %+v, want %q", out.Refusal, want)
	}
}

// TestRoutesWithoutTheParameter: nobody passes, not even who needs no parameter,
// and one line of the log names the parameter and what to do.
func TestRoutesWithoutTheParameter(t *testing.T) {
	log := captureSlog(t)
	a := talkative(t)
	ctx := requestContext(t, a, quick("roles", `["admin"]`))
	for name, r := range map[string]adapter.Request{"none": adapter.FromHTTP(request()), "another": routed("user", "user_1"), "empty": routed("id", "")} {
		for policy, p := range map[string]core.ParamPolicy{"Owner": core.Owner("id"), "Or": core.Owner("id").Or(core.Role("admin")), "Or all": core.MemberOfParam("id").Or(grants)} {
			out := core.RequireParam(p)(ctx, r)
			if out.Refusal == nil || out.Refusal.Status != http.StatusInternalServerError || !errors.Is(out.Refusal, core.ErrNoRouteParameter) {
				t.Errorf("%s, %s: got %+v, want 500", name, policy, out.Refusal)
			}
			if out.Refusal != nil && strings.Contains(string(out.Refusal.Body.JSON()), "id") {
				t.Errorf("%s, %s: got %s, want nothing about the parameter", name, policy, out.Refusal.Body.JSON())
			}
		}
	}
	for _, part := range []string{"level=WARN", "event=denied", "reason=no_route_parameter", "status=500", "member=id", "mount RequireParam on a route or group", "subject=user_1"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log does not contain %q:\n%s", part, log)
		}
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("got %d lines for nine requests, want 1:\n%s", n, log)
	}
}

func TestRequireParamWithoutIdentity(t *testing.T) {
	a := build(t)
	log := captureSlog(t)
	anonymous := a.OptionalAuth()(t.Context(), adapter.FromHTTP(request()))
	step := core.RequireParam(core.Owner("id").Or(grants))
	for _, tt := range []struct {
		name  string
		ctx   context.Context
		value string
		class error
	}{
		{"nothing mounted", t.Context(), "user_1", core.ErrNoAuthentication},
		{"anonymous", anonymous.Context, "user_1", core.ErrNoToken},
		{"anonymous without parameter", anonymous.Context, "", core.ErrNoToken},
		{"nil identity", core.WithIdentity(t.Context(), nil), "user_1", core.ErrNoToken},
	} {
		if out := step(tt.ctx, routed("id", tt.value)); !errors.Is(out.Refusal, tt.class) {
			t.Errorf("%s: got %v, want %v", tt.name, out.Refusal, tt.class)
		}
	}
	if n := strings.Count(log.String(), "mount RequireAuth"); n != 1 {
		t.Errorf("got %d lines that say what to mount, want 1:\n%s", n, log)
	}
}

func TestParamDenialsAreReported(t *testing.T) {
	log := &events{}
	a := build(t, func(c *core.Config) { c.Observer = log })
	ctx := requestContext(t, a, quick())
	for value, want := range map[string]core.Event{
		"user_2": {Kind: core.EventDenied, Reason: "denied", Status: 403},
		"":       {Kind: core.EventDenied, Reason: "no_route_parameter", Status: 500, Member: "id"},
	} {
		log.take()
		_ = askParam(ctx, core.Owner("id"), value)
		got := log.take()
		if len(got) != 1 || got[0].Kind != want.Kind || got[0].Reason != want.Reason || got[0].Status != want.Status ||
			got[0].Member != want.Member || got[0].Subject != "user_1" || !got[0].Client.IsValid() {
			t.Errorf("%q: got %+v, want %+v", value, got, want)
		}
	}
}

func TestParamConstructionPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"OrganizationParam":              func() { core.OrganizationParam("") },
		"OrganizationParam with a colon": func() { core.OrganizationParam(":org") },
		"MemberOfParam with braces":      func() { core.MemberOfParam("{org}") },
		"MemberOfParam":                  func() { core.MemberOfParam("") },
		"RoleInParam":                    func() { core.RoleInParam("", "r") },
		"RoleInParam without role":       func() { core.RoleInParam("org", "") },
		"PermissionInParam":              func() { core.PermissionInParam("/org", "p") },
		"PermissionInParam without one":  func() { core.PermissionInParam("org", "") },
		"Owner":                          func() { core.Owner("") },
		"Owner with a question mark":     func() { core.Owner("id?") },
		"Or":                             func() { core.Owner("id").Or(nil) },
		"Or of the zero value":           func() { core.ParamPolicy{}.Or(grants) },
		"RequireParam":                   func() { core.RequireParam(core.ParamPolicy{}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if text, ok := recover().(string); !ok || !strings.HasPrefix(text, "authkeel: ") {
					t.Errorf("got panic %v, want one that says what is wrong", text)
				}
			}()
			f()
		})
	}
}

func TestRequireParamDoesNotAllocateWhenItGrants(t *testing.T) {
	ctx := core.WithIdentity(t.Context(), core.NewIdentity(core.IdentityData{
		Subject: "user_1", Roles: []string{"staff"}, Organization: core.Organization{ID: "user_1", Role: "r"}, OrganizationPermissions: []string{"p"},
	}))
	r := routed("id", "user_1")
	for name, p := range map[string]core.ParamPolicy{
		"OrganizationParam": core.OrganizationParam("id"), "MemberOfParam": core.MemberOfParam("id"),
		"RoleInParam": core.RoleInParam("id", "r"), "PermissionInParam": core.PermissionInParam("id", "p"),
		"Owner": core.Owner("id"), "Or": core.MemberOfParam("id").Or(core.Role("staff")),
	} {
		step := core.RequireParam(p)
		if n := testing.AllocsPerRun(100, func() { _ = step(ctx, r) }); n != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, n)
		}
	}
	other, step := routed("id", "user_2"), core.RequireParam(core.Owner("id").Or(core.Role("staff")))
	if n := testing.AllocsPerRun(100, func() { _ = step(ctx, other) }); n != 0 {
		t.Errorf("the other policy: got %v allocations, want 0", n)
	}
}
