package core_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// TestConstructionPanics: a check that decides nothing is a mistake in the
// program, and shows when the program starts.
func TestConstructionPanics(t *testing.T) {
	var none *core.Authenticator
	for name, f := range map[string]func(){
		"Role":                     func() { core.Role("") },
		"AnyRole":                  func() { core.AnyRole("") },
		"AnyRole more":             func() { core.AnyRole("a", "") },
		"AllRoles":                 func() { core.AllRoles("") },
		"AllRoles more":            func() { core.AllRoles("a", "b", "") },
		"Permission":               func() { core.Permission("") },
		"AnyPermission":            func() { core.AnyPermission("a", "") },
		"Scope":                    func() { core.Scope("") },
		"Scope of two":             func() { core.Scope("a b") },
		"Scope with quotes":        func() { core.Scope(`a"b`) },
		"Scope with line feed":     func() { core.Scope("a\r\nb") },
		"InOrganization":           func() { core.InOrganization("") },
		"MemberOf":                 func() { core.MemberOf("") },
		"RoleIn":                   func() { core.RoleIn("", "r") },
		"RoleIn without role":      func() { core.RoleIn("o", "") },
		"PermissionIn":             func() { core.PermissionIn("", "p") },
		"PermissionIn without one": func() { core.PermissionIn("o", "") },
		"AuthenticatedWithin":      func() { core.AuthenticatedWithin(0) },
		"AuthenticatedWithin less": func() { core.AuthenticatedWithin(-1) },
		"AllOf":                    func() { core.AllOf(nil) },
		"AllOf more":               func() { core.AllOf(grants, nil) },
		"AnyOf":                    func() { core.AnyOf(nil, grants) },
		"Not":                      func() { core.Not(nil) },
		"Check":                    func() { core.Require(nil) },
		"Authorize":                func() { _ = core.Authorize(context.Background(), nil) },
		"Require":                  func() { none.RequireAuth() },
		"Optional":                 func() { none.OptionalAuth() },
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

func TestAuthorizeWithoutIdentity(t *testing.T) {
	a := build(t)
	anonymous := a.OptionalAuth()(t.Context(), adapter.FromHTTP(request()))
	if anonymous.Refusal != nil {
		t.Fatalf("got %v, want to go on anonymously", anonymous.Refusal.Err)
	}
	log := captureSlog(t)
	for _, tt := range []struct {
		name   string
		ctx    context.Context
		class  error
		reason string
		status int
	}{
		{"nothing mounted", context.Background(), core.ErrNoAuthentication, "no_authentication_mounted", 500},
		{"anonymous", anonymous.Context, core.ErrNoToken, "anonymous", 401},
		{"nil identity", core.WithIdentity(context.Background(), nil), core.ErrNoToken, "anonymous", 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, p := range map[string]core.Policy{"grants": grants, "Not": core.Not(core.Role("x")), "breaks": breaks} {
				err := core.Authorize(tt.ctx, p)
				isRefusal(t, nil, err, tt.class, tt.reason)
				if r := build(t).Refusal(tt.ctx, err); r.Status != tt.status {
					t.Errorf("%s: got %d, want %d", name, r.Status, tt.status)
				}
				if out := core.Require(p)(tt.ctx, adapter.FromHTTP(request())); out.Refusal == nil || out.Refusal.Status != tt.status {
					t.Errorf("Require, %s: got %+v, want %d", name, out.Refusal, tt.status)
				}
			}
			if id, ok := core.IdentityFrom(tt.ctx); ok || id != nil {
				t.Errorf("IdentityFrom: got %v, %v, want none", id, ok)
			}
		})
	}
	if got := strings.Count(log.String(), "mount RequireAuth"); got != 6 {
		t.Errorf("got %d lines that say what to mount, want one for each of 6 questions:\n%s", got, log)
	}
}

// TestNilDenial: a nil *DeniedError in an error was meant as a grant. It is neither
// a grant nor a denial, which Not would turn around, but an outage.
func TestNilDenial(t *testing.T) {
	a := build(t)
	ctx := requestContext(t, a, quick())
	wrong := func(context.Context, *core.Identity) error {
		var denied *core.DeniedError
		return denied
	}
	for name, p := range map[string]core.Policy{"alone": wrong, "Not": core.Not(wrong), "AllOf": core.AllOf(grants, wrong), "AnyOf": core.AnyOf(denies, wrong)} {
		err := core.Authorize(ctx, p)
		if !errors.Is(err, core.ErrUnavailable) {
			t.Errorf("%s: got %v, want an outage", name, err)
		}
		if r := a.Refusal(ctx, err); r.Status != 503 {
			t.Errorf("%s: got %d, want 503", name, r.Status)
		}
	}
}
