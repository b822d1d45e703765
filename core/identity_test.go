package core_test

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// TestNilIdentity calls every method of Identity on nil: zero values, no grant,
// no panic. Methods that are added later are covered as well.
func TestNilIdentity(t *testing.T) {
	var id *core.Identity
	v := reflect.ValueOf(id)
	for i := range v.NumMethod() {
		name, m := v.Type().Method(i).Name, v.Method(i)
		args := make([]reflect.Value, m.Type().NumIn())
		for n := range args {
			args[n] = reflect.New(m.Type().In(n)).Elem()
		}
		for _, name := range []string{"", "admin"} {
			if len(args) == 1 && args[0].Kind() == reflect.String {
				args[0].SetString(name)
			}
			for _, out := range m.Call(args) {
				if _, isError := out.Interface().(error); !isError && !out.IsZero() {
					t.Errorf("%s: got %v, want a zero value", v.Type().Method(i).Name, out)
				}
			}
		}
		if name == "Decode" {
			if err := id.Decode(&struct{}{}); err == nil {
				t.Error("Decode: got no error")
			}
		}
	}
}

func TestNewIdentity(t *testing.T) {
	list := func() []string { return []string{"a"} }
	d := core.IdentityData{
		Issuer: "i", Subject: "s", Audience: list(), Roles: list(), Permissions: list(), Scopes: list(),
		ExpiresAt: time.Unix(1, 0), Claims: json.RawMessage(`{"x":1}`),
	}
	id := core.NewIdentity(d)
	d.Audience[0], d.Roles[0], d.Permissions[0], d.Scopes[0], d.Claims[2] = "x", "x", "x", "x", 'y'
	for what, got := range map[string][]string{"audience": id.Audience(), "roles": id.Roles(), "permissions": id.Permissions(), "scopes": id.Scopes()} {
		equal(t, what, got, list())
		got[0] = "y"
	}
	if !id.HasRole("a") || !id.HasPermission("a") || !id.HasScope("a") || id.HasRole("x") || id.HasRole("y") || id.HasRole("") {
		t.Error("the identity changed with what it was made of")
	}
	var claims struct {
		X int `json:"x"`
	}
	if err := id.Decode(&claims); err != nil || claims.X != 1 {
		t.Errorf("Decode: got %+v, %v", claims, err)
	}
	if err := core.NewIdentity(core.IdentityData{}).Decode(&claims); err == nil {
		t.Error("Decode without claims: got no error")
	}
	// An empty name is granted to nobody, whatever the lists hold.
	odd := core.NewIdentity(core.IdentityData{Roles: []string{""}, Permissions: []string{""}, Scopes: []string{""}})
	if odd.HasRole("") || odd.HasPermission("") || odd.HasScope("") {
		t.Error("an empty name was granted")
	}
}

func TestContext(t *testing.T) {
	type other struct{}
	ctx := context.WithValue(t.Context(), other{}, "kept")
	if id, ok := core.IdentityFrom(ctx); ok || id != nil {
		t.Errorf("got %v, %v without an identity", id, ok)
	}
	one, two := core.NewIdentity(core.IdentityData{Subject: "one"}), core.NewIdentity(core.IdentityData{Subject: "two"})
	first := core.WithIdentity(ctx, one)
	below, cancel := context.WithCancel(first)
	second := core.WithIdentity(below, two)
	for what, tt := range map[string]struct {
		ctx  context.Context
		want *core.Identity
	}{"first": {first, one}, "derived": {below, one}, "inner": {second, two}, "without cancel": {context.WithoutCancel(second), two}} {
		if id, ok := core.IdentityFrom(tt.ctx); !ok || id != tt.want || tt.ctx.Value(other{}) != "kept" {
			t.Errorf("%s: got %q, %v", what, id.Subject(), ok)
		}
	}
	cancel()
	if second.Err() == nil || first.Err() != nil {
		t.Error("cancellation does not go through")
	}
	if id, ok := core.IdentityFrom(core.WithIdentity(second, nil)); ok || id != nil {
		t.Errorf("nil hides what is above: got %v, %v", id, ok)
	}
}

// TestChecksAllocateNothing: a granted check is on the path of every request.
func TestChecksAllocateNothing(t *testing.T) {
	a := build(t)
	ctx := requestContext(t, a, quick("roles", `["a","b"]`, "scope", `"s"`, "org_id", `"o"`))
	id, _ := core.IdentityFrom(ctx)
	for name, p := range map[string]core.Policy{
		"Role": core.Role("b"), "AnyRole": core.AnyRole("x", "b"), "AllRoles": core.AllRoles("a", "b"), "Scope": core.Scope("s"),
		"InOrganization": core.InOrganization("o"), "AllOf": core.AllOf(core.Role("a"), core.Scope("s")), "denied": core.Role("x"),
	} {
		if n := testing.AllocsPerRun(100, func() { _ = p(ctx, id) }); n != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, n)
		}
	}
	step, r := core.Require(core.Role("a")), adapter.FromHTTP(request())
	if n := testing.AllocsPerRun(100, func() { _ = step(ctx, r) }); n != 0 {
		t.Errorf("Check: got %v allocations, want 0", n)
	}
	token := adapter.FromHTTP(bearer(quick()))
	if n := testing.AllocsPerRun(100, func() { _, _ = a.Authenticate(ctx, token) }); n != 0 {
		t.Errorf("a remembered token: got %v allocations, want 0", n)
	}
	if slices.Contains(id.Roles(), "x") {
		t.Error("roles changed")
	}
}
