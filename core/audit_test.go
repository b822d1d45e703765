package core_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/internal/audit"
)

// through has the steps serve a request one after the other, and reports what the
// first refusal's status is, or 200.
func through(r *http.Request, steps ...adapter.Step) int {
	w := httptest.NewRecorder()
	for _, step := range steps {
		next, ok := adapter.Serve(step, w, r)
		if !ok {
			return w.Code
		}
		r = next
	}
	return http.StatusOK
}

func auditRequest(secret string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set(audit.Header, secret)
	return r
}

// startAudit starts an audit that ends with the test.
func startAudit(t *testing.T) *audit.Session {
	s := audit.Start()
	t.Cleanup(s.End)
	return s
}

func TestAnAuditSeesEveryCheck(t *testing.T) {
	a := build(t)
	s := startAudit(t)
	if got := through(auditRequest(s.Secret()), a.RequireAuth(), core.Require(core.Role("admin")), core.Require(core.Scope("orders:read"))); got != 200 {
		t.Errorf("got %d, want a request of the audit to go on", got)
	}
	want := []audit.Check{{Kind: audit.Authentication}, {Kind: audit.Policy, Text: `role "admin"`}, {Kind: audit.Policy, Text: `scope "orders:read"`}}
	if got := s.Take(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := through(auditRequest(s.Secret()), a.OptionalAuth()); got != 200 {
		t.Errorf("OptionalAuth: got %d, want 200", got)
	}
	if got, want := s.Take(), []audit.Check{{Kind: audit.OptionalAuthentication}}; !slices.Equal(got, want) {
		t.Errorf("OptionalAuth: got %v, want %v", got, want)
	}
	if got := through(auditRequest(s.Secret()), core.Require(core.Role("admin"))); got != 500 {
		t.Errorf("without authentication: got %d, want 500 as for every request", got)
	}
}

// TestAnAuditOpensNothing has requests that are not the audit's while one runs.
func TestAnAuditOpensNothing(t *testing.T) {
	a := build(t)
	for _, secret := range []string{"", "x"} {
		if got := through(auditRequest(secret), a.RequireAuth()); got != 401 {
			t.Errorf("where no audit ran: got %d, want 401", got)
		}
	}
	ended := audit.Start()
	ended.End()
	if got := through(auditRequest(ended.Secret()), a.RequireAuth()); got != 401 {
		t.Errorf("after the audit: got %d, want 401", got)
	}
	s, other := startAudit(t), startAudit(t)
	for _, secret := range []string{"", "x", s.Secret() + "x", strings.ToLower(s.Secret()), ended.Secret(), s.ExemptSecret()} {
		if got := through(auditRequest(secret), a.RequireAuth()); got != 401 {
			t.Errorf("with the secret %q: got %d, want 401", secret, got)
		}
	}
	denied := core.Authorize(core.WithIdentity(t.Context(), core.NewIdentity(core.IdentityData{})), core.Role("admin"))
	if !errors.Is(denied, core.ErrDenied) {
		t.Errorf("an identity beside the audit: got %v, want a denial", denied)
	}
	if got := append(s.Take(), other.Take()...); len(got) != 0 {
		t.Errorf("got %v recorded, want nothing", got)
	}
	through(auditRequest(other.Secret()), a.RequireAuth())
	if got := len(s.Take()); got != 0 || len(other.Take()) != 1 {
		t.Errorf("got %d checks in the other audit, want each audit to have its own", got)
	}
}

func TestAuditsRunSideBySide(t *testing.T) {
	a := build(t)
	var wait sync.WaitGroup
	for range 8 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			s := audit.Start()
			defer s.End()
			for range 50 {
				if got := through(auditRequest(s.Secret()), a.RequireAuth()); got != 200 || len(s.Take()) != 1 {
					t.Errorf("got %d, want 200 and one check", got)
				}
			}
		}()
	}
	wait.Wait()
	if audit.Running() {
		t.Error("an audit runs after all have ended")
	}
}

func TestAuditDescribesPolicies(t *testing.T) {
	a := build(t)
	s := startAudit(t)
	admin, read := core.Role("admin"), core.Permission("orders:read")
	for _, tt := range []struct {
		want string
		p    core.Policy
	}{
		{`role "admin"`, admin},
		{`role "admin" or role "owner"`, core.AnyRole("admin", "owner")},
		{`role "admin" and role "owner"`, core.AllRoles("admin", "owner")},
		{`permission "a" or permission "b"`, core.AnyPermission("a", "b")},
		{`scope "a" and scope "b"`, core.AllScopes("a", "b")},
		{`scope "a" or scope "b"`, core.AnyScope("a", "b")},
		{`organization "org_1"`, core.InOrganization("org_1")},
		{`member of "org_1"`, core.MemberOf("org_1")},
		{`role "r" in organization "org_1"`, core.RoleIn("org_1", "r")},
		{`permission "p" in organization "org_1"`, core.PermissionIn("org_1", "p")},
		{`authenticated within 5m0s`, core.AuthenticatedWithin(5 * time.Minute)},
		{`role "admin" and permission "orders:read"`, core.AllOf(admin, read)},
		{`role "admin" or permission "orders:read"`, core.AnyOf(admin, read)},
		{`role "admin" or (permission "orders:read" and scope "s")`, core.AnyOf(admin, core.AllOf(read, core.Scope("s")))},
		{`(role "a" or role "b") and permission "orders:read"`, core.AllOf(core.AnyRole("a", "b"), read)},
		{`role "admin"`, core.AllOf(admin)},
		{`not (role "admin")`, core.Not(admin)},
		{`not (role "a" or role "b")`, core.Not(core.AnyRole("a", "b"))},
		{`never`, denies},
		{`owner of the order`, func(context.Context, *core.Identity) error {
			return fmt.Errorf("rule 7: %w", &core.DeniedError{Requirement: "owner\n of the order"})
		}},
		{`role "admin"`, func(ctx context.Context, id *core.Identity) error { return fmt.Errorf("x: %w", admin(ctx, id)) }},
		{`role "admin"`, func(ctx context.Context, _ *core.Identity) error { return core.Authorize(ctx, admin) }},
		{`not impersonated and role "admin"`, core.AllOf(notImpersonated, admin)},
		{`policy`, grants},
		{`policy`, breaks},
		{`policy`, func(context.Context, *core.Identity) error { panic("no such user") }},
		{`policy`, func(ctx context.Context, _ *core.Identity) error { <-ctx.Done(); return ctx.Err() }},
		{`role "admin" or policy`, core.AnyOf(admin, breaks)},
	} {
		r := auditRequest(s.Secret())
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond) // for the policy that waits
		if got := through(r.WithContext(ctx), a.RequireAuth(), core.Require(tt.p)); got != 200 {
			t.Errorf("%s: got %d, want 200", tt.want, got)
		}
		cancel()
		if got := s.Take(); len(got) != 2 || got[1].Text != tt.want {
			t.Errorf("got %v, want %q", got, tt.want)
		}
	}
}

// notImpersonated denies what a caller without any right may do.
func notImpersonated(_ context.Context, id *core.Identity) error {
	if id.Actor() != (core.Actor{}) {
		return &core.DeniedError{Requirement: "not impersonated"}
	}
	return nil
}
