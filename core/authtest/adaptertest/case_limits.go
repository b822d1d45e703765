package adaptertest

import (
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/ratelimit"
)

// limiter makes one that admits two requests an hour by address, with a clock that
// stands still, and with changes.
func (s *suite) limiter(auth *core.Authenticator, change ...func(*ratelimit.Config)) *ratelimit.Limiter {
	now := time.Now()
	cfg := ratelimit.Config{
		Authenticator: auth, Name: "api", Key: ratelimit.ByAddress(),
		Limits: []ratelimit.Limit{{Requests: 2, Per: time.Hour}},
		Now:    func() time.Time { return now },
	}
	for _, c := range change {
		c(&cfg)
	}
	l, err := ratelimit.New(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	return l
}

func byUser(cfg *ratelimit.Config) { cfg.Key = ratelimit.ByUser() }

// behindProxy makes the suite's own client a trusted proxy.
func behindProxy(cfg *core.Config) {
	cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	cfg.ForwardedHeader = "X-Forwarded-For"
}

// fields requires these RateLimit-Policy and RateLimit fields, and no others.
func (c *client) fields(a *answer, policies, states []string) {
	c.t.Helper()
	if a == nil {
		return
	}
	for name, want := range map[string][]string{"RateLimit-Policy": policies, "RateLimit": states} {
		if got := a.Header.Values(name); fmt.Sprint(got) != fmt.Sprint(want) {
			c.errorf("%s: got %s %q, want %q", a, name, got, want)
		}
	}
}

// retryAfter requires this many seconds.
func (c *client) retryAfter(a *answer, want int) {
	c.t.Helper()
	if a != nil && a.Header.Get("Retry-After") != strconv.Itoa(want) {
		c.errorf("%s: got Retry-After %q, want %d", a, a.Header.Get("Retry-After"), want)
	}
}

func (s *suite) requestLimits() {
	policy := []string{`"api";q=2;w=3600`}
	before := s.get(rateLimit(s.limiter(s.auth)), requireAuth(s.auth))
	s.add("RateLimit before authentication counts by address, whatever the token", func(c *client) {
		a := c.send(before)
		c.refused(a, unauthorized)
		c.fields(a, policy, []string{`"api";r=1;t=1800`})
		a = c.send(before, bearer(s.token("ada"))...)
		c.accepted(a, "ada")
		c.fields(a, policy, []string{`"api";r=0;t=1800`})
		for _, header := range [][]string{nil, bearer(s.token("ada")), bearer(s.token("another")), {"X-Forwarded-For", "192.0.2.1"}} {
			a = c.send(before, header...)
			c.refused(a, rateLimited)
			c.fields(a, policy, []string{`"api";r=0;t=1800`})
			c.retryAfter(a, 1800)
		}
	})
	after := s.get(requireAuth(s.auth), rateLimit(s.limiter(s.auth, byUser)))
	s.add("RateLimit after authentication counts by user", func(c *client) {
		for range 3 {
			c.refused(c.send(after), unauthorized) // counts for nobody
		}
		for _, name := range []string{"ada", "grace"} {
			c.accepted(c.send(after, bearer(s.token(name))...), name)
			c.accepted(c.send(after, bearer(s.token(name))...), name)
			c.refused(c.send(after, bearer(s.token(name))...), rateLimited)
		}
	})
	optional := s.get(optionalAuth(s.auth), rateLimit(s.limiter(s.auth, byUser)))
	s.add("RateLimit by user counts anonymous requests by address", func(c *client) {
		c.anonymous(c.send(optional))
		c.accepted(c.send(optional, bearer(s.token("ada"))...), "ada")
		c.anonymous(c.send(optional))
		c.refused(c.send(optional), rateLimited)
		c.accepted(c.send(optional, bearer(s.token("ada"))...), "ada")
		c.refused(c.send(optional, bearer(s.token("ada"))...), rateLimited)
	})
}

func (s *suite) limitsByAddress() {
	auth := s.authenticator(behindProxy)
	r := s.get(rateLimit(s.limiter(auth)), requireAuth(auth))
	s.add("RateLimit behind a trusted proxy counts by the address that the proxy names", func(c *client) {
		for _, addresses := range [][3]string{
			{"192.0.2.1", "203.0.113.9, 192.0.2.1", "192.0.2.1:4711"},
			{"2001:db8::1", "2001:db8::2", "[2001:db8:0:0:ffff::3]:4711"},
			{"192.0.2.2", "::ffff:192.0.2.2", "192.0.2.2"},
		} {
			for _, address := range addresses[:2] {
				c.refused(c.send(r, "X-Forwarded-For", address), unauthorized)
			}
			c.refused(c.send(r, "X-Forwarded-For", addresses[2]), rateLimited)
		}
	})
}

func (s *suite) severalLimits() {
	twoLimits := s.limiter(s.auth, func(cfg *ratelimit.Config) {
		cfg.Limits = []ratelimit.Limit{{Requests: 2, Per: time.Hour}, {Requests: 3, Per: time.Minute, Burst: 1}}
	})
	one := s.get(rateLimit(twoLimits), requireAuth(s.auth))
	s.add("RateLimit with several limits admits what all of them admit", func(c *client) {
		policies := []string{`"api-1h";q=2;w=3600, "api-1m";q=3;w=60`}
		a := c.send(one)
		c.refused(a, unauthorized)
		c.fields(a, policies, []string{`"api-1m";r=0;t=20`})
		a = c.send(one)
		c.refused(a, rateLimited)
		c.fields(a, policies, []string{`"api-1m";r=0;t=20`})
		c.retryAfter(a, 20)
	})
	user := s.limiter(s.auth, byUser, func(cfg *ratelimit.Config) { cfg.Name = "user" })
	address := s.limiter(s.auth, func(cfg *ratelimit.Config) { cfg.Limits[0].Requests = 3 })
	two := s.get(rateLimit(address), requireAuth(s.auth), rateLimit(user))
	two.header = [][2]string{{"RateLimit-Policy", `"gateway";q=9`}, {"RateLimit", `"gateway";r=8`}}
	s.add("RateLimit twice on a route sends the fields of both, and keeps earlier ones", func(c *client) {
		policies := []string{`"gateway";q=9`, `"api";q=3;w=3600`, `"user";q=2;w=3600`}
		good := bearer(s.token("ada"))
		a := c.send(two, good...)
		c.accepted(a, "ada")
		c.fields(a, policies, []string{`"gateway";r=8`, `"api";r=2;t=1200`, `"user";r=1;t=1800`})
		c.accepted(c.send(two, good...), "ada")
		a = c.send(two, good...)
		c.refused(a, rateLimited)
		c.fields(a, policies, []string{`"gateway";r=8`, `"api";r=0;t=1200`, `"user";r=0;t=1800`})
		a = c.send(two, good...)
		c.refused(a, rateLimited)
		c.fields(a, policies[:2], []string{`"gateway";r=8`, `"api";r=0;t=1200`})
	})
}

func (s *suite) limitedAnswers() {
	rewriting := s.authenticator(func(cfg *core.Config) { cfg.RewriteRefusal = core.ProblemJSON })
	r := s.get(rateLimit(s.limiter(rewriting)), requireAuth(s.auth))
	s.add("RateLimit answers as the application rewrites refusals, before authentication too", func(c *client) {
		for range 2 {
			c.refused(c.send(r), unauthorized) // by another Authenticator, which rewrites nothing
		}
		a := c.send(r)
		if a == nil {
			return
		}
		if kind := a.Header.Get("Content-Type"); a.StatusCode != 429 || kind != "application/problem+json" || a.calls != 0 {
			c.errorf("%s: got %s with Content-Type %q, want 429 with problem details", a, a.Status, kind)
		}
		c.retryAfter(a, 1800)
	})
	head := s.route("HEAD", rateLimit(s.limiter(s.auth)))
	s.add("RateLimit refuses HEAD with the same headers and no body", func(c *client) {
		for range 2 {
			c.handled(c.raw(head))
		}
		for range 2 { // on one connection: no body was left in it
			a := c.raw(head)
			c.refused(a, rateLimited)
			c.retryAfter(a, 1800)
		}
	})
	quiet := s.get(requireAuth(s.auth), rateLimit(s.limiter(s.auth, func(cfg *ratelimit.Config) { cfg.HeaderOnRefusalOnly = true })))
	s.add("RateLimit without its fields on accepted answers sends them with a refusal", func(c *client) {
		good := bearer(s.token("ada"))
		for range 2 {
			a := c.send(quiet, good...)
			c.accepted(a, "ada")
			c.fields(a, nil, nil)
		}
		a := c.send(quiet, good...)
		c.refused(a, rateLimited)
		c.fields(a, []string{`"api";q=2;w=3600`}, []string{`"api";r=0;t=1800`})
	})
}

func (s *suite) failureLimits() {
	limit, err := ratelimit.NewFailureLimit(ratelimit.FailureConfig{Failures: 3, Per: time.Hour, Checks: -1})
	if err != nil {
		s.t.Fatal(err)
	}
	r := s.get(requireAuth(s.authenticator(behindProxy, func(cfg *core.Config) { cfg.FailureLimit = limit })))
	from := func(address, token string) []string { return append(bearer(token), "X-Forwarded-For", address) }
	s.add("an address with too many bad tokens is refused unseen, and its remembered tokens pass", func(c *client) {
		good := s.token("served")
		c.accepted(c.send(r, from("192.0.2.1", good)...), "served")
		for range 3 {
			c.refused(c.send(r, from("192.0.2.1", "not-a-token")...), invalidToken)
		}
		c.refused(c.send(r, from("192.0.2.1", "not-a-token")...), rateLimited)
		c.refused(c.send(r, from("192.0.2.1", s.token("new"))...), rateLimited)
		c.accepted(c.send(r, from("192.0.2.1", good)...), "served")
		c.accepted(c.send(r, from("192.0.2.2", s.token("elsewhere"))...), "elsewhere")
		c.refused(c.send(r, "X-Forwarded-For", "192.0.2.1"), unauthorized)
	})
}
