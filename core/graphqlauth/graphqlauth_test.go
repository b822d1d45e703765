package graphqlauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/graphqlauth"
)

// Resolver and the types of the fields are what gqlgen generates.
type Resolver func(ctx context.Context) (res any, err error)

type directives struct {
	Auth          func(ctx context.Context, obj any, next Resolver) (res any, err error)
	HasRole       func(ctx context.Context, obj any, next Resolver, role string) (res any, err error)
	HasPermission func(ctx context.Context, obj any, next Resolver, permission string) (res any, err error)
	HasScope      func(ctx context.Context, obj any, next Resolver, scope string) (res any, err error)
	Recent        func(ctx context.Context, obj any, next Resolver) (res any, err error)
}

func newDirectives() directives {
	var d directives
	d.Auth, d.HasRole, d.HasPermission, d.HasScope = graphqlauth.Auth, graphqlauth.HasRole, graphqlauth.HasPermission, graphqlauth.HasScope
	d.Recent = graphqlauth.Require[Resolver](core.AuthenticatedWithin(time.Minute))
	return d
}

// captureLog returns what is logged until the test ends.
func captureLog(t *testing.T) *bytes.Buffer {
	t.Helper()
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &log
}

// signedIn is the context of a request with a token that has these claims.
func signedIn(t *testing.T, claims devissuer.Claims, change ...func(*core.Config)) context.Context {
	t.Helper()
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer, append(change, func(c *core.Config) { c.Observer = core.Silent })...)
	id, err := auth.Verify(t.Context(), issuer.Token(claims))
	if err != nil {
		t.Fatal(err)
	}
	return auth.WithIdentity(t.Context(), id)
}

// anonymous is the context of a request without a token, behind OptionalAuth.
func anonymous(t *testing.T) context.Context {
	t.Helper()
	return core.WithIdentity(t.Context(), nil)
}

func TestDirectives(t *testing.T) {
	log := captureLog(t)
	d := newDirectives()
	user := signedIn(t, devissuer.Claims{"sub": "user_mo", "roles": []string{"editor"}, "permissions": []string{"posts:write"}, "scope": "read write"})
	recent := signedIn(t, devissuer.Claims{"auth_time": time.Now().Unix()})
	down := func(err error) context.Context {
		return signedIn(t, nil, func(c *core.Config) {
			c.Issuers[0].LookupRights = func(context.Context, *core.Identity) (core.Rights, error) { return core.Rights{}, err }
		})
	}
	role := func(name string) func(context.Context, any, Resolver) (any, error) {
		return func(ctx context.Context, obj any, next Resolver) (any, error) { return d.HasRole(ctx, obj, next, name) }
	}
	permission := func(name string) func(context.Context, any, Resolver) (any, error) {
		return func(ctx context.Context, obj any, next Resolver) (any, error) {
			return d.HasPermission(ctx, obj, next, name)
		}
	}
	scope := func(name string) func(context.Context, any, Resolver) (any, error) {
		return func(ctx context.Context, obj any, next Resolver) (any, error) {
			return d.HasScope(ctx, obj, next, name)
		}
	}
	for _, tt := range []struct {
		name       string
		ctx        context.Context
		directive  func(context.Context, any, Resolver) (any, error)
		extensions string // "": the field is resolved
	}{
		{"auth, user", user, d.Auth, ""},
		{"auth, anonymous", anonymous(t), d.Auth, `{"code":"UNAUTHENTICATED"}`},
		{"auth, no middleware", t.Context(), d.Auth, `{"code":"INTERNAL_SERVER_ERROR"}`},
		{"role", user, role("editor"), ""},
		{"role lacking", user, role("admin"), `{"code":"FORBIDDEN"}`},
		{"role, anonymous", anonymous(t), role("editor"), `{"code":"UNAUTHENTICATED"}`},
		{"role without a name", user, role(""), `{"code":"INTERNAL_SERVER_ERROR"}`},
		{"permission", user, permission("posts:write"), ""},
		{"permission lacking", user, permission("posts:delete"), `{"code":"FORBIDDEN"}`},
		{"scope", user, scope("write"), ""},
		{"scope lacking", user, scope("admin"), `{"code":"FORBIDDEN","scope":"admin"}`},
		{"two scopes in one", user, scope("read write"), `{"code":"INTERNAL_SERVER_ERROR"}`},
		{"a policy", recent, d.Recent, ""},
		{"a policy that denies", user, d.Recent, `{"code":"FORBIDDEN"}`},
		{"rights unavailable", down(errors.New("password of the database")), role("admin"), `{"code":"SERVICE_UNAVAILABLE","retryAfter":5}`},
		{"an outage with a denial in it", down(&core.DeniedError{Requirement: "x"}), role("admin"), `{"code":"SERVICE_UNAVAILABLE","retryAfter":5}`},
	} {
		resolved := false
		got, err := tt.directive(tt.ctx, nil, func(context.Context) (any, error) { resolved = true; return "value", nil })
		if tt.extensions == "" {
			if got != "value" || err != nil {
				t.Errorf("%s: got %v, %v", tt.name, got, err)
			}
			continue
		}
		refused, ok := graphqlauth.ErrorOf(err)
		if got != nil || resolved || !ok {
			t.Errorf("%s: got %v, %v, resolved %v, want a refusal", tt.name, got, err, resolved)
			continue
		}
		if text, _ := json.Marshal(refused.Extensions()); string(text) != tt.extensions {
			t.Errorf("%s: got extensions %s, want %s", tt.name, text, tt.extensions)
		}
		if strings.Contains(fmt.Sprintf("%v %+v", err, refused.Extensions()), "password") {
			t.Errorf("%s: the error %v leaks its cause", tt.name, err)
		}
	}
	if !strings.Contains(log.String(), `a check for a role needs its name`) {
		t.Errorf("got the log %s, want the mistake in the schema", log)
	}
}

