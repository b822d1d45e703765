package core_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// TestShadow: old decides, and what next would have decided is counted by reason.
func TestShadow(t *testing.T) {
	log := captureSlog(t)
	clock := newClock()
	old := build(t, func(c *core.Config) {
		c.Issuers[0].Audiences, c.Issuers[0].AllowAnyAudience = nil, true
		c.Now = clock.now
	})
	next := build(t, func(c *core.Config) { c.Now = clock.now })
	a := core.Shadow(old, next)
	step := a.RequireAuth()
	other := quick("aud", `"https://other.example"`)
	for range 3 {
		for token, accepted := range map[string]bool{quick(): true, other: true, "x": false} {
			out := step(t.Context(), adapter.FromHTTP(bearer(token)))
			if (out.Refusal == nil) != accepted {
				t.Errorf("got refusal %+v, want what old decides", out.Refusal)
			}
			if accepted {
				if id, ok := core.IdentityFrom(out.Context); !ok || id.Subject() != "user_1" {
					t.Errorf("got %v, want old's identity", id)
				}
			}
		}
	}
	r := a.ShadowReport()
	if r.Requests != 9 || len(r.Differences) != 1 || r.Differences[0].Old != "accepted" || r.Differences[0].Next != "wrong_audience" || r.Differences[0].Count != 3 {
		t.Errorf("got %+v, want 3 of 9 requests that next refuses", r)
	}
	if n := strings.Count(log.String(), "authkeel: shadow"); n != 1 || !strings.Contains(log.String(), "wrong_audience") || !strings.Contains(log.String(), "other.example") {
		t.Errorf("got %d lines, want one that says why: %s", n, log)
	}
	clock.set(epoch.Add(61 * time.Second))
	step(t.Context(), adapter.FromHTTP(bearer(other)))
	if !strings.Contains(log.String(), "count=3") {
		t.Errorf("got %s, want a second line after a minute that stands for 3", log)
	}

	w := httptest.NewRecorder()
	a.ShadowHandler().ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	var shown core.ShadowReport
	if err := json.Unmarshal(w.Body.Bytes(), &shown); err != nil || shown.Differences[0].Count != 4 {
		t.Errorf("got %s, %v", w.Body, err)
	}
	if r := old.ShadowReport(); r.Requests != 0 || r.Differences != nil {
		t.Errorf("old itself counts: %+v", r)
	}
}

// TestShadowOfAnotherSubject: both accept, and mean different users.
func TestShadowOfAnotherSubject(t *testing.T) {
	captureSlog(t)
	next := build(t, func(c *core.Config) {
		c.Issuers[0].MapClaims = func(_ core.Token, d *core.IdentityData) error { d.Subject = "mapped"; return nil }
	})
	a := core.Shadow(build(t), next)
	a.RequireAuth()(t.Context(), adapter.FromHTTP(bearer(quick())))
	if r := a.ShadowReport(); len(r.Differences) != 1 || r.Differences[0].Next != "another subject" {
		t.Errorf("got %+v", r)
	}
}

// TestShadowNeverDisturbs: whatever next does, the request gets old's answer.
func TestShadowNeverDisturbs(t *testing.T) {
	captureSlog(t)
	next := build(t, func(c *core.Config) {
		c.Issuers[0].MapClaims = func(core.Token, *core.IdentityData) error { panic("a mistake in the new hook") }
	})
	a := core.Shadow(build(t), next)
	if out := a.RequireAuth()(t.Context(), adapter.FromHTTP(bearer(quick()))); out.Refusal != nil {
		t.Errorf("got %+v", out.Refusal)
	}
	if r := a.ShadowReport(); len(r.Differences) != 1 || r.Differences[0].Next != "shared_check_failed" {
		t.Errorf("got %+v", r)
	}
}

// TestShadowFunc compares with a middleware that is not authkeel's.
func TestShadowFunc(t *testing.T) {
	captureSlog(t)
	type key struct{}
	next := build(t)
	a := core.ShadowFunc(func(ctx context.Context, _ adapter.Request) core.Decision {
		d, _ := ctx.Value(key{}).(core.Decision)
		return d
	}, next)
	step := a.RequireAuth()
	for _, tt := range []struct {
		token string
		old   core.Decision
	}{
		{quick(), core.Decision{Accepted: true, Subject: "user_1"}}, {quick(), core.Decision{Accepted: true}}, {"x", core.Decision{}},
		{"x", core.Decision{Accepted: true}}, {quick(), core.Decision{}}, {quick(), core.Decision{Accepted: true, Subject: "user_2"}},
	} {
		out := step(context.WithValue(t.Context(), key{}, tt.old), adapter.FromHTTP(bearer(tt.token)))
		if out.Refusal != nil || out.Context != nil || out.Header != nil {
			t.Errorf("got %+v, want the request to go on untouched", out)
		}
	}
	got := make(map[string]int)
	for _, d := range a.ShadowReport().Differences {
		got[d.Old+" "+d.Next] = d.Count
	}
	if len(got) != 3 || got["accepted not_three_segments"] != 1 || got["refused accepted"] != 1 || got["accepted another subject"] != 1 {
		t.Errorf("got %v", got)
	}
}

// TestShadowCost: a request with a cached token costs no allocation more.
func TestShadowCost(t *testing.T) {
	a := core.Shadow(build(t), build(t))
	step, r, ctx := a.RequireAuth(), adapter.FromHTTP(bearer(quick())), t.Context()
	step(ctx, r)
	if n := testing.AllocsPerRun(100, func() { step(ctx, r) }); n > 1 {
		t.Errorf("got %v allocations, want 1 as without a shadow", n)
	}
}
