package core_test

import (
	"slices"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// TestScopeChallenge: a challenge names all the scopes that would do, so that a
// client asks its user once.
func TestScopeChallenge(t *testing.T) {
	a := build(t)
	ctx := requestContext(t, a, quick("scope", `"one"`, "roles", `["editor"]`))
	for _, tt := range []struct {
		name   string
		policy core.Policy
		want   string // "" grants
	}{
		{"one", core.Scope("two"), "two"},
		{"all, one there", core.AllScopes("one", "two"), "one two"},
		{"all, none there", core.AllScopes("two", "three"), "two three"},
		{"all there", core.AllScopes("one"), ""},
		{"any, one there", core.AnyScope("two", "one"), ""},
		{"any, none there", core.AnyScope("two", "three"), "two three"},
		{"AllOf of two", core.AllOf(core.Scope("two"), core.Scope("three")), "two three"},
		{"AllOf with one there", core.AllOf(core.Scope("one"), core.Scope("two")), "two"},
		{"AllOf with the same twice", core.AllOf(core.Scope("two"), core.Scope("two")), "two"},
		{"AllOf with a role that is there", core.AllOf(core.Scope("two"), core.Role("editor")), "two"},
		{"AllOf with an outage behind", core.AllOf(core.Scope("two"), breaks), "two"},
		{"AnyOf of two", core.AnyOf(core.Scope("two"), core.Scope("three")), "two three"},
		{"AnyOf in AllOf", core.AllOf(core.AnyOf(core.Scope("two"), core.Scope("three")), core.Scope("four")), "two three four"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := core.Require(tt.policy)(ctx, adapter.FromHTTP(request()))
			switch {
			case tt.want == "" && out.Refusal != nil:
				t.Errorf("got %+v, want a grant", out.Refusal)
			case tt.want == "":
			case out.Refusal == nil || !slices.Contains(out.Refusal.Header, [2]string{"WWW-Authenticate", `Bearer error="insufficient_scope", scope="` + tt.want + `"`}):
				t.Errorf("got %+v, want scope %q", out.Refusal, tt.want)
			}
		})
	}
	for _, make := range []func(){
		func() { core.AllScopes("") }, func() { core.AnyScope("a", "") }, func() { core.AllScopes("a b") }, func() { core.AnyScope("a", `"`) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("a name that is no scope was taken")
				}
			}()
			make()
		}()
	}
}
