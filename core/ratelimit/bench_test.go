package ratelimit

import (
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// BenchmarkDecision measures the step without its header, all requests admitted.
func BenchmarkDecision(b *testing.B) {
	for _, bb := range []struct {
		name   string
		key    Key
		limits int
	}{{"user", ByUser(), 1}, {"address", ByAddress(), 1}, {"two limits", ByUser(), 2}} {
		b.Run(bb.name, func(b *testing.B) {
			benchmark(b, limiter(b, func(c *Config) {
				c.Key, c.HeaderOnRefusalOnly = bb.key, true
				c.Limits = []Limit{
					{Requests: 1_000_000, Per: time.Second, Burst: 1_000_000_000},
					{Requests: 1_000_000, Per: time.Minute, Burst: 100_000_000},
				}[:bb.limits]
			}))
		})
	}
}

// BenchmarkHeader measures the step with its header, for a user who sends 1000
// requests a second. The clock is not the system's, which takes most of the time of
// a decision.
func BenchmarkHeader(b *testing.B) {
	at := newClock().at
	benchmark(b, limiter(b, func(c *Config) {
		c.Key, c.Limits = ByUser(), []Limit{{Requests: 1000, Per: time.Second}}
		c.Now = func() time.Time { at = at.Add(time.Millisecond - 10); return at }
	}))
}

func benchmark(b *testing.B, l *Limiter) {
	r := as(core.IdentityData{Issuer: "https://tenant.eu.auth0.com/", Subject: "auth0|5f7c8ec7c33c6c004bbafe82"})
	step, ctx, request := l.Step(), r.Context(), adapter.FromHTTP(r)
	b.ReportAllocs()
	for b.Loop() {
		if out := step(ctx, request); out.Refusal != nil {
			b.Fatal("a request was refused")
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
			step(ctx, request) // one ahead, so that the clocks of the key stay
			if n := testing.AllocsPerRun(100, func() {
				step(ctx, request)
				frozen.elapse(time.Millisecond)
			}); n != 0 {
				t.Errorf("%s with header: got %v allocations, want 0", name, n)
			}
		}
	}
}
