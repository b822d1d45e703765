package core_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

func hinting(hint map[string]any) core.Policy {
	return func(context.Context, *core.Identity) error {
		return &core.DeniedError{Requirement: "hinting", Hint: hint}
	}
}

func TestHint(t *testing.T) {
	const plain = `{"error":"insufficient_scope","error_description":"the caller lacks a right that the request needs"}`
	tests := []struct {
		name   string
		policy core.Policy
		want   string
	}{
		{"none", hinting(nil), plain},
		{"beside the error", hinting(map[string]any{"step_up": map[string]any{"level": 2}}),
			`{"error":"insufficient_scope","error_description":"the caller lacks a right that the request needs","step_up":{"level":2}}`},
		{"never instead of it", hinting(map[string]any{"error": "x", "Error": "x", "error_description": "x", "ERROR_description": "x"}), plain},
		{"not JSON", hinting(map[string]any{"f": func() {}}), plain},
		{"in a combination", core.AllOf(hinting(map[string]any{"a": 1}), hinting(map[string]any{"b": 1})),
			`{"a":1,"error":"insufficient_scope","error_description":"the caller lacks a right that the request needs"}`},
	}
	ctx := core.WithIdentity(t.Context(), core.NewIdentity(core.IdentityData{Subject: "u"}))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := core.Require(tt.policy)(ctx, adapter.FromHTTP(httptest.NewRequestWithContext(ctx, "GET", "/", nil)))
			if out.Refusal == nil || out.Refusal.Status != 403 {
				t.Fatalf("got %+v, want 403", out.Refusal)
			}
			if got := string(out.Refusal.Body.JSON()); !sameJSON(t, got, tt.want) {
				t.Errorf("got body %s, want %s", got, tt.want)
			}
			text, err := json.Marshal(out.Refusal.Body) // as a framework does
			if err != nil || !sameJSON(t, string(text), tt.want) {
				t.Errorf("got %s, %v; want %s", text, err, tt.want)
			}
		})
	}
}

func TestHintIsNotShared(t *testing.T) {
	hint := map[string]any{"a": 1}
	ctx := core.WithIdentity(t.Context(), core.NewIdentity(core.IdentityData{Subject: "u"}))
	refusal := build(t).Refusal(ctx, core.Authorize(ctx, hinting(hint)))
	refusal.Body.More["b"] = 2
	if len(hint) != 1 {
		t.Errorf("got %v, want the policy's own hint unchanged", hint)
	}
}

// An outage in a policy carries no hint, whatever it wraps.
func TestHintOfAnOutage(t *testing.T) {
	ctx := core.WithIdentity(t.Context(), core.NewIdentity(core.IdentityData{Subject: "u"}))
	err := core.Authorize(ctx, func(context.Context, *core.Identity) error { return errors.New("down") })
	if got := build(t).Refusal(ctx, err); got.Status != 503 || got.Body.More != nil {
		t.Errorf("got %d with %v, want 503 without a hint", got.Status, got.Body.More)
	}
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if err := errors.Join(json.Unmarshal([]byte(a), &x), json.Unmarshal([]byte(b), &y)); err != nil {
		t.Fatal(err)
	}
	p, errP := json.Marshal(x)
	q, errQ := json.Marshal(y)
	return errP == nil && errQ == nil && string(p) == string(q)
}
