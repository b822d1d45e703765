package ratelimit

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/store"
)

func TestBurstAndRate(t *testing.T) {
	for _, tt := range []struct {
		name  string
		limit Limit
		burst int
		each  time.Duration
	}{
		{"burst of the window", Limit{Requests: 10, Per: time.Second}, 10, 100 * time.Millisecond},
		{"smaller burst", Limit{Requests: 60, Per: time.Minute, Burst: 5}, 5, time.Second},
		{"larger burst", Limit{Requests: 1, Per: time.Minute, Burst: 3}, 3, time.Minute},
		{"no whole number of microseconds", Limit{Requests: 7, Per: time.Second}, 7, 142_857_143 * time.Nanosecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clock := newClock()
			l := limiter(t, func(c *Config) { c.Limits, c.Now = []Limit{tt.limit}, clock.now })
			r := from("192.0.2.1:1")
			if got := count(l, r, tt.burst+5); got != tt.burst {
				t.Errorf("got %d at once, want %d", got, tt.burst)
			}
			for range 3 {
				clock.elapse(tt.each - time.Microsecond)
				if admitted(l, r) {
					t.Error("a request was admitted too early")
				}
				clock.elapse(time.Microsecond)
				if got := count(l, r, 3); got != 1 {
					t.Errorf("got %d after %v, want 1", got, tt.each)
				}
			}
			clock.elapse(tt.each * time.Duration(tt.burst) * 10)
			if got := count(l, r, tt.burst+5); got != tt.burst {
				t.Errorf("got %d after a long pause, want %d", got, tt.burst)
			}
		})
	}
}

// TestSeveralLimits: every limit holds, and a request that a slow limit refuses does
// not cost the caller more than the fast limit gives back meanwhile.
func TestSeveralLimits(t *testing.T) {
	clock := newClock()
	l := limiter(t, func(c *Config) {
		c.Limits, c.Now = []Limit{{Requests: 20, Per: time.Hour}, {Requests: 5, Per: time.Second}}, clock.now
	})
	r := from("192.0.2.1:1")
	if got := count(l, r, 50); got != 5 {
		t.Errorf("got %d at once, want 5 of the fast limit", got)
	}
	admits := 5
	for range 10 {
		clock.elapse(time.Second)
		admits += count(l, r, 50)
	}
	if admits != 20 {
		t.Errorf("got %d in 10 seconds, want 20 of the slow limit", admits)
	}
	clock.elapse(time.Hour/20 - 10*time.Second)
	if got := count(l, r, 50); got != 1 {
		t.Errorf("got %d when the slow limit admits again, want 1", got)
	}
	// Refused by the fast limit, a request costs nothing of the slow one.
	clock.elapse(2 * time.Hour)
	count(l, r, 1000)
	clock.elapse(10 * time.Second)
	admits = 5
	for range 20 {
		admits += count(l, r, 5)
		clock.elapse(time.Second)
	}
	if admits != 20 {
		t.Errorf("got %d after a flood that the fast limit refused, want 20", admits)
	}
}

func TestHeader(t *testing.T) {
	clock := newClock()
	l := limiter(t, func(c *Config) {
		c.Name, c.Now = "api", clock.now
		c.Limits = []Limit{{Requests: 2000, Per: time.Hour, Burst: 2}, {Requests: 1, Per: 1500 * time.Millisecond}, {Requests: 5, Per: 24 * time.Hour}}
	})
	const policy = `"api-1h";q=2000;w=3600, "api-1.5s";q=1, "api-24h";q=5;w=86400`
	r := from("192.0.2.1:1")
	for i, want := range []struct {
		wait   time.Duration
		state  string
		refuse string
	}{
		{0, `"api-1.5s";r=0;t=2`, ""},
		{0, `"api-1.5s";r=0;t=2`, "2"},
		{501 * time.Millisecond, `"api-1.5s";r=0;t=1`, "1"},
		{time.Second, `"api-1.5s";r=0;t=2`, ""},
		{2 * time.Second, `"api-1.5s";r=0;t=2`, ""},
		{2 * time.Second, `"api-1.5s";r=0;t=2`, ""},
		{2 * time.Second, `"api-24h";r=0;t=17273`, ""},
		{2 * time.Second, `"api-24h";r=0;t=17271`, "17271"},
		{5 * 24 * time.Hour, `"api-1.5s";r=0;t=2`, ""},
	} {
		clock.elapse(want.wait)
		out := run(l, r)
		header := out.Header
		if out.Refusal != nil {
			header = out.Refusal.Header
		}
		if got := headerOf(header, policyName); got != policy {
			t.Errorf("%d: got policy %s, want %s", i, got, policy)
		}
		if got := headerOf(header, fieldName); got != want.state {
			t.Errorf("%d: got state %s, want %s", i, got, want.state)
		}
		if got := headerOf(header, "Retry-After"); got != want.refuse {
			t.Errorf("%d: got Retry-After %q, want %q", i, got, want.refuse)
		}
	}
	for name := range strings.SplitSeq(policyName+" "+fieldName, " ") {
		if http.CanonicalHeaderKey(name) != name {
			t.Errorf("%s is not as net/http spells it", name)
		}
	}
}