func TestRequireNil(t *testing.T) {
	defer func() {
		if reason, _ := recover().(string); !strings.Contains(reason, "nil policy") {
			t.Errorf("got panic %q, want one about the nil policy", reason)
		}
	}()
	graphqlauth.Require[Resolver](nil)
}

// TestErrorOf: what a presenter gets of the errors that resolvers return.
func TestErrorOf(t *testing.T) {
	user := signedIn(t, nil)
	hint := map[string]any{"factor": "second", "code": "chosen by the policy"}
	denied := core.Authorize(user, func(context.Context, *core.Identity) error {
		return &core.DeniedError{Requirement: "secret rule", Hint: hint}
	})
	if got, ok := graphqlauth.ErrorOf(errors.New("other")); ok || got != nil {
		t.Errorf("got %v for an error of the application", got)
	}
	if got, ok := graphqlauth.ErrorOf(nil); ok || got != nil {
		t.Errorf("got %v for nil", got)
	}
	for range 2 { // the first answer must not change the second
		got, ok := graphqlauth.ErrorOf(fmt.Errorf("post 7: %w", denied))
		if !ok || !errors.Is(got, core.ErrDenied) || got.Code() != graphqlauth.CodeForbidden {
			t.Fatalf("got %v, %v, want a refusal of core's class", got, ok)
		}
		want := map[string]any{"code": graphqlauth.CodeForbidden, "factor": "second"}
		if extensions := got.Extensions(); !maps.Equal(extensions, want) {
			t.Errorf("got %v, want %v", extensions, want)
		} else {
			extensions["factor"] = "changed"
		}
		if strings.Contains(got.Error(), "post 7") || strings.Contains(got.Error(), "secret rule") {
			t.Errorf("the message %q has the cause", got)
		}
	}
	if len(hint) != 2 {
		t.Errorf("the policy's hint became %v", hint)
	}
	if err := graphqlauth.Authorize(user, core.Role("admin")); !errors.As(err, new(*graphqlauth.Error)) {
		t.Errorf("got %v", err)
	}
	if err := graphqlauth.Authorize(user, core.Not(core.Role("admin"))); err != nil {
		t.Errorf("got %v", err)
	}
	own, ok := graphqlauth.ErrorOf(&core.Error{Reason: "made elsewhere"})
	if !ok || own.Code() != graphqlauth.CodeInternal {
		t.Errorf("got %v for an error without a class", own)
	}
}

