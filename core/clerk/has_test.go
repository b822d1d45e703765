package clerk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

func TestHasVectors(t *testing.T) {
	var v struct {
		Subjects map[string]struct {
			UserID      *string         `json:"userId"`
			OrgID       *string         `json:"orgId"`
			OrgRole     *string         `json:"orgRole"`
			Permissions []string        `json:"orgPermissions"`
			Ages        json.RawMessage `json:"factorVerificationAge"`
			Features    *string         `json:"features"`
			Plans       *string         `json:"plans"`
		} `json:"subjects"`
		Cases []struct {
			Subject string `json:"subject"`
			Params  struct {
				Role, Permission, Feature, Plan string
				Reverification                  json.RawMessage
			} `json:"params"`
			Expect bool `json:"expect"`
		} `json:"cases"`
	}
	vector(t, "has", &v)
	identities := map[string]*core.Identity{}
	for name, s := range v.Subjects {
		switch {
		case s.UserID == nil: // nobody
		case *s.UserID == "": // no token says that, but an identity of a test may
			identities[name] = core.NewIdentity(core.IdentityData{ProviderData: Session{
				Organization: ActiveOrganization{ID: *s.OrgID, Role: *s.OrgRole}, Features: parseGrants(*s.Features), FactorAge: factorAge(s.Ages)}})
		default:
			c := object{"v": nil, "sub": *s.UserID}
			if s.OrgID != nil {
				c["org_id"], c["org_role"], c["org_permissions"] = *s.OrgID, *s.OrgRole, s.Permissions
			}
			if string(s.Ages) != "null" {
				c["fva"] = s.Ages
			}
			if s.Features != nil {
				c["fea"] = *s.Features
			}
			if s.Plans != nil {
				c["pla"] = *s.Plans
			}
			id, err := verify(t, pemConfig(), c)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			identities[name] = id
		}
	}
	for _, tt := range v.Cases {
		h := HasParams{tt.Params.Role, tt.Params.Permission, tt.Params.Feature, tt.Params.Plan, reverification(t, tt.Params.Reverification)}
		err := Has(h)(t.Context(), identities[tt.Subject])
		if got := err == nil; got != tt.Expect {
			t.Errorf("%s %+v: got %v, want %v", tt.Subject, h, got, tt.Expect)
		}
		var denied *core.DeniedError
		if err != nil && !errors.As(err, &denied) {
			t.Errorf("%s %+v: got %v, want a Denied", tt.Subject, h, err)
		}
	}
}

// reverification reads a config of JavaScript's.
func reverification(t *testing.T, raw json.RawMessage) Reverification {
	t.Helper()
	var preset Preset
	var within Within
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil
	case json.Unmarshal(raw, &preset) == nil:
		return preset
	}
	if err := json.Unmarshal(raw, &within); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return within
}

func TestReverificationVectors(t *testing.T) {
	var v struct {
		Cases []struct {
			FVA    json.RawMessage `json:"fva"`
			Config json.RawMessage `json:"config"`
			Expect bool            `json:"expect"`
		} `json:"cases"`
	}
	vector(t, "reverification", &v)
	a := mustNew(t, pemConfig())
	for _, tt := range v.Cases {
		change := object{"fva": tt.FVA}
		if string(tt.FVA) == "null" {
			change = nil
		}
		id, err := a.Verify(t.Context(), sign(t, nil, change))
		if err != nil {
			t.Fatalf("fva %s: %v", tt.FVA, err)
		}
		err = Has(HasParams{Reverification: reverification(t, tt.Config)})(t.Context(), id)
		if got := err == nil; got != tt.Expect {
			t.Errorf("fva %s, %s: got %v, want %v", tt.FVA, tt.Config, got, tt.Expect)
		}
	}
}