// TestHeaderOfEveryState: what is remembered of a state is what would be written.
func TestHeaderOfEveryState(t *testing.T) {
	for _, given := range []Limit{{Requests: 3, Per: time.Second}, {Requests: 2000, Per: time.Hour}, {Requests: 1, Per: time.Hour, Burst: 2}} {
		l := limiter(t, func(c *Config) { c.Limits = []Limit{given} })
		one := l.limits[0]
		for ahead := one.each / 2; ahead <= one.most; ahead += max(one.each/3, one.most/5000) {
			state := one.at(ahead)
			for range 2 {
				if got := state.header(l.policy); got[0] != l.policy || got[1] != state.field() {
					t.Fatalf("got %q for %v, want %q", got, state, state.field())
				}
			}
		}
	}
}

// TestLoweredLimit: a clock that an earlier configuration moved further than is now
// allowed is at the limit, and no state is negative.
func TestLoweredLimit(t *testing.T) {
	clock := newClock()
	shared := store.NewMemory(store.MemoryOptions{Now: clock.now})
	with := func(requests int) *Limiter {
		return limiter(t, func(c *Config) {
			c.Store, c.Name, c.Limits = shared, "api", []Limit{{Requests: requests, Per: time.Hour, Burst: 100}}
		})
	}
	r := from("192.0.2.1:1")
	count(with(100), r, 100)
	out := run(with(3600), r)
	if out.Refusal == nil {
		t.Fatal("the request was admitted")
	}
	if got := headerOf(out.Refusal.Header, fieldName); got != `"api";r=0;t=3501` {
		t.Errorf("got %s", got)
	}
}

func TestRefusal(t *testing.T) {
	log := &events{}
	auth := authenticator(t, func(c *core.Config) {
		c.Observer = log
		c.RewriteRefusal = func(_ context.Context, r core.Refusal) core.Refusal {
			if headerOf(r.Header, fieldName) != "" {
				r.Body.More = map[string]any{"limited": true}
			}
			return r
		}
	})
	l := limiter(t, func(c *Config) { c.Authenticator, c.Key = auth, ByUser() })
	r := as(core.IdentityData{Issuer: "https://issuer.example", Subject: "ada", SessionID: "s", TokenID: "t"})
	if out := run(l, r); out.Refusal != nil || out.Context != nil {
		t.Fatalf("got %+v", out)
	}
	refusal := run(l, r).Refusal
	if refusal == nil || refusal.Status != 429 || refusal.Body.Error != "rate_limited" || refusal.Body.More["limited"] != true {
		t.Fatalf("got %+v", refusal)
	}
	if got := headerOf(refusal.Header, "Retry-After"); got != "3600" {
		t.Errorf("got Retry-After %s", got)
	}
	all := log.take(core.EventRateLimited)
	if len(all) != 1 {
		t.Fatalf("got %d events, want one for the refusal", len(all))
	}
	e := all[0]
	if e.Reason != "too_many_requests" || e.Status != 429 || e.Client.String() != "192.0.2.1" ||
		e.Subject != "ada" || e.Issuer != "https://issuer.example" || e.SessionID != "s" || e.TokenID != "t" {
		t.Errorf("got %+v", e)
	}
}

func TestLimitersApart(t *testing.T) {
	shared := store.NewMemory(store.MemoryOptions{})
	named := func(name string) *Limiter {
		return limiter(t, func(c *Config) { c.Store, c.Name = shared, name })
	}
	r := from("192.0.2.1:1")
	if !admitted(named("a"), r) || admitted(named("a"), r) {
		t.Error("two limiters of one name in one store do not count together")
	}
	if !admitted(named("b"), r) {
		t.Error("limiters of different names count together")
	}
	for range 2 {
		if !admitted(limiter(t), r) {
			t.Error("limiters without a store count together")
		}
	}
}

