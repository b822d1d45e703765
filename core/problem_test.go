package core_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// TestProblemJSON is RFC 9457 with the header of the refusal unchanged.
func TestProblemJSON(t *testing.T) {
	a := build(t, func(c *core.Config) { c.RewriteRefusal = core.ProblemJSON })
	w := httptest.NewRecorder()
	_, ok := adapter.Serve(a.RequireAuth(), w, bearer("x"))
	if ok || w.Code != 401 || w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("WWW-Authenticate") != `Bearer error="invalid_token"` {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"type": "about:blank", "title": "Unauthorized", "status": 401.0, "detail": "the token is not accepted", "error": "invalid_token"} {
		if got[name] != want {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
	ctx := requestContext(t, a, quick())
	hinted := core.Require(hinting(map[string]any{"reverify": true, "status": 200}))(ctx, adapter.FromHTTP(request())).Refusal
	if err := json.Unmarshal(hinted.Content, &got); err != nil || got["reverify"] != true || got["status"] != 403.0 {
		t.Errorf("got %s, %v, want the hint beside the members of the RFC", hinted.Content, err)
	}
	odd := core.Require(hinting(map[string]any{"f": func() {}}))(ctx, adapter.FromHTTP(request())).Refusal
	if err := json.Unmarshal(odd.Content, &got); err != nil {
		t.Errorf("a hint that cannot be marshalled: got %s, %v", odd.Content, err)
	}
}

// TestUnusableRewrite: a RewriteRefusal that answers with no status is found by
// New, and one that does so only at times is not followed.
func TestUnusableRewrite(t *testing.T) {
	type key struct{}
	a := build(t, func(c *core.Config) {
		c.RewriteRefusal = func(ctx context.Context, r core.Refusal) core.Refusal {
			if ctx.Value(key{}) != nil {
				return core.Refusal{}
			}
			return r
		}
	})
	w := httptest.NewRecorder()
	a.Refusal(context.WithValue(t.Context(), key{}, true), core.Authorize(requestContext(t, a, quick()), core.Scope("x"))).Write(w)
	if w.Code != 403 {
		t.Errorf("got %d, want the answer before it was rewritten", w.Code)
	}
}