func TestReverificationBodyVectors(t *testing.T) {
	var cases []struct {
		Config json.RawMessage `json:"config"`
		Status int             `json:"status"`
		Body   object          `json:"body"`
	}
	vector(t, "reverification_error_bodies", &cases)
	id, err := verify(t, pemConfig(), object{"fva": []int{-1, -1}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := core.WithIdentity(t.Context(), id)
	for _, tt := range cases {
		policy := core.Policy(func(_ context.Context, _ *core.Identity) error {
			return &core.DeniedError{Requirement: "of one's own", Hint: ReverificationHint(nil)}
		})
		if r := reverification(t, tt.Config); r != nil {
			policy = Has(HasParams{Reverification: r})
		}
		out := core.Require(policy)(ctx, adapter.FromHTTP(httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil)))
		if out.Refusal == nil || out.Refusal.Status != tt.Status {
			t.Fatalf("%s: got %+v, want %d", tt.Config, out.Refusal, tt.Status)
		}
		want := mustJSON(t, with(tt.Body, object{"error": "insufficient_scope", "error_description": out.Refusal.Body.Description}))
		var body object
		if err := json.Unmarshal(out.Refusal.Body.JSON(), &body); err != nil {
			t.Fatal(err)
		}
		if got := mustJSON(t, body); string(got) != string(want) {
			t.Errorf("%s: got body %s, want %s", tt.Config, got, want)
		}
	}
}

// hinted reports whether the denial of a policy says that reverification helps.
func hinted(t *testing.T, p core.Policy, id *core.Identity) bool {
	t.Helper()
	var denied *core.DeniedError
	if err := p(t.Context(), id); !errors.As(err, &denied) {
		t.Fatalf("got %v, want a Denied", err)
	}
	return denied.Hint != nil
}

// The hint is for those whom another factor would help, and for nobody else.
func TestHasHint(t *testing.T) {
	id := core.NewIdentity(core.IdentityData{Subject: "user_1", ProviderData: Session{
		Organization: ActiveOrganization{ID: "org_1", Role: "org:admin"}, FactorAge: &FactorAge{30, -1}}})
	tests := []struct {
		name string
		h    HasParams
		want bool
	}{
		{"stale", HasParams{Reverification: Strict}, true},
		{"stale, role held", HasParams{Role: "admin", Reverification: Strict}, true},
		{"stale, role missing", HasParams{Role: "owner", Reverification: Strict}, false},
		{"stale, plan missing", HasParams{Plan: "pro", Reverification: Strict}, false},
		{"role missing", HasParams{Role: "owner"}, false},
		{"unknown preset", HasParams{Reverification: Preset("stricter")}, false},
		{"unknown level", HasParams{Reverification: Within{"third_factor", 5}}, false},
		{"no minutes", HasParams{Reverification: Within{FirstFactor, 0}}, false},
		{"negative minutes", HasParams{Reverification: Within{FirstFactor, -5}}, false},
		{"nothing asked", HasParams{}, false},
	}
	for _, tt := range tests {
		if got := hinted(t, Has(tt.h), id); got != tt.want {
			t.Errorf("%s: got a hint: %v, want %v", tt.name, got, tt.want)
		}
	}
	if hinted(t, Has(HasParams{Reverification: Strict}), core.NewIdentity(core.IdentityData{Subject: "auth0|1"})) {
		t.Error("got a hint for an identity of another issuer, whose front end does not know it")
	}
}

// Without an organization a session has neither role nor permission, and without
// a role no role. A permission needs no role, as in Clerk's JavaScript SDK.
func TestHasNeedsOrganization(t *testing.T) {
	for name, o := range map[string]ActiveOrganization{
		"no organization": {Role: "org:admin", Permissions: []string{"org:a:read"}},
		"no role":         {ID: "org_1", Permissions: []string{"org:a:read"}},
	} {
		id := core.NewIdentity(core.IdentityData{Subject: "user_1", ProviderData: Session{Organization: o}})
		for _, h := range []HasParams{{Role: "admin"}, {Role: "org:"}, {Role: "admin", Permission: "a:read"}} {
			if Has(h)(t.Context(), id) == nil {
				t.Errorf("%s: got %+v granted", name, h)
			}
		}
		if granted := Has(HasParams{Permission: "a:read"})(t.Context(), id) == nil; granted != (o.ID != "") {
			t.Errorf("%s: the permission is granted: %v", name, granted)
		}
	}
}

// Nobody has nothing, and nothing is not a slug.
func TestHasNobody(t *testing.T) {
	s := Session{Organization: ActiveOrganization{ID: "org_1", Role: "org:admin"}, Features: Grants{Organization: []string{"", "a"}}}
	nobody := core.NewIdentity(core.IdentityData{ProviderData: s})
	somebody := core.NewIdentity(core.IdentityData{Subject: "user_1", ProviderData: s})
	for _, tt := range []struct {
		id   *core.Identity
		h    HasParams
		want bool
	}{
		{somebody, HasParams{Role: "admin", Feature: "a"}, true},
		{nobody, HasParams{Role: "admin", Feature: "a"}, false},
		{somebody, HasParams{Feature: "o:"}, false},
	} {
		if got := Has(tt.h)(t.Context(), tt.id) == nil; got != tt.want {
			t.Errorf("%q, %+v: got %v, want %v", tt.id.Subject(), tt.h, got, tt.want)
		}
	}
}

func TestFactorAge(t *testing.T) {
	for raw, want := range map[string]*FactorAge{
		"[0,-1]": {0, -1}, "[9.5,0]": {9.5, 0},
		"[1,2,3]": nil, "[1]": nil, "[]": nil, "[1,null]": nil, "[null,1]": nil, "null": nil, "": nil, `"1,2"`: nil,
		"[1,-0.5]": nil, "[-2,1]": nil, "[true,1]": nil, `{"0":1,"1":1}`: nil,
	} {
		got := factorAge(json.RawMessage(raw))
		if (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%s: got %v, want %v", raw, got, want)
		}
	}
}

// Roles and permissions of the customer's own claims are no answer to a
// question about the organization.
func TestHasReadsTheSessionAlone(t *testing.T) {
	id, err := verify(t, pemConfig(), object{"roles": []string{"org:admin"}, "permissions": []string{"org:a:read"}})
	if err != nil {
		t.Fatal(err)
	}
	if !id.HasRole("org:admin") || !id.HasPermission("org:a:read") {
		t.Fatalf("got roles %q and permissions %q, want those of the custom claims", id.Roles(), id.Permissions())
	}
	for _, h := range []HasParams{{Role: "admin"}, {Permission: "a:read"}} {
		if Has(h)(t.Context(), id) == nil {
			t.Errorf("got %+v granted without an organization", h)
		}
	}
}

func TestHasAllocatesNothing(t *testing.T) {
	id, err := verify(t, pemConfig(), object{"o": object{"id": "org_1", "rol": "admin"}, "pla": "o:pro", "fva": []int{1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for name, p := range map[string]core.Policy{
		"granted":          Has(HasParams{Role: "admin", Plan: "pro", Reverification: Strict}),
		"denied":           Has(HasParams{Role: "admin", Plan: "gold"}),
		"stale":            Has(HasParams{Reverification: Within{FirstFactor, 1}}),
		"not impersonated": NotImpersonated(),
	} {
		if got := testing.AllocsPerRun(100, func() { _ = p(ctx, id) }); got != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, got)
		}
	}
}

func TestHasString(t *testing.T) {
	for want, h := range map[string]HasParams{
		"has nothing (HasParams is empty)":                     {},
		`has role "admin", permission "a:b"`:                   {Role: "admin", Permission: "a:b"},
		`has feature "f", plan "p", reverification strict_mfa`: {Feature: "f", Plan: "p", Reverification: StrictMFA},
		"has reverification first_factor/5":                    {Reverification: Within{FirstFactor, 5}},
	} {
		if got := h.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