func TestNilLimiterPanics(t *testing.T) {
	defer func() {
		if v := recover(); v == nil || !strings.Contains(v.(string), "ratelimit.New") {
			t.Errorf("got %v, want a panic that says what to do", v)
		}
	}()
	var l *Limiter
	l.Step()
}

func TestWrongConfig(t *testing.T) {
	var noStore *store.Memory
	ok := []Limit{{Requests: 1, Per: time.Second}}
	for _, tt := range []struct {
		field  string
		change func(*Config)
	}{
		{"Config.Authenticator", func(c *Config) { c.Authenticator = nil }},
		{"Config.Key", func(c *Config) { c.Key = Key{} }},
		{"Config.Key", func(c *Config) { c.Key = KeyFunc(nil) }},
		{"Config.Key", func(c *Config) { c.Key = Combine(ByUser(), Key{}) }},
		{"Config.Key", func(c *Config) { c.Key = Combine(Key{}, ByUser()) }},
		{"Config.Key", func(c *Config) { c.Key = Combine(ByUser(), KeyFunc(nil)) }},
		{"Config.Limits", func(c *Config) { c.Limits = nil }},
		{"Config.Limits[0].Requests", func(c *Config) { c.Limits = []Limit{{Per: time.Second}} }},
		{"Config.Limits[0].Requests", func(c *Config) { c.Limits = []Limit{{Requests: 2_000_000, Per: time.Second}} }},
		{"Config.Limits[1].Per", func(c *Config) { c.Limits = append(ok, Limit{Requests: 1}) }},
		{"Config.Limits[1].Per", func(c *Config) { c.Limits = append(ok, Limit{Requests: 2, Per: time.Second}) }},
		{"Config.Limits[0].Burst", func(c *Config) { c.Limits = []Limit{{Requests: 1, Per: time.Second, Burst: -1}} }},
		{"Config.Limits[0].Burst", func(c *Config) { c.Limits = []Limit{{Requests: 1, Per: 24 * time.Hour, Burst: 400}} }},
		{"Config.Name", func(c *Config) { c.Store = store.NewMemory(store.MemoryOptions{}) }},
		{"Config.Name", func(c *Config) { c.Name = `a"b` }},
		{"Config.Name", func(c *Config) { c.Name = strings.Repeat("a", 65) }},
		{"Config.Store", func(c *Config) { c.Store, c.Name = noStore, "a" }},
	} {
		cfg := Config{Authenticator: authenticator(t), Limits: ok, Key: ByAddress()}
		if _, err := New(cfg); err != nil {
			t.Fatal(err)
		}
		tt.change(&cfg)
		l, err := New(cfg)
		if err == nil || l != nil || !strings.HasPrefix(err.Error(), "authkeel: ratelimit: "+tt.field+" ") {
			t.Errorf("got %v, want an error of %s", err, tt.field)
		}
	}
}

// TestLongestKeyFits: the longest name, window and key are within what a store takes.
func TestLongestKeyFits(t *testing.T) {
	longest := 0
	l := limiter(t, func(c *Config) {
		c.Name, c.Limits = strings.Repeat("n", 64), []Limit{{Requests: 1, Per: 8783*time.Hour + 59*time.Minute + 59*time.Second + 999_999_999}}
		c.Key = Combine(ByUser(), ByClient(), BySession(), KeyFunc(func(context.Context, adapter.Request) string { return strings.Repeat("k", maxValueBytes) }))
		c.Store = advancer{advance: func(_ context.Context, key string, _, _ time.Duration) (time.Duration, bool, error) {
			longest = len(key)
			return 0, true, store.CheckKey(key)
		}}
	})
	for _, n := range []int{1, 10, 20, 30, 60, maxValueBytes, 500} {
		text := strings.Repeat("x", n)
		run(l, as(core.IdentityData{Issuer: text, Subject: text, SessionID: text, AuthorizedParty: text}))
		if longest == 0 || longest > store.MaxKeyBytes || longest > maxPrefixBytes+maxKeyBytes {
			t.Errorf("%d: got a key of %d bytes", n, longest)
		}
	}
}