func TestCaller(t *testing.T) {
	if _, ok := graphqlauth.CallerFrom(anonymous(t)); ok {
		t.Error("an anonymous caller is somebody")
	}
	var nobody graphqlauth.Caller
	if admin, err := nobody.IsAdmin(t.Context()); admin || err != nil || nobody.UserID() != "" || nobody.SessionID() != nil || nobody.Roles() == nil {
		t.Errorf("the zero Caller is %v, %v, %+v", admin, err, nobody)
	}
	ctx := signedIn(t, devissuer.Claims{
		"sub": "user_ada", "sid": "sess_1", "roles": []string{"editor"}, "permissions": []string{"p"}, "scope": "a b", "act": map[string]any{"sub": "user_root"},
	}, func(c *core.Config) {
		c.Issuers[0].LookupRights = func(context.Context, *core.Identity) (core.Rights, error) {
			return core.Rights{Roles: []string{"admin"}, Permissions: []string{"q"}}, nil
		}
	})
	caller, ok := graphqlauth.CallerFrom(ctx)
	if !ok || caller.UserID() != "user_ada" || *caller.SessionID() != "sess_1" || *caller.ImpersonatedBy() != "user_root" ||
		caller.OrganizationID() != nil || caller.OrganizationRole() != nil || caller.Identity().Subject() != "user_ada" {
		t.Errorf("got %+v, %v", caller, ok)
	}
	if !slices.Equal(caller.Roles(), []string{"editor"}) || !slices.Equal(caller.Permissions(), []string{"p"}) || !slices.Equal(caller.Scopes(), []string{"a", "b"}) {
		t.Errorf("got %v %v %v", caller.Roles(), caller.Permissions(), caller.Scopes())
	}
	for _, tt := range []struct {
		name string
		ask  func() (bool, error)
		want bool
	}{
		{"isAdmin", func() (bool, error) { return caller.IsAdmin(ctx) }, true},
		{"role", func() (bool, error) { return caller.HasRole(ctx, "editor") }, true},
		{"role lacking", func() (bool, error) { return caller.HasRole(ctx, "owner") }, false},
		{"no role", func() (bool, error) { return caller.HasRole(ctx, "") }, false},
		{"permission", func() (bool, error) { return caller.HasPermission(ctx, "q") }, true},
	} {
		if got, err := tt.ask(); got != tt.want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", tt.name, got, err, tt.want)
		}
	}
	down := signedIn(t, nil, func(c *core.Config) {
		c.Issuers[0].LookupRights = func(context.Context, *core.Identity) (core.Rights, error) {
			return core.Rights{}, &core.DeniedError{Requirement: "an outage with a denial in it"}
		}
	})
	caller, _ = graphqlauth.CallerFrom(down)
	if admin, err := caller.IsAdmin(down); admin || !errors.Is(err, core.ErrUnavailable) {
		t.Errorf("got %v, %v during an outage, want the outage", admin, err)
	}
}

// TestNewOperation: a role that was given or taken away counts for the next
// operation of a connection.
func TestNewOperation(t *testing.T) {
	var held []string
	asked := 0
	connection := signedIn(t, nil, func(c *core.Config) {
		c.Issuers[0].LookupRights = func(context.Context, *core.Identity) (core.Rights, error) {
			asked++
			return core.Rights{Roles: slices.Clone(held)}, nil
		}
	})
	for i, roles := range [][]string{{"admin"}, {}, {"admin"}} {
		held = roles
		ctx := graphqlauth.NewOperation(connection)
		for range 2 {
			if err := graphqlauth.Authorize(ctx, core.Role("admin")); (err == nil) != (len(roles) > 0) {
				t.Errorf("operation %d with roles %v: got %v", i, roles, err)
			}
		}
		if asked != i+1 {
			t.Errorf("operation %d: asked %d times, want once for each operation", i, asked)
		}
	}
	if ctx := anonymous(t); graphqlauth.NewOperation(ctx) != ctx {
		t.Error("an anonymous context changed")
	}
}
