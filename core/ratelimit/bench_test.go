package ratelimit

import (
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// BenchmarkDecision measures the step, which is a decision and its header.
func BenchmarkDecision(b *testing.B) {
	ordinary := []Limit{{Requests: 1_000_000, Per: time.Second}}
	for _, bb := range []struct {
		name   string
		key    Key
		limits []Limit
	}{
		{"user", ByUser(), ordinary},
		{"address", ByAddress(), ordinary},
		{"two limits", ByUser(), append(ordinary, Limit{Requests: 1_000_000_000, Per: time.Hour})},
	} {
		for _, quiet := range []bool{true, false} {
			name := bb.name
			if !quiet {
				name += " with header"
			}
			b.Run(name, func(b *testing.B) {
				l := limiter(b, func(c *Config) { c.Key, c.Limits, c.HeaderOnRefusalOnly = bb.key, bb.limits, quiet })
				r := as(core.IdentityData{Issuer: "https://tenant.eu.auth0.com/", Subject: "auth0|5f7c8ec7c33c6c004bbafe82"})
				step, ctx, request := l.Step(), r.Context(), adapter.FromHTTP(r)
				b.ReportAllocs()
				for b.Loop() {
					step(ctx, request)
				}
			})
		}
	}
}

func TestDecisionsDoNotAllocate(t *testing.T) {
	for name, key := range map[string]Key{"user": ByUser(), "address": ByAddress(), "both": Combine(ByUser(), ByMethod())} {
		for _, quiet := range []bool{true, false} {
			l := limiter(t, func(c *Config) {
				c.Key, c.HeaderOnRefusalOnly = key, quiet
				c.Limits = []Limit{{Requests: 1000, Per: time.Second}, {Requests: 100_000, Per: time.Hour}}
			})
			r := as(core.IdentityData{Issuer: "https://tenant.eu.auth0.com/", Subject: "auth0|5f7c8ec7c33c6c004bbafe82"})
			step, ctx, request := l.Step(), r.Context(), adapter.FromHTTP(r)
			step(ctx, request)
			if quiet {
				if n := testing.AllocsPerRun(100, func() { step(ctx, request) }); n != 0 {
					t.Errorf("%s: got %v allocations, want 0", name, n)
				}
				continue
			}
			frozen := newClock()
			l.counter.memory = limiter(t, func(c *Config) { c.Now = frozen.now }).counter.memory
			if n := testing.AllocsPerRun(100, func() {
				step(ctx, request)
				frozen.elapse(time.Second)
			}); n > 0.1 { // the first state of the key is new once
				t.Errorf("%s with header: got %v allocations, want 0", name, n)
			}
		}
	}
}
